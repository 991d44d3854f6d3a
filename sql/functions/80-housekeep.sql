-- 80: housekeeping: what is neither a claim nor an outcome, in bounded steps. The campaigns themselves are in 82, waiting
-- messages in 84.

create or replace function campaign_store.every(what text, gap interval) returns boolean language plpgsql
	set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
	at_time timestamptz := campaign_store.now();
begin
	-- A time that lies ahead is that of a test's clock.
	insert into campaign_store.mark as m (what, at) values (every.what, at_time)
		on conflict (what) do update set at = excluded.at where m.at <= at_time - gap or m.at > at_time;
	return found;
end $$;
comment on function campaign_store.every(text, interval) is 'Whether this is to be done now, because it was last done so long ago.';

create or replace function campaign_store.match_early(out unmatched int) language plpgsql
	set search_path = pg_catalog, pg_temp as $$
declare
	at_time timestamptz := campaign_store.now();
	early bigint[] := array(select e.id from campaign_store.early_receipt e where not e.counted order by e.at limit 500);
begin
	if early <> '{}' then
		perform campaign_store.retry_receipts(early);
	end if;
	update campaign_store.early_receipt e set counted = true where not e.counted and e.at < at_time - interval '2 minutes';
	get diagnostics unmatched = row_count;
end $$;
comment on function campaign_store.match_early() is
'Tries receipts without an answer again, for 2 minutes: one that was stored at the same instant as its answer, on another connection, was not seen by it. After that they count as unmatched, and are kept 7 days.';

create or replace function campaign_store.miss_receipts(receipt_wait interval, one_receipt text[], out missed int) language plpgsql
	set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
	at_time timestamptz := campaign_store.now();
	since timestamptz := coalesce((select m.at from campaign_store.mark m where m.what = 'receipts_awaited'), '-infinity');
	ids bigint[];
begin
	ids := array(select distinct p.message_id from (select x.message_id from campaign_store.part x
		where x.at >= least(since, at_time - receipt_wait) and x.at < at_time - receipt_wait and x.state = 'Accepted' limit 2000) p order by 1);
	missed := cardinality(ids);
	if missed < 1000 then
		insert into campaign_store.mark as m (what, at) values ('receipts_awaited', at_time - receipt_wait) on conflict (what) do update set at = excluded.at;
	end if;
	if missed = 0 then
		return;
	end if;
	perform from campaign_store.message m where m.id = any(ids) order by m.id for update;
	-- Some carriers send one receipt for all parts: where it says delivered, the others are.
	update campaign_store.part p set final_at = at_time, state = case when o.one then 'Delivered' else 'Unclear' end::campaign_store.part_state,
			reason = case when not o.one then campaign_store.why('no_receipt') end
		from (select x.message_id, x.attempt, bool_or(x.state = 'Delivered') and bool_and(x.state in ('Delivered', 'Accepted')) and bool_and(x.carrier = any(one_receipt)) as one
			from campaign_store.part x where x.message_id = any(ids) group by 1, 2) o
		where p.message_id = o.message_id and p.attempt = o.attempt and p.state = 'Accepted' and p.at < at_time - receipt_wait;
	perform campaign_store.settle(ids);
end $$;
comment on function campaign_store.miss_receipts(interval, text[]) is
'Parts whose receipt did not come in time: the message is Unknown (no_receipt). Walks over the parts in the order of their answers, 2,000 at a time.';

create or replace function campaign_store.decide_possible() returns int language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
	o campaign_store.opt_out;
	n int := 0;
begin
	for o in select x.* from campaign_store.opt_out x where x.pending and x.lifted_at is null and x.since < campaign_store.now() - interval '5 days'
			order by x.since limit 100 for update skip locked loop
		perform campaign_store.opt_out_now(o.practice_id, o.phone, 'possible', 'nobody decided for 5 days', o.inbound_id);
		update campaign_store.inbound i set kind = 'opt_out' where i.id = o.inbound_id and i.kind = 'possible_opt_out';
		n := n + 1;
	end loop;
	return n;
end $$;
comment on function campaign_store.decide_possible() is 'A possible opt-out that nobody has decided for 5 days is one.';

create or replace function campaign_store.thin_tally() returns void language plpgsql set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
	campaign int;
begin
	for campaign in select v.id from campaign_store.campaign v where (v.state not in ('Finished', 'Cancelled') or v.finished_at > campaign_store.now() - interval '7 days')
			and (select count(*) from (select from campaign_store.tally t where t.campaign_id = v.id limit 300) x) = 300 loop
		with d as (delete from campaign_store.tally t where t.campaign_id = campaign returning *)
		insert into campaign_store.tally(campaign_id, batch, was, became, n, parts)
			select d.campaign_id, d.batch, d.was, d.became, sum(d.n), sum(d.parts) from d group by 1, 2, 3, 4;
	end loop;
