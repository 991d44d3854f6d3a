-- The daemon's login: its functions do all that it needs, in text, and it reaches nothing else. A login of its own, by dblink; what
-- it needs is committed, in the database of this test.
\ir queue.psql
select plan(26);
create temp table people as select pg_temp.contacts(3) as ids;
select pg_temp.campaign((select ids from people)) as c \gset
create extension dblink;
commit;
set search_path = public, campaign_store, pg_catalog;
set client_min_messages = warning;
select dblink_connect('daemon', format('host=%s dbname=%s user=campaignd', current_setting('unix_socket_directories'), current_database())) \g /dev/null
create function pg_temp.d(query text) returns text language plpgsql as $$
begin
	return (select v from dblink('daemon', query) x(v text));
exception when others then
	return sqlstate;
end $$;

select is(pg_temp.d('select campaign_store.schema_version()'), (select max(no)::text from migration));
select is(pg_temp.d($$select verdict || ' ' || (backend_pid = pg_backend_pid()) || ' ' || (r.backend_start = a.backend_start::text)
	from pg_stat_activity a, campaign_store.run_open(5, 'here', 1, '1.0', 'confirm', false) r where a.pid = pg_backend_pid()$$), 'open true true', 'it learns its session, also to end it later');
select is(pg_temp.d('select count(*) from campaign_store.carrier_codes() where source = ''receipt_stat'' and code = ''DELIVRD'' and status = ''Delivered'' and reason = '''''), '1');
select is((select count(*)::int from carrier_codes()), (select count(*)::int from carrier_code));
select is(pg_temp.d('select string_agg(carrier || senders, '','') from campaign_store.carriers_needed()'), 'acme1');
select is(pg_temp.d('select string_agg(concat_ws('' '', event, n), '','') from campaign_store.housekeep(5, 259200000)'), '60000');
select is(pg_temp.d('select string_agg(concat_ws('' '', attempt, parts, lane, campaign, source, verdict), '','') from campaign_store.claim(5, ''acme'', 3, 3, 10, 0)'),
	format('1 1 3 %s +12065550100,1 1 3 %1$s +12065550100,1 1 3 %1$s +12065550100,more', :c));
select array_agg(id order by id) as ids from message where campaign_id = :c \gset
select is(pg_temp.d(format('select concat_ws('' '', rows, accepted, refused, deferred, late) from campaign_store.answered(5, ''{%s,%s}'', ''{1,1}'', ''{1,1}'', ''acme'', ''{a,b}'', ''{Accepted,Refused}'', ''{x1,null}'', ''{null,0x0000000B}'', ''{null,invalid_number}'', ''{null,no}'', ''{30000}'')',
	(:'ids'::bigint[])[1], (:'ids'::bigint[])[2])), '2 1 1 0 0');
select is(pg_temp.d('select concat_ws('' '', i, result, campaign, status, reason, practice) from campaign_store.receipts(''acme'', ''{x1}'', ''{null}'', ''{null}'', ''{12067772000}'', ''{Failed}'', ''{landline}'', ''{UNDELIV}'', ''{null}'')'),
	format('1 matched %s Aborted landline maple', :c));
select is(pg_temp.d('select concat_ws('' '', i, kind, practice, repeated) from campaign_store.inbound(''acme'', ''{12067772001}'', ''{12065550100}'', ''{STOP}'', ''{null}'', ''{null}'', ''{null}'')'), '1 opt_out maple f');
select is(pg_temp.d(format('select campaign_store.put_back(5, ''{%s}'', ''{1}'')', (:'ids'::bigint[])[3])), '1');
select is(pg_temp.d('select kept || '' '' || back from campaign_store.reconcile(5, ''{}'', ''{}'')'), '0 0');
select is(pg_temp.d('select campaign_store.finish(5)'), '1');
select is(pg_temp.d('select campaign_store.report_binds(5, ''{acme-1}'', ''{acme}'', ''{bound}'', ''{12.5}'', ''{10.0.0.1:2775}'', ''{10}'', ''{3}'', ''{null}'')'), '');
select is((select format('%s %s %s %s %s', bind, state, peer, unanswered, extract(epoch from clock_timestamp() - since)::int between 10 and 20) from campaign.daemon_status), 'acme-1 bound 10.0.0.1:2775 3 t');
select is(pg_temp.d('select campaign_store.report_binds(5, ''{}'', ''{}'', ''{}'', ''{}'', ''{}'', ''{}'', ''{}'', ''{}'')'), '');
select is((select count(*)::int from campaign.daemon_status), 0, 'those not named are gone');
select is(pg_temp.d('select count(*) from campaign_store.sweep(5, 120000)'), '0');
select is(pg_temp.d('select campaign_store.release(5)'), '0');
select is(pg_temp.d('select campaign_store.run_close(5)'), '');

select is(pg_temp.d('select count(*) from campaign_store.message'), '42501', 'no table');
select is(pg_temp.d('select campaign_store.settle(''{1}'')'), '42501', 'no inner function');
select is(pg_temp.d('select campaign_store.opt_out_now(1, ''+1'', ''staff'')'), '42501');
select is(pg_temp.d('select campaign_store.lift_opt_out(1, ''+1'', ''staff'')'), '42501', 'it lifts no opt-out but by a keyword');
select is(pg_temp.d('select campaign.delete_campaign(1)'), '42501', 'nor does it what staff does');
select is(array(select * from pg_temp.wrong()), '{}', 'all agrees');
select * from finish();
