-- Windows, excluded days, daily limits, the sender's own rate, frequency caps (campaigns.md 3 and 4).
\ir queue.psql
select plan(51);
select pg_temp.open() \g /dev/null
create temp table people as select pg_temp.contacts(60) as ids;

-- ---------------------------------------------------------------- the window
select pg_temp.set('opens', '09:00') , pg_temp.set('closes', '20:00') \g /dev/null
update contact set zone = 'America/New_York', place = place_of(null, 'America/New_York', phone);
create temp table west as select pg_temp.contacts(2, 2900) as ids;
update contact set zone = 'America/Los_Angeles', place = place_of(null, 'America/Los_Angeles', phone) where id = any((select ids from west)::bigint[]);
select note_place((pg_temp.maple()).id, place) from contact \g /dev/null

select pg_temp.clock('2027-03-03 12:00Z') \g /dev/null
-- 07:00 in New York
select pg_temp.campaign((select people.ids[1:2] || west.ids[1:1] from people, west)) as c \gset
select is((select array_agg(due_at order by due_at) from chunk where campaign_id = :c), '{2027-03-03 14:00Z,2027-03-03 17:00Z}',
	'prepared before the window opens: due when it does, for each place');
select is((select array_agg(distinct waiting_for::text) from chunk where campaign_id = :c), '{window}');
select is(pg_temp.claim(), '0 idle');
select is((pg_temp.verdict()).next_ms, 7200000::bigint, 'the daemon sleeps until then');
select pg_temp.clock('2027-03-03 14:00Z') \g /dev/null
select is(pg_temp.claim(), '2 idle', 'the east');
select pg_temp.clock('2027-03-03 17:00Z') \g /dev/null
select is(pg_temp.claim(), '1 idle', 'the west');

select pg_temp.clock('2027-03-03 23:00Z') \g /dev/null
-- 18:00 in New York, 15:00 in Los Angeles
select pg_temp.campaign((select people.ids[3:6] || west.ids from people, west)) as c \gset
select pg_temp.clock('2027-03-04 00:54Z') \g /dev/null
select is(pg_temp.claim(1, 1), '1 more', '19:54 is open');
select pg_temp.clock('2027-03-04 00:55Z') \g /dev/null
select is(pg_temp.claim(), '0 idle', 'the last 5 minutes are not, nor is the practice''s night day in the west');
select is((select array_agg(due_at order by due_at) from chunk where campaign_id = :c and run is null), '{2027-03-04 14:00Z,2027-03-04 17:00Z}', 'deferred to the next opening');
select is(pg_temp.events(id), 'deferred Scheduled') from message where campaign_id = :c and status = 'Queued' order by id limit 1;
select is(pg_temp.statuses(:c), 'Queued 5, Sending 1', 'not Aborted');
select campaign.cancel_campaign(:c), pg_temp.house() \g /dev/null
insert into legal_window(region, weekday, opens, closes) values ('*', 4, '10:00', '19:00');
select pg_temp.campaign((select ids[3:3] from people)) as c \gset
select is((select due_at from chunk where campaign_id = :c), '2027-03-04 15:00Z', 'the law of that weekday narrows it');
delete from legal_window;
-- a window that is changed while something waits: asked again
select pg_temp.set('opens', '08:00') \g /dev/null
select pg_temp.clock('2027-03-04 15:00Z') \g /dev/null
select is(pg_temp.claim(), '1 idle');
select is(queue_single(p.id, p.sender_id, null, 'reply', '+12067778888', 'Yes', null, pg_temp.now()) is not null, true) from pg_temp.maple() p;
select pg_temp.clock('2027-03-04 08:00Z') \g /dev/null
select queue_single(p.id, p.sender_id, null, 'reply', '+12067778887', 'No', null, pg_temp.now()) from pg_temp.maple() p \g /dev/null
select is(pg_temp.claim(), '1 idle', 'answers do not wait for the window');
select pg_temp.set('opens', '00:00'), pg_temp.set('closes', '24:00') \g /dev/null
select is(array(select * from pg_temp.wrong()), '{}', 'all agrees');