end $$;
comment on function campaign_store.thin_tally() is 'Sums the counters of campaigns up that have many rows; what is being added meanwhile stays as it is.';

create or replace function campaign_store.blank_texts(keep interval, out blanked int) language plpgsql
	set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
	edge timestamptz := campaign_store.now() - keep;
	since timestamptz := coalesce((select m.at from campaign_store.mark m where m.what = 'texts_blanked'), '-infinity');
	ids bigint[];
begin
	ids := array(select distinct x.message_id from (select a.message_id from campaign_store.part p
		join campaign_store.attempt a on a.message_id = p.message_id and a.no = p.attempt and a.body is not null
		where p.at >= least(since, edge) and p.at < edge limit 5000) x order by 1);
	blanked := cardinality(ids);
	if blanked < 2500 then
		insert into campaign_store.mark as m (what, at) values ('texts_blanked', edge) on conflict (what) do update set at = excluded.at;
	end if;
	update campaign_store.attempt a set body = null where a.message_id = any(ids) and a.body is not null;
	update campaign_store.single s set body = null where s.message_id = any(ids) and s.body is not null;
	if campaign_store.every('replies_blanked', interval '1 day') then
		delete from campaign_store.inbound_part p using campaign_store.inbound i where i.id = p.inbound_id and i.received_at < edge;
		update campaign_store.inbound i set body = null where i.received_at < edge and i.body is not null;
	end if;
end $$;
comment on function campaign_store.blank_texts(interval) is
'Takes away what texts said that are older than that, 5,000 at a time; who was texted when, and what became of it, stays.';

create or replace function campaign_store.housekeep(run bigint, receipt_wait_ms bigint default 259200000, one_receipt text[] default '{}')
	returns table(event text, campaign int, practice text, name text, detail text, n bigint, level text) language plpgsql security definer
	set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
	at_time timestamptz := campaign_store.now();
	again bigint := 60000;
	x bigint;
begin
	-- One at a time, whichever daemon it is.
	if not pg_try_advisory_xact_lock(hashtext('campaign_store.housekeep'), 0) then
		n := 1000;
		return next;
		return;
	end if;

	return query select s.event, s.campaign, s.practice, s.name, s.detail, s.n, s.level from campaign_store.start_campaigns() s;
	return query select s.event, s.campaign, s.practice, s.name, s.detail, s.n, s.level from campaign_store.prepare_campaign() s;
	return query select s.event, s.campaign, s.practice, s.name, s.detail, s.n, s.level from campaign_store.hold_failing() s;
	if campaign_store.cancel_waiting() or campaign_store.requeue_asked() then
		again := 0;
	end if;
	return query select s.event, s.campaign, s.practice, s.name, s.detail, s.n, s.level from campaign_store.finish_campaigns() s;
	if exists (select from campaign_store.early_receipt e where not e.counted) then
		x := campaign_store.match_early();
		if x > 0 then
			return query select 'unmatched_receipts', null::int, null::text, null::text, null::text, x, 'info';
		end if;
		again := least(again, 5000);
	end if;
	if campaign_store.every('slow', interval '20 seconds') then
		return query select s.event, s.campaign, s.practice, s.name, s.detail, s.n, s.level from campaign_store.expire_waiting() s;
		return query select s.event, s.campaign, s.practice, s.name, s.detail, s.n, s.level from campaign_store.hold_late() s;
		perform campaign_store.move_missed_batches();
		perform campaign_store.decide_possible();
		perform campaign_store.settle_opt_outs();
		perform campaign_store.thin_tally();
		perform campaign_store.blank_texts('400 days');
		delete from campaign_store.early_receipt e where e.counted and e.at < at_time - interval '7 days';
		if campaign_store.miss_receipts(make_interval(secs => receipt_wait_ms / 1000.0), one_receipt) >= 1000 then
			delete from campaign_store.mark m where m.what = 'slow';        -- there is more
			again := 0;
		end if;
	end if;

	if exists (select from campaign_store.campaign v where v.state = 'Preparing') then
		again := least(again, case when exists (select from campaign_store.campaign v where v.state = 'Preparing' for update skip locked) then 0 else 1000 end);
	end if;
	select least(again, min(greatest(ceil(extract(epoch from v.start_at - at_time) * 1000), 1000))) into again
		from campaign_store.campaign v where v.state = 'Scheduled';
	event := null;
	n := again;
	return next;
end $$;
comment on function campaign_store.housekeep(bigint, bigint, text[]) is
'Starts campaigns and writes their messages, turns what waits of cancelled ones, finishes, holds what is late or refused too often, gives up receipts that did not come for receipt_wait_ms, and the like: at each call a bounded piece. one_receipt: the carriers that send one receipt for all parts of a text.
One row for each thing that somebody should know: event (started, prepared, finished, held, expired, unmatched_receipts), the campaign, its practice, its name, detail (of held: why), n, level (info or error). Then always one with event null and n = in how many ms it should be called again; 0: there is more to do.';
