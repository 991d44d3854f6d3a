-- Who may see and do what (campaigns.md 15), for every function and view of the interface: one that is added without being named
-- here makes this test fail.
\ir prelude.psql
select no_plan();
select pg_temp.people();
select pg_temp.clock('2027-01-04 10:00-05');

create function pg_temp.ann(query text) returns text language sql as $$ select pg_temp.as('t_ann', query) $$;
create function pg_temp.bob(query text) returns text language sql as $$ select pg_temp.as('t_bob', query) $$;

-- Something of everything in both practices, with numbers that tell whose it is: 212-555-01.. is maple's, 212-555-02.. birch's.
create function pg_temp.fill(login text, practice text, digit int) returns void language plpgsql as $$
declare
	p campaign_store.practice;
	c campaign_store.contact;
	k campaign_store.campaign;
	i bigint;
	m bigint := digit * 100000;
begin
	perform pg_temp.as(login, q) from unnest(array[
		format($q$select campaign.create_group(%L, 'staff', true)$q$, practice), format($q$select campaign.create_phase(%L, 'Active')$q$, practice),
		format($q$select campaign.upsert_contact(%L, 'x1', 'First', 'Of %1$s', '212-555-0%s01', 'form', groups => '{staff}')$q$, practice, digit),
		format($q$select campaign.upsert_contact(%L, 'x2', 'Second', 'Of %1$s', '212-555-0%s02', 'form')$q$, practice, digit),
		format($q$select campaign.record_opt_out('212-555-0%s09', note => 'words of a patient', practice => %L)$q$, digit, practice),
		format($q$select campaign.create_text_campaign(%L, 'campaign of %1$s', 'secret of %1$s', '{staff}', start_at => '2027-01-05 10:00')$q$, practice),
		format($q$select campaign.create_text_campaign(%L, 'running of %1$s', 'secret of %1$s', '{staff}', start_at => '2027-01-04 10:00')$q$, practice),
		format($q$select campaign.create_reactivation_campaign(%L, 'back of %1$s', 'secret of %1$s', 9, start_at => '2027-01-05 10:00')$q$, practice),
		format($q$select campaign.send_test(%L, 'secret of %1$s', '{212-555-0%s01}')$q$, practice, digit)]) q;
	select x.* into strict p from campaign_store.practice x where x.short_name = practice;
	select x.* into strict c from campaign_store.contact x where x.practice_id = p.id and x.external_id = 'x1';
	update campaign_store.campaign x set state = 'Sending', audience = 2, started_at = campaign_store.now() where x.practice_id = p.id and x.name like 'running%' returning * into strict k;
	insert into campaign_store.batch values (k.id, 0, '2027-01-04', '2027-01-04 10:00-05', 1, 0), (k.id, 1, '2027-01-06', '2027-01-06 10:00-05', 1, 1);
	insert into campaign_store.message(id, contact_id, campaign_id, practice_id, status, attempt, parts, claimed_at, sent_at, final_at, reason)
		values (m, c.id, k.id, p.id, 'Unknown', 1, 1, campaign_store.now(), campaign_store.now(), campaign_store.now(), (select r.id from campaign_store.reason r where r.reason = 'submit_unconfirmed'));
	insert into campaign_store.attempt(message_id, run, campaign_id, practice_id, sender_id, no, parts, takes_phone, phone, body) values (m, 1, k.id, p.id, p.sender_id, 1, 1, true, c.phone, 'secret of ' || practice);
	insert into campaign_store.part(message_id, state, attempt, part, carrier, code) values (m, 'NoResponse', 1, 1, 'acme', '0x00000045');
	insert into campaign_store.tally(campaign_id, batch, was, became, n) values (k.id, 0, null, 'Queued', 2), (k.id, 0, 'Queued', 'Unknown', 1);
	for i in 1 .. 2 loop
		insert into campaign_store.inbound(practice_id, sender_id, contact_id, campaign_id, carrier, from_phone, to_number, body, kind)
			values (p.id, p.sender_id, c.id, k.id, 'acme', c.phone, '+12065550100', 'secret of ' || practice, case i when 1 then 'reply' else 'possible_opt_out' end);
	end loop;
	insert into campaign_store.import_reject(practice_id, login, row_no, external_id, problem) values (p.id, login, 1, 'x', 'x');
	-- Each practice's own carrier.
	update campaign_store.sender s set carrier = 'carrier of ' || practice where s.practice_id = p.id;
	insert into campaign_store.run(id, backend_pid, backend_start) values (digit, 1, now());
	insert into campaign_store.bind_status(run, bind, carrier, state, since) values (digit, 'b-1', 'carrier of ' || practice, 'bound', now());
