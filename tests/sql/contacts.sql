-- The interface: practices, contacts, groups, phases, imports.
\ir prelude.psql
select plan(105);
select pg_temp.people();

create function pg_temp.ann(query text) returns text language sql as $$ select pg_temp.as('t_ann', query) $$;
create function pg_temp.op(query text) returns text language sql as $$ select pg_temp.as('t_operator', query) $$;
create function pg_temp.contact(of_external_id text) returns campaign_store.contact language sql as $$
	select c.* from campaign_store.contact c join campaign_store.practice p on p.id = c.practice_id where p.short_name = 'maple' and c.external_id = of_external_id $$;

-- practices and senders
select is(pg_temp.op(q), code, format('%s: %s', code, q)) from (values
	($$select campaign.create_practice('Maple', 'x', 'UTC')$$, '22023'), ($$select campaign.create_practice('', 'x', 'UTC')$$, '22023'), ($$select campaign.create_practice(null, 'x', 'UTC')$$, '22023'),
	($$select campaign.create_practice('maple', 'x', 'UTC')$$, '23505'), ($$select campaign.create_practice('x', ' ', 'UTC')$$, '22023'), ($$select campaign.create_practice('x', 'x', 'New York')$$, '22023'),
	($$select campaign.create_practice('x', 'x', 'UTC', opens => '20:00', closes => '09:00')$$, '22023'), ($$select campaign.create_practice('x', 'x', 'UTC', website => repeat('x', 61))$$, '22023'),
	($$select campaign.create_practice('x', 'x' || chr(9786), 'UTC')$$, '22023'),
	($$select campaign.add_sender('nowhere', '2065550111', 'acme')$$, 'TC011'), ($$select campaign.add_sender('maple', '55', 'acme')$$, '22023'), ($$select campaign.add_sender('maple', 'MAPLE', 'acme')$$, '22023'),
	($$select campaign.add_sender('maple', '206-555-0200', 'acme')$$, '23505'), ($$select campaign.add_sender('maple', '2065550111', ' ')$$, '22023'), ($$select campaign.add_sender('maple', '2065550111', 'acme', 0)$$, '22023'),
	($$select campaign.set_sender('maple', '2065550111', 'carrier', 'x')$$, 'TC015'), ($$select campaign.set_sender('maple', '2065550100', 'colour', 'x')$$, '22023'),
	($$select campaign.set_practice('maple', 'colour', 'blue')$$, '22023'), ($$select campaign.set_practice('maple', 'max_parts', '11')$$, '22023'), ($$select campaign.set_practice('maple', 'opt_out_hint', 'perhaps')$$, '22023'),
	($$select campaign.set_practice('maple', 'closes', '08:00')$$, '22023'), ($$select campaign.set_practice('maple', 'opens', 'nine')$$, '22007'), ($$select campaign.set_practice('maple', 'cap_day', '-1')$$, '22023'),
	($$select campaign.set_practice('maple', 'name', ' ')$$, '22023'), ($$select campaign.set_practice('maple', 'require_consent', null)$$, '22023'), ($$select campaign.set_practice('nowhere', 'name', 'x')$$, 'TC011'),
	($$select campaign.add_staff('maple', 'nobody_of_that_name')$$, '22023'), ($$select campaign.remove_staff('maple', 't_bob')$$, '22023'),
	($$select campaign.set_carrier_code('acme', '1', '', 'Lost', 'rejected', 'no')$$, '22023'), ($$select campaign.set_carrier_code('acme', '1', '', 'Aborted', 'lost', 'no')$$, '22023'),
	($$select campaign.set_carrier_code('acme', ' ', '', 'Aborted', 'rejected', 'no')$$, '22023'),
	($$select campaign.drain('acme-1')$$, '0A000'), ($$select campaign.resume('acme-1')$$, '0A000')) v(q, code);
