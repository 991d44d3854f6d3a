-- Runs: who may claim, what a crash leaves, reconcile, sweep, a restored copy (claim.md 2 and 3). Two sessions, by dblink, so
-- what matters to the other one is committed; the database of this test is its own.
\ir queue.psql
select plan(79);
create extension dblink;
commit;
set search_path = public, campaign_store, pg_catalog;
set client_min_messages = warning;
set timezone = 'UTC';
select format('host=%s dbname=%s user=%s', current_setting('unix_socket_directories'), current_database(), current_user) as here \gset
select dblink_connect('other', :'here') \g /dev/null
select dblink_exec('other', 'set lock_timeout = ''5s''; set client_min_messages = warning') \g /dev/null
-- One value from the other session.
create function pg_temp.other(query text) returns text language sql as $$ select v from dblink('other', query) x(v text) $$;
create function pg_temp.other_claims(slots int, run bigint default 2) returns text language sql as $$
	select pg_temp.other(format('select concat_ws('' '', count(message), max(verdict), max(next_ms)) from campaign_store.claim(%2$s, ''acme'', %1$s, %1$s, 100, 0)', slots, run)) $$;
create function pg_temp.other_answers(message bigint, part int, id text) returns text language sql as $$
	select format('select accepted from campaign_store.answered(2, array[%s], array[1::smallint], array[%s::smallint], ''acme'', ''{b}'', ''{Accepted}'', ''{%s}'', ''{null}'', ''{null}'', ''{null}'', ''{}'')',
		message, part, id) $$;

create temp table people as select pg_temp.contacts(100) as ids;
select pg_temp.campaign((select ids[1:40] from people)) as c \gset

-- ---------------------------------------------------------------- who may claim
select throws_ok('select * from claim(1, ''acme'', 1, 1, 1, 0)', '55000', null, 'a run that was not opened');
select is(pg_temp.open(1), 'open');
select is((select backend_pid from run_open(1, 'here', 1, 'test', 'confirm', true)), pg_backend_pid(), 'opened again: the same session');
select is((select backend_start::timestamptz from run_open(1, 'here', 1, 'test', 'confirm', true)), (select backend_start from pg_stat_activity where pid = pg_backend_pid()),
	'and its start, for ending it');
select is(pg_temp.other('select count(*) from pg_locks where locktype = ''advisory'' and database = (select oid from pg_database where datname = current_database()) and granted and objid = 1 and objsubid = 1'), '1', 'its lock is held');
select throws_ok($$select pg_temp.other('select message from campaign_store.claim(1, ''acme'', 1, 1, 1, 0)')$$, '55000', null, 'another session cannot claim for it');
select is(pg_temp.other('select verdict from campaign_store.run_open(2, ''there'', 2, ''test'', ''confirm'', false)'), 'open', 'but as a run of its own');
select is((select schema from run_open(1, 'here', 1, 'test', 'confirm', true)), schema_version());

-- ---------------------------------------------------------------- two at once
begin;
select is(pg_temp.claim(5, 5, run => 1), '5 more');
select is(pg_temp.other_claims(5), '0 idle 20', 'while one claims for a practice the other does not wait');
commit;
select is(pg_temp.other_claims(5), '5 more', 'then it gets others');
select is((select count(*)::int from message where status = 'Sending'), 10, 'no text twice');
select is((select array_agg(distinct run order by run) from chunk where run is not null), '{1,2}', 'each has its record');

-- ---------------------------------------------------------------- staff holds a campaign
select (campaign.create_text_campaign('maple', 'held', 'Hi. Reply STOP to opt out.', contacts => (select ids[41:50] from people))).campaign_id as d \gset
select pg_temp.house() \g /dev/null
begin;
select from campaign where id = :d for update;
select is(pg_temp.other_claims(3), '3 more', 'a campaign that has not started and is held is skipped, others go on');
select is(pg_temp.other_claims(100), '27 idle 1000', 'and asked for again in a second');
select campaign.delete_campaign(:d) \g /dev/null
commit;
select is(pg_temp.other_claims(100), '0 idle', 'deleted before it started: nothing goes');
select pg_temp.house() \g /dev/null
select is(pg_temp.statuses(:d), 'Cancelled campaign_deleted 10');

