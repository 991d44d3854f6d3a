-- 50: from parts to a message: the one place that decides what a message is (campaigns.md 2), and what is learned from failures.

create or replace function campaign_store.why(word text) returns smallint language plpgsql immutable parallel safe
	set search_path = pg_catalog, pg_temp as $$
declare
	found_id smallint;
begin
	-- Called immutable although it reads a table, so that a plan holds the number: rows of reason are only ever appended.
	select r.id into strict found_id from campaign_store.reason r where r.reason = word;
	return found_id;
end $$;
comment on function campaign_store.why(text) is 'The id of a reason, given as a literal word. A word that is not in the closed list is an error.';

create or replace function campaign_store.reason_id(word text, otherwise text) returns smallint language plpgsql stable
	set search_path = pg_catalog, pg_temp as $$
begin
	return coalesce((select r.id from campaign_store.reason r where r.reason = word),
		(select r.id from campaign_store.reason r where r.reason = otherwise));
end $$;
comment on function campaign_store.reason_id(text, text) is 'The id of a reason that the daemon names; of another when it names none, or one that this database does not have.';

create or replace function campaign_store.match_id(id text) returns text language sql immutable parallel safe as
$$ select coalesce(nullif(pg_catalog.ltrim(pg_catalog.lower(id), '0'), ''), '0') $$;
comment on function campaign_store.match_id(text) is 'A carrier''s id as receipts are matched by it: lower case, without leading zeros (receipts.md 2.1).';

-- ------------------------------------------------------------------------------------------------ moves

create or replace function campaign_store.refuse_move() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
	raise exception using errcode = 'TC013', message = format('Message %s cannot become %s.', new.id, new.status),
		detail = format('It is %s.', old.status),
		hint = 'This is a fault in campaignd: please report it. Nothing was changed.';
end $$;
comment on function campaign_store.refuse_move() is 'Trigger: refuses a change of status that campaigns.md 2 does not have.';

-- A row trigger whose condition is false costs a comparison, not a call. The arrows of campaigns.md 2; one write may take several.
create or replace trigger refuse_move after update of status on campaign_store.message for each row
	when (old.status <> new.status and not new.status = any (case old.status
		when 'Sending' then '{Sent,Queued,Delivered,Aborted,Unknown}'::campaign_store.message_status[]
		when 'Sent' then '{Delivered,Aborted,Unknown}'
		when 'Queued' then '{Sending,Scheduled,Delivered,Aborted,Cancelled}'
		when 'Scheduled' then '{Queued,Sending,Aborted,Cancelled}'
		when 'Unknown' then '{Sent,Queued,Delivered,Aborted}'
		when 'Aborted' then '{Delivered,Unknown}'
		else '{}' end))
	execute function campaign_store.refuse_move();

create or replace function campaign_store.to_queue(ids bigint[], due timestamptz[], waits text, costs_try boolean[] default null) returns int language plpgsql
	set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
	n int;
begin
	-- A new chunk with the old one's range: narrow, so that a claim scans 200 ids at most.
	with b as materialized (
		select u.id, u.due, u.costs, m.chunk from unnest(ids, due, coalesce(costs_try, array_fill(false, array[cardinality(ids)]))) u(id, due, costs)
			cross join lateral (select x.chunk from campaign_store.message x where x.id = u.id and x.status = 'Sending' limit 1) m),
	k as materialized (
		select g.*, nextval('campaign_store.chunk_no') as no from (select b.chunk, b.due, min(b.id) as first_id, max(b.id) as last_id from b group by 1, 2) g),
	i as (insert into campaign_store.chunk(no, sender_id, campaign_id, lane, waiting_for, first_id, last_id, due_at)
		select k.no, c.sender_id, c.campaign_id, c.lane, waits::campaign_store.waiting_for, k.first_id, k.last_id, k.due
			from k join campaign_store.chunk c on c.no = k.chunk),
	u as (update campaign_store.message x set status = 'Queued', chunk = k.no, tries = x.tries + b.costs::int
		from b join k on k.chunk = b.chunk and k.due = b.due where x.id = b.id and x.status = 'Sending' returning x.campaign_id, x.batch),
	t as (insert into campaign_store.tally(campaign_id, batch, was, became, n)
		select u.campaign_id, u.batch, 'Sending', 'Queued', count(*) from u where u.campaign_id is not null group by 1, 2)
	select count(*) into n from u;
	if n > 0 then
		perform campaign_store.wake();
	end if;
	return n;