select is(pg_temp.op($$select campaign.create_practice('oak', 'Oak', 'America/Chicago')$$) ~ '^\d+$', true, 'a practice is made');
select is(pg_temp.op($$select count(*) from campaign.phases where practice = 'oak' and reactivation and phase in ('No Phase', 'Pending')$$), '2', 'with the two phases for reactivation');
select is(pg_temp.op($$select campaign.set_practice('maple', 'daily_limit', '10')$$), '', 'a setting is changed');
select is(pg_temp.op($$select daily_limit from campaign.practices where practice = 'maple'$$), '10', 'and shown');
select is(pg_temp.op($$select campaign.set_practice('maple', 'daily_limit', null)$$), '', 'and taken away');
select is(pg_temp.op($$select daily_limit from campaign.practices where practice = 'maple'$$), null, 'as is shown');
select is(pg_temp.op($$select default_sender from campaign.practices where practice = 'maple'$$), '+12065550100', 'the first sender is the default');
select is(pg_temp.op($$select campaign.add_sender('maple', '2065550111', 'acme', 5, 100, 0.02, true, true)$$) ~ '^\d+$', true, 'another sender');
select is(pg_temp.op($$select default_sender from campaign.practices where practice = 'maple'$$), '+12065550111', 'is it when told so');
select is(pg_temp.op($$select campaign.set_sender('maple', '+1 206 555 0100', 'is_default', 'true')$$), '', 'which can be changed');
select is(pg_temp.op($$select concat_ws(' ', number, parts_per_second, parts_per_day, part_price, carrier_confirms, is_default) from campaign.senders where number = '+12065550111'$$),
	'+12065550111 5 100 0.02 t f', 'as the view shows');
select is(pg_temp.op($$select campaign.set_carrier_code('command_status', '0x00000001', 'ours', 'Unknown', 'unconfirmed', 'no')$$), '', 'operators say what a code means');
select is((select concat_ws(' ', meaning, status, reason, retry, shipped) from campaign_store.carrier_code where source = 'command_status' and code = '0x00000001'), 'ours Unknown unconfirmed no f', 'and it is theirs from then on');

-- one contact
select is(pg_temp.ann($$select to_json(u) from campaign.upsert_contact('maple', 'A1', ' Ann ', 'Lee', '(206) 555-0101', 'intake form') u$$)::jsonb - 'contact_id',
	'{"phone": "+12065550101", "problems": []}'::jsonb, 'a contact that can be texted has no problems');
select is((pg_temp.contact('A1')).first_name, 'Ann', 'names are cleaned');
select is(pg_temp.ann($$select problems from campaign.upsert_contact('maple', 'A2', phone => 'x', consent_source => 'none')$$), '{invalid_number,no_consent}', 'problems are told');
select is(pg_temp.ann($$select problems from campaign.upsert_contact('maple', 'A3', consent_source => 'form')$$), '{no_number}', 'no number is one');
select is(pg_temp.ann(q), code, format('%s: %s', code, q)) from (values ($$select campaign.upsert_contact('maple', 'A4', phone => '2065550101')$$, '22023'),
	($$select campaign.upsert_contact('maple', ' ', consent_source => 'x')$$, '22023'), ($$select campaign.upsert_contact('maple', 'A4', consent_source => 'x', phase => 'Mars')$$, 'TC010'),
	($$select campaign.upsert_contact('maple', 'A4', consent_source => 'x', groups => '{none}')$$, 'TC010'), ($$select campaign.upsert_contact('maple', 'A4', consent_source => 'x', region => 'Oregon')$$, '22023'),
	($$select campaign.upsert_contact('maple', 'A4', consent_source => 'x', time_zone => 'Mars')$$, '22023'), ($$select campaign.upsert_contact('birch', 'A4', consent_source => 'x')$$, 'TC011')) v(q, code);