select pg_temp.campaign((select ids[51:60] from people)) as e \gset
begin;
select campaign.pause_campaign(:c) \g /dev/null
select from practice for update \g /dev/null
select from contact for update \g /dev/null
select from sender for update \g /dev/null
select is(pg_temp.other_claims(4), '4 more', 'locked contacts, practices, senders and another campaign are not waited for');
rollback;
begin;
select from campaign where id = :e for update;
select is(pg_temp.other_claims(2), '2 more', 'a campaign that has started is not waited for');
select min(id) as m1 from message where run = 2 and status = 'Sending' \gset
select is(pg_temp.other(pg_temp.other_answers(:m1, 1, 'q1')), '1', 'nor by answers');
select is(pg_temp.other('select status from campaign_store.receipts(''acme'', ''{q1}'', ''{null}'', ''{null}'', ''{null}'', ''{Delivered}'', ''{null}'', ''{null}'', ''{null}'')'), 'Delivered',
	'nor by receipts');
select is(pg_temp.other('select campaign_store.finish(2) >= 0'), 't', 'nor by finish');
select is(pg_temp.other('select count(*) >= 1 from campaign_store.housekeep(2)'), 't', 'nor by housekeeping');
rollback;
select is(pg_temp.other_claims(100), '4 idle');

-- ---------------------------------------------------------------- rows that somebody holds
select pg_temp.campaign((select ids[61:70] from people)) as f \gset
select pg_temp.other_claims(2) \g /dev/null
begin;
select min(id) as held from message where campaign_id = :f and status = 'Queued' \gset
select from message where id = :held for update;
select is(pg_temp.other_claims(100), '7 idle 1000', 'a message that is held is skipped, and comes later');
rollback;
select is(pg_temp.other_claims(100), '1 idle', 'it comes');
-- Two answers for the parts of one message at once: the later one sees the other.
select pg_temp.campaign(array[(select ids[71] from people)], repeat('x', 200) || ' STOP') as g \gset
select pg_temp.claim(run => 1) \g /dev/null
select message as two from pg_temp.last() \gset
begin;
select pg_temp.answer(:two, 1, 'Accepted', 'two1') \g /dev/null
select dblink_send_query('other', pg_temp.other_answers(:two, 2, 'two2')) \g /dev/null
select pg_sleep(0.3) \g /dev/null
select is(dblink_is_busy('other'), 1, 'the second waits for the first');
commit;
select is((select v from dblink_get_result('other') x(v int)), 1);
select count(*) from dblink_get_result('other') x(v int) \g /dev/null
select is(pg_temp.status(:two), 'Sent', 'and sees its part');
-- The receipts of both parts on two connections, in opposite order.
begin;
select is(pg_temp.receipt('two1', 'Delivered'), 'matched Sent maple');
select dblink_send_query('other', 'select string_agg(result, '','') from campaign_store.receipts(''acme'', ''{two2,two1}'', ''{null,null}'', ''{null,null}'', ''{null,null}'', ''{Delivered,Delivered}'', ''{null,null}'', ''{null,null}'', ''{null,null}'')') \g /dev/null
select pg_sleep(0.3) \g /dev/null
commit;
select is((select v from dblink_get_result('other') x(v text)), 'matched,repeated');
select count(*) from dblink_get_result('other') x(v text) \g /dev/null
select is(pg_temp.status(:two), 'Delivered');
-- The same submit and its receipt stored at once: neither sees the other, housekeeping puts them together.
select pg_temp.campaign(array[(select ids[77] from people)]) \g /dev/null
select pg_temp.claim(run => 1) \g /dev/null
select message as m from pg_temp.last() \gset
begin;
select pg_temp.answer(:m, 1, 'Accepted', 'instant') \g /dev/null
select is(pg_temp.other('select result from campaign_store.receipts(''acme'', ''{instant}'', ''{null}'', ''{null}'', ''{null}'', ''{Delivered}'', ''{null}'', ''{null}'', ''{null}'')'), 'early');
commit;
select is(pg_temp.status(:m), 'Sent');
select pg_temp.house() \g /dev/null
select is(pg_temp.status(:m), 'Delivered');

