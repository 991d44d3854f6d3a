-- 54: delivery receipts (receipts.md). Committed before the carrier gets its answer; storing one twice changes nothing.

create or replace function campaign_store.find_parts(carrier text, ids text[], id_hex text[], id_dec text[], phones text[], out messages bigint[],
	out attempts smallint[], out parts smallint[]) language plpgsql stable set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
	since timestamptz := campaign_store.now() - interval '7 days';
begin
	-- Ids come again after a time: the newest submit wins. A converted id counts only if one part alone has it and the phone.
	select array_agg(coalesce(f.message_id, g.message_id)), array_agg(coalesce(f.attempt, g.attempt)), array_agg(coalesce(f.part, g.part))
		into messages, attempts, parts
		from (select * from unnest(ids, id_hex, id_dec, phones) with ordinality u(id, hex, dec, phone, i) order by u.i) r
		left join lateral (select p.message_id, p.attempt, p.part from campaign_store.part p
			where p.match_id = campaign_store.match_id(r.id) and p.carrier = find_parts.carrier and p.at > since
			order by p.carrier_id = r.id desc, p.at desc limit 1) f on true
		left join lateral (select min(p.message_id) as message_id, min(p.attempt) as attempt, min(p.part) as part from campaign_store.part p
			join campaign_store.attempt a on a.message_id = p.message_id and a.no = p.attempt
			where f.message_id is null and p.match_id in (campaign_store.match_id(r.hex), campaign_store.match_id(r.dec)) and p.carrier = find_parts.carrier
				and p.at > since and right(a.phone, 10) = right(r.phone, 10)
			having count(*) = 1) g on f.message_id is null;
end $$;
comment on function campaign_store.find_parts(text, text[], text[], text[], text[]) is
'The parts that receipts are about, in their order, null where none is known: by id, exactly or without case and leading zeros; else by an id converted between decimal and hexadecimal, with the same phone. Within the carrier, not older than 7 days (receipts.md 2.1).';

create or replace function campaign_store.receipts(carrier text, ids text[], id_hex text[], id_dec text[], phones text[], states text[], reasons text[],
	codes text[], notes text[]) returns table(i int, result text, message bigint, campaign int, status text, reason text, practice text)
	language plpgsql security definer set search_path = pg_catalog, pg_temp
	set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_column
declare
	at_time timestamptz := campaign_store.now();
	found_parts record;
	why_ids smallint[];
	rose boolean[];
	rest bigint[];
