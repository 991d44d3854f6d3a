-- The interface: single texts, the inbox, what became of a message, opt-outs and consent.
\ir prelude.psql
select plan(72);
select pg_temp.people();
set local timezone = 'UTC';
select pg_temp.clock('2027-01-04 23:00-05');       -- outside every window

create function pg_temp.ann(query text) returns text language sql as $$ select pg_temp.as('t_ann', query) $$;
create function pg_temp.json(query text) returns jsonb language sql as $$ select pg_temp.as('t_ann', format('select to_json(x) from (%s) x', query))::jsonb $$;
create function pg_temp.contact(of_external_id text) returns campaign_store.contact language sql as $$
	select c.* from campaign_store.contact c join campaign_store.practice p on p.id = c.practice_id where p.short_name = 'maple' and c.external_id = of_external_id $$;
select pg_temp.ann($$select campaign.create_group('maple', 'staff', true)$$), pg_temp.ann($$select campaign.create_group('maple', 'all')$$);
select pg_temp.ann($$select campaign.upsert_contact('maple', 'S1', 'Sue', 'Lee', '206-555-0101', 'staff', groups => '{staff}')$$), pg_temp.ann($$select campaign.upsert_contact('maple', 'S2', null, null, '206-555-0102', 'staff', groups => '{staff}')$$),
	pg_temp.ann($$select campaign.upsert_contact('maple', 'P1', 'Pat', 'Doe', '206-555-0103', 'form', groups => '{all}')$$), pg_temp.ann($$select campaign.upsert_contact('maple', 'S3', 'Out', null, '206-555-0104', 'staff', groups => '{staff}')$$);
select pg_temp.ann($$select campaign.record_opt_out('206-555-0104')$$);

-- tests
select pg_temp.ann($$select message_id from campaign.send_test('maple', 'Hi [Contact.FirstName|there], it’s [Practice.Name]', '{206-555-0101}', 'k1')$$) as test1 \gset
select is((select array[phone, body] from campaign_store.single where message_id = :test1), '{+12065550101,"Hi Sue, it''s Maple PT Reply STOP to opt out."}', 'a test is filled in as for a campaign, hint and all');
select is((select lane::int from campaign_store.chunk q join campaign_store.message m on m.chunk = q.no where m.id = :test1), 2, 'it waits in the lane of tests');
select is((select due_at from campaign_store.chunk q join campaign_store.message m on m.chunk = q.no where m.id = :test1), campaign_store.now(), 'and is due, though the window is closed');
select is(pg_temp.ann($$select message_id from campaign.send_test('maple', 'Hi', '{206-555-0101}', 'k1')$$), :'test1', 'the same key again is the first result');
select is(pg_temp.ann($$select count(*) from campaign.send_test('maple', 'Hi [Contact.FirstName|there]', '{(206) 555-0101,+12065550102}')$$), '2', 'two phones, two messages');
select is(pg_temp.ann(q), code, format('%s: %s', code, q)) from (values ($$select campaign.send_test('maple', 'Hi', '{206-555-0103}')$$, 'TC014'), ($$select campaign.send_test('maple', 'Hi', '{206-555-0101,206-555-0199}')$$, 'TC014'),
	($$select campaign.send_test('maple', 'Hi', '{206-555-0104}')$$, 'TC014'), ($$select campaign.send_test('maple', 'Hi', '{x}')$$, 'TC014'), ($$select campaign.send_test('maple', 'Hi', '{}')$$, '22023'),
	($$select campaign.send_test('maple', 'Hi [Contact.FirstName]', '{206-555-0102}')$$, '22023'), ($$select campaign.send_test('maple', 'Hi [Nobody]', '{206-555-0101}')$$, 'TC001'),
	($$select campaign.send_test('maple', '', '{206-555-0101}')$$, 'TC005'), ($$select campaign.send_test('maple', repeat('x', 613), '{206-555-0101}')$$, 'TC004'), ($$select campaign.send_test('birch', 'Hi', '{206-555-0101}')$$, 'TC011')) v(q, code);