end $$;
select pg_temp.fill('t_ann', 'maple', 1), pg_temp.fill('t_bob', 'birch', 2);

-- ------------------------------------------------------------------------------------------------ views

-- How the rows of a view tell whose they are. reasons are everybody's; contact_import is the login's own.
create temp table view_case(name text primary key, whose text);
insert into view_case values ('daemon_status', $$replace(carrier, 'carrier of ', '')$$), ('reasons', null), ('contact_import', null);
insert into view_case select c.relname, 'practice' from pg_class c where c.relnamespace = 'campaign'::regnamespace and c.relkind = 'v'
	and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'practice') on conflict do nothing;
select is((select string_agg(c.relname, ' ') from pg_class c where c.relnamespace = 'campaign'::regnamespace and c.relkind <> 'i' and not exists (select from view_case v where v.name = c.relname)),
	null, 'every view of the interface is looked at here');

create function pg_temp.seen_in(login text, name text, whose text) returns text language sql as $$
	select pg_temp.as(login, format('select string_agg(distinct %1$s, %2$L order by %1$s) from campaign.%3$I', whose, ' ', name)) $$;
select is(pg_temp.seen_in('t_ann', name, whose), 'maple', 'staff see their own practice only: ' || name) from view_case where whose is not null order by name;
select is(pg_temp.seen_in('t_bob', name, whose), 'birch', 'and others theirs: ' || name) from view_case where whose is not null order by name;
select is(pg_temp.seen_in('t_rita', name, whose), 'maple', 'reporting sees its practice only: ' || name) from view_case where whose is not null and name <> 'import_rejects' order by name;
select is(pg_temp.seen_in('t_operator', name, whose), 'birch maple', 'operators see all: ' || name) from view_case where whose is not null and name <> 'import_rejects' order by name;
create role t_nobody login;
create role t_new login in role campaign_staff;
select is(pg_temp.as('t_nobody', format('select count(*) from campaign.%I', name)), '42501', 'others see nothing: ' || name) from view_case order by name;
select is(pg_temp.seen_in('t_new', name, whose), null, 'staff without a practice see no row: ' || name) from view_case where whose is not null order by name;
select is(pg_temp.as(l, format('select count(*) from campaign.%I', v)), '42501', format('%s has nothing to do with %s', l, v)) from unnest('{t_rita,t_operator,campaignd}'::text[]) l, unnest('{contact_import,import_rejects}'::text[]) v;
select is(pg_temp.as('campaignd', format('select count(*) from campaign.%I', name)), '42501', 'the daemon reads no view: ' || name) from view_case order by name;
select is(pg_temp.ann('select count(*) from campaign.reasons'), '33', 'the reasons are everybody''s');

-- Numbers and texts: staff read them, reporting and operators do not, in whatever column.
create function pg_temp.rows_of(login text, name text) returns text language sql as $$ select pg_temp.as(login, format('select coalesce(json_agg(x)::text, %L) from campaign.%I x', '', name)) $$;
select is(pg_temp.rows_of(l, name) ~ '21255501\d\d|212-555-01', false, format('%s sees no whole number in %s', l, name)) from view_case, unnest('{t_rita,t_operator}'::text[]) l
	where name not in ('contact_import', 'import_rejects') order by 1, name;
