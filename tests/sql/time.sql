-- Time: starts, places, windows, batches (campaigns.md 4 and 5).
\ir prelude.psql
select plan(97);
select pg_temp.people();

create function pg_temp.start_code(typed text) returns text language plpgsql as $$
begin
	perform campaign_store.parse_start('America/New_York', typed);
	return 'fine';
exception when others then
	return sqlstate;
end $$;
create function pg_temp.start_of(typed text) returns timestamptz language sql as $$ select s.start_at from campaign_store.parse_start('America/New_York', typed) s $$;
create function pg_temp.plan(n int, d int, day date, excluded smallint[] default '{}', daily_limit int default null, taken date[] default '{}') returns text language sql as $$
	select string_agg(format('%s×%s', to_char(b.day, 'MM-DD'), b.size), ' ' order by b.no) from campaign_store.plan_batches(n, d, day, excluded, taken, daily_limit) b $$;
create function pg_temp.open_at(place int, at timestamptz) returns boolean language sql as $$
	select at >= n.opens_at and at < n.closes_at from campaign_store.practice p, campaign_store.next_period(p.id, place::smallint, at) n where p.short_name = 'maple' $$;
create function pg_temp.opening(place int, at timestamptz) returns timestamptz language sql as $$
	select n.opens_at from campaign_store.practice p, campaign_store.next_period(p.id, place::smallint, at) n where p.short_name = 'maple' $$;
create function pg_temp.set(setting text, value text) returns text language sql as $$
	select pg_temp.as('t_operator', format('select campaign.set_practice(%L, %L, %L)', 'maple', setting, value)) $$;

-- starts
set local timezone = 'Asia/Tokyo';
select pg_temp.clock('2026-10-01 12:00-04');
select is(pg_temp.start_of('2027-03-14 02:30'), '2027-03-14 07:30Z'::timestamptz, 'a time in the gap of spring is an hour later');
select matches((select warning from campaign_store.parse_start('America/New_York', '2027-03-14 02:30')), 'does not exist.*03:30', 'with a warning');
select is(pg_temp.start_of('2026-11-01 01:30'), '2026-11-01 06:30Z'::timestamptz, 'a time that comes twice in autumn is the second');
select matches((select warning from campaign_store.parse_start('America/New_York', '2026-11-01 01:30')), 'twice', 'with a warning');
select is((select warning from campaign_store.parse_start('America/New_York', '2026-11-01 02:30')), null, 'other times have none');
select is(pg_temp.start_of('2027-03-08 09:00'), '2027-03-08 14:00Z'::timestamptz, '09:00 New York is 14:00Z in winter, whatever the connection''s TimeZone');
select is(pg_temp.start_of('2027-03-15 09:00'), '2027-03-15 13:00Z'::timestamptz, 'and 13:00Z in summer');
select is(pg_temp.start_of('2026-10-02T09:00:30'), '2026-10-02 13:00:30Z'::timestamptz, 'seconds and a T may be there');
select is(pg_temp.start_of(null), '2026-10-01 16:00Z'::timestamptz, 'NULL is now');
select is((select start_local from campaign_store.parse_start('America/New_York', null)), '2026-10-01 12:00'::timestamp, 'on the practice''s clock');
select is(pg_temp.start_of('2026-10-01 11:55'), '2026-10-01 16:00Z'::timestamptz, '5 minutes ago is now');
select is(pg_temp.start_code(t), code, format('start %s: %s', t, code)) from (values ('2026-10-01 11:54', 'TC006'), ('2026-10-01 11:56', 'fine'), ('2026-10-01', 'TC007'), ('tomorrow', 'TC007'),
	('', 'TC007'), ('2026-10-02 24:00', 'TC007'), ('2026-10-02 09:60', 'TC007'), ('2026-02-30 09:00', 'TC007'), ('2026-10-02 09:00-04', 'TC007'), ('2026-10-02 09:00+02:00', 'TC007'),
	('2026-10-02 09:00Z', 'TC007'), ('2026-10-02 09:00 America/New_York', 'TC007'), ('2026-10-02 09:00 PST', 'TC007'), ('10/02/2026 09:00', 'TC007')) v(t, code);
select matches(pg_temp.error_as('postgres', $$select campaign_store.parse_start('America/New_York', '2026-10-02 09:00-04')$$), 'offset or a zone', 'an offset is told as such');

