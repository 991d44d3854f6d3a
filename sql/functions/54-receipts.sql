-- 54: delivery receipts (receipts.md). Committed before the carrier gets its answer; storing one twice changes nothing.

create or replace function campaign_store.store_receipts(carrier text, ids text[], id_hex text[], id_dec text[], phones text[], states text[], reasons text[],
	codes text[], notes text[], keep boolean) returns table(i int, result text, message bigint, campaign int, status text, reason text, practice text)
	language plpgsql set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
	at_time timestamptz := campaign_store.now();
	since timestamptz := at_time - interval '7 days';
	r record;
	risen bigint[];        -- what is learned from: (message, attempt, state, reason) of each receipt that changed something
	risen_no smallint[];
	risen_state text[];
	risen_reason smallint[];
	slow int[];            -- receipts of messages that need more than their own row
	slow_id bigint[];
	unknown int[];         -- receipts whose id nobody knows
	known campaign_store.practice;
	learns boolean := reasons && '{opted_out,landline,not_in_service,rejected,blocked_spam,blocked_sender,sender_rejected,sender_not_registered}'
		or exists (select from campaign_store.sender_health) or exists (select from campaign_store.campaign_health);
begin
	for r in
		-- Each receipt's part: by its id, exactly or without case and leading zeros, the newest; else by an id converted between
		-- decimal and hexadecimal, if one part alone has it and the same phone (receipts.md 2.1).
		with f as materialized (
			select u.i::int as i, u.state, u.code, coalesce(a.message_id, b.message_id, c.message_id) as message_id,
					coalesce(a.attempt, b.attempt, c.attempt) as attempt, coalesce(a.part, b.part, c.part) as part, coalesce(a.at_row, b.at_row, c.at_row) as at_row,
					case u.state when 'Failed' then campaign_store.reason_id(u.reason, 'undelivered')
						when 'Unclear' then campaign_store.reason_id(u.reason, 'unconfirmed') end as reason
				from unnest(ids, id_hex, id_dec, phones, states, reasons, codes) with ordinality u(id, hex, dec, phone, state, reason, code, i)
				left join lateral (select p.message_id, p.attempt, p.part, p.ctid as at_row from campaign_store.part p
					where p.match_id = campaign_store.match_id(u.id) and p.at > since and p.carrier_id = u.id and p.carrier = store_receipts.carrier
					order by p.at desc limit 1) a on true
				left join lateral (select p.message_id, p.attempt, p.part, p.ctid as at_row from campaign_store.part p
					where a.message_id is null and p.match_id = campaign_store.match_id(u.id) and p.at > since and p.carrier = store_receipts.carrier
					order by p.at desc limit 1) b on true
				left join lateral (select min(p.message_id) as message_id, min(p.attempt) as attempt, min(p.part) as part, min(p.ctid) as at_row from campaign_store.part p
					join campaign_store.attempt t on t.message_id = p.message_id and t.no = p.attempt
					where a.message_id is null and b.message_id is null and (u.hex is not null or u.dec is not null)
						and p.match_id in (campaign_store.match_id(u.hex), campaign_store.match_id(u.dec)) and p.at > since and p.carrier = store_receipts.carrier
						and right(t.phone, 10) = right(u.phone, 10) having count(*) = 1) c on true),
		-- The best of each part; it counts where the rank rises, which is the order of part_state.
		g as materialized (
			select distinct on (f.message_id, f.attempt, f.part) f.i, f.message_id, f.attempt, f.part, f.state::campaign_store.part_state as state, f.code, f.reason, f.at_row
				from f where f.message_id is not null and f.state <> 'Pending'
				order by f.message_id, f.attempt, f.part, 5 desc, f.i),
		p as (update campaign_store.part x set state = g.state, reason = g.reason, code = g.code, final_at = at_time from g
			where x.ctid = g.at_row         -- found in this statement, so by its place; a newer version of it is followed
				and x.message_id = g.message_id and x.attempt = g.attempt and x.part = g.part and x.state < g.state and x.state in ('Accepted', 'Unclear', 'Failed')
			returning x.message_id, x.attempt, x.state, x.reason, g.i),
		-- A message of one part that waits for nothing else: all in this statement.
		m as (update campaign_store.message x set final_at = at_time, reason = p.reason,
				status = case p.state when 'Delivered' then 'Delivered' when 'Failed' then 'Aborted' else 'Unknown' end::campaign_store.message_status
			from p where x.id = p.message_id and x.attempt = p.attempt and x.parts = 1 and x.status = 'Sent'
			returning p.i, x.id, x.attempt, x.campaign_id, x.practice_id, x.batch, x.status, x.reason, p.state),
		t as (insert into campaign_store.tally(campaign_id, batch, was, became, n)
			select m.campaign_id, m.batch, 'Sent', m.status, count(*) from m where m.campaign_id is not null group by 1, 2, 4)
		select m.i, 'matched' as result, m.id, m.attempt, m.campaign_id, m.practice_id, m.status::text, m.state::text, m.reason, null::smallint as part from m
		union all
		select f.i, case when f.message_id is null then 'early' when f.i in (select p.i from p) then 'slow' else 'repeated' end, f.message_id, f.attempt,
				null, null, null, f.state, f.reason, f.part
			from f where not f.i in (select m.i from m) loop
		i := r.i;
		message := r.id;
		if r.result = 'matched' then
			if r.practice_id is distinct from known.id then
				select x.* into known from campaign_store.practice x where x.id = r.practice_id;
			end if;
			result := r.result;
			campaign := r.campaign_id;
			status := r.status;
			practice := known.short_name;
			reason := null;
			if r.reason is not null then
				reason := (select x.reason from campaign_store.reason x where x.id = r.reason);
			end if;
		elsif r.result = 'slow' then
			slow := slow || i;
			slow_id := slow_id || message;
		else
			result := r.result;
			campaign := null;
			status := null;
			practice := null;
			reason := null;
			if result = 'early' then
				unknown := unknown || i;
			elsif r.state = 'Pending' then
				insert into campaign_store.message_event(message_id, at, attempt, part, what, code, note)
					select r.id, at_time, r.attempt, r.part, 'intermediate', codes[r.i], notes[r.i] where not exists (select from campaign_store.message_event e
						where e.message_id = r.id and e.attempt = r.attempt and e.part = r.part and e.what = 'intermediate');
			end if;
		end if;
		if learns and r.result in ('matched', 'slow') then
			risen := risen || r.id;
			risen_no := risen_no || r.attempt;
			risen_state := risen_state || r.state;
			risen_reason := risen_reason || r.reason;
		end if;
		continue when r.result = 'slow';
		return next;
	end loop;

	if slow is not null then
		perform from campaign_store.message x where x.id = any(slow_id) order by x.id for update;
		perform campaign_store.settle(slow_id);
		return query select u.i, case when x.status = 'Queued' or p.attempt < x.attempt then 'history' else 'matched' end, x.id, x.campaign_id,
				-- Said once, or the log would say it for each part.
				case when row_number() over (partition by u.id order by u.i desc) = 1 then x.status::text end,
				(select w.reason from campaign_store.reason w where w.id = x.reason), (select w.short_name from campaign_store.practice w where w.id = x.practice_id)
			from unnest(slow, slow_id) u(i, id) cross join lateral (select y.* from campaign_store.message y where y.id = u.id limit 1) x
			cross join lateral (select max(y.attempt) as attempt from campaign_store.part y where y.message_id = u.id and y.final_at = at_time) p;
	end if;
	if risen is not null then
		perform campaign_store.note_receipts(risen, risen_no, risen_state, risen_reason);
	end if;
	if keep and unknown is not null then
		insert into campaign_store.early_receipt(carrier, match_id, match_hex, match_dec, at, state, reason, code, phone)
			select distinct store_receipts.carrier, campaign_store.match_id(ids[u]), campaign_store.match_id(id_hex[u]), campaign_store.match_id(id_dec[u]), at_time,
					nullif(states[u], 'Pending')::campaign_store.part_state,
					case states[u] when 'Failed' then campaign_store.reason_id(reasons[u], 'undelivered') when 'Unclear' then campaign_store.reason_id(reasons[u], 'unconfirmed') end,
					codes[u], phones[u]
				from unnest(unknown) u where ids[u] is not null and not exists (select from campaign_store.early_receipt e
					where e.match_id = campaign_store.match_id(ids[u]) and e.carrier = store_receipts.carrier
						and e.state is not distinct from nullif(states[u], 'Pending')::campaign_store.part_state);
	end if;