select is((select count(*) from campaign_store.single), 3::bigint, 'what failed sent nothing');
select is(pg_temp.json(format('select kind, status, contact, phone, campaign from campaign.message_log where id = %s', :test1)), '{"kind": "test", "status": "Queued", "contact": "Sue Lee", "phone": "+12065550101", "campaign": null}', 'the log shows it');
select is(pg_temp.ann('select count(*) from campaign.campaign_report'), '0', 'no report does');
select is(pg_temp.json(format($$select string_agg(event, ', ' order by at) as e from campaign.explain_message(%s)$$, :test1)), '{"e": "created, waiting"}', 'and its story so far');

-- texts that came in
create function pg_temp.came(practice text, phone text, body text, kind text default 'reply') returns bigint language sql as $$
	insert into campaign_store.inbound(practice_id, sender_id, contact_id, received_at, carrier, from_phone, to_number, body, kind)
	select p.id, p.sender_id, (select c.id from campaign_store.contact c where c.practice_id = p.id and c.phone = $2), campaign_store.now(), 'acme', $2, '+12065550100', $3, $4 from campaign_store.practice p where p.short_name = $1
	returning id $$;
select pg_temp.came('maple', '+12065550103', 'Can I come at 5?') as reply, pg_temp.came('maple', '+12065550103', 'please stop texting me', 'possible_opt_out') as perhaps,
	pg_temp.came('maple', '+12065550999', 'who is this? remove me', 'possible_opt_out') as stranger, pg_temp.came('birch', '+12065550103', 'Hello') as foreign, pg_temp.came('maple', '+12065550104', 'hm') as out \gset
select campaign_store.opt_out_now((pg_temp.contact('P1')).practice_id, '+12065550103', 'possible', 'please stop', :perhaps, true), campaign_store.opt_out_now((pg_temp.contact('P1')).practice_id, '+12065550999', 'possible', 'remove', :stranger, true);
select is(pg_temp.json(format('select contact, phone, text, kind, read, answered, link from campaign.practice_inbox where id = %s', :reply)),
	'{"contact": "Pat Doe", "phone": "+12065550103", "text": "Can I come at 5?", "kind": "reply", "read": false, "answered": false, "link": "Linked"}', 'the inbox shows it');
select is(pg_temp.ann(format('select link from campaign.practice_inbox where id = %s', :stranger)), 'Unlinked', 'also who is no contact');
select is(pg_temp.ann('select count(*) from campaign.practice_inbox'), '4', 'only those of the practice');
select is(pg_temp.ann(format('select campaign.mark_read(%s)', :reply)), '', 'it is read');
select is(pg_temp.ann(format('select read || read_by from campaign.practice_inbox where id = %s', :reply)), 'truet_ann', 'as the inbox shows');
select is(pg_temp.ann(format('select campaign.mark_read(%s)', :foreign)), 'TC011', 'of another practice it is not');
select pg_temp.ann(format($$select campaign.reply_to(%s, E' Sure 😀\r\nsee you ', 'r1')$$, :reply)) as answer \gset
select is((select array[phone, body] from campaign_store.single where message_id = :answer), array['+12065550103', E'Sure 😀\nsee you'], 'an answer goes to who wrote, and may hold anything');
select is((select concat_ws(' ', q.lane, s.number) from campaign_store.chunk q join campaign_store.message m on m.chunk = q.no join campaign_store.sender s on s.id = q.sender_id where m.id = :answer), '1 +12065550100', 'in the lane of answers, from the number that was written to');
select is(pg_temp.ann(format($$select campaign.reply_to(%s, 'x', 'r1')$$, :reply)), :'answer', 'the same key again is the first result');
select is(pg_temp.ann(format('select answered from campaign.practice_inbox where id = %s', :reply)), 'true', 'it is answered');
select is(pg_temp.ann(format('select string_agg(concat_ws(%L, direction, status), %L order by direction, status) from campaign.chat_log where contact_id = %s', ' ', ', ', (pg_temp.contact('P1')).id)), 'in answered, in unread, out Queued', 'the chat shows both sides');
select is(pg_temp.ann(format(q, i)), code, format('%s: %s', code, q)) from (values ($$select campaign.reply_to(%s, ' ')$$, 'TC005', :reply), ($$select campaign.reply_to(%s, repeat('x', 1531))$$, 'TC004', :reply),
	($$select campaign.reply_to(%s, 'x')$$, 'TC014', :out), ($$select campaign.reply_to(%s, 'x')$$, 'TC011', :foreign), ($$select campaign.reply_to(%s, 'x')$$, 'TC011', 0)) v(q, code, i);