select is(pg_temp.rows_of(l, name) ~ 'secret of|words of', false, format('%s sees no text in %s', l, name)) from view_case, unnest('{t_rita,t_operator}'::text[]) l
	where name not in ('contact_import', 'import_rejects') order by 1, name;
select is(pg_temp.rows_of('t_ann', v) ~ '21255501\d\d', true, 'staff see whole numbers in ' || v) from unnest('{contacts,opt_outs,consent_log,message_log,delivery_failures,practice_inbox,chat_log}'::text[]) v;
select is(pg_temp.rows_of('t_ann', v) ~ 'secret of maple', true, 'staff read texts in ' || v) from unnest('{message_log,delivery_failures,practice_inbox,chat_log}'::text[]) v;
select is(pg_temp.rows_of('t_rita', v) ~ '\*0101', true, 'reporting sees the last four digits in ' || v) from unnest('{contacts,consent_log,message_log,delivery_failures,practice_inbox,chat_log}'::text[]) v;

select is((select string_agg(c.relname, ' ') from pg_class c where c.relnamespace in ('campaign'::regnamespace, 'campaign_store'::regnamespace) and c.relkind = 'v'
	and not coalesce(c.reloptions @> '{security_barrier=true}', false)), null, 'every view is a security barrier');

-- ------------------------------------------------------------------------------------------------ functions

-- A call with things of birch for each function. Staff of maple get the code; whatever else is in the table stays as it was.
select k.id as campaign from campaign_store.campaign k where k.name = 'running of birch' \gset
select k.id as scheduled from campaign_store.campaign k where k.name = 'campaign of birch' \gset
select c.id as contact from campaign_store.contact c join campaign_store.practice p on p.id = c.practice_id where p.short_name = 'birch' and c.external_id = 'x1' \gset
select i.id as inbound from campaign_store.inbound i join campaign_store.practice p on p.id = i.practice_id where p.short_name = 'birch' and i.kind = 'reply' \gset
select i.id as perhaps from campaign_store.inbound i join campaign_store.practice p on p.id = i.practice_id where p.short_name = 'birch' and i.kind = 'possible_opt_out' \gset
create temp table function_case(name text, call text, code text);
insert into function_case values
	('upsert_contact', $$('birch', 'x1', 'Changed', consent_source => 'x')$$, 'TC011'), ('import_contacts', $$('birch', 'x')$$, 'TC011'), ('create_group', $$('birch', 'new')$$, 'TC011'),
	('add_to_group', $$('birch', 'staff', '{}')$$, 'TC011'), ('remove_from_group', format($$('birch', 'staff', '{%s}')$$, :contact), 'TC011'), ('create_phase', $$('birch', 'new')$$, 'TC011'),
	('delete_contact', format('(%s)', :contact), 'TC010'), ('set_phase', format($$(%s, 'Active')$$, :contact), 'TC010'),
	('create_text_campaign', $$('birch', 'new', 'new')$$, 'TC011'), ('create_reactivation_campaign', $$('birch', 'new', 'new', 9)$$, 'TC011'),
	('preview_text', $$('birch', 'new', '{staff}')$$, 'TC011'), ('preview_campaign', format('(%s)', :scheduled), 'TC011'), ('preview_batches', format('(%s)', :scheduled), 'TC011'),
	('delete_campaign', format('(%s)', :scheduled), 'TC011'), ('cancel_campaign', format('(%s)', :campaign), 'TC011'), ('pause_campaign', format('(%s)', :campaign), 'TC011'),
	('resume_campaign', format('(%s)', :campaign), 'TC011'), ('reschedule_campaign', format('(%s, null)', :scheduled), 'TC011'),
	('send_test', $$('birch', 'new', '{212-555-0201}')$$, 'TC011'), ('reply_to', format($$(%s, 'new')$$, :inbound), 'TC011'), ('mark_read', format('(%s)', :inbound), 'TC011'),
	('resolve_possible_opt_out', format('(%s, false)', :perhaps), 'TC011'), ('requeue_message', '(200000)', 'TC011'), ('explain_message', '(200000)', 'TC011'),
	('record_opt_out', format('(%s)', :contact), 'TC010'), ('record_opt_out', $$('212-555-0203', practice => 'birch')$$, 'TC011'), ('record_consent', format($$(%s, 'x', 'x')$$, :contact), 'TC010'),
	('create_practice', $$('new', 'new', 'UTC')$$, '42501'), ('set_practice', $$('birch', 'name', 'new')$$, '42501'), ('add_sender', $$('birch', '2125550299', 'x')$$, '42501'),
	('set_sender', $$('birch', '+12065550200', 'carrier', 'x')$$, '42501'), ('add_staff', $$('birch', 't_ann')$$, '42501'), ('remove_staff', $$('birch', 't_bob')$$, '42501'), ('confirm_copy', '()', '42501'), ('set_carrier_code', $$('x', 'y', 'z', 'Aborted', 'rejected', 'no')$$, '42501'),
	('reload', '()', '42501'), ('drain', $$('x')$$, '42501'), ('resume', $$('x')$$, '42501'), ('check_text', $$('x')$$, '(GSM-7,1,1,x,{})');
