-- The interface: single texts, answers, what happened to a message, opt-outs and consent. For campaign_staff.

create or replace function campaign_store.opted_out(practice_id int, phone text) returns boolean language plpgsql stable
	set search_path = pg_catalog, pg_temp as $$
begin
	return exists (select from campaign_store.opt_out o where o.practice_id = opted_out.practice_id and o.phone = opted_out.phone
		and o.lifted_at is null and not o.pending);
end $$;
comment on function campaign_store.opted_out(int, text) is 'Whether an opt-out of a phone is in force; a possible one that nobody has decided stops campaigns only.';

create or replace function campaign.send_test(practice text, message text, phones text[], request_key text default null)
	returns table(phone text, message_id bigint) language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
	p campaign_store.practice := campaign_store.acting(practice);
	k campaign_store.campaign;
	c campaign_store.contact;
	typed text;
	e164 text;
	body text;
	result jsonb := campaign_store.first_result(p.id, 'send_test', request_key);
begin
	if result is null then
		result := '[]';
		perform campaign_store.check_sender(p);
		k := campaign_store.draft(p, 'text', message);
		if coalesce(cardinality(phones), 0) = 0 then
			raise exception using errcode = '22023', message = 'There is nobody to send the test to.',
				detail = 'phones is empty.',
				hint = 'Give the numbers of staff contacts, phones => array[''206-555-0199''].';
		end if;
		foreach typed in array phones loop
			e164 := (campaign_store.normalize_phone(typed)).phone;
			select x.* into c from campaign_store.contact x where x.practice_id = p.id and x.phone = e164 and x.deleted_at is null and exists
				(select from campaign_store.group_member m join campaign_store.contact_group g on g.id = m.group_id where m.contact_id = x.id and g.is_staff)
				order by x.id limit 1;
			if not found then
				raise exception using errcode = 'TC014', message = 'Tests go to staff only.',
					detail = format('"%s" is not the number of a contact in a staff group of "%s".', typed, p.short_name),
					hint = 'Make the group with create_group(practice, name, is_staff => true), and put the contact into it with add_to_group().';
			elsif campaign_store.opted_out(p.id, e164) then
				raise exception using errcode = 'TC014', message = 'The number has opted out.',
					detail = format('"%s" does not want texts of "%s".', typed, p.short_name),
					hint = 'Texting START from that phone lifts it.';
			end if;
			body := campaign_store.render(p, k, campaign_store.fill_practice(k.compiled, k.slot_token, k.slot_fallback, p), c.first_name, c.last_name,
				p.opt_out_hint <> 'never');
			if body is null then
				raise exception using errcode = '22023', message = 'A placeholder has no value for this contact.',
					detail = format('Contact %s.', c.id),
					hint = 'Fill in the field, or give the placeholder a fallback: [Contact.FirstName|there].';
			end if;
			result := result || jsonb_build_object('phone', e164, 'message_id',
				campaign_store.queue_single(p.id, p.sender_id, c.id, 'test', e164, body, null::bigint, campaign_store.now()));
		end loop;
		perform campaign_store.note(p.id, 'send_test', format('%s phones', jsonb_array_length(result)));
		perform campaign_store.keep_result(p.id, 'send_test', request_key, result);
		perform campaign_store.wake();
	end if;
	return query select r.* from jsonb_to_recordset(result) r(phone text, message_id bigint);
end $$;
comment on function campaign.send_test(text, text, text[], text) is
'Sends a text, with its placeholders filled in and the opt-out hint, to people of the practice: contacts of a group that was made with is_staff. It goes at once, whatever the window; it is in no report and counts for no cap. request_key: the same key again returns the first result.
Returns a message_id for each phone: campaign.explain_message() tells what became of it.
Fails, and then sends none: TC001 to TC005 the text, TC011 unknown practice, TC014 not a number of staff, or opted out, TC015 no sender, 22023 a placeholder without a value.';

create or replace function campaign_store.acting_inbound(inbound_id bigint) returns campaign_store.inbound language plpgsql
	set search_path = pg_catalog, pg_temp as $$
declare
	i campaign_store.inbound;