-- ---------------------------------------------------------------- reconcile
select pg_temp.campaign((select ids[72:76] from people)) as h \gset
select count(*) as before from message where status = 'Sending' and run = 1 \gset
select pg_temp.claim(run => 1) \g /dev/null
select array_agg(message order by message) as five from pg_temp.last() \gset
select pg_temp.answer((:'five'::bigint[])[1], 1, 'Accepted', 'five1') \g /dev/null
-- The connection is lost; the same run is opened again. It holds two of the four that have no answer, and two that are not its own.
create temp table rec as select * from reconcile(1, (:'five'::bigint[])[2:3] || array[(:'five'::bigint[])[1], 77], '{1,1,1,5}');
select is((select kept from rec), 2, 'what it holds stays');
select is((select array_agg(x order by x) from rec, unnest(gone_message) x), array[77, (:'five'::bigint[])[1]], 'what is not its own any more it must drop');
select is((select back from rec), 2 + :before, 'what it does not hold was never written');
select is(pg_temp.status((:'five'::bigint[])[4]), 'Queued');
select is((select kept || ' ' || back || ' ' || gone_message::text from reconcile(1, '{}', '{}')), '0 2 {}', 'holding nothing');
select is((select count(*)::int from message where status = 'Sending' and run = 1), 0);
select throws_ok('select * from reconcile(9, ''{}'', ''{}'')', '55000', null, 'only by the session of the run');

-- ---------------------------------------------------------------- finish, release, close
select is(finish(1) > 0, true, 'records of claims of which nothing is Sending go');
select is((select count(*)::int from chunk where run = 1), 0);
select pg_temp.claim(3, 3, run => 1) \g /dev/null
select is(release(1), 3, 'three are still Sending');
select run_close(1) \g /dev/null
select is((select closed_at from run where id = 1), null, 'so it stays, for the sweep');
select is(put_back(1, (select array_agg(message) from pg_temp.last()), (select array_agg(attempt) from pg_temp.last())), 3);
select is(release(1), 0, 'none after they were put back');
select run_close(1) \g /dev/null
select is((select closed_at is not null from run where id = 1), true, 'closed');
select throws_ok('select * from claim(1, ''acme'', 1, 1, 1, 0)', '55000', null, 'a closed run claims nothing');
select pg_advisory_unlock_all() \g /dev/null