begin
	select * into found_parts from campaign_store.find_parts(receipts.carrier, ids, id_hex, id_dec, phones);
	why_ids := array(select case u.state when 'Failed' then campaign_store.reason_id(u.reason, 'undelivered')
		when 'Unclear' then campaign_store.reason_id(u.reason, 'unconfirmed') end from unnest(states, reasons) u(state, reason));

	-- The best receipt of each part; it counts where the rank rises (the order of part_state). One part whose message waits for
	-- nothing else: whole in this statement.
	with r as materialized (
		select distinct on (u.message_id, u.attempt, u.part) u.* from unnest(found_parts.messages, found_parts.attempts, found_parts.parts, states, why_ids, codes)
				with ordinality u(message_id, attempt, part, state, reason, code, i)
			where u.message_id is not null and u.state <> 'Pending'
			order by u.message_id, u.attempt, u.part, array_position('{Delivered,Failed,Unclear}', u.state), u.i),
	p as (update campaign_store.part x set state = r.state::campaign_store.part_state, reason = r.reason, code = r.code, final_at = at_time from r
		where x.message_id = r.message_id and x.attempt = r.attempt and x.part = r.part
			and x.state < r.state::campaign_store.part_state and x.state in ('Accepted', 'Unclear', 'Failed')
		returning x.message_id, x.attempt, x.state, x.reason, r.i),
	m as (update campaign_store.message x set final_at = at_time, reason = p.reason,
			status = case p.state when 'Delivered' then 'Delivered' when 'Failed' then 'Aborted' else 'Unknown' end::campaign_store.message_status
		from p where x.id = p.message_id and x.attempt = p.attempt and x.parts = 1 and x.status = 'Sent'
		returning x.id, x.campaign_id, x.batch, x.status),
	t as (insert into campaign_store.tally(campaign_id, batch, was, became, n)
		select m.campaign_id, m.batch, 'Sent', m.status, count(*) from m where m.campaign_id is not null group by 1, 2, 4)
	select array(select g in (select p.i from p) from generate_series(1, cardinality(ids)) g), array(select distinct p.message_id from p where p.message_id not in (select m.id from m))
		into rose, rest;
	if rest <> '{}' then
		perform from campaign_store.message x where x.id = any(rest) order by x.id for update;
		perform campaign_store.settle(rest);
	end if;

	if array_remove(why_ids, null) <> '{}' or exists (select from campaign_store.sender_health) or exists (select from campaign_store.campaign_health) then
		perform campaign_store.note_receipts(found_parts.messages, found_parts.attempts, states, why_ids, rose);
	end if;
	if 'Pending' = any(states) then
		insert into campaign_store.message_event(message_id, at, attempt, part, what, code, note)
			select distinct on (u.message_id, u.attempt, u.part) u.message_id, at_time, u.attempt, u.part, 'intermediate', u.code, u.note
				from unnest(found_parts.messages, found_parts.attempts, found_parts.parts, states, codes, notes) u(message_id, attempt, part, state, code, note)
				where u.state = 'Pending' and u.message_id is not null and not exists (select from campaign_store.message_event e
					where e.message_id = u.message_id and e.attempt = u.attempt and e.part = u.part and e.what = 'intermediate');
	end if;
	if found_parts.messages is null or array_position(found_parts.messages, null) is not null then
		perform campaign_store.keep_early(receipts.carrier, ids, id_hex, id_dec, phones, states, why_ids, codes, found_parts.messages);
	end if;

	return query
	select u.i::int, case when u.message_id is null then 'early' when not u.rose then 'repeated' when u.attempt < m.attempt then 'history' else 'matched' end,
			u.message_id, m.campaign_id, case when u.rose then m.status::text end, w.reason, p.short_name
		from unnest(found_parts.messages, found_parts.attempts, rose) with ordinality u(message_id, attempt, rose, i)
		left join lateral (select x.* from campaign_store.message x where x.id = u.message_id limit 1) m on true
		left join lateral (select x.reason from campaign_store.reason x where x.id = m.reason limit 1) w on true
		left join lateral (select x.short_name from campaign_store.practice x where x.id = m.practice_id limit 1) p on true
		order by u.i;
end $$;
comment on function campaign_store.receipts(text, text[], text[], text[], text[], text[], text[], text[], text[]) is
'Stores delivery receipts of one carrier, array by array: the id as received; the same id converted from decimal to hexadecimal, and the other way, where that is possible; the recipient''s phone; state (Delivered, Failed, Unclear, or Pending, which changes nothing and is noted once); reason of Failed and Unclear; the raw code; a note. One row each, in order: result matched, repeated (it changes nothing), history (of an earlier attempt) or early (no answer with this id is stored: kept and tried again), the message, its campaign, its status if this changed it, reason, practice.';

create or replace function campaign_store.note_receipts(messages bigint[], attempts smallint[], states text[], reasons smallint[], rose boolean[]) returns void
	language plpgsql set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
	spam smallint[] := array[campaign_store.why('rejected'), campaign_store.why('blocked_spam'), campaign_store.why('blocked_sender')];
	sender smallint[] := array[campaign_store.why('sender_rejected'), campaign_store.why('sender_not_registered')];