-- batches: the table
select is(pg_temp.plan(1000, 90, '2027-01-04'), '01-04×78 01-11×78 01-18×78 01-25×78 02-01×78 02-08×78 02-15×78 02-22×78 03-01×78 03-08×78 03-15×78 03-22×78 03-29×64', '1000 in 90 days are 78 a week');
select is(pg_temp.plan(1000, 30, '2027-01-04'), '01-04×100 01-07×100 01-10×100 01-13×100 01-16×100 01-19×100 01-22×100 01-25×100 01-28×100 01-31×100', '1000 in 30 days are 100 every third');
select is(pg_temp.plan(1000, 9, '2027-01-04'), '01-04×112 01-05×112 01-06×112 01-07×112 01-08×112 01-09×112 01-10×112 01-11×112 01-12×104', '1000 in 9 days are 112 a day');
select is(pg_temp.plan(1000, 9, '2027-01-04', '{6,7}'), '01-04×143 01-05×143 01-06×143 01-07×143 01-08×143 01-11×143 01-12×142', 'without the weekend 143');
select is(pg_temp.plan(1000, 30, '2027-01-04', '{6,7}'), '01-04×100 01-07×100 01-11×100 01-13×100 01-18×100 01-19×100 01-22×100 01-25×100 01-28×100 02-01×100', 'a day that is excluded moves to the next free one');
select is(pg_temp.plan(1000, 90, '2027-01-09', '{6,7}'), '01-11×78 01-18×78 01-25×78 02-01×78 02-08×78 02-15×78 02-22×78 03-01×78 03-08×78 03-15×78 03-22×78 03-29×78 04-05×64', 'the first day too');
select is(pg_temp.plan(5, 90, '2027-01-04'), '01-04×1 01-18×1 02-08×1 02-22×1 03-15×1', 'a small list is spread over the duration');
select is((select array_agg(size order by no) from campaign_store.plan_batches(1000000, 90, '2027-01-04')), array_fill(77778, array[12]) || 66664, 'a million: 12 × 77,778 and the rest');
select is((select array_agg(size order by no) from campaign_store.plan_batches(1000000, 90, '2027-01-04', '{}', '{}', 20000)), array_fill(11112, array[89]) || 11032, 'with a daily limit of 20,000 a batch a day');
select is((select max(size) from campaign_store.plan_batches(1000000, 90, '2027-01-04', '{}', '{}', 2000)), 11112, 'with one of 2,000 the sizes are above it, for the caller to refuse');
select is(pg_temp.plan(0, 90, '2027-01-04'), null, 'nobody, no batch');
select is(pg_temp.plan(3, 9, '2027-01-04', '{}', null, '{2027-01-04,2027-01-06}'), '01-05×1 01-08×1 01-11×1', 'days that are taken are left out');
select throws_ok($$select campaign_store.plan_batches(1, 10, '2027-01-04')$$, 'TC009', null, 'other durations are refused');
select throws_ok($$select campaign_store.plan_batches(1, null, '2027-01-04')$$, 'TC009', null, 'none as well');
select throws_ok($$select campaign_store.plan_batches(1, 9, '2027-01-04', '{7,6,5,4,3,2,1}')$$, 'TC008', null, 'and all weekdays excluded');

-- batches: what always holds
create temp table case_of as
	select n, d, start, x.excluded, row_number() over () as id
	from unnest('{1,2,7,12,13,14,90,91,999,100000}'::int[]) n, unnest('{9,30,90}'::int[]) d, generate_series('2027-01-04'::date, '2027-01-10', '1 day') start,
		(values ('{}'::smallint[]), ('{6,7}'), ('{1}'), ('{1,2,3,4,5,6}'), ('{3,5}')) x(excluded);