end $$;
comment on function campaign_store.store_receipts(text, text[], text[], text[], text[], text[], text[], text[], text[], boolean) is 'What receipts() does, its rows in no order. keep: those whose id nobody knows are kept in early_receipt, once for each id and state.';

create or replace function campaign_store.receipts(carrier text, ids text[], id_hex text[], id_dec text[], phones text[], states text[], reasons text[],
	codes text[], notes text[]) returns table(i int, result text, message bigint, campaign int, status text, reason text, practice text)
	language plpgsql security definer set search_path = pg_catalog, pg_temp
	set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_column
begin
	return query select s.* from campaign_store.store_receipts(receipts.carrier, ids, id_hex, id_dec, phones, states, reasons, codes, notes, true) s order by 1;
end $$;
comment on function campaign_store.receipts(text, text[], text[], text[], text[], text[], text[], text[], text[]) is
'Stores delivery receipts of one carrier, array by array: the id as received; the same id converted from decimal to hexadecimal, and the other way, where that is possible; the recipient''s phone; state (Delivered, Failed, Unclear, or Pending, which changes nothing and is noted once); reason of Failed and Unclear; the raw code; a note. One row each, in order: result matched, repeated (it changes nothing), history (of an earlier attempt) or early (no answer with this id is stored: kept and tried again), the message, its campaign, its status if this changed it, reason, practice.';