select isnt(pg_temp.ann(format($$select campaign.reply_to(%s, 'Shall we stop?')$$, :perhaps)), 'TC014', 'who may have opted out can be asked');

-- possible opt-outs
select is(pg_temp.ann($$select opted_out from campaign.contacts where external_id = 'P1'$$), 'true', 'a possible opt-out counts');
select is(pg_temp.ann(format('select campaign.resolve_possible_opt_out(%s, false)', :perhaps)), '', 'it was none');
select is(pg_temp.ann($$select opted_out from campaign.contacts where external_id = 'P1'$$), 'false', 'and counts no more');
select is(pg_temp.ann(format('select campaign.resolve_possible_opt_out(%s, false)', :perhaps)), 'TC013', 'it is decided once');
select is(pg_temp.ann(format('select campaign.resolve_possible_opt_out(%s, null)', :stranger)), 'TC013', 'one way or the other');
select is(pg_temp.ann(format('select campaign.resolve_possible_opt_out(%s, true)', :stranger)), '', 'it was one');
select is(pg_temp.json($$select source, pending, in_force from campaign.opt_outs where phone = '+12065550999'$$), '{"source": "possible", "pending": false, "in_force": true}', 'and is in force');
select is(pg_temp.ann(format('select campaign.resolve_possible_opt_out(%s, true)', :reply)), 'TC013', 'a reply is no such question');
select is(pg_temp.ann(format('select campaign.resolve_possible_opt_out(%s, true)', :foreign)), 'TC011', 'others decide on theirs');

-- opt-outs and consent
select is(pg_temp.ann(format('select campaign.record_opt_out(%s, %L, %L)', (pg_temp.contact('P1')).id, 'call', 'on Monday')), '', 'staff record an opt-out');
select is(pg_temp.ann(format('select campaign.record_opt_out(%s)', (pg_temp.contact('P1')).id)), '', 'twice');
select is(pg_temp.json($$select phone, contact_ids, source, note, in_force from campaign.opt_outs where phone = '+12065550103' and in_force$$) - 'contact_ids',
	'{"phone": "+12065550103", "source": "staff", "note": "call: on Monday", "in_force": true}', 'it is there once, with the note');
select is(pg_temp.ann($$select opted_out || consent::text from campaign.contacts where external_id = 'P1'$$), 'truefalse', 'contact and phone are out');
select is(pg_temp.ann($$select campaign.record_opt_out('x')$$), '22023', 'a phone is one');
select is(pg_temp.ann($$select campaign.record_opt_out('206-555-0777', practice => 'birch')$$), 'TC011', 'of one''s own practice');
select is(pg_temp.ann($$select campaign.record_opt_out(0)$$), 'TC010', 'a contact, too');
select is(pg_temp.ann(format('select campaign.record_consent(%s, %L)', (pg_temp.contact('P1')).id, 'form')), 'TC014', 'an opt-out is lifted with the wording only');
select is(pg_temp.ann(format('select campaign.record_consent(%s, %L, %L)', (pg_temp.contact('P1')).id, ' ', 'x')), '22023', 'and its source');
select is(pg_temp.ann(format('select campaign.record_consent(%s, %L, %L)', (pg_temp.contact('P1')).id, 'form of May', 'I agree')), '', 'new written consent lifts it');
select is(pg_temp.ann($$select opted_out || consent::text from campaign.contacts where external_id = 'P1'$$), 'falsetrue', 'contact and phone are in');
select is(pg_temp.json($$select in_force, lifted_by from campaign.opt_outs where phone = '+12065550103' and note like 'call%'$$), '{"in_force": false, "lifted_by": "t_ann"}', 'the opt-out stays on record');
select is(pg_temp.ann(format('select string_agg(granted || source, %L order by id) from campaign.consent_log where contact_id = %s', ' ', (pg_temp.contact('P1')).id)), 'trueform falsestaff trueform of May', 'consent too');
select pg_temp.ann($$select campaign.upsert_contact('maple', 'S3', 'Out', null, '206-555-0105', 'staff')$$);
select is(pg_temp.ann($$select opted_out from campaign.contacts where external_id = 'S3'$$), 'true', 'who opted out is out with another phone, too');
select is(pg_temp.ann($$select campaign.upsert_contact('maple', 'late', 'Late', null, '206-555-0104', 'staff')$$) like '%opted_out%', true, 'and a phone that opted out is out with another contact');