create temp table planned as select c.*, b.* from case_of c, campaign_store.plan_batches(c.n, c.d, c.start::date, c.excluded) b;
create index on planned(id, no);
analyze planned;
select is((select count(*) from (select id from planned group by id, n having sum(size) <> n) x), 0::bigint, 'sizes add up');
select is((select count(distinct id) from planned), (select count(*) from case_of), 'everybody gets batches');
select is((select count(*) from (select id from planned group by id, day having count(*) > 1) x), 0::bigint, 'no two batches on one day');
select is((select count(*) from planned where extract(isodow from day)::smallint = any(excluded)), 0::bigint, 'none on an excluded day');
select is((select count(*) from planned p where day >= (select min(q.day) from planned q where q.id = p.id) + d), 0::bigint, 'all before the first day plus the duration');
select is((select count(*) from planned p where size > (select q.size from planned q where q.id = p.id and q.no = 0) or size < 1), 0::bigint, 'none is larger than the first, none is empty');
select is((select count(*) from planned p join planned q on q.id = p.id and q.no = p.no + 1 where q.day <= p.day), 0::bigint, 'days go up');

-- start against send after
select is(campaign_store.batch_opens('2027-01-06', 'America/New_York', '10:00', '2027-01-06 15:00-05'), '2027-01-06 15:00-05'::timestamptz, 'start Wed 15:00, send after 10:00: the first batch at 15:00');
select is(campaign_store.batch_opens('2027-01-07', 'America/New_York', '10:00', '2027-01-06 15:00-05'), '2027-01-07 10:00-05'::timestamptz, 'later ones at 10:00');
select is(campaign_store.batch_opens('2027-01-06', 'America/New_York', '10:00', '2027-01-06 08:00-05'), '2027-01-06 10:00-05'::timestamptz, 'start 08:00, send after 10:00: the first at 10:00');
select is(campaign_store.batch_opens('2027-03-15', 'America/New_York', '09:00', '2027-03-08 09:00-05'), '2027-03-15 13:00Z'::timestamptz, 'batches keep their wall clock across a change');

-- places
create function pg_temp.zones(of_region text, of_zone text, of_phone text) returns text language plpgsql as $$
declare
	place int := campaign_store.place_of(of_region, of_zone, of_phone);
begin
	return (select concat(p.region, ' ', array_to_string(p.zones, ',')) from campaign_store.place p where p.id = place);
end $$;
select is(pg_temp.zones(null, null, '+15035550199'), 'OR America/Los_Angeles', 'an area code has a zone');
select is(pg_temp.zones(null, null, '+19075550199'), 'AK America/Adak,America/Anchorage,America/Juneau,Pacific/Honolulu', 'or several');
select is(pg_temp.zones('FL', null, null), 'FL America/Chicago,America/New_York', 'a region has all of its zones');
select is(pg_temp.zones('NY', null, '+15035550199'), 'NY America/Los_Angeles,America/New_York', 'region and area code together: all that they can mean');
select is(pg_temp.zones('NY', 'America/Denver', '+15035550199'), 'NY America/Denver', 'a zone that is known counts alone');
select is(pg_temp.zones(null, null, '+442079460958'), ' ', 'nothing known');
select is(campaign_store.place_of('NY', null, null), campaign_store.place_of('NY', null, '+442079460958'), 'one row for one place');

-- windows: practice in New York, 09:00 to 20:00
select campaign_store.place_of(null, null, '+12125550199') as ny, campaign_store.place_of(null, null, '+15035550199') as oregon, campaign_store.place_of(null, null, '+13055550199') as florida,
	campaign_store.place_of(null, 'Asia/Tokyo', null) as tokyo, campaign_store.place_of(null, 'Australia/Perth', null) as perth, campaign_store.place_of(null, null, null) as nowhere \gset
select is(pg_temp.open_at(:ny, at::timestamptz), yes, format('New York at %s', at)) from (values ('2027-01-05 08:59:59-05', false), ('2027-01-05 09:00-05', true), ('2027-01-05 19:54:59-05', true),
	('2027-01-05 19:55-05', false), ('2027-01-05 20:00-05', false)) v(at, yes);
select is(pg_temp.open_at(:oregon, at::timestamptz), yes, format('Oregon at %s', at)) from (values ('2027-01-05 11:59:59-05', false), ('2027-01-05 12:00-05', true), ('2027-01-05 19:54:59-05', true),
	('2027-01-05 19:55-05', false)) v(at, yes);
select is((select n.closes_at from campaign_store.practice p, campaign_store.next_period(p.id, :oregon::smallint, '2027-01-05 12:00-05') n where p.short_name = 'maple'),
	'2027-01-05 19:55-05'::timestamptz, 'it closes 5 minutes before');
