-- 64: single texts: opt-out confirmations and HELP (lane 0), staff replies (1), tests (2). Before all campaigns, without their checks.

create or replace function campaign_store.queue_single(practice_id int, sender_id int, contact_id bigint, kind text, phone text, body text, inbound_id bigint,
	due_at timestamptz) returns bigint language plpgsql set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
	id bigint := nextval('campaign_store.message_block');
	no bigint := nextval('campaign_store.chunk_no');
begin
	insert into campaign_store.message(id, contact_id, chunk, practice_id, kind)
		values (id, queue_single.contact_id, no, queue_single.practice_id, queue_single.kind::campaign_store.message_kind);
	insert into campaign_store.single(message_id, sender_id, phone, body, inbound_id, created_at)
		values (id, queue_single.sender_id, queue_single.phone, queue_single.body, queue_single.inbound_id, coalesce(queue_single.due_at, campaign_store.now()));
	insert into campaign_store.chunk(no, sender_id, campaign_id, lane, first_id, last_id, due_at)
		values (no, queue_single.sender_id, 0, case queue_single.kind when 'reply' then 1 when 'test' then 2 else 0 end, id, id,
			coalesce(queue_single.due_at, campaign_store.now()));
	perform campaign_store.wake();
	return id;
end $$;
comment on function campaign_store.queue_single(int, int, bigint, text, text, text, bigint, timestamptz) is
'The one way in which a text without a campaign enters the queue. kind: confirmation, help, reply, test. Returns the message''s id.';

create or replace function campaign_store.single_fate(m campaign_store.message, s campaign_store.single, at_time timestamptz) returns smallint language plpgsql stable
	set search_path = pg_catalog, pg_temp as $$
begin
	if m.kind in ('reply', 'test') and campaign_store.opted_out(m.practice_id, s.phone) then
		return campaign_store.why('opted_out');
	elsif s.body is null then
		return campaign_store.why('missing_value');
	elsif at_time > s.created_at + (case m.kind when 'confirmation' then interval '5 minutes' else interval '1 hour' end) then
		return campaign_store.never_sent(m.id, m.attempt);
	end if;
	return null;
end $$;
comment on function campaign_store.single_fate(campaign_store.message, campaign_store.single, timestamptz) is
'Why a single text must not go any more, or null. A confirmation is late after 5 minutes, others after an hour; who has opted out gets the confirmation and HELP only.';

create or replace function campaign_store.never_sent(message bigint, attempt smallint) returns smallint language plpgsql stable
	set search_path = pg_catalog, pg_temp as $$
begin
	return coalesce((select p.reason from campaign_store.part p where p.message_id = never_sent.message and p.attempt = never_sent.attempt and p.for_now is not null
		and p.reason is not null order by p.part limit 1), campaign_store.why('expired'));
end $$;
comment on function campaign_store.never_sent(bigint, smallint) is 'Why a message that was not sent in time was not: the carrier''s last refusal, or expired.';

create or replace function campaign_store.claim_single(run bigint, k campaign_store.chunk, at_time timestamptz, slots int, win int, empty_window boolean)
	returns table(message bigint, attempt smallint, parts smallint, phone text, body text, blocked boolean) language plpgsql
	set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
	m campaign_store.message;
	s campaign_store.single;
	taken bigint;
	not_sent smallint;
begin
	for m in select x.* from campaign_store.message x where x.id between k.first_id and k.last_id and x.chunk = k.no and x.status = 'Queued' order by x.id
			for update skip locked loop
		select x.* into s from campaign_store.single x where x.message_id = m.id;
		not_sent := campaign_store.single_fate(m, s, at_time);
		if not_sent is not null then
			update campaign_store.message x set status = 'Aborted', reason = not_sent, final_at = at_time where x.id = m.id;
			continue;
		end if;
		parts := campaign_store.text_parts(s.body);
		if parts > slots and not (parts > win and empty_window) then
			message := null;
			blocked := true;
			return next;
			return;
		end if;
		empty_window := false;
		if taken is null then
			taken := nextval('campaign_store.chunk_no');
			insert into campaign_store.chunk(no, sender_id, campaign_id, lane, first_id, last_id, due_at, run, leased_at)
				values (taken, k.sender_id, 0, k.lane, m.id, k.last_id, k.due_at, claim_single.run, at_time);
		end if;
		update campaign_store.message x set status = 'Sending', attempt = x.attempt + 1, parts = claim_single.parts, run = claim_single.run, chunk = taken,
			claimed_at = at_time where x.id = m.id;
		insert into campaign_store.attempt(message_id, run, campaign_id, practice_id, sender_id, no, parts, takes_phone, phone, body)
			values (m.id, claim_single.run, 0, m.practice_id, k.sender_id, m.attempt + 1, claim_single.parts, false, s.phone, s.body);
		message := m.id;
		attempt := m.attempt + 1;
		phone := s.phone;
		body := s.body;
		slots := slots - parts;
		return next;
	end loop;
	delete from campaign_store.chunk c where c.no = k.no
		and not exists (select from campaign_store.message x where x.id between k.first_id and k.last_id and x.chunk = k.no and x.status = 'Queued');
end $$;
comment on function campaign_store.claim_single(bigint, campaign_store.chunk, timestamptz, int, int, boolean) is
'Takes the single texts of a chunk that the caller has locked. The last row may say only that one did not fit (blocked).';