end $$;
comment on function campaign_store.to_queue(bigint[], timestamptz[], text, boolean[]) is
'Sending messages back to the queue, due then; the caller has locked their rows. costs_try: for which of them this counts as a try.';

-- ------------------------------------------------------------------------------------------------ judging

create or replace function campaign_store.judge(ids bigint[], retry_ms bigint[]) returns table(id bigint, was campaign_store.message_status,
	became campaign_store.message_status, reason smallint, code text, due_at timestamptz, throttled boolean)
	language plpgsql stable set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
	at_time timestamptz := campaign_store.now();
begin
	return query
	with m as materialized (
		select x.id, x.status, x.attempt, x.tries, x.parts from (select distinct id from unnest(ids) i(id)) u
			cross join lateral (select y.* from campaign_store.message y where y.id = u.id limit 1) x
		where x.status not in ('Delivered', 'Cancelled')),
	p as materialized (
		select m.id, count(*) as answered,
			count(*) filter (where p.state = 'Delivered') as delivered,
			count(*) filter (where p.state in ('Failed', 'Refused', 'NotSent')) as failed,
			count(*) filter (where p.state = 'NoResponse') as no_response,
			count(*) filter (where p.state = 'Accepted') as accepted,
			count(*) filter (where p.for_now is not null or p.state = 'NotSent') as for_now,
			bool_or(p.for_now = 'once') as once,
			bool_and(p.for_now = 'throttled') as throttled,         -- null: none was refused for now
			(array_agg(p.reason order by p.part) filter (where p.state in ('Failed', 'Refused') and p.reason is not null))[1] as fail_reason,
			(array_agg(p.reason order by p.part) filter (where p.state = 'Unclear'))[1] as unclear_reason,
			(array_agg(p.code order by p.part) filter (where p.state in ('Failed', 'Refused', 'Unclear')))[1] as code
		from m join campaign_store.part p on p.message_id = m.id and p.attempt = m.attempt
		group by m.id),
	-- What arrived of an earlier attempt counts, whatever became of a later one; nothing else of it does.
	arrived as materialized (
		select m.id from m where (m.attempt > 1 or m.status = 'Queued') and exists (
			select from campaign_store.attempt a where a.message_id = m.id and (a.no < m.attempt or m.status = 'Queued')
				and a.parts = (select count(*) from campaign_store.part o where o.message_id = m.id and o.attempt = a.no and o.state = 'Delivered'))),
	j as materialized (
		select m.*, p.fail_reason, p.unclear_reason, p.code, p.throttled,
			case when m.id in (select a.id from arrived a) then 'Delivered'
				when m.status = 'Queued' or p.answered is null or p.answered < m.parts then null
				when p.delivered = m.parts then 'Delivered'
				when p.failed = m.parts and m.status = 'Sending' and p.for_now = m.parts and (p.throttled
					or (m.tries < cardinality(retry_ms) and not (p.once and m.tries > 0))) then 'Queued'
				when p.failed = m.parts then 'Aborted'
				when p.delivered > 0 and p.failed > 0 then 'partly_delivered'
				when p.no_response > 0 then 'submit_unconfirmed'
				when p.accepted > 0 then 'Sent'
				else 'unclear' end as verdict
		from m left join p on p.id = m.id)
	select j.id, j.status, v.became, v.reason, j.code,
		-- Rounded up to 5 s, so that what was refused together goes in one chunk.
		to_timestamp(ceil(extract(epoch from at_time + make_interval(secs => case when j.throttled then 5000 else retry_ms[j.tries + 1] end / 1000.0)) / 5) * 5),
		coalesce(j.throttled, false)
	from j cross join lateral (select
			case when j.verdict in ('partly_delivered', 'submit_unconfirmed', 'unclear') then 'Unknown' else j.verdict end::campaign_store.message_status as became,
			case j.verdict when 'Aborted' then coalesce(j.fail_reason, campaign_store.why('rejected'))
				when 'partly_delivered' then campaign_store.why('partly_delivered')
				when 'submit_unconfirmed' then campaign_store.why('submit_unconfirmed')
				when 'unclear' then coalesce(j.unclear_reason, campaign_store.why('unconfirmed')) end as reason) v
	where v.became is not null and (v.became <> j.status or v.reason is distinct from (select x.reason from campaign_store.message x where x.id = j.id));
