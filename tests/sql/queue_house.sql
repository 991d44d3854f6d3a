-- Housekeeping: starts, audiences, batches, ends, lateness, what is asked again, counters (campaigns.md 2, 4, 5, 13).
\ir queue.psql
select plan(98);
select pg_temp.open() \g /dev/null
create temp table people as select pg_temp.contacts(30) as ids;
create function pg_temp.state(c int) returns text language sql as $$ select concat_ws(' ', state, held_because, resume_to) from campaign_store.campaign where id = c $$;
create function pg_temp.plan_text(contacts bigint[], start_at text default null, groups text[] default '{}') returns int language sql as $$
	select campaign_id from campaign.create_text_campaign('maple', 'house', 'Hi. Reply STOP to opt out.', contacts => contacts, groups => groups, start_at => start_at) $$;

-- ---------------------------------------------------------------- start
select is((select array_agg(concat_ws(' ', event, n)) from housekeep(1)), '{60000}', 'nothing to do: again in a minute');
select campaign.create_group('maple', 'friends') \g /dev/null
select campaign.add_to_group('maple', 'friends', (select ids[1:2] from people)) \g /dev/null
select pg_temp.plan_text((select ids[2:3] from people), '2027-03-03 12:30', '{friends}') as c \gset
select is((select n from housekeep(1)), 60000::bigint, 'it starts in half an hour');
select pg_temp.passes('29 min 30 s') \g /dev/null
select is((select n from housekeep(1)), 30000::bigint, 'in 30 s');
select campaign.add_to_group('maple', 'friends', (select ids[4:5] from people)) \g /dev/null
select campaign.remove_from_group('maple', 'friends', (select ids[1:1] from people)) \g /dev/null
select campaign.delete_contact((select ids[5] from people)) \g /dev/null
select pg_temp.passes('30 s') \g /dev/null
select is(pg_temp.house(), '{started 3,prepared 3}');
select is(array(select contact_id from message where campaign_id = :c order by id), (select ids[2:4] from people), 'who is in the group at the start, each once, in order');
select is(pg_temp.state(:c), 'Sending');
select is((select audience from campaign where id = :c), 3);
select is((select count(*)::int from audience), 0);
select is((select format('%s %s %s %s', no, day, opens_at, size) from batch where campaign_id = :c), '0 2027-03-03 2027-03-03 17:30:00+00 3');
select is(pg_temp.house(), '{}', 'once');
select is(pg_temp.claim(), '3 idle');
select is(pg_temp.house(), '{}', 'not finished while they are Sending');
select pg_temp.accept() \g /dev/null
select is(finish(1), 1);
select is(pg_temp.house(), '{finished 3}');
select is(pg_temp.state(:c), 'Finished');
select is((select finished_at from campaign where id = :c), pg_temp.now());
select is(pg_temp.statuses(:c), 'Sent 3', 'receipts may still come');

select pg_temp.plan_text('{}') as c \gset
select is(pg_temp.house(), '{started 0,finished 0}', 'an empty audience');
select is(pg_temp.state(:c), 'Finished');

-- ---------------------------------------------------------------- a large one, in steps
create temp table many as select pg_temp.contacts(1, 4000) as one;
insert into contact(practice_id, phase_id, place, consent, phone, first_name, external_id) select practice_id, phase_id, place, true, '+1206666' || lpad(g::text, 4, '0'), 'Bo', 'm' || g
	from generate_series(1, 9999) g, contact where id = (select one[1] from many);
insert into contact(practice_id, phase_id, place, consent, phone, first_name, external_id) select practice_id, phase_id, place_of(null, z, null), true, '+1206667' || lpad(g::text, 4, '0'), 'Bo', 'z' || z || g
	from generate_series(1, 700) g, unnest('{America/Chicago,America/Denver}'::text[]) z, contact where id = (select one[1] from many);
