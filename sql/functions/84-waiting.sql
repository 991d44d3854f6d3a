-- 84: what waits and never goes: cancelled, expired; and what staff asks to be sent again.

create or replace function campaign_store.end_chunk(k campaign_store.chunk, becomes campaign_store.message_status, because smallint) returns int language plpgsql
	set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
	n int;
	at_time timestamptz := campaign_store.now();
begin
	with m as materialized (select x.id, x.attempt from campaign_store.message x where x.id between k.first_id and k.last_id and x.chunk = k.no and x.status = 'Queued'
			order by x.id for update skip locked),
	u as (update campaign_store.message x set status = becomes, final_at = at_time,
			reason = case when becomes = 'Cancelled' then because else campaign_store.never_sent(m.id, m.attempt) end
		from m where x.id = m.id returning x.campaign_id, x.batch),
	t as (insert into campaign_store.tally(campaign_id, batch, was, became, n)
		select u.campaign_id, u.batch, 'Queued', becomes, count(*) from u where u.campaign_id is not null group by 1, 2)
	select count(*) into n from u;
	delete from campaign_store.chunk c where c.no = k.no
		and not exists (select from campaign_store.message x where x.id between k.first_id and k.last_id and x.chunk = k.no and x.status = 'Queued');
	return n;
end $$;
comment on function campaign_store.end_chunk(campaign_store.chunk, campaign_store.message_status, smallint) is
'Ends all messages of a free chunk that the caller has locked; what others hold locked stays for the next time.';

create or replace function campaign_store.queued_campaigns() returns setof int language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
	return query with recursive w as (
			(select c.campaign_id from campaign_store.chunk c where c.campaign_id > 0 order by 1 limit 1)
			union all
			select n.campaign_id from w cross join lateral (select c.campaign_id from campaign_store.chunk c where c.campaign_id > w.campaign_id and c.campaign_id > 0
				order by 1 limit 1) n)
		select w.campaign_id from w;
end $$;
comment on function campaign_store.queued_campaigns() is 'The campaigns that have a chunk, found without reading all chunks.';

create or replace function campaign_store.cancel_waiting() returns boolean language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
	v campaign_store.campaign;
	k campaign_store.chunk;
	n int := 0;
begin
	-- The campaign's row has decided; also what is put back or refused for now later is found here, as long as there is a chunk.
	for v in select c.* from campaign_store.queued_campaigns() q join campaign_store.campaign c on c.id = q where c.state = 'Cancelled' loop
		delete from campaign_store.audience a where a.campaign_id = v.id;
		for k in select c.* from campaign_store.chunk c where c.campaign_id = v.id and c.run is null order by c.no limit 50 for update skip locked loop
			perform campaign_store.end_chunk(k, 'Cancelled', coalesce(v.cancel_reason, campaign_store.why('campaign_cancelled')));
			n := n + 1;
		end loop;
		exit when n >= 50;
	end loop;
	return n >= 50;
end $$;
comment on function campaign_store.cancel_waiting() is 'Turns what waits of cancelled campaigns Cancelled, 50 chunks at a time; true: there may be more.';

create or replace function campaign_store.expire_waiting() returns table(event text, campaign int, practice text, name text, detail text, n bigint, level text)
	language plpgsql set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
	v campaign_store.campaign;
	k campaign_store.chunk;
	at_time timestamptz := campaign_store.now();
	ended int;
begin
	for v in select c.* from campaign_store.queued_campaigns() q join campaign_store.campaign c on c.id = q where c.state in ('Preparing', 'Sending') loop
		ended := 0;
		for k in select c.* from campaign_store.chunk c where c.run is null and c.lane = 3 and c.sender_id = v.sender_id and c.campaign_id = v.id
				and c.due_at < at_time - interval '7 days' order by c.due_at, c.no limit 50 for update skip locked loop
			ended := ended + campaign_store.end_chunk(k, 'Aborted', null);
		end loop;
		if ended > 0 then
			return query select * from campaign_store.told('expired', v, null, ended);
		end if;
	end loop;
	-- Single texts, also while no carrier takes them.
	for k in select c.* from campaign_store.chunk c where c.run is null and c.lane < 3 and c.due_at < at_time - interval '5 minutes'
			order by c.lane, c.due_at limit 200 for update skip locked loop
		if campaign_store.single_fate((select m from campaign_store.message m where m.id = k.first_id), (select s from campaign_store.single s where s.message_id = k.first_id), at_time)
				is not null then
			perform campaign_store.end_chunk(k, 'Aborted', null);
		end if;
	end loop;
end $$;
comment on function campaign_store.expire_waiting() is
'Aborts what was due more than 7 days ago, single texts after an hour and confirmations after 5 minutes: expired, or with the carrier''s last refusal.';

create or replace function campaign_store.requeue_asked() returns boolean language plpgsql set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
	q campaign_store.requeue_request;
	m campaign_store.message;
	v campaign_store.campaign;
	no bigint;
	at_time timestamptz := campaign_store.now();
	n int := 0;
begin
	for q in select x.* from campaign_store.requeue_request x order by x.at limit 200 for update skip locked loop
		n := n + 1;
		select * into m from campaign_store.message x where x.id = q.message_id for update;
		select * into m from campaign_store.message x where x.id = q.message_id;
		v := null;
		if m.campaign_id is not null then
			select * into v from campaign_store.campaign c where c.id = m.campaign_id for update skip locked;
			continue when not found;                -- somebody holds it: next time
		end if;
		delete from campaign_store.requeue_request x where x.message_id = q.message_id;
		continue when m.status is distinct from 'Unknown' or v.state = 'Cancelled';

		no := nextval('campaign_store.chunk_no');
		insert into campaign_store.chunk(no, sender_id, campaign_id, lane, first_id, last_id, due_at)
			select no, s.sender_id, coalesce(m.campaign_id, 0), case m.kind when 'campaign' then 3 when 'test' then 2 when 'reply' then 1 else 0 end, m.id, m.id, at_time
				from (select v.sender_id where v.id is not null union all select g.sender_id from campaign_store.single g where g.message_id = m.id) s;
		update campaign_store.single g set created_at = at_time where g.message_id = m.id;
		update campaign_store.message x set status = 'Queued', chunk = no, reason = null, final_at = null, sent_at = null, tries = 0 where x.id = m.id;
		insert into campaign_store.message_event(message_id, at, attempt, what, was, became, reason, note)
			values (m.id, at_time, m.attempt, 'requeued', 'Unknown', 'Queued', m.reason, format('asked by %s', q.by_whom));
		if m.campaign_id is not null then
			insert into campaign_store.tally(campaign_id, batch, was, became, n) values (m.campaign_id, m.batch, 'Unknown', 'Queued', 1);
			update campaign_store.campaign c set state = 'Sending', finished_at = null where c.id = v.id and c.state = 'Finished';
		end if;
		perform campaign_store.wake();
	end loop;
	return n >= 200;
end $$;
comment on function campaign_store.requeue_asked() is
'Puts Unknown messages back into the queue for which requeue_message() has asked: a new attempt, checked anew. Under the campaign''s row lock, like its end; a row that somebody holds is left for the next time.';