begin
	select x.* into i from campaign_store.inbound x where x.id = inbound_id and campaign_store.acts_for(x.practice_id) for update;
	if not found then
		raise exception using errcode = 'TC011', message = format('There is no inbound text %s of a practice that you act for.', inbound_id),
			detail = 'It is unknown, or of another practice.',
			hint = 'select id, received_at from campaign.practice_inbox shows those that there are.';
	end if;
	return i;
end $$;
comment on function campaign_store.acting_inbound(bigint) is 'A text that came in for a practice for which the login acts, locked; TC011 otherwise.';

create or replace function campaign.reply_to(inbound_id bigint, text text, request_key text default null) returns bigint language plpgsql security definer
	set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
	i campaign_store.inbound := campaign_store.acting_inbound(inbound_id);
	p campaign_store.practice;
	body text := regexp_replace(btrim(normalize(text, nfc), E' \n\r\t'), '\r\n?', E'\n', 'g');
	result jsonb := campaign_store.first_result(i.practice_id, 'reply_to', request_key);
	new_id bigint := (result ->> 0)::bigint;
begin
	if new_id is null then
		select x.* into p from campaign_store.practice x where x.id = i.practice_id;
		if coalesce(body, '') = '' then
			raise exception using errcode = 'TC005', message = 'The text is empty.',
				hint = 'Write what the recipient shall read.';
		end if;
		body := case when p.plain_punctuation then campaign_store.plain(body) else body end;
		if campaign_store.text_parts(body) > 10 then
			raise exception using errcode = 'TC004', message = 'The text is too long.',
				detail = format('It takes %s parts; carriers take 10.', campaign_store.text_parts(body)),
				hint = 'Shorten it, or send two.';
		elsif campaign_store.opted_out(p.id, i.from_phone) then
			raise exception using errcode = 'TC014', message = 'The number has opted out.',
				detail = format('Inbound text %s came from a number that does not want texts.', i.id),
				hint = 'Call instead. Texting START from that phone lifts it.';
		end if;
		new_id := campaign_store.queue_single(p.id, coalesce(i.sender_id, p.sender_id), i.contact_id, 'reply', i.from_phone, body, i.id, campaign_store.now());
		update campaign_store.inbound x set answered_at = campaign_store.now(), read_at = coalesce(x.read_at, campaign_store.now()),
			read_by = coalesce(x.read_by, session_user) where x.id = i.id;
		perform campaign_store.note(p.id, 'reply_to', i.id::text);
		perform campaign_store.keep_result(p.id, 'reply_to', request_key, to_jsonb(array[new_id]));
		perform campaign_store.wake();
	end if;
	return new_id;
end $$;
comment on function campaign.reply_to(bigint, text, text) is
'Answers a text that came in, from the number that it was sent to, and returns the message_id. The text is sent as it is: no placeholders, anything may stand in it. It goes at once, whatever the window. request_key: the same key again returns the first result.
Fails: TC004 too long, TC005 empty, TC011 unknown inbound text, TC014 the number has opted out.';

create or replace function campaign.mark_read(inbound_id bigint) returns void language plpgsql security definer
	set search_path = pg_catalog, pg_temp as $$
declare
	i campaign_store.inbound := campaign_store.acting_inbound(inbound_id);
begin
	update campaign_store.inbound x set read_at = campaign_store.now(), read_by = session_user where x.id = i.id and x.read_at is null;
	perform campaign_store.note(i.practice_id, 'mark_read', i.id::text);
end $$;
comment on function campaign.mark_read(bigint) is 'Notes that a text that came in was read. May be repeated. Fails: TC011 unknown inbound text.';

create or replace function campaign.requeue_message(message_id bigint) returns text language plpgsql security definer
	set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
	m campaign_store.message;
	k campaign_store.campaign;