begin
	-- Each receipt that changed something, in the order in which they came.
	select array_agg(u.m), array_agg(u.a), array_agg(u.s), array_agg(u.w) into messages, attempts, states, reasons
		from unnest(messages, attempts, states, reasons, rose) u(m, a, s, w, rose) where u.rose;
	if messages is null then
		return;
	end if;
	if reasons && array[campaign_store.why('opted_out'), campaign_store.why('landline'), campaign_store.why('not_in_service')] then
		perform campaign_store.learn(messages, attempts, reasons);
	end if;
	if reasons && spam or exists (select from campaign_store.campaign_health) then
		perform campaign_store.note_rejections(messages, array(select coalesce(x = any(spam), false) from unnest(reasons) x));
	end if;
	if reasons && sender or exists (select from campaign_store.sender_health) then
		perform campaign_store.note_sender(messages, attempts, array(select case when u.s = 'Delivered' then false when u.w = any(sender) then true end
			from unnest(states, reasons) u(s, w)), true);
	end if;
end $$;
comment on function campaign_store.note_receipts(bigint[], smallint[], text[], smallint[], boolean[]) is 'What is learned from receipts about phones, senders and campaigns.';

create or replace function campaign_store.keep_early(carrier text, ids text[], id_hex text[], id_dec text[], phones text[], states text[], reasons smallint[],
	codes text[], messages bigint[]) returns void language plpgsql set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
begin
	insert into campaign_store.early_receipt(carrier, match_id, match_hex, match_dec, at, state, reason, code, phone)
		select distinct keep_early.carrier, campaign_store.match_id(u.id), campaign_store.match_id(u.hex), campaign_store.match_id(u.dec), campaign_store.now(),
				nullif(u.state, 'Pending')::campaign_store.part_state, u.reason, u.code, u.phone
			from unnest(ids, id_hex, id_dec, phones, states, reasons, codes, messages) u(id, hex, dec, phone, state, reason, code, message_id)
			where u.message_id is null and u.id is not null and not exists (select from campaign_store.early_receipt e
				where e.match_id = campaign_store.match_id(u.id) and e.carrier = keep_early.carrier
					and e.state is not distinct from nullif(u.state, 'Pending')::campaign_store.part_state);
end $$;
comment on function campaign_store.keep_early(text, text[], text[], text[], text[], text[], smallint[], text[], bigint[]) is 'Keeps receipts whose id no stored answer has, once for each id and state.';

create or replace function campaign_store.retry_receipts(early bigint[]) returns int language plpgsql
	set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
	r record;
	n int := 0;
begin
	-- Taken out only where the part is known now: the others stay as they came.
	for r in select e.carrier, array_agg(e.id order by e.id) as keys from campaign_store.early_receipt e where e.id = any(early) group by 1 loop
		with e as materialized (select * from campaign_store.early_receipt x where x.id = any(r.keys) order by x.id for update skip locked),
		f as materialized (select campaign_store.find_parts(r.carrier, array_agg(e.match_id order by e.id), array_agg(e.match_hex order by e.id),
			array_agg(e.match_dec order by e.id), array_agg(e.phone order by e.id)) as p, array_agg(e.id order by e.id) as keys from e),
		known as materialized (select u.key from f, unnest(f.keys, (f.p).messages) u(key, message_id) where u.message_id is not null),
		d as (delete from campaign_store.early_receipt x using known where x.id = known.key returning x.*),
		a as (select array_agg(d.match_id order by d.id) as ids, array_agg(d.match_hex order by d.id) as hex, array_agg(d.match_dec order by d.id) as dec,
				array_agg(d.phone order by d.id) as phones, array_agg(coalesce(d.state::text, 'Pending') order by d.id) as states,
				array_agg(w.reason order by d.id) as reasons, array_agg(d.code order by d.id) as codes
			from d left join campaign_store.reason w on w.id = d.reason)
		select n + count(*) into n from a, campaign_store.receipts(r.carrier, a.ids, a.hex, a.dec, a.phones, a.states, a.reasons, a.codes, a.codes)
			where a.ids is not null;
	end loop;
	return n;
end $$;
comment on function campaign_store.retry_receipts(bigint[]) is 'Tries rows of early_receipt again; those whose part is known now are applied and go. Returns how many.';