select is((select count(*) from campaign_store.open_period where practice_id = (pg_temp.contact('A1')).practice_id and place = (pg_temp.contact('A1')).place), 1::bigint, 'the place of a contact is known to the window');
select is(pg_temp.ann($$select contact_id from campaign.upsert_contact('maple', 'A1', 'Anna', 'Lee', '206-555-0109', 'again')$$)::bigint, (pg_temp.contact('A1')).id, 'the same external_id is the same contact');
select is((pg_temp.contact('A1')).phone, '+12065550109', 'with its new phone');
select is((select phone from campaign_store.former_phone where contact_id = (pg_temp.contact('A1')).id), '+12065550101', 'and the old one kept for replies');
select is((select count(*) from campaign_store.consent_event where contact_id = (pg_temp.contact('A1')).id), 1::bigint, 'consent is noted once');
select is(pg_temp.ann($$select problems from campaign.upsert_contact('maple', 'A2', phone => '2065550102', consent_source => 'form')$$), '{}', 'who was imported without consent may have it later');
select pg_temp.ann(format('select campaign.record_opt_out(%s)', (pg_temp.contact('A2')).id));
select is(pg_temp.ann($$select problems from campaign.upsert_contact('maple', 'A2', phone => '2065550103', consent_source => 'form')$$), '{opted_out,no_consent}', 'but not who opted out, with another phone either');

-- phases and groups
select is((select f.name from campaign_store.phase f where f.id = (pg_temp.contact('A1')).phase_id), 'No Phase', 'a new contact is in No Phase');
select is(pg_temp.ann($$select campaign.create_phase('maple', 'Active')$$) ~ '^\d+$', true, 'a phase is made');
select is(pg_temp.ann($$select campaign.create_phase('maple', 'active')$$), '23505', 'once');
select is(pg_temp.ann(format($$select campaign.set_phase(%s, 'ACTIVE')$$, (pg_temp.contact('A1')).id)), '', 'and entered');
select is(pg_temp.ann($$select phase from campaign.contacts where external_id = 'A1'$$), 'Active', 'as is shown');
select pg_temp.ann($$select campaign.upsert_contact('maple', 'A1', 'Ann', consent_source => 'none', phone => '2065550101')$$);
select is(pg_temp.ann($$select phase from campaign.contacts where external_id = 'A1'$$), 'Active', 'a phase that is not given stays');
select is(pg_temp.ann(format($$select campaign.set_phase(%s, 'Mars')$$, (pg_temp.contact('A1')).id)), 'TC010', 'an unknown phase is an error');
select is(pg_temp.ann($$select campaign.create_group('maple', 'all')$$) ~ '^\d+$', true, 'a group is made');
select is(pg_temp.ann($$select campaign.create_group('maple', ' all ')$$), '23505', 'once');
select is(pg_temp.ann($$select campaign.create_group('maple', 'a;b')$$), '22023', 'without semicolons');
select is(pg_temp.ann(format($$select campaign.add_to_group('maple', 'all', array[%s, %1$s, %s])$$, (pg_temp.contact('A1')).id, (pg_temp.contact('A2')).id)), '2', 'two join');
select is(pg_temp.ann(format($$select campaign.add_to_group('maple', 'all', array[%s])$$, (pg_temp.contact('A1')).id)), '0', 'once');
select is(pg_temp.ann($$select campaign.add_to_group('maple', 'all', array[0])$$), 'TC010', 'nobody unknown');
select is(pg_temp.ann($$select campaign.add_to_group('maple', 'none', '{}')$$), 'TC010', 'no unknown group');
select is(pg_temp.ann(format($$select campaign.remove_from_group('maple', 'all', array[%s, 0])$$, (pg_temp.contact('A1')).id)), '1', 'one leaves');
select is(pg_temp.ann($$select contacts from campaign.groups where group_name = 'all'$$), '1', 'one is left');

-- deleting
select is(pg_temp.ann(format('select campaign.delete_contact(%s)', (pg_temp.contact('A3')).id)), '', 'a contact is deleted');
select is(pg_temp.ann(format('select campaign.delete_contact(%s)', (pg_temp.contact('A3')).id)), 'TC010', 'once');
select is(pg_temp.ann($$select count(*) from campaign.contacts where external_id = 'A3'$$), '0', 'and is not shown');
select isnt((pg_temp.contact('A3')).deleted_at, null, 'but the row stays');
select is(pg_temp.ann($$select (u).problems from campaign.upsert_contact('maple', 'A3', phone => '2065550133', consent_source => 'none') u$$), '{}', 'it comes back with what was agreed');
select is(pg_temp.ann($$select count(*) from campaign.contacts where external_id = 'A3'$$), '1', 'and is shown');