-- ---------------------------------------------------------------- sweep
select is(pg_temp.other_claims(3), '3 more');
select count(*)::int as sending from message where status = 'Sending' and run = 2 \gset
select is(pg_temp.open(3), 'open');
select is((select count(*)::int from sweep(3, 0)), 0, 'a living run is not swept');
select is(pg_temp.other('select count(*) from campaign_store.sweep(2, 0)'), '0', 'nor does a run sweep itself');
select dblink_disconnect('other') \g /dev/null
select pg_sleep(0.3) \g /dev/null
select is((select count(*)::int from sweep(3, 120000)), 0, 'a dead one is noticed');
select is((select lost_at is not null from run where id = 2), true);
select is((select count(*)::int from message where status = 'Sending' and run = 2), :sending, 'and left for two minutes, for its process to come back');
-- It comes back.
select dblink_connect('other', :'here') \g /dev/null
select is(pg_temp.other('select verdict from campaign_store.run_open(2, ''there'', 2, ''test'', ''confirm'', true)'), 'open');
select is((select count(*)::int from sweep(3, 0)), 0);
select is((select lost_at from run where id = 2), null, 'it is forgotten that it was lost');
select dblink_disconnect('other') \g /dev/null
select pg_sleep(0.3) \g /dev/null
select count(*) from sweep(3, 120000) \g /dev/null
update run set lost_at = lost_at - interval '2 minutes 1 second' where id = 2;
select results_eq('select dead_run, in_doubt, freed from sweep(3, 120000)', format('values (2::bigint, %s, 0)', :sending), 'after two minutes: in doubt');
select is((select count(*)::int from message where status = 'Unknown' and run = 2), :sending, 'Unknown, never sent again by itself');
select is((select string_agg(distinct r.reason, ',') from message m join reason r on r.id = m.reason where m.status = 'Unknown'), 'submit_unconfirmed');
select is((select count(*)::int from sweep(3, 0)), 0, 'once');
select is((select closed_at is not null from run where id = 2), true);
select id as late from message where status = 'Unknown' order by id limit 1 \gset
select pg_temp.answer(:late, 1, 'Accepted', 'late') \g /dev/null
select is(pg_temp.status(:late), 'Sent', 'a late answer still corrects it');

select dblink_connect('other', :'here') \g /dev/null
select pg_temp.other('select verdict from campaign_store.run_open(4, ''there'', 2, ''test'', ''confirm'', false)') \g /dev/null
select dblink_disconnect('other'), pg_sleep(0.3) \g /dev/null
select results_eq('select dead_run, in_doubt, freed from sweep(3, 120000)', 'values (4::bigint, 0, 0)', 'one that had nothing is told too, at once');

-- Several, with texts of the same campaign in turns.
select pg_temp.campaign((select ids[61:70] from people)) as g \gset
select dblink_connect('other', :'here') \g /dev/null
select pg_temp.other(format('select verdict from campaign_store.run_open(%s, ''there'', 2, ''test'', ''confirm'', false)', r)) from unnest('{5,6}'::int[]) r \g /dev/null
select is(array_agg(pg_temp.other_claims(2, r) order by n), '{2 more,2 more,2 more,2 more}', 'two more runs') from (values (1, 5), (2, 6), (3, 5), (4, 6)) x(n, r);
select dblink_disconnect('other'), pg_sleep(0.3) \g /dev/null
select results_eq('select dead_run, in_doubt, freed from sweep(3, 0)', 'values (5::bigint, 4, 0), (6, 4, 0)', 'are swept in one go');
select is((select count(*)::int from chunk where run in (5, 6)), 0, 'and nothing of them is left');

-- ---------------------------------------------------------------- a restored copy
begin;
update installation set system_identifier = 1;
select is((select verdict || ': ' || (hint like '%campaign.confirm_copy()%') from run_open(3, 'here', 1, 'test', 'resume', true)), 'copy: true', 'another server');
select throws_ok('select * from claim(3, ''acme'', 1, 1, 1, 0)', '55000', null, 'sends nothing');
select campaign.confirm_copy() \g /dev/null
select is(pg_temp.open(3), 'open', 'until an operator confirms it');
select lives_ok('select * from claim(3, ''acme'', 1, 1, 1, 0)');
update installation set database_oid = 1;
select is((select verdict from run_open(3, 'here', 1, 'test', 'resume', true)), 'copy', 'another database of the server');
update installation set database_oid = (select oid from pg_database where datname = current_database()), timeline = '0000000F';
select is((select verdict from run_open(3, 'here', 1, 'test', 'confirm', true)), 'copy', 'another timeline');
select is((select verdict from run_open(3, 'here', 1, 'test', 'resume', true)), 'open', 'which may be resumed');
select is((select timeline from installation), left(pg_walfile_name(pg_current_wal_lsn()), 8));
rollback;

select is(array(select * from pg_temp.wrong()), '{}', 'all agrees');
select * from finish();