-- ---------------------------------------------------------------- excluded days
update contact set phase_id = (select id from phase where name = 'Pending' and practice_id = (pg_temp.maple()).id) where id = any((select ids[1:9] from people)::bigint[]);
update contact set phase_id = (select id from phase where name = 'No Phase' and practice_id = (pg_temp.maple()).id);
update contact set phase_id = (select f.id from phase f where f.name = 'Pending' and f.practice_id = (pg_temp.maple()).id) where id = any((select ids[1:9] from people)::bigint[]);
insert into phase(practice_id, name) select id, 'Active' from pg_temp.maple();
update contact set phase_id = (select id from phase where name = 'Active') where not id = any((select ids[1:9] from people)::bigint[]);
select pg_temp.clock('2027-03-05 17:00Z') \g /dev/null
-- Friday
select (campaign.create_reactivation_campaign('maple', 'r', '[Practice.Name] misses you. STOP', 9, excluded_weekdays => '{Saturday,Sunday}')).campaign_id as r \gset
select pg_temp.house() \g /dev/null
select is(pg_temp.claim(1, 1), '1 more');
select pg_temp.clock('2027-03-06 17:00Z') \g /dev/null
select is(pg_temp.claim(), '0 idle', 'nothing on Saturday');
select is((select min(due_at) from chunk where campaign_id = :r and run is null), '2027-03-08 05:00Z', 'what was left of Friday goes on Monday');
select pg_temp.clock('2027-03-08 05:00Z') \g /dev/null
select is(pg_temp.claim(), '1 idle');
select campaign.cancel_campaign(:r), pg_temp.house() \g /dev/null

-- ---------------------------------------------------------------- messages a day
select pg_temp.clock('2027-03-09 17:00Z') \g /dev/null
select pg_temp.set('daily_limit', '3') \g /dev/null
select pg_temp.campaign((select ids[11:18] from people)) as c \gset
select is(pg_temp.claim(2, 2), '2 more');
select is(pg_temp.claim(), '1 idle', 'three a day');
select is((select due_at || ' ' || waiting_for from chunk where campaign_id = :c and run is null), '2027-03-10 05:00:00+00 daily_limit', 'the others the next day');
select is((pg_temp.verdict()).next_ms, 43200000::bigint);
select is(pg_temp.status(id), 'Queued') from message where campaign_id = :c order by id desc limit 1;
select is(put_back(1, array[(select message from pg_temp.last() limit 1)], '{1}'), 1);
select is(pg_temp.claim(), '1 idle', 'what was put back does not count');
select pg_temp.clock('2027-03-10 05:00Z') \g /dev/null
select is(pg_temp.claim(), '3 idle', 'the next three');
select queue_single(p.id, p.sender_id, null, 'test', '+12067778886', 'Yes', null, pg_temp.now()) from pg_temp.maple() p \g /dev/null
select is(pg_temp.claim(), '1 idle', 'single texts are not limited');
select campaign.cancel_campaign(:c), pg_temp.house(), pg_temp.set('daily_limit', null) \g /dev/null

-- ---------------------------------------------------------------- parts a day
select pg_temp.clock('2027-03-11 17:00Z') \g /dev/null
select pg_temp.sender_set('parts_per_day', '5') \g /dev/null
select pg_temp.campaign((select ids[21:24] from people), repeat('x', 200) || ' STOP') as c \gset
select is(pg_temp.claim(), '2 idle', 'two texts of two parts in five');
select is((select waiting_for::text from chunk where campaign_id = :c and run is null), 'daily_limit');
select campaign.cancel_campaign(:c), pg_temp.house(), pg_temp.sender_set('parts_per_day', null) \g /dev/null

-- ---------------------------------------------------------------- parts a second
select pg_temp.clock('2027-03-12 17:00Z') \g /dev/null
select pg_temp.sender_set('parts_per_second', '1') \g /dev/null
select pg_temp.campaign((select ids[31:40] from people)) as c \gset
select is(pg_temp.claim(), '1 idle', 'one');
select is((pg_temp.verdict()).next_ms between 1000 and 1100, true, 'and about a second until the next');
select is(pg_temp.claim(), '0 idle');
select pg_temp.passes('900 ms') \g /dev/null
select is(pg_temp.claim(), '0 idle', 'not sooner');
select pg_temp.passes('200 ms') \g /dev/null
select is(pg_temp.claim(), '1 idle');
select pg_temp.passes('1 hour') \g /dev/null
select is(pg_temp.claim(), '1 idle', 'nothing is saved up');
select campaign.cancel_campaign(:c), pg_temp.house() \g /dev/null
-- In any second at most the rate, whatever the moments of the claims.
select pg_temp.sender_set('parts_per_second', '10') \g /dev/null
create temp table burst as select pg_temp.contacts(100, 7000) as ids;
select pg_temp.campaign((select ids from burst)) as c \gset
create temp table went(at timestamptz, n int);
create function pg_temp.run_for(steps int, late interval) returns void language plpgsql as $$
begin
	for i in 1 .. steps loop
		perform pg_temp.claim();
		insert into went select pg_temp.now(), count(*) from pg_temp.last();
		perform pg_temp.passes((pg_temp.verdict()).next_ms * interval '1 ms' + late);
	end loop;