begin
	select x.* into m from campaign_store.message x where x.id = requeue_message.message_id and campaign_store.acts_for(x.practice_id);
	if not found then
		raise exception using errcode = 'TC011', message = format('There is no message %s of a practice that you act for.', message_id),
			detail = 'It is unknown, or of another practice.',
			hint = 'campaign.message_log shows those that there are.';
	end if;
	select x.* into k from campaign_store.campaign x where x.id = m.campaign_id;
	if m.status <> 'Unknown' then
		raise exception using errcode = 'TC013', message = format('Message %s cannot be sent again.', m.id),
			detail = format('It is %s; only an Unknown one may.', m.status),
			hint = 'campaign.explain_message() tells what became of it.';
	elsif k.state = 'Cancelled' then
		perform campaign_store.wrong_state(k, 'sent from again', 'Create a new one for that contact.');
	end if;
	insert into campaign_store.requeue_request(message_id) values (m.id) on conflict do nothing;
	perform campaign_store.note(m.practice_id, 'requeue_message', m.id::text);
	perform campaign_store.wake();
	return 'Queued';
end $$;
comment on function campaign.requeue_message(bigint) is
'Asks that a message of which nobody knows whether it arrived is sent again: ask the contact first, for it may arrive twice. A running daemon puts it back into the queue at once, where it is checked anew. Returns the status that it gets (Queued). May be repeated.
Fails: TC011 unknown message, TC013 it is not Unknown, or its campaign is Cancelled.';

create or replace function campaign.check_text(text text) returns table(encoding text, units int, parts smallint, sent_as text, replaced text[])
	language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
	body text := regexp_replace(normalize(text, nfc), '\r\n?', E'\n', 'g');
begin
	sent_as := campaign_store.plain(body);
	encoding := case when campaign_store.is_gsm(sent_as) then 'GSM-7' else 'UCS-2' end;
	units := campaign_store.text_units(sent_as);
	parts := campaign_store.text_parts(sent_as);
	-- What was replaced; or, where that does not help, what makes each part hold 67 characters instead of 153.
	select coalesce(array_agg(format('%s (U+%s) at %s%s', x.c, lpad(upper(to_hex(ascii(x.c))), 4, '0'), x.at,
			case when encoding = 'GSM-7' then ' became ' || coalesce(nullif(f.replacement, ''), 'nothing') else ' is outside GSM 7-bit' end) order by x.at), '{}')
		into replaced from (select u.c, min(u.at) as at from regexp_split_to_table(body, '') with ordinality u(c, at) where not campaign_store.is_gsm(u.c) group by u.c) x
			left join campaign_store.plain_form f on f.codepoint = ascii(x.c);
	return next;
end $$;
comment on function campaign.check_text(text) is
'What a text costs, as it is typed (placeholders are not filled in): its encoding (GSM-7 or UCS-2), its length in units of that encoding, SMS parts, the text with plain punctuation if that helps, and the characters that were replaced or that make it UCS-2.';

create or replace function campaign.explain_message(message_id bigint)
	returns table(at timestamptz, event text, status text, reason text, sentence text, advice text, carrier_code text, note text)
	language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
	m campaign_store.message;
	k campaign_store.campaign;
	q campaign_store.chunk;