select is((select string_agg(distinct p.proname, ' ') from pg_proc p where p.pronamespace = 'campaign'::regnamespace and not exists (select from function_case f where f.name = p.proname)),
	null, 'every function of the interface is called here');
select is((select count(*) from pg_proc p where p.pronamespace = 'campaign'::regnamespace), (select count(*) from function_case), 'and each of those that share a name');

-- All that birch has, as one text.
create function pg_temp.state_of(practice text) returns text language plpgsql as $$
declare
	t regclass;
	answer text := '';
	part text;
	key text;
begin
	for t in select c.oid from pg_class c where c.relnamespace = 'campaign_store'::regnamespace and c.relkind = 'r' order by c.relname loop
		select a.attname into key from pg_attribute a where a.attrelid = t and a.attname = 'practice_id';
		execute format('select md5(string_agg(x::text, %L order by x::text)) from %s x %s', E'\n', t,
			case when key is not null then format('where practice_id = (select id from campaign_store.practice where short_name = %L)', practice) end) into part;
		answer := answer || t::text || ' ' || coalesce(part, '') || E'\n';
	end loop;
	return answer;
end $$;
create temp table before as select pg_temp.state_of('birch') as state;
select is(pg_temp.ann(format('select campaign.%s%s', name, call)), code, format('staff of another practice: %s%s', name, call)) from function_case;
select is(pg_temp.state_of('birch'), state, 'nothing of that practice has changed, nor anything that is nobody''s') from before;
select is(pg_temp.as('t_nobody', format('select campaign.%s%s', name, call)), '42501', 'others may call nothing: ' || name) from function_case;
select is(pg_temp.as('campaignd', format('select campaign.%s%s', name, call)), '42501', 'nor may the daemon: ' || name) from function_case;
select is(pg_temp.as('t_rita', format('select campaign.%s%s', name, replace(call, 'birch', 'maple'))), case name when 'explain_message' then 'TC011' else '42501' end, 'nor may reporting: ' || name) from function_case;
select is(pg_temp.as('t_operator', format('select campaign.%s%s', name, call)), '42501', 'nor operators what is for staff: ' || name) from function_case where code ~ '^TC' and name <> 'explain_message' or name = 'check_text';
select is(pg_temp.as('t_rita', 'select count(*) > 0 from campaign.explain_message(100000)'), 'true', 'reporting may ask for the story of a message');
select is(pg_temp.as('t_operator', 'select count(*) > 0 from campaign.explain_message(200000)'), 'true', 'so may operators');
select is(pg_temp.bob(format('select campaign.pause_campaign(%s)', :campaign)), '(Paused,1)', 'its own staff may do all this');
select isnt(pg_temp.state_of('birch'), state, 'and then something changes') from before;

-- ------------------------------------------------------------------------------------------------ how it is made