end $$;
select pg_temp.run_for(40, '1 ms'), pg_temp.run_for(20, '13 ms') \g /dev/null
select is((select max((select sum(b.n) from went b where b.at >= a.at and b.at < a.at + interval '1 s')) from went a) <= 10, true, 'never above the rate in any second');
select cmp_ok((select sum(n) / extract(epoch from max(at) - min(at)) from went), '>=', 8.5, 'and not far below it');
select campaign.cancel_campaign(:c), pg_temp.house() \g /dev/null
-- parts may take the balance below zero
select pg_temp.sender_set('parts_per_second', '1') \g /dev/null
select pg_temp.passes('1 hour') \g /dev/null
select pg_temp.campaign((select ids[41:42] from people), repeat('x', 310) || ' STOP') as c \gset
select is(pg_temp.claim(), '1 idle', 'three parts go at one a second');
select is((pg_temp.verdict()).next_ms between 3000 and 3300, true, 'and then three seconds nothing');
select queue_single(p.id, p.sender_id, null, 'reply', '+12067778885', 'Yes', null, pg_temp.now()) from pg_temp.maple() p \g /dev/null
select is(pg_temp.claim(), '0 idle', 'nor a reply');
select pg_temp.passes('3200 ms') \g /dev/null
select is(pg_temp.claim(), '1 idle', 'which then comes first');
select is((select lane::int from pg_temp.last()), 1);
select campaign.cancel_campaign(:c), pg_temp.house(), pg_temp.sender_set('parts_per_second', null) \g /dev/null

-- ---------------------------------------------------------------- frequency caps
select pg_temp.clock('2027-03-20 15:00Z') \g /dev/null
select pg_temp.set('cap_day', '1') \g /dev/null
create temp table cap as select pg_temp.contacts(3, 8000) as ids;
select pg_temp.campaign((select ids from cap)) as c \gset
select is(pg_temp.claim(), '3 idle');
select pg_temp.answer(l.message, 1, 'Refused', null, '0x0b', 'invalid_number', 'no') from pg_temp.last() l where i = 3 \g /dev/null
select queue_single(p.id, p.sender_id, (select ids[2] from cap), 'test', '+12067778001', 'test', null, pg_temp.now()) from pg_temp.maple() p \g /dev/null
select pg_temp.claim() \g /dev/null
select pg_temp.campaign((select ids from cap)) as d \gset
select pg_temp.claim() \g /dev/null
select is(pg_temp.statuses(:d), 'Aborted frequency_cap 2, Sending 1', 'one a day; what was refused does not count');
select pg_temp.clock('2027-03-21 05:00Z') \g /dev/null
-- the next day in New York
select pg_temp.campaign((select ids from cap)) as d \gset
select is(pg_temp.claim(), '3 idle', 'the next local day');
select pg_temp.set('cap_day', '0'), pg_temp.set('cap_30_days', '2') \g /dev/null
update contact set phone = '+12067778900', phone_typed = '+12067778900' where id = (select ids[1] from cap);
insert into former_phone(practice_id, phone, contact_id) select practice_id, '+12067778000', id from contact where id = (select ids[1] from cap);
update contact set phone = '+12067778000' where id = (select ids[50] from people);
select pg_temp.campaign((select people.ids[50] || cap.ids from people, cap)) as d \gset
select pg_temp.claim() \g /dev/null
select is(pg_temp.statuses(:d), 'Aborted frequency_cap 3, Sending 1', 'two in 30 days, counted by number');
select is((select contact_id from message where campaign_id = :d and status = 'Sending'), (select ids[1] from cap), 'a new number begins anew');
select pg_temp.clock('2027-04-20 15:00Z') \g /dev/null
select pg_temp.campaign((select ids[2:2] from cap)) as d \gset
select is(pg_temp.claim(), '1 idle', 'after 30 days');

select is(array(select * from pg_temp.wrong()), '{}', 'all agrees');
select * from finish();
rollback;