create or replace function campaign_store.note_receipts(messages bigint[], attempts smallint[], states text[], reasons smallint[]) returns void
	language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
	spam smallint[] := array[campaign_store.why('rejected'), campaign_store.why('blocked_spam'), campaign_store.why('blocked_sender')];
	sender smallint[] := array[campaign_store.why('sender_rejected'), campaign_store.why('sender_not_registered')];
begin
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
comment on function campaign_store.note_receipts(bigint[], smallint[], text[], smallint[]) is
'What is learned about phones, senders and campaigns from receipts that changed something.';

create or replace function campaign_store.retry_receipts(early bigint[]) returns int language plpgsql
	set search_path = pg_catalog, pg_temp as $$
declare
	r record;
	matched bigint[];
	n int := 0;
begin
	perform from campaign_store.early_receipt e where e.id = any(early) order by e.id for update;
	for r in select e.carrier, array_agg(e.id) as keys, array_agg(e.match_id) as ids, array_agg(e.match_hex) as hex, array_agg(e.match_dec) as dec,
				array_agg(e.phone) as phones, array_agg(coalesce(e.state::text, 'Pending')) as states, array_agg(w.reason) as reasons, array_agg(e.code) as codes
			from (select x.* from campaign_store.early_receipt x where x.id = any(early) order by x.id) e
			left join campaign_store.reason w on w.id = e.reason group by 1 loop
		matched := array(select r.keys[s.i] from campaign_store.store_receipts(r.carrier, r.ids, r.hex, r.dec, r.phones, r.states, r.reasons, r.codes, r.codes, false) s
			where s.result <> 'early');
		delete from campaign_store.early_receipt e where e.id = any(matched);
		n := n + cardinality(matched);
	end loop;
	return n;
end $$;
comment on function campaign_store.retry_receipts(bigint[]) is 'Tries rows of early_receipt again; those whose part is known now are applied and go. Returns how many.';
