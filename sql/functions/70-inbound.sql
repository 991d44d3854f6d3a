-- 70: texts that come in (campaigns.md 10 and 11). Stored, linked and acted upon in one transaction, before the carrier gets its
-- answer; the same text once more within 5 minutes is only counted.

create or replace function campaign_store.inbound_kind(body text, complete boolean) returns text language plpgsql stable
	set search_path = pg_catalog, pg_temp as $$
declare
	-- Without punctuation, emoji and case: "Stop!!" is STOP.
	words text := btrim(regexp_replace(regexp_replace(upper(normalize(coalesce(body, ''), nfkc)), '[^[:alnum:][:space:]]+', '', 'g'), '[[:space:]]+', ' ', 'g'));
	plain text := lower(regexp_replace(translate(coalesce(body, ''), '’‘`´', ''''''''''), '[[:space:]]+', ' ', 'g'));
	stops constant text[] := '{STOP,STOPALL,UNSUBSCRIBE,CANCEL,END,QUIT,REVOKE,OPTOUT,OPT OUT}';
begin
	if complete and words = any(stops) then
		return 'opt_out';
	elsif complete and words in ('START', 'UNSTOP') then
		return 'opt_in';
	elsif complete and words in ('HELP', 'INFO') then
		return 'help';
	elsif split_part(words, ' ', 1) = any(stops) or words like 'OPT OUT %' or exists (select from campaign_store.opt_out_phrase f where strpos(plain, f.phrase) > 0) then
		return 'possible_opt_out';
	end if;
	return 'reply';
end $$;
comment on function campaign_store.inbound_kind(text, boolean) is
'What a text means: opt_out, opt_in or help if it is nothing but one of the words; possible_opt_out if it begins with one or holds a phrase of opt_out_phrase; else reply. Of a long text whose parts are not all there, only whether it may be an opt-out.';

create or replace function campaign_store.link_inbound(i campaign_store.inbound) returns campaign_store.inbound language plpgsql stable
	set search_path = pg_catalog, pg_temp as $$
begin
	-- Whoever has the number, or had it; of several the one texted last.
	with c as materialized (
		select x.id, x.deleted_at from campaign_store.contact x where x.practice_id = i.practice_id and x.phone = i.from_phone
		union
		select x.id, x.deleted_at from campaign_store.former_phone f join campaign_store.contact x on x.id = f.contact_id
			where f.practice_id = i.practice_id and f.phone = i.from_phone),
	m as materialized (
		select c.id as contact_id, m.id, m.campaign_id, m.claimed_at, m.status from c join campaign_store.message m on m.contact_id = c.id
			join campaign_store.attempt a on a.message_id = m.id and a.no = m.attempt
			where a.phone = i.from_phone and m.status in ('Sent', 'Delivered', 'Unknown', 'Sending'))
	select coalesce((select m.contact_id from m order by m.claimed_at desc, m.id desc limit 1), (select c.id from c order by c.deleted_at is not null, c.id limit 1)),
			n.campaign_id, n.id
		into i.contact_id, i.campaign_id, i.message_id
		from (select) x left join lateral (select m.campaign_id, m.id from m where m.campaign_id is not null and m.status <> 'Sending'
			and m.claimed_at > i.received_at - interval '30 days' order by m.claimed_at desc, m.id desc limit 1) n on true;
	return i;
end $$;
comment on function campaign_store.link_inbound(campaign_store.inbound) is
'Finds who wrote, and in answer to what: the newest campaign text to that number within 30 days that was sent.';

create or replace function campaign_store.answer_keyword(i campaign_store.inbound) returns void language plpgsql
	set search_path = pg_catalog, pg_temp as $$
declare
	p campaign_store.practice;
	s campaign_store.sender;
	body text;
begin
	select x.* into p from campaign_store.practice x where x.id = i.practice_id;
	select x.* into s from campaign_store.sender x where x.id = i.sender_id;
	case i.kind
		when 'opt_out' then
			-- One confirmation for each opt-out, and none within a day of another.
			if campaign_store.opt_out_now(p.id, i.from_phone, 'keyword', 'texted', i.id) and not s.carrier_confirms
					and not exists (select from campaign_store.inbound o join campaign_store.single g on g.inbound_id = o.id
						join campaign_store.message m on m.id = g.message_id and m.kind = 'confirmation'
						where o.from_phone = i.from_phone and o.practice_id = i.practice_id and o.received_at > i.received_at - interval '24 hours') then
				perform campaign_store.queue_single(p.id, s.id, i.contact_id, 'confirmation', i.from_phone,
					campaign_store.plain(format('%s: you are opted out and will get no more texts from us. Reply START to get them again.', campaign_store.clean(p.name))),
					i.id, i.received_at);
			end if;
		when 'opt_in' then
			perform campaign_store.lift_opt_out(p.id, i.from_phone, 'keyword', 'texted ' || upper(btrim(i.body)));
		when 'help' then
			body := campaign_store.clean(p.name) || ': ' || coalesce('for help call ' || nullif(p.phone, ''), nullif(p.website, ''), 'this number belongs to us')
				|| '. Reply STOP to opt out.';
			perform campaign_store.queue_single(p.id, s.id, i.contact_id, 'help', i.from_phone, campaign_store.plain(body), i.id, i.received_at);
		when 'possible_opt_out' then
			perform campaign_store.opt_out_now(p.id, i.from_phone, 'possible', '', i.id, true);
		else
			null;
	end case;
end $$;
comment on function campaign_store.answer_keyword(campaign_store.inbound) is
'Does what a text asks for: STOP opts out, with one confirmation (unless the carrier sends it); START lifts that; HELP is answered; what may be an opt-out stops campaigns until somebody decides.';

create or replace function campaign_store.e164(typed text) returns text language plpgsql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
begin
	return coalesce((campaign_store.normalize_phone(typed)).phone, (campaign_store.normalize_phone('+' || typed)).phone, typed);
end $$;
comment on function campaign_store.e164(text) is 'A number as a carrier gives it, with or without +, in the form in which contacts have it; what is none stays.';

create or replace function campaign_store.inbound_one(i campaign_store.inbound, part smallint, out id bigint, out kind text, out repeated boolean) language plpgsql
	set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
	long boolean := coalesce(i.total > 1 and inbound_one.part between 1 and i.total, false);
	was campaign_store.inbound;
begin
	repeated := false;
	if long then
		-- A text whose other parts came, unless the reference is used again: then this part is there with another body.
		select x.* into was from campaign_store.inbound x where x.from_phone = i.from_phone and x.to_number = i.to_number and x.received_at > i.received_at - interval '1 hour'
			and x.ref = i.ref and x.total = i.total and not exists (select from campaign_store.inbound_part p where p.inbound_id = x.id and p.part = inbound_one.part and p.body <> i.body)
			order by x.received_at desc, x.id desc limit 1;
		repeated := was.id is not null and exists (select from campaign_store.inbound_part p where p.inbound_id = was.id and p.part = inbound_one.part);
	else
		i.ref := null;
		i.total := null;
		select x.* into was from campaign_store.inbound x where x.from_phone = i.from_phone and x.to_number = i.to_number and x.received_at > i.received_at - interval '5 minutes'
			and x.body is not distinct from i.body and x.total is null order by x.received_at desc, x.id desc limit 1;
		repeated := was.id is not null;
	end if;
	if repeated then
		update campaign_store.inbound x set repeats = x.repeats + 1 where x.id = was.id;
		id := was.id;
		kind := was.kind;
		return;
	end if;

	if was.id is not null then
		i.id := was.id;
		i.contact_id := was.contact_id;
		i.campaign_id := was.campaign_id;
		i.message_id := was.message_id;
		i.received_at := was.received_at;
	else
		i := campaign_store.link_inbound(i);
		i.kind := 'reply';
		insert into campaign_store.inbound(practice_id, sender_id, contact_id, campaign_id, message_id, received_at, carrier, from_phone, to_number, body, kind, complete, ref, total)
			values (i.practice_id, i.sender_id, i.contact_id, i.campaign_id, i.message_id, i.received_at, i.carrier, i.from_phone, i.to_number, i.body, i.kind, not long, i.ref, i.total)
			returning inbound.id into i.id;
	end if;
	if long then
		insert into campaign_store.inbound_part(inbound_id, part, body) values (i.id, inbound_one.part, coalesce(i.body, ''));
		select string_agg(p.body, '' order by p.part), count(*) = i.total into i.body, i.complete from campaign_store.inbound_part p where p.inbound_id = i.id;
	else
		i.complete := true;
	end if;
	i.kind := case when i.practice_id is null then 'reply' else campaign_store.inbound_kind(i.body, i.complete) end;
	update campaign_store.inbound x set body = i.body, complete = i.complete, kind = i.kind where x.id = i.id;
	if i.practice_id is not null and i.kind is distinct from was.kind then
		perform campaign_store.answer_keyword(i);
	end if;
	id := i.id;
	kind := i.kind;
end $$;
comment on function campaign_store.inbound_one(campaign_store.inbound, smallint) is
'Stores one text, or one part of a long one (which is shown as it is until the others come), and does what it asks for.';

create or replace function campaign_store.inbound(carrier text, from_phone text[], to_number text[], body text[], ref int[], total smallint[], part smallint[])
	returns table(i int, id bigint, kind text, practice text, repeated boolean) language plpgsql security definer
	set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
	u record;
	r campaign_store.inbound;
	at_time timestamptz := campaign_store.now();
begin
	-- The same text on two connections at once: the second waits here, and finds it.
	perform pg_advisory_xact_lock(h.h) from (select distinct hashtextextended('inbound ' || x.f || ' ' || x.t, 0) as h
		from unnest(inbound.from_phone, inbound.to_number) x(f, t) order by 1) h;
	for u in select x.*, s.id as sender_id, s.practice_id, p.short_name from unnest(inbound.from_phone, inbound.to_number, inbound.body, inbound.ref, inbound.total, inbound.part)
			with ordinality x(from_phone, to_number, body, ref, total, part, i)
			left join campaign_store.sender s on s.number in (x.to_number, '+' || x.to_number, ltrim(x.to_number, '+'))
			left join campaign_store.practice p on p.id = s.practice_id order by x.i loop
		r := null;
		r.carrier := inbound.carrier;
		r.from_phone := campaign_store.e164(u.from_phone);
		r.to_number := u.to_number;
		r.body := u.body;
		r.ref := u.ref;
		r.total := u.total;
		r.practice_id := u.practice_id;
		r.sender_id := u.sender_id;
		r.received_at := at_time;
		select o.id, o.kind, o.repeated into id, kind, repeated from campaign_store.inbound_one(r, u.part) o;
		i := u.i;
		practice := u.short_name;
		return next;
	end loop;
end $$;
comment on function campaign_store.inbound(text, text[], text[], text[], int[], smallint[], smallint[]) is
'Stores texts that came in through a carrier, array by array: from, to, text, and of a part of a long text its reference, how many parts there are, and which it is (otherwise null). STOP, START and HELP are heeded at once, with their answers in the queue. One row each, in order: the id, what it is (reply, opt_out, possible_opt_out, opt_in, help), the practice (null: the number is nobody''s), whether it had come before.';