-- importing
set local session authorization t_ann;
copy campaign.contact_import from stdin with (format csv, header);
external_id,first_name,last_name,phone,phase,region,time_zone,groups
B1, Bea ,O’Brien,206-555-0201,Pending,wa,,all
B2,,,555,,,America/Denver,all; all
A1,Ann,Li,2065550999,,,,
A2,Al,Li,2065550102,,,,
,No,Id,2065550204,,,,
B1,Again,Again,2065550205,,,,
B5,Bad,Phase,2065550206,Mars,,,
B6,Bad,Region,2065550207,,Oregon,,
B7,Bad,Zone,2065550208,,,Mars,
B8,Bad,Group,2065550209,,,,all;none
\.
reset session authorization;
select is(pg_temp.ann('select count(*) from campaign.contact_import'), '10', 'what was copied waits');
select is(pg_temp.as('t_bob', 'select count(*) from campaign.contact_import'), '0', 'for the login that copied it alone');
select is(pg_temp.ann($$select campaign.import_contacts('maple', ' ')$$), '22023', 'an import says where the consent comes from');
select is(pg_temp.ann($$select campaign.import_contacts('maple', 'spring list', 'I agree to texts')$$), '(2,2,6)', 'new, updated, rejected');
select is(pg_temp.ann('select count(*) from campaign.contact_import'), '0', 'nothing waits any more');
select is(pg_temp.ann($$select string_agg(row_no || ' ' || problem, E'\n' order by row_no) from campaign.import_rejects$$), E'5 external_id is missing\n6 external_id was in the import before\n'
	'7 there is no phase "Mars"\n8 "OREGON" is not a region of two letters\n9 there is no time zone "Mars"\n10 there is no group "none"', 'each reject has its reason');
select is((select to_jsonb(c) - '{id,practice_id,phase_id,place,created_at}'::text[] from pg_temp.contact('B1') c), '{"zone": null, "phone": "+12065550201", "region": "WA", "consent": true, "last_name": "O’Brien",
	"deleted_at": null, "first_name": "Bea", "external_id": "B1", "phone_typed": "206-555-0201", "opted_out_at": null, "phone_problem": null}'::jsonb, 'a new contact is as upsert_contact() makes it');
select is((pg_temp.contact('B2')).phone_problem, 'invalid_number', 'an invalid number is taken, too');
select is(pg_temp.ann($$select groups from campaign.contacts where external_id = 'B1'$$), '{all}', 'in its groups');
select is(pg_temp.ann($$select concat_ws(' ', phone, phase) from campaign.contacts where external_id = 'A1'$$), '+12065550999 Active', 'who was there is changed, and stays in the phase');
select is((select count(*) from campaign_store.former_phone where contact_id = (pg_temp.contact('A1')).id and phone = '+12065550101'), 1::bigint, 'the old phone is kept for replies');
select is((select e.wording from campaign_store.consent_event e where e.contact_id = (pg_temp.contact('B1')).id), 'I agree to texts', 'consent has its evidence');
select is(pg_temp.ann($$select opted_out::text || consent from campaign.contacts where external_id = 'A2'$$), 'truefalse', 'an import never lifts an opt-out');
select is((select count(*) from campaign_store.contact c where not exists (select from campaign_store.open_period o where o.practice_id = c.practice_id and o.place = c.place)), 0::bigint,
	'the places of all contacts are known to the window');
select is((select concat_ws(' ', login, call, subject) from campaign_store.audit order by id desc limit 1), 't_ann import_contacts 2 new, 2 updated, 6 rejected', 'the audit log has it');
select pg_temp.ann($$insert into campaign.contact_import(external_id, phone) values ('D1', '2065550301'), ('D2', '2065550302') returning 1$$);
select is(pg_temp.ann($$with d as (delete from campaign.contact_import where external_id = 'D1' returning 1) select count(*) from d$$), '1', 'what waits can be taken out again');
select is(pg_temp.ann($$select string_agg(external_id, ' ') from campaign.contact_import$$), 'D2', 'row by row');
select is(pg_temp.ann($$update campaign.contact_import set phone = 'x' returning 1$$), '42501', 'but not changed');
select is((select count(*) from campaign_store.audit where subject ~ '\d{10}'), 0::bigint, 'and no number');

select * from finish();
rollback;