begin
	select x.* into m from campaign_store.message x join campaign_store.seen s on s.practice_id = x.practice_id where x.id = explain_message.message_id;
	if not found then
		raise exception using errcode = 'TC011', message = format('There is no message %s of a practice that you see.', message_id),
			detail = 'It is unknown, or of another practice.',
			hint = 'campaign.message_log shows those that there are.';
	end if;
	select x.* into k from campaign_store.campaign x where x.id = m.campaign_id;
	select x.* into q from campaign_store.chunk x where x.no = m.chunk and m.status = 'Queued';

	return query
	with e(at, sort, event, status, reason, code, note) as (
		select g.created_at, 0, 'created', 'Queued', null::smallint, null, format('a single text (%s) by %s', m.kind, g.created_by) from campaign_store.single g where g.message_id = m.id
		union all
		select k.created_at, 0, 'created', null, null, null, format('campaign %s, by %s', k.id, k.created_by) where k.id is not null
		union all
		select k.started_at, 1, 'campaign started', null, null, null, null where k.started_at is not null
		union all
		select v.at, 3, v.what, v.became::text, v.reason, v.code,
			concat_ws(', ', case when v.attempt is not null then format('attempt %s', v.attempt) end, case when v.part is not null then format('part %s', v.part) end, v.note)
			from campaign_store.message_event v where v.message_id = m.id
		union all
		select m.claimed_at, 2, 'checked and taken for sending', 'Sending', null, null, format('attempt %s, %s parts', m.attempt, m.parts)
			where m.claimed_at is not null and m.attempt > 0
		union all
		select p.at, 3, case p.state when 'NoResponse' then 'no answer' when 'NotSent' then 'not sent' when 'Refused' then case when p.for_now is not null then 'refused for now' else 'refused' end
				else 'accepted by the carrier' end, null,
			case when p.final_at is null then p.reason end, case when p.final_at is null then p.code end,
			format('attempt %s, part %s, carrier %s%s%s', p.attempt, p.part, p.carrier, ', ' || p.bind, ', id ' || p.carrier_id)
			from campaign_store.part p where p.message_id = m.id
		union all
		select p.final_at, 4, 'receipt: ' || lower(p.state::text), null, p.reason, p.code, format('attempt %s, part %s', p.attempt, p.part)
			from campaign_store.part p where p.message_id = m.id and p.final_at is not null
		union all
		select m.sent_at, 5, 'sent', 'Sent', null, null, null where m.sent_at is not null
		union all
		select m.final_at, 6, 'final', m.status::text, m.reason, null, null where m.status in ('Delivered', 'Aborted', 'Unknown', 'Cancelled')
		union all
		select k.finished_at, 6, 'final', 'Cancelled', k.cancel_reason, null, null where m.status = 'Queued' and k.state = 'Cancelled'
		union all
		select campaign_store.now(), 7, 'waiting', case when k.state in ('Paused', 'Held') or q.due_at > campaign_store.now() then 'Scheduled' else 'Queued' end, null, null,
			concat_ws(', ', case k.state when 'Paused' then 'the campaign is paused' when 'Held' then 'the campaign is held: ' || k.held_because else 'for ' || q.waiting_for end,
				format('due %s', q.due_at))
			where m.status = 'Queued' and k.state is distinct from 'Cancelled')
	select e.at, e.event, e.status, r.reason, r.sentence, r.advice, e.code, nullif(e.note, '')
		from e left join campaign_store.reason r on r.id = e.reason order by e.at nulls last, e.sort;
end $$;
comment on function campaign.explain_message(bigint) is
'What happened to a message, one row per event in order: when, what, the status that it got, reason, a sentence for people, advice, the carrier''s own code. Also for reporting and operators: it shows no number and no text.
Fails: TC011 unknown message.';

-- ------------------------------------------------------------------------------------------------ opt-outs and consent

create or replace function campaign.record_opt_out(contact_id bigint, source text default 'staff', note text default '') returns void language plpgsql
	security definer set search_path = pg_catalog, pg_temp as $$
declare
	c campaign_store.contact := campaign_store.acting_contact(contact_id);
	why text := concat_ws(': ', nullif(btrim(source), ''), nullif(btrim(note), ''));
begin
	perform from campaign_store.contact x where x.practice_id = c.practice_id and (x.phone = c.phone or x.id = c.id) order by x.id for no key update;
	if c.phone is not null then
		perform campaign_store.opt_out_now(c.practice_id, c.phone, 'staff', why);
	end if;
	-- Also by contact: without a phone now, and whatever its phone will be.
	update campaign_store.contact x set opted_out_at = campaign_store.now(), consent = false where x.id = c.id and x.opted_out_at is null;
	if found then
		insert into campaign_store.consent_event(practice_id, contact_id, phone, granted, source, wording) values (c.practice_id, c.id, c.phone, false, 'staff', why);
	end if;
	perform campaign_store.note(c.practice_id, 'record_opt_out', c.id::text);
end $$;
comment on function campaign.record_opt_out(bigint, text, text) is
'Records that a contact does not want texts of the practice (said in a call or a letter; source and note say how). It counts from the next claim, for the contact and for its phone, for every kind of campaign; no confirmation is sent. May be repeated. Fails: TC010 unknown contact.';

create or replace function campaign.record_opt_out(phone text, source text default 'staff', note text default '', practice text default null) returns void
	language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
	e164 text := (campaign_store.normalize_phone(phone)).phone;
	p campaign_store.practice;