update contact set phone = '+1206668' || right(phone, 4) where external_id like 'zAmerica/D%';
select pg_temp.plan_text(array(select id from contact where first_name = 'Bo')) as big \gset
create function pg_temp.once() returns text language sql as $$ select string_agg(concat_ws(' ', event, n), ',') from campaign_store.housekeep(1) $$;
select is(pg_temp.once(), 'started 11399,0', 'more at once');
select is((select written from campaign where id = :big), 10000, 'ten thousand at a time');
select is(pg_temp.claim(10, 10), '10 more', 'what is written may go already');
select is(pg_temp.state(:big), 'Preparing');
select is(pg_temp.once(), 'prepared 11399,60000');
select is((select count(distinct contact_id)::int from message where campaign_id = :big), 11399, 'everybody once');
select is((select max(n) from (select count(distinct c.place) as n from message m join contact c on c.id = m.contact_id where m.campaign_id = :big and m.status = 'Queued' group by m.chunk) x), 1::bigint,
	'a chunk is of one place');
select is(array(select * from pg_temp.wrong()), '{}', 'all agrees');

-- cancelled: the row decides, the messages follow
select is((select outcome || messages from campaign.cancel_campaign(:big)), 'cancelled11389');
select is((select cancelled || ' ' || sending from campaign.campaign_report where id = :big), '11389 10', 'the report says so at once');
select is(pg_temp.once(), '0');
select is((select count(*)::int from message where campaign_id = :big and status = 'Cancelled') between 9000 and 10000, true, 'fifty chunks at a time');
select is(pg_temp.house(), '{}');
select is(pg_temp.statuses(:big), 'Cancelled campaign_cancelled 11389, Sending 10');
select is((select cancelled || ' ' || sending from campaign.campaign_report where id = :big), '11389 10');
select put_back(1, (select array_agg(message) from pg_temp.last()), (select array_agg(attempt) from pg_temp.last())), pg_temp.house() \g /dev/null
select is(pg_temp.statuses(:big), 'Cancelled campaign_cancelled 11399', 'what is put back later too');
-- before it is written
select pg_temp.plan_text(array(select id from contact where first_name = 'Bo')) as big \gset
select pg_temp.once(), campaign.delete_campaign(:big), pg_temp.house() \g /dev/null
select is(pg_temp.statuses(:big), 'Cancelled campaign_deleted 10000');
select is((select cancelled || ' ' || audience from campaign.campaign_report where id = :big), '11399 11399', 'who was not written is counted');
select is((select count(*)::int from audience), 0);
-- paused while it is prepared
select pg_temp.plan_text(array(select id from contact where first_name = 'Bo')) as big \gset
select pg_temp.once(), campaign.pause_campaign(:big), pg_temp.house() \g /dev/null
select is(pg_temp.state(:big), 'Paused Preparing');
select is((select count(*)::int from message where campaign_id = :big), 10000);
select campaign.resume_campaign(:big), pg_temp.house() \g /dev/null
select is((select count(*)::int from message where campaign_id = :big), 11399, 'and goes on where it was');
select campaign.cancel_campaign(:big), pg_temp.house() \g /dev/null

-- ---------------------------------------------------------------- counters are summed up
insert into tally select :c, 0, null, 'Queued', 1, 1 from generate_series(1, 299);
insert into tally select :c, 0, 'Queued', 'Sent', 1, 0 from generate_series(1, 250);
select pg_temp.house() \g /dev/null
select results_eq(format('select was::text, became::text, n, parts from tally where campaign_id = %s order by n', :c), $$values ('Queued', 'Sent', 250, 0), (null, 'Queued', 299, 299)$$, 'hundreds of rows become one of each');
delete from tally where campaign_id = :c;

