-- 52: what carriers answer to submits. Called by the daemon with the answers of a few milliseconds; safe to repeat.

create or replace function campaign_store.answered(run bigint, message bigint[], attempt smallint[], part smallint[], carrier text, bind text[],
	state text[], carrier_id text[], code text[], reason text[], retry text[], retry_ms bigint[],
	out rows int, out accepted int, out refused int, out deferred int, out late int)
	language plpgsql security definer set search_path = pg_catalog, pg_temp
	set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_column
declare
	at_time timestamptz := campaign_store.now();
	rest bigint[];
	early bigint[];
begin
	-- The usual case whole in one statement: one part, accepted. The same part twice in the arrays is one: a real answer first.
	with u as materialized (
		select distinct on (u.message, u.attempt, u.part) u.* from unnest(answered.message, answered.attempt, answered.part, answered.bind, answered.state,
				answered.carrier_id, answered.code, answered.reason, answered.retry) u(message, attempt, part, bind, state, carrier_id, code, reason, retry)
			order by u.message, u.attempt, u.part, u.state in ('NoResponse', 'NotSent'), u.state = 'NotSent'),
	i as (insert into campaign_store.part as p (message_id, at, state, attempt, part, reason, carrier, bind, carrier_id, match_id, code, for_now)
		select u.message, at_time, u.state::campaign_store.part_state, u.attempt, u.part,
				case when u.state = 'Refused' then campaign_store.reason_id(u.reason, 'rejected') end,
				answered.carrier, u.bind, u.carrier_id, campaign_store.match_id(u.carrier_id), u.code,
				case when u.state = 'Refused' and u.retry in ('retry', 'once', 'throttled') then u.retry end from u
		on conflict (message_id, attempt, part) do update set at = excluded.at, state = excluded.state, reason = excluded.reason, bind = excluded.bind,
				carrier_id = excluded.carrier_id, match_id = excluded.match_id, code = excluded.code, for_now = excluded.for_now
			where p.state = 'NoResponse' and excluded.state in ('Accepted', 'Refused')
		returning p.message_id, p.attempt, p.state),
	m as (update campaign_store.message x set status = 'Sent', sent_at = at_time from i
		where i.state = 'Accepted' and x.id = i.message_id and x.attempt = i.attempt and x.parts = 1 and x.status = 'Sending'
		returning x.id, x.campaign_id, x.batch),
	t as (insert into campaign_store.tally(campaign_id, batch, was, became, n, parts)
		select m.campaign_id, m.batch, 'Sending', 'Sent', count(*), count(*) from m where m.campaign_id is not null group by 1, 2),
	-- Of the others the accepted parts are counted here, because they cost whatever becomes of the message.
	o as (insert into campaign_store.tally(campaign_id, batch, became, n, parts)
		select x.campaign_id, x.batch, 'Sent', 0, count(*) from i
			cross join lateral (select y.campaign_id, y.batch from campaign_store.message y where y.id = i.message_id and y.campaign_id is not null limit 1) x
			where i.state = 'Accepted' and i.message_id not in (select m.id from m) group by 1, 2)
	select (select count(*) from u), (select count(*) from m), array(select distinct i.message_id from i where i.message_id not in (select m.id from m))
		into rows, accepted, rest;

	refused := 0;
	deferred := 0;
	late := 0;
	if rest <> '{}' then
		perform from campaign_store.message x where x.id = any(rest) order by x.id for update;
		select s.deferred, s.late, s.refused into deferred, late, refused from campaign_store.settle(rest, answered.retry_ms) s;
		accepted := accepted + (select count(*) from campaign_store.message x where x.id = any(rest) and x.status = 'Sent');
	end if;
	if answered.reason && '{opted_out,landline,not_in_service}' then
		perform campaign_store.learn(answered.message, answered.attempt, array(select case when u.state = 'Refused' then campaign_store.reason_id(u.reason, null) end
			from unnest(answered.state, answered.reason) u(state, reason)));
	end if;
	if answered.reason && '{rejected,blocked_spam,blocked_sender}' then
		perform campaign_store.note_rejections(array_agg(u.message), array_agg(u.reason in ('rejected', 'blocked_spam', 'blocked_sender')))
			from unnest(answered.message, answered.state, answered.reason, answered.retry) u(message, state, reason, retry)
			where u.state = 'Refused' and coalesce(u.retry, 'no') in ('no', 'fix');
	end if;
	if 'fix' = any(answered.retry) or (accepted > 0 and exists (select from campaign_store.sender_health h where h.fix_in_row > 0)) then
		perform campaign_store.note_sender(answered.message, answered.attempt, array(select case u.state when 'Accepted' then false
			when 'Refused' then case when u.retry = 'fix' then true end end from unnest(answered.state, answered.retry) u(state, retry)), false);
	end if;

	-- Receipts that came before.
	if exists (select from campaign_store.early_receipt) then
		early := array(select e.id from unnest(answered.carrier_id) u(carrier_id) cross join lateral (select x.id from campaign_store.early_receipt x
			where x.match_id = campaign_store.match_id(u.carrier_id) and x.carrier = answered.carrier) e where u.carrier_id is not null order by 1);
		if early <> '{}' then
			perform campaign_store.retry_receipts(early);
		end if;
	end if;