select is((select string_agg(p.oid::regprocedure::text, ' ') from pg_proc p where p.pronamespace = 'campaign'::regnamespace and not (p.prosecdef and p.proconfig @> array['search_path=pg_catalog, pg_temp'])),
	null, 'every function of the interface is SECURITY DEFINER with a safe search_path');
select is((select string_agg(p.proname, ' ' order by p.proname) from pg_proc p where p.pronamespace = 'campaign'::regnamespace and p.prosrc !~ 'campaign_store.note\('),
	'check_text drain explain_message preview_batches preview_campaign preview_text resume', 'every call but those that only look is in the audit log');
select is((select string_agg(p.oid::regprocedure::text, ' ') from pg_proc p where p.pronamespace = 'campaign_store'::regnamespace and p.prosecdef and not coalesce(p.proconfig @> array['search_path=pg_catalog, pg_temp'], false)),
	null, 'so is every other that is SECURITY DEFINER');
select is((select string_agg(p.oid::regprocedure::text, ' ') from pg_proc p where p.pronamespace in ('campaign'::regnamespace, 'campaign_store'::regnamespace) and obj_description(p.oid, 'pg_proc') is null), null, 'every function has a comment');
select is((select string_agg(c.relname, ' ') from pg_class c where c.relnamespace = 'campaign'::regnamespace and c.relkind = 'v' and obj_description(c.oid, 'pg_class') is null), null, 'every view has a comment');
select is((select string_agg(c.oid::regclass::text, ' ') from pg_class c where c.relnamespace in ('campaign'::regnamespace, 'campaign_store'::regnamespace) and c.relowner <> 'campaign_owner'::regrole), null, 'campaign_owner owns all relations');
select is((select string_agg(p.oid::regprocedure::text, ' ') from pg_proc p where p.pronamespace in ('campaign'::regnamespace, 'campaign_store'::regnamespace) and p.proowner <> 'campaign_owner'::regrole), null, 'and functions');
select is((select string_agg(p.oid::regprocedure::text, ' ') from pg_proc p where p.pronamespace in ('campaign'::regnamespace, 'campaign_store'::regnamespace) and (p.proacl is null or exists (select from aclexplode(p.proacl) a where a.grantee = 0))),
	null, 'PUBLIC may execute nothing');
select is((select string_agg(c.oid::regclass::text, ' ') from pg_class c, aclexplode(c.relacl) a where c.relnamespace in ('campaign'::regnamespace, 'campaign_store'::regnamespace) and a.grantee = 0), null, 'nor read anything');
select is((select string_agg(distinct c.oid::regclass || ' ' || a.grantee::regrole, ', ') from pg_class c, aclexplode(c.relacl) a where c.relnamespace = 'campaign_store'::regnamespace and a.grantee <> 'campaign_owner'::regrole), null,
	'nobody else has a privilege on a table');
select is((select string_agg(distinct p.proname, ' ' order by p.proname) from pg_proc p, aclexplode(p.proacl) a where p.pronamespace = 'campaign_store'::regnamespace and a.grantee = 'campaign_staff'::regrole), 'now', 'staff call one function of the store: the clock that views ask');
select is((select string_agg(distinct p.proname, ' ' order by p.proname) from pg_proc p, aclexplode(p.proacl) a where p.pronamespace = 'campaign_store'::regnamespace and a.grantee = 'campaignd'::regrole),
	'answered carrier_codes carriers_needed claim finish housekeep inbound put_back receipts reconcile release report_binds run_close run_open schema_version sweep', 'the daemon has its own functions, and no others');
select is(pg_temp.as('campaignd', 'select count(*) from campaign_store.message'), '42501', 'and no table');
select is(pg_temp.ann('select count(*) from campaign_store.message'), '42501', 'staff have none either');
select is((select string_agg(v.name, ' ') from view_case v where pg_get_viewdef(format('campaign.%I', v.name)::regclass) !~* 'campaign_store.seen|session_user' and v.name <> 'reasons'), null, 'every view asks who asks');

select * from finish();
rollback;