-- ---------------------------------------------------------------- reactivation: order and batches
update contact set phase_id = (select f.id from phase f where f.name = 'No Phase' and f.practice_id = (pg_temp.maple()).id);
insert into phase(practice_id, name) select id, 'Active' from pg_temp.maple();
update contact set phase_id = (select id from phase where name = 'Active') where not id = any((select ids[1:12] from people)::bigint[]);
select pg_temp.passes('1 day') \g /dev/null
select pg_temp.plan_text((select ids[6:6] from people)) as t \gset
select pg_temp.house(), pg_temp.claim(), pg_temp.accept(), finish(1), pg_temp.house() \g /dev/null
select (campaign.create_reactivation_campaign('maple', 'r', '[Practice.Name] misses you. STOP', 9, start_at => '2027-03-05 09:00', excluded_weekdays => '{Saturday,Sunday}')).campaign_id as r \gset
select pg_temp.clock('2027-03-05 14:00Z') \g /dev/null
select is((select array_agg(x order by x) from unnest(pg_temp.house()) x), '{"prepared 11","started 11"}');
select is(array(select contact_id from message where campaign_id = :r order by id), (select array[ids[1]] || ids[7:12] || ids[2:4] || ids[6] from people),
	'never texted first, then those texted longest ago');
select is((select string_agg(format('%s %s', day, size), ', ' order by no) from batch where campaign_id = :r), '2027-03-05 2, 2027-03-08 2, 2027-03-09 2, 2027-03-10 2, 2027-03-11 2, 2027-03-12 1',
	'a batch a day, none at the weekend');
select is((select array_agg(due_at order by due_at) from chunk where campaign_id = :r), array(select opens_at from batch where campaign_id = :r order by no));
select is(pg_temp.claim(), '2 idle', 'the first batch');
select is((pg_temp.verdict()).next_ms, 259200000::bigint, 'the next on Monday');
select pg_temp.accept() \g /dev/null
-- Monday's is missed whole; Tuesday's was begun.
select pg_temp.clock('2027-03-09 14:00Z'), pg_temp.house() \g /dev/null
select is((select day || ' ' || opens_at from batch where campaign_id = :r and no = 1), '2027-03-15 2027-03-15 13:00:00+00', 'a missed batch takes the next allowed day that has none, at the same wall clock');
select is(pg_temp.claim(1, 1), '1 more');
select is((select batch::int from message where id = (select message from pg_temp.last())), 2, 'Tuesday''s');
select pg_temp.clock('2027-03-10 14:00Z'), pg_temp.house() \g /dev/null
select is((select count(*)::int from batch where campaign_id = :r and day = '2027-03-09'), 1, 'one that was begun stays');
select is(pg_temp.claim(1, 1), '1 more');
select is((select batch::int from message where id = (select message from pg_temp.last())), 2, 'and goes on before that day''s own');
select is((select count(distinct day)::int from batch where campaign_id = :r), 6, 'two batches never share a day');
select campaign.cancel_campaign(:r), pg_temp.house() \g /dev/null
-- more than the practice's limit, because the list grew
select (campaign.create_reactivation_campaign('maple', 'r', '[Practice.Name] misses you. STOP', 9)).campaign_id as r \gset
select pg_temp.set('daily_limit', '1') \g /dev/null
select is((pg_temp.house())[1:2], '{started 11,held daily_limit 11}', 'above the daily limit');
select is(pg_temp.state(:r), 'Held daily_limit Preparing');
select campaign.cancel_campaign(:r), pg_temp.set('daily_limit', null), pg_temp.house() \g /dev/null

-- ---------------------------------------------------------------- another zone: batches keep their wall clock
select pg_temp.clock('2027-03-30 12:00Z') \g /dev/null
select pg_temp.set('opens', '09:00'), pg_temp.set('closes', '20:00') \g /dev/null
select (campaign.create_reactivation_campaign('maple', 'z', '[Practice.Name] misses you. STOP', 9, start_at => '2027-03-30 10:00')).campaign_id as z \gset
select pg_temp.clock('2027-03-30 14:00Z'), pg_temp.house() \g /dev/null
select is((select array_agg(distinct due_at::time order by due_at::time) from chunk where campaign_id = :z), '{16:00}', 'when the window opens in the west, two hours after the batch');
select pg_temp.set('time_zone', 'America/Chicago') \g /dev/null
select is((select array_agg(distinct q.due_at::time order by q.due_at::time) from chunk q where campaign_id = :z and due_at > pg_temp.now() + interval '1 day'), '{15:00}', 'at ten in Chicago');
select is((select count(*)::int from chunk q join batch b on b.campaign_id = q.campaign_id and b.no = (select m.batch from message m where m.chunk = q.no limit 1)
	where q.campaign_id = :z and b.no > 0 and q.due_at <> b.opens_at), 0, 'each with its batch');