end $$;
comment on function campaign_store.answered(bigint, bigint[], smallint[], smallint[], text, text[], text[], text[], text[], text[], text[], bigint[]) is
'Stores answers to submits of one carrier, array by array: message, attempt, part (from 1), bind, state (Accepted, Refused, NoResponse: none came and none is waited for, NotSent: never written because a sibling was refused), the carrier''s id of an accepted part, the raw code of a refused one, reason (final, or when tries run out) and retry: no or fix, for good (fix: the sender is not right); retry, once or throttled, for now. retry_ms is the carrier''s schedule of tries; throttled costs none and waits 5 s.
An answer to a part that had none corrects it; otherwise the first counts. Returns how many different parts there were, and how many messages became Sent, Aborted or Queued again, and how many were Unknown before.';

create or replace function campaign_store.put_back(run bigint, message bigint[], attempt smallint[]) returns int language plpgsql security definer
	set search_path = pg_catalog, pg_temp
	set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_column
declare
	at_time timestamptz := campaign_store.now();
	mine bigint[];
	n int;
begin
	perform from campaign_store.message x where x.id = any(put_back.message) order by x.id for update;
	mine := array(select distinct x.id from unnest(put_back.message, put_back.attempt) u(id, no)
		cross join lateral (select y.id from campaign_store.message y where y.id = u.id and y.attempt = u.no and y.run = put_back.run and y.status = 'Sending' limit 1) x
		-- Whoever has an answer to a part has written it.
		where not exists (select from campaign_store.part p where p.message_id = u.id and p.attempt = u.no) order by 1);
	if mine = '{}' then
		return 0;
	end if;
	n := campaign_store.to_queue(mine, array_fill(at_time, array[cardinality(mine)]), 'turn');
	-- What the day allows was not used.
	update campaign_store.practice_day d set messages = d.messages - g.n from (select a.practice_id, count(*) as n from unnest(mine) u(id)
			cross join lateral (select x.practice_id from campaign_store.message x where x.id = u.id and x.campaign_id is not null limit 1) a group by 1) g
		where d.practice_id = g.practice_id and d.day = (select (at_time at time zone p.zone)::date from campaign_store.practice p where p.id = d.practice_id);
	update campaign_store.sender_day d set parts = d.parts - g.n from (select a.sender_id, sum(a.parts) as n from unnest(mine) u(id)
			cross join lateral (select x.sender_id, x.parts from campaign_store.attempt x where x.message_id = u.id order by x.no desc limit 1) a group by 1) g
		where d.sender_id = g.sender_id and d.day = (select (at_time at time zone p.zone)::date from campaign_store.sender s
			join campaign_store.practice p on p.id = s.practice_id where s.id = d.sender_id);
	return n;
end $$;
comment on function campaign_store.put_back(bigint, bigint[], smallint[]) is
'Messages that this run claimed and never wrote, as its own process says: Queued again, due now. Others are left alone. Returns how many. May be repeated.';