select is(pg_temp.opening(:oregon, '2027-01-05 20:00-05'), '2027-01-06 12:00-05'::timestamptz, 'the next opening is on the next day');
select is(pg_temp.opening(:nowhere, '2027-01-05 20:00-05'), '2027-01-06 09:00-05'::timestamptz, 'of an unknown place when the practice opens');
select is(pg_temp.opening(:ny, '2027-03-13 20:00-05'), '2027-03-14 09:00-04'::timestamptz, 'at the same wall clock after a change');
select is(pg_temp.open_at(:tokyo, '2027-01-05 19:30-05'), true, 'Tokyo is open while both are');
select is(pg_temp.open_at(:tokyo, '2027-01-05 21:00-05'), false, 'and not when only it is');
select is(pg_temp.open_at(:perth, '2027-01-05 21:00-05'), true, 'where the two never overlap the recipient''s clock alone counts');
select is(pg_temp.open_at(:perth, '2027-01-05 10:00-05'), false, 'it does');

select pg_temp.set('closes', '24:00'), pg_temp.set('opens', '00:00');
select is(pg_temp.open_at(:ny, '2027-01-05 20:54-05'), true, 'no practice setting widens what is lawful: until 21:00');
select is(pg_temp.open_at(:ny, '2027-01-05 20:55-05'), false, 'less 5 minutes');
select is(pg_temp.open_at(:ny, '2027-01-05 07:59-05'), false, 'from 08:00');
select is(pg_temp.open_at(:florida, '2027-01-05 19:54-05'), true, 'Florida until 20:00');
select is(pg_temp.open_at(:florida, '2027-01-05 19:55-05'), false, 'Florida until 20:00, less 5 minutes');
insert into campaign_store.legal_window values ('NY', 7, '12:00', '18:00', 'a test');
select is(pg_temp.open_at(:ny, '2027-01-10 11:00-05'), false, 'a law for Sundays counts on Sundays');
select is(pg_temp.open_at(:ny, '2027-01-11 11:00-05'), true, 'and not on Mondays');
insert into campaign_store.legal_window values ('NY', null, '00:00', '00:00', 'a test');
select is(pg_temp.opening(:ny, '2027-01-11 11:00-05'), 'infinity'::timestamptz, 'where it is never lawful it never opens');
truncate campaign_store.legal_window;
select is(pg_temp.open_at(:ny, at::timestamptz), true, format('empty table, 00:00 to 24:00: always open, also at %s', at)) from (values ('2027-01-05 23:59:59-05'), ('2027-01-06 00:00-05'), ('2027-03-14 03:30-04')) v(at);

-- the cache of openings
select pg_temp.clock('2027-01-05 10:00-05');
select pg_temp.set('opens', '09:00'), pg_temp.set('closes', '20:00');
select id as maple from campaign_store.practice where short_name = 'maple' \gset
select campaign_store.note_place(:maple, :oregon::smallint), campaign_store.note_place(:maple, :oregon::smallint);
select is((select count(*) from campaign_store.open_period where practice_id = :maple and closes_at = '-infinity'), 1::bigint, 'a place of a contact has a stale row');
select is(campaign_store.refresh_open_periods(:maple), 1, 'which is made');
select is((select opens_at from campaign_store.open_period where practice_id = :maple), '2027-01-05 12:00-05'::timestamptz, 'with the next opening');
select is(campaign_store.refresh_open_periods(:maple), 0, 'once');
select pg_temp.set('opens', '10:00');
select is(campaign_store.refresh_open_periods(:maple), 1, 'a setting makes it stale');
select is((select opens_at from campaign_store.open_period where practice_id = :maple), '2027-01-05 13:00-05'::timestamptz, 'and counts at once');
insert into campaign_store.legal_window values ('OR', null, '11:00', '20:00', 'a test');
select is(campaign_store.refresh_open_periods(:maple), 1, 'so does a law');
select is((select opens_at from campaign_store.open_period where practice_id = :maple), '2027-01-05 14:00-05'::timestamptz, 'which counts at once, too');
select pg_temp.clock('2027-01-05 19:56-05');
select is(campaign_store.refresh_open_periods(:maple), 1, 'so does another time');
select is((select opens_at from campaign_store.open_period where practice_id = :maple), '2027-01-06 14:00-05'::timestamptz, 'after the window comes the next');

select * from finish();
rollback;