select pg_temp.set('time_zone', 'America/New_York'), campaign.cancel_campaign(:z), pg_temp.house() \g /dev/null

-- ---------------------------------------------------------------- late
select pg_temp.clock('2027-04-05 13:00Z') \g /dev/null
select pg_temp.set('opens', '09:00'), pg_temp.set('closes', '17:00') \g /dev/null
update contact set zone = 'America/New_York', place = place_of(null, 'America/New_York', null) where id = any((select ids from people)::bigint[]);
select note_place((pg_temp.maple()).id, place_of(null, 'America/New_York', null)) \g /dev/null
select is(open_time(pg_temp.maple(), '2027-04-05 12:00Z', '2027-04-05 15:00Z'), '2 hours', 'open time: from the opening');
select is(open_time(pg_temp.maple(), '2027-04-05 20:00Z', '2027-04-06 14:00Z'), '2 hours', 'over a night');
select is(open_time(pg_temp.maple(), '2027-04-06 14:00Z', '2027-04-05 14:00Z'), '0', 'none');
select pg_temp.plan_text((select ids[1:4] from people), '2027-04-05 09:30') as l \gset
select pg_temp.clock('2027-04-05 17:31Z') \g /dev/null
select is(pg_temp.house(), '{held missed_start 0}', 'the daemon was down for 4 open hours at the start');
select is(pg_temp.state(:l), 'Held missed_start Scheduled');
select campaign.resume_campaign(:l) \g /dev/null
select is(pg_temp.house(), '{started 4,prepared 4}', 'resumed');
select pg_temp.clock('2027-04-05 20:00Z') \g /dev/null
select is(pg_temp.house(), '{}');
select pg_temp.clock('2027-04-06 13:00Z'), pg_temp.claim(1, 1), pg_temp.house(), finish(1) \g /dev/null
select pg_temp.clock('2027-04-06 16:59Z') \g /dev/null
select is(pg_temp.house(), '{}', 'less than 4 open hours since the last hand-over');
select pg_temp.accept(), finish(1) \g /dev/null
select is(pg_temp.house(), '{}', 'whose record is gone meanwhile');
select is((select at from hand_over where campaign_id = :l), '2027-04-06 13:00Z'::timestamptz);
select pg_temp.clock('2027-04-06 17:02Z') \g /dev/null
select is(pg_temp.house(), '{held missed_start 0}', 'then it is late');
select is(pg_temp.claim(), '0 idle', 'and waits for a person');
select campaign.resume_campaign(:l), pg_temp.clock('2027-04-06 20:00Z') \g /dev/null
select is(pg_temp.house(), '{}', 'counted from the resume');
select is(pg_temp.claim(), '3 idle');
select campaign.cancel_campaign(:l), pg_temp.set('opens', '00:00'), pg_temp.set('closes', '24:00') \g /dev/null

-- ---------------------------------------------------------------- expired
select pg_temp.set('late_limit', '30 days') \g /dev/null
select pg_temp.plan_text((select ids[1:2] from people)) as x \gset
select pg_temp.house(), pg_temp.claim(1, 1), pg_temp.answer((select message from pg_temp.last()), 1, 'Refused', null, '0x08', 'unreachable', 'retry') \g /dev/null
select pg_temp.passes('7 days') \g /dev/null
select is(pg_temp.house(), '{}');
select pg_temp.passes('1 min') \g /dev/null
select is(pg_temp.house(), '{expired 2}');
select is(pg_temp.statuses(:x), 'Aborted expired 1, Aborted unreachable 1', 'expired is only what was never refused');
select pg_temp.plan_text((select ids[1:1] from people)) as x \gset
select pg_temp.house(), pg_temp.passes('8 days'), pg_temp.claim() \g /dev/null
select is(pg_temp.statuses(:x), 'Aborted expired 1', 'the claim looks too');
select queue_single(p.id, p.sender_id, null, 'reply', '+12067770001', 'x', null, pg_temp.now()) as reply from pg_temp.maple() p \gset
select queue_single(p.id, p.sender_id, null, 'confirmation', '+12067770001', 'x', null, pg_temp.now()) as conf from pg_temp.maple() p \gset
select pg_temp.passes('6 min'), pg_temp.house() \g /dev/null
select is(pg_temp.status(:reply) || ', ' || pg_temp.status(:conf), 'Queued, Aborted expired', 'a confirmation after 5 minutes, while no carrier is there');
select pg_temp.passes('55 min'), pg_temp.house() \g /dev/null
select is(pg_temp.status(:reply), 'Aborted expired', 'a reply after an hour');