end $$;
comment on function campaign_store.judge(bigint[], bigint[]) is
'What messages become by their parts, one row for each that changes. Only the parts of the last attempt count, once all of them were answered: all Delivered; all Failed (or refused, or never written) is Aborted with the first reason, or Queued if the refusals were for now and tries are left; some Delivered and some Failed is Unknown partly_delivered; any without an answer Unknown submit_unconfirmed; any that waits for its receipt Sent; otherwise Unknown with the first unclear part''s reason. retry_ms: the schedule of tries.';

create or replace function campaign_store.settle(ids bigint[], retry_ms bigint[] default '{}', out deferred int, out late int, out refused int) language plpgsql
	set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
	at_time timestamptz := campaign_store.now();
	back bigint[];
	due timestamptz[];
	costs boolean[];
	slow bigint[];
	slow_due timestamptz[];
begin
	with j as materialized (select * from campaign_store.judge(ids, retry_ms)),
	u as (update campaign_store.message x set status = j.became, reason = j.reason,
			sent_at = case when j.became = 'Sent' then coalesce(x.sent_at, at_time) else x.sent_at end,
			final_at = case when j.became <> 'Sent' then at_time end
		from j where x.id = j.id and j.became <> 'Queued' returning x.id, x.campaign_id, x.batch),
	t as (insert into campaign_store.tally(campaign_id, batch, was, became, n)
		select u.campaign_id, u.batch, j.was, j.became, count(*) from u join j on j.id = u.id
			where u.campaign_id is not null and j.was <> j.became group by 1, 2, 3, 4),
	e as (insert into campaign_store.message_event(message_id, at, attempt, what, was, became, reason, code)
		select j.id, at_time, x.attempt, case when j.became = 'Queued' then 'refused_for_now' else 'corrected' end, j.was, j.became, j.reason, j.code
			from j join campaign_store.message x on x.id = j.id where j.became = 'Queued' or j.was in ('Queued', 'Aborted', 'Unknown'))
	select array_agg(j.id) filter (where j.became = 'Queued' and not j.throttled), array_agg(j.due_at) filter (where j.became = 'Queued' and not j.throttled),
			array_agg(true) filter (where j.became = 'Queued' and not j.throttled),
			array_agg(j.id) filter (where j.became = 'Queued' and j.throttled), array_agg(j.due_at) filter (where j.became = 'Queued' and j.throttled),
			count(*) filter (where j.became = 'Queued'), count(*) filter (where j.was = 'Unknown'), count(*) filter (where j.became = 'Aborted')
		into back, due, costs, slow, slow_due, deferred, late, refused from j;
	if back is not null then
		perform campaign_store.to_queue(back, due, 'retry', costs);
	end if;
	if slow is not null then
		perform campaign_store.to_queue(slow, slow_due, 'throttled');
	end if;
end $$;
comment on function campaign_store.settle(bigint[], bigint[]) is
'Gives messages the status that their parts say (judge), with counters, times and events: refused_for_now with the carrier''s code, corrected when something late changes Aborted, Unknown or Queued. The caller has locked the rows in a statement of its own, in the order of their ids: so what another transaction has stored about a sibling part is seen here.';

-- ------------------------------------------------------------------------------------------------ learning from failures

create or replace function campaign_store.learn(messages bigint[], attempts smallint[], reasons smallint[]) returns void language plpgsql
	set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
	at_time timestamptz := campaign_store.now();
	r record;