begin
	if practice is null and (select count(*) from campaign_store.seen s where s.reads) = 1 then
		practice := (select s.practice from campaign_store.seen s where s.reads);
	end if;
	p := campaign_store.acting(practice);
	if e164 is null then
		raise exception using errcode = '22023', message = 'The number is not valid.',
			detail = 'A number that cannot be texted needs no opt-out.',
			hint = 'Give ten digits, or + and the country code.';
	end if;
	perform from campaign_store.contact x where x.practice_id = p.id and x.phone = e164 order by x.id for no key update;
	perform campaign_store.opt_out_now(p.id, e164, 'staff', concat_ws(': ', nullif(btrim(source), ''), nullif(btrim(note), '')));
	perform campaign_store.note(p.id, 'record_opt_out', 'a phone');
end $$;
comment on function campaign.record_opt_out(text, text, text, text) is
'Records that a number does not want texts of the practice, whether it belongs to a contact or not. practice may be left out by who acts for one only. It counts from the next claim. May be repeated. Fails: TC011 unknown practice, 22023 not a number.';

create or replace function campaign.record_consent(contact_id bigint, source text, wording text default '') returns void language plpgsql security definer
	set search_path = pg_catalog, pg_temp as $$
declare
	c campaign_store.contact := campaign_store.acting_contact(contact_id);
begin
	if coalesce(btrim(source), '') = '' or lower(btrim(source)) = 'none' then
		raise exception using errcode = '22023', message = 'The source of the consent is missing.',
			detail = 'Consent needs its evidence.',
			hint = 'Say where it was given, for example source => ''signed form''.';
	elsif coalesce(btrim(wording), '') = '' and (c.opted_out_at is not null or exists
			(select from campaign_store.opt_out o where o.practice_id = c.practice_id and o.phone = c.phone and o.lifted_at is null)) then
		raise exception using errcode = 'TC014', message = 'An opt-out is lifted by new written consent only.',
			detail = format('Contact %s has opted out, and no wording was given.', c.id),
			hint = 'Give as wording what the contact agreed to in writing. Or let the contact text START.';
	end if;
	perform campaign_store.lift_opt_out(c.practice_id, c.phone, btrim(source), btrim(wording), c.id);
	perform campaign_store.note(c.practice_id, 'record_consent', c.id::text);
end $$;
comment on function campaign.record_consent(bigint, text, text) is
'Records that a contact has agreed to be texted: source says where, wording what it agreed to. If the contact or its phone had opted out this lifts it, and then the wording is needed; nothing else that staff or an import does can. Fails: TC010 unknown contact, TC014 no wording though opted out, 22023 no source.';

create or replace function campaign.resolve_possible_opt_out(inbound_id bigint, is_opt_out boolean) returns void language plpgsql security definer
	set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
	i campaign_store.inbound := campaign_store.acting_inbound(inbound_id);
begin
	if i.kind <> 'possible_opt_out' or is_opt_out is null then
		raise exception using errcode = 'TC013', message = format('Inbound text %s is not waiting for this decision.', i.id),
			detail = format('It is: %s.', i.kind),
			hint = 'Only those that campaign.practice_inbox shows as possible_opt_out are; is_opt_out is true or false.';
	end if;
	perform from campaign_store.contact c where c.practice_id = i.practice_id and c.phone = i.from_phone order by c.id for no key update;
	if is_opt_out then
		perform campaign_store.opt_out_now(i.practice_id, i.from_phone, 'possible', format('decided by %s', session_user), i.id);
	else
		update campaign_store.opt_out o set lifted_at = campaign_store.now(), lifted_by = session_user
			where o.practice_id = i.practice_id and o.phone = i.from_phone and o.pending and o.lifted_at is null;
	end if;
	update campaign_store.inbound x set kind = case when is_opt_out then 'opt_out' else 'reply' end where x.id = i.id;
	perform campaign_store.note(i.practice_id, 'resolve_possible_opt_out', format('%s %s', i.id, is_opt_out));
end $$;
comment on function campaign.resolve_possible_opt_out(bigint, boolean) is
'Decides whether a text that may have meant "do not text me" did. Until then campaigns do not text that number; after 5 days without a decision it counts as an opt-out. Fails: TC011 unknown inbound text, TC013 there is nothing to decide.';