-- ---------------------------------------------------------------- asked again
select pg_temp.plan_text((select ids[1:2] from people)) as q \gset
select pg_temp.house(), pg_temp.claim() \g /dev/null
select message as m from pg_temp.last() order by 1 limit 1 \gset
select pg_temp.answer(message, 1, 'NoResponse') from pg_temp.last() \g /dev/null
select finish(1), pg_temp.house() \g /dev/null
select is(pg_temp.state(:q), 'Finished');
select is(campaign.requeue_message(:m), 'Queued');
select is(pg_temp.status(:m), 'Unknown submit_unconfirmed', 'staff only asks');
select pg_temp.house() \g /dev/null
select is(pg_temp.status(:m), 'Queued');
select is(pg_temp.state(:q), 'Sending', 'the campaign is not finished any more');
select is(pg_temp.events(:m), 'requeued Queued submit_unconfirmed');
select is(pg_temp.claim(), '1 idle');
select is((select attempt::int from pg_temp.last()), 2);
select pg_temp.accept(), finish(1) \g /dev/null
select is(pg_temp.house(), '{finished 2}');
select lives_ok(format('insert into requeue_request(message_id) values (%s)', :m), 'asked for what is not Unknown');
select pg_temp.house() \g /dev/null
select is(pg_temp.status(:m), 'Sent', 'nothing happens');
select is((select count(*)::int from requeue_request), 0);
select queue_single(p.id, p.sender_id, null, 'reply', '+12067770002', 'x', null, pg_temp.now()) as reply from pg_temp.maple() p \gset
select pg_temp.claim(), pg_temp.answer(:reply, 1, 'NoResponse'), campaign.requeue_message(:reply), pg_temp.passes('2 h'), pg_temp.house() \g /dev/null
select is(pg_temp.claim(), '1 idle', 'a single text too, however old');

-- ---------------------------------------------------------------- texts are kept for 400 days
select pg_temp.clock('2028-01-01 12:00Z') \g /dev/null
select pg_temp.plan_text((select ids[1:1] from people)) as k \gset
select queue_single(p.id, p.sender_id, null, 'reply', '+12067770003', 'x', null, pg_temp.now()) as reply from pg_temp.maple() p \gset
select count(*) from inbound('acme', '{12067772000}', '{12065550100}', '{Hello}', '{null}', '{null}', '{null}') \g /dev/null
select pg_temp.house(), pg_temp.claim(), pg_temp.accept() \g /dev/null
select pg_temp.passes('399 days'), pg_temp.house() \g /dev/null
select is((select count(a.body)::int from message m join attempt a on a.message_id = m.id where m.campaign_id = :k) || ' ' || (select count(body) from single where message_id = :reply)
	|| ' ' || (select count(body) from inbound), '1 1 1');
select pg_temp.passes('2 days'), pg_temp.house() \g /dev/null
select is((select count(a.body)::int from message m join attempt a on a.message_id = m.id where m.campaign_id = :k) || ' ' || (select count(body) from single where message_id = :reply)
	|| ' ' || (select count(body) from inbound), '0 0 0');
select is((select phone from message m join attempt a on a.message_id = m.id where m.campaign_id = :k), '+12067772000', 'who was texted stays');

select is(array(select * from pg_temp.wrong()), '{}', 'all agrees');
select is((select count(*)::int from campaign.campaign_report where audience <> scheduled + queued + sending + sent + delivered + aborted + unknown + cancelled), 0, 'every report adds up');
select * from finish();
rollback;