begin
	for r in select distinct a.practice_id, a.phone, u.reason from unnest(messages, attempts, reasons) u(id, no, reason)
		cross join lateral (select x.practice_id, x.phone from campaign_store.attempt x where x.message_id = u.id and x.no = u.no limit 1) a
		where u.reason in (campaign_store.why('opted_out'), campaign_store.why('landline'), campaign_store.why('not_in_service'))
		order by 1, 2, 3 loop
		if r.reason = campaign_store.why('opted_out') then
			perform campaign_store.opt_out_now(r.practice_id, r.phone, 'carrier', 'the carrier says so');
		else
			insert into campaign_store.known_bad as k (practice_id, phone, reason, at) values (r.practice_id, r.phone, r.reason, at_time)
				on conflict (practice_id, phone) do update set reason = excluded.reason, at = excluded.at;
		end if;
	end loop;
end $$;
comment on function campaign_store.learn(bigint[], smallint[], smallint[]) is
'Remembers what carriers say about phones: opted_out becomes an opt-out (source carrier, no confirmation); landline and not_in_service are skipped by later campaigns for known_bad_days.';

create or replace function campaign_store.note_rejections(messages bigint[], rejected boolean[]) returns void language plpgsql
	set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
begin
	insert into campaign_store.campaign_health as h (campaign_id, recent)
		select m.campaign_id, right(string_agg(u.rejected::int::text, '' order by u.i), 50)
			from unnest(messages, rejected) with ordinality u(id, rejected, i)
			cross join lateral (select x.campaign_id from campaign_store.message x where x.id = u.id limit 1) m
			where m.campaign_id is not null
			group by 1 having bool_or(u.rejected) or exists (select from campaign_store.campaign_health o where o.campaign_id = m.campaign_id)
			order by 1
		on conflict (campaign_id) do update set recent = right(h.recent || excluded.recent, 50);
	delete from campaign_store.campaign_health h where h.recent !~ '1';
	if exists (select from campaign_store.campaign_health h where length(replace(h.recent, '0', '')) > 10) then
		perform campaign_store.wake();
	end if;
end $$;
comment on function campaign_store.note_rejections(bigint[], boolean[]) is
'Keeps the last 50 outcomes of campaigns that had a rejection (rejected, blocked_spam, blocked_sender); above 20 % housekeeping holds them (carrier_rejections).';

create or replace function campaign_store.note_sender(messages bigint[], attempts smallint[], fix boolean[], receipts boolean) returns void language plpgsql
	set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
begin
	-- fix[i]: true, the sender is not right; false, it works; null, says nothing. What came after the last that works is in a row.
	with o as materialized (
		select a.sender_id, u.fix, u.i from unnest(messages, attempts, fix) with ordinality u(id, no, fix, i)
			cross join lateral (select x.sender_id from campaign_store.attempt x where x.message_id = u.id and x.no = u.no limit 1) a
			where u.fix is not null),
	s as materialized (
		select o.sender_id, coalesce(bool_or(not o.fix), false) as works,
			count(*) filter (where o.fix and o.i > coalesce((select max(w.i) from o w where w.sender_id = o.sender_id and not w.fix), 0)) as n
		from o group by 1)
	insert into campaign_store.sender_health as h (sender_id, fix_in_row, fix_receipts)
		select s.sender_id, case when note_sender.receipts then 0 else s.n end, case when note_sender.receipts then s.n else 0 end from s
			where s.n > 0 or exists (select from campaign_store.sender_health x where x.sender_id = s.sender_id) order by 1
		on conflict (sender_id) do update set
			fix_in_row = case when (select s.works from s where s.sender_id = h.sender_id) then excluded.fix_in_row else h.fix_in_row + excluded.fix_in_row end,
			-- An accepted submit does not show that texts arrive; a delivered one shows both.
			fix_receipts = case when note_sender.receipts and (select s.works from s where s.sender_id = h.sender_id) then excluded.fix_receipts
				else h.fix_receipts + excluded.fix_receipts end;
	delete from campaign_store.sender_health h where h.fix_in_row = 0 and h.fix_receipts = 0;
	if exists (select from campaign_store.sender_health h where greatest(h.fix_in_row, h.fix_receipts) >= 5) then
		perform campaign_store.wake();
	end if;
end $$;
comment on function campaign_store.note_sender(bigint[], smallint[], boolean[], boolean) is
'Counts refusals, or failing receipts, in a row that say that a sender is not right (the carrier''s code says fix); from five on housekeeping holds its campaigns (sender_rejected).';