-- sending again
insert into campaign_store.campaign(practice_id, sender_id, kind, state, name, template, compiled, slot_token, slot_fallback, says_stop, start_local, start_zone, start_at, send_after, audience)
	select id, sender_id, 'text', 'Sending', 'c', 'x', 'x', '{}', '{}', true, '2027-01-04', 'UTC', '2027-01-04', '09:00', 2 from campaign_store.practice where short_name = 'maple' returning id as campaign \gset
insert into campaign_store.message(id, contact_id, campaign_id, practice_id, status, attempt, parts, claimed_at, sent_at, final_at, reason)
	select 5000 + row_number() over (order by external_id), c.id, :campaign, c.practice_id, case external_id when 'P1' then 'Unknown' else 'Delivered' end::campaign_store.message_status, 1, 1, '2027-01-04 14:00Z', '2027-01-04 14:00:02Z', '2027-01-04 14:00:05Z',
		case external_id when 'P1' then (select id from campaign_store.reason where reason = 'submit_unconfirmed') end from campaign_store.contact c where external_id in ('P1', 'S1');
insert into campaign_store.part(message_id, at, final_at, state, attempt, part, reason, carrier, bind, carrier_id, code) values
	(5001, '2027-01-04 14:00:01Z', null, 'NoResponse', 1, 1, (select id from campaign_store.reason where reason = 'submit_unconfirmed'), 'acme', 'acme-1', null, null),
	(5002, '2027-01-04 14:00:01Z', '2027-01-04 14:00:04Z', 'Delivered', 1, 1, null, 'acme', 'acme-1', 'abc', 'DELIVRD:000');
select is(pg_temp.ann('select campaign.requeue_message(5001)'), 'Queued', 'what may have arrived can be sent again');
select is(pg_temp.ann('select campaign.requeue_message(5001)'), 'Queued', 'asked twice');
select is((select count(*) from campaign_store.requeue_request where message_id = 5001), 1::bigint, 'it is asked once');
select is(pg_temp.ann('select campaign.requeue_message(5002)'), 'TC013', 'what arrived cannot');
select is(pg_temp.ann('select campaign.requeue_message(1)'), 'TC011', 'what is unknown neither');
update campaign_store.campaign set state = 'Cancelled' where id = :campaign;
select is(pg_temp.ann('select campaign.requeue_message(5001)'), 'TC013', 'nor what was cancelled');
select is(pg_temp.json($$select json_agg(json_build_array(event, status, reason, carrier_code)) as e from campaign.explain_message(5002) where event <> 'created'$$) -> 'e',
	'[["checked and taken for sending", "Sending", null, null], ["accepted by the carrier", null, null, null], ["sent", "Sent", null, null], ["receipt: delivered", null, null, "DELIVRD:000"], ["final", "Delivered", null, null]]'::jsonb,
	'the story of a message in order');
select is(pg_temp.json($$select status, reason, sentence, advice from campaign.explain_message(5001) where event = 'final'$$), '{"status": "Unknown", "reason": "submit_unconfirmed",
	"sentence": "The connection broke while the text message was handed to the carrier; it may have been sent.", "advice": "Ask the contact before sending it again."}', 'with a sentence and an advice');

-- what a text costs
select is(pg_temp.json($$select * from campaign.check_text('It’s fine')$$), '{"encoding": "GSM-7", "units": 9, "parts": 1, "sent_as": "It''s fine", "replaced": ["’ (U+2019) at 3 became ''"]}', 'what is replaced is told');
select is(pg_temp.json($$select * from campaign.check_text('Zoë: 5€')$$), '{"encoding": "UCS-2", "units": 7, "parts": 1, "sent_as": "Zoë: 5€", "replaced": ["ë (U+00EB) at 3 is outside GSM 7-bit"]}', 'or what cannot be');
select is(pg_temp.json($$select units, parts from campaign.check_text(repeat('€', 81))$$), '{"units": 162, "parts": 2}', 'units are septets');

select is((select count(*) from campaign_store.audit where subject ~ '\d{7}'), 0::bigint, 'the audit log has no numbers');

select * from finish();
rollback;
