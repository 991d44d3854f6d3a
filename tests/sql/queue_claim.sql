-- The claim: every check in its order, texts and parts, slots, several campaigns, lanes (campaigns.md 3 and 6, claim.md 2).
\ir queue.psql
select plan(78);

select throws_ok('select * from campaign_store.claim(1, ''acme'', 1, 1, 1, 0)', '55000', null, 'no claim without a run of this session');
select is(pg_temp.open(), 'open');
select is(pg_temp.claim(), '0 idle', 'nothing waits');
select is((pg_temp.verdict()).next_ms, null, 'and nothing is known to come');

-- ---------------------------------------------------------------- each check, and the first failure decides
create temp table bad as select * from unnest('{contact_deleted,no_number,invalid_number,landline,opted_out,possible,by_contact,no_consent,good}'::text[]) with ordinality b(why, i);
alter table bad add column id bigint;
update bad set id = (pg_temp.contacts(1, 3000 + i::int))[1];
select pg_temp.campaign(array(select id from bad order by i)) as c \gset
update contact set deleted_at = pg_temp.now() where id = (select id from bad where why = 'contact_deleted');
update contact set phone = null, phone_problem = why from bad where contact.id = bad.id and why in ('no_number', 'invalid_number');
insert into known_bad select (pg_temp.maple()).id, phone, why('landline'), pg_temp.now() from contact join bad using (id) where why = 'landline';
select opt_out_now((pg_temp.maple()).id, phone, case why when 'possible' then 'possible' else 'staff' end, '', null, why = 'possible') from contact join bad using (id)
	where why in ('opted_out', 'possible') \g /dev/null
update contact set opted_out_at = pg_temp.now() where id = (select id from bad where why = 'by_contact');
update contact set consent = false where id = (select id from bad where why = 'no_consent');
select is((select started_at from campaign where id = :c), null, 'prepared is not started');
select is(pg_temp.claim(), '1 idle', 'one is left');
select is(pg_temp.status(m.id), case why when 'good' then 'Sending' when 'possible' then 'Aborted opted_out' when 'by_contact' then 'Aborted opted_out' else 'Aborted ' || why end, why)
	from bad join message m on m.contact_id = bad.id order by bad.i;
select is((select started_at from campaign where id = :c), pg_temp.now(), 'it has started');
select is(pg_temp.events(m.id), null, 'no event for the ordinary') from message m where status = 'Sending';

-- All fail at once: the order of the list. Each gives way to the next when it is mended.
create temp table one as select (pg_temp.contacts(1, 3100))[1] as id;
update contact set deleted_at = pg_temp.now(), phone = null, phone_problem = 'no_number', opted_out_at = pg_temp.now(), consent = false where id = (select id from one);
create function pg_temp.next_reason() returns text language plpgsql as $$
declare
	c int := pg_temp.campaign('{}');
	m bigint := nextval('message_block');
begin
	-- Straight into the queue, because a deleted contact is in no audience.
	update campaign set state = 'Sending', audience = 1, written = 1 where id = c;
	insert into chunk(no, sender_id, campaign_id, lane, first_id, last_id, due_at) select nextval('chunk_no'), sender_id, c, 3, m, m, pg_temp.now() from campaign where id = c;
	insert into message(id, contact_id, chunk, campaign_id, practice_id) select m, one.id, currval('chunk_no'), c, (pg_temp.maple()).id from one;
	insert into tally(campaign_id, batch, became, n) values (c, 0, 'Queued', 1);
	perform pg_temp.claim();
	return pg_temp.status(m);
end $$;
select is(pg_temp.next_reason(), 'Aborted contact_deleted', 'deleted comes first');
update contact set deleted_at = null where id = (select id from one);
select is(pg_temp.next_reason(), 'Aborted no_number', 'then the number');
update contact set phone = '+12067773100', phone_problem = null where id = (select id from one);
insert into known_bad values ((pg_temp.maple()).id, '+12067773100', why('not_in_service'), pg_temp.now() - interval '179 days');
select is(pg_temp.next_reason(), 'Aborted not_in_service', 'then what is known of it');
update known_bad set at = at - interval '2 days' where phone = '+12067773100';
select is(pg_temp.next_reason(), 'Aborted opted_out', 'then the opt-out; what was known is forgotten after 180 days');
update contact set opted_out_at = null where id = (select id from one);
select is(pg_temp.next_reason(), 'Aborted no_consent', 'then consent');
select pg_temp.set('require_consent', 'false') \g /dev/null
select is(pg_temp.next_reason(), 'Sending', 'which need not be required');
select pg_temp.set('require_consent', 'true') \g /dev/null
update contact set consent = true where id = (select id from one);

-- A practice without any opt-out, or any bad number, skips the look-up; one that gets its first does not.
delete from opt_out; delete from known_bad;
select is(pg_temp.next_reason(), 'Sending', 'nothing is known');
select opt_out_now((pg_temp.maple()).id, '+12067773100', 'staff') \g /dev/null
select is(pg_temp.next_reason(), 'Aborted opted_out', 'an opt-out is honoured by the next claim');
delete from opt_out; update contact set opted_out_at = null, consent = true where id = (select id from one);

-- the phase
create temp table two as select (pg_temp.contacts(2, 3200)) as ids;
update contact set phase_id = (select id from phase where practice_id = (pg_temp.maple()).id and name = 'Pending') where id = any((select ids from two)::bigint[]);
insert into phase(practice_id, name) values ((pg_temp.maple()).id, 'Active');
update contact set phase_id = (select id from phase where name = 'Active') where id <> all((select ids from two)::bigint[]);
select (campaign.create_reactivation_campaign('maple', 'r', '[Practice.Name] misses you. Reply STOP to opt out.', 9)).campaign_id as r \gset
select pg_temp.house() \g /dev/null
update contact set phase_id = (select id from phase where name = 'Active') where id = (select ids[1] from two);
select pg_temp.passes('5 days') \g /dev/null
select is(pg_temp.claim(), '1 idle');
select is(pg_temp.statuses(:r), 'Aborted left_phase 1, Sending 1', 'who left the phase before the turn is left out');

-- ---------------------------------------------------------------- one text a phone
create temp table dup as select pg_temp.contacts(6, 3300) as ids;
update contact set phone = '+12067773300' where id = any((select ids[1:4] from dup)::bigint[]);
select pg_temp.campaign((select ids from dup)) as c \gset
select is(pg_temp.claim(2, 2), '2 more', 'three of the same number fail on the way');
select is(pg_temp.claim(), '1 idle');
select is(pg_temp.statuses(:c), 'Aborted duplicate_number 3, Sending 3', 'one text a phone, within a claim and from one to the next');
select is((select contact_id from message where campaign_id = :c and status = 'Sending' order by id limit 1), (select ids[1] from dup), 'the first gets it');
select is(array(select * from pg_temp.wrong()), '{}', 'all agrees');

-- ---------------------------------------------------------------- texts
create function pg_temp.body_of(template text, first_name text default 'Ann', last_name text default 'Miller') returns text language plpgsql as $$
declare
	new_id bigint := (pg_temp.contacts(1, 4000 + nextval('pg_temp.claim_no')::int))[1];
begin
	update contact c set first_name = body_of.first_name, last_name = body_of.last_name where c.id = new_id;
	perform pg_temp.campaign(array[new_id], template);
	perform pg_temp.claim();
	return coalesce((select l.parts || ': ' || l.body from pg_temp.last() l), (select pg_temp.status(m.id) from message m where m.contact_id = new_id));
end $$;
select is(pg_temp.body_of('Hi [Contact.FirstName|there] STOP'), '1: Hi Ann STOP');
select is(pg_temp.body_of('Hi [Contact.FirstName|there] STOP', null), '1: Hi there STOP', 'a fallback');
select is(pg_temp.body_of('Hi [Contact.FirstName] STOP', null), 'Aborted missing_value', 'no value and no fallback');
select is(pg_temp.body_of('[Contact.FirstName|x] [Contact.LastName|y] [Contact.FullName] [Practice.Phone] STOP', null), '1: x Miller Miller (206) 555-0199 STOP', 'several of them');
select is(pg_temp.body_of('[Practice.Name] [Practice.Website]. STOP'), '1: Maple PT maple.example. STOP');
select is(pg_temp.body_of('Hi [Contact.FirstName], STOP', '[Practice.Name]'), '1: Hi [Practice.Name], STOP', 'a value is never read as a placeholder');
select is(pg_temp.body_of('It’s [Contact.FirstName]’s turn STOP'), '1: It''s Ann''s turn STOP', 'plain punctuation');
select is(pg_temp.body_of('It’s [Contact.FirstName] STOP', 'Zoë☎'), '1: It’s Zoë☎ STOP', 'as it was typed where that does not help');
select is(pg_temp.body_of('Hi [Contact.FirstName] STOP', 'O’Brien'), '1: Hi O''Brien STOP', 'in a name too');
select is(pg_temp.body_of(repeat('x', 151) || '[Contact.FirstName] STOP', 'Anne'), '1: ' || repeat('x', 151) || 'Anne STOP', '160 characters are one part');
select is(left(pg_temp.body_of(repeat('x', 152) || '[Contact.FirstName] STOP', 'Anne'), 1), '2', '161 are two');
select is(left(pg_temp.body_of(repeat('x', 60) || '[Contact.FirstName] STOP', 'Zoë☎' || repeat('y', 2)), 1), '2', 'UCS-2: 71 units are two');
select is(pg_temp.body_of(repeat('x', 55) || '[Contact.FirstName] STOP', '^^') ~ '^1: ', true);
select is(left(pg_temp.body_of(repeat('x', 154) || '[Contact.FirstName] STOP', '^'), 1), '2', 'an extension character counts two');
select is(pg_temp.body_of(repeat('x', 600) || '[Contact.FirstName] STOP', 'Anneliese'), 'Aborted content_too_long', 'more than max_parts');
select is(pg_temp.body_of('Hi [Contact.FirstName]'), '1: Hi Ann Reply STOP to opt out.', 'the hint, because it was never texted');
select pg_temp.set('opt_out_hint', 'never') \g /dev/null
select is(pg_temp.body_of('Hi [Contact.FirstName]'), '1: Hi Ann', 'no hint');
select pg_temp.set('opt_out_hint', 'always') \g /dev/null
select is(pg_temp.body_of('Hi [Contact.FirstName]'), '1: Hi Ann Reply STOP to opt out.');
select pg_temp.set('opt_out_hint', 'first') \g /dev/null

create temp table hint as select pg_temp.contacts(4, 5000) as ids;
select pg_temp.campaign((select array[ids[1], ids[4]] from hint), 'Hi') as h1 \gset
select pg_temp.claim(), pg_temp.accept() \g /dev/null
update contact set phone = '+12067775000' where id = (select ids[2] from hint);       -- another contact with the number
insert into former_phone(practice_id, phone, contact_id) select practice_id, '+12067775002', (select ids[1] from hint) from contact where id = (select ids[1] from hint);
update contact set phone = '+12067775009' where id = (select ids[4] from hint);       -- and one with a new number
select pg_temp.campaign((select ids from hint), 'Hi') as h2 \gset
select pg_temp.claim() \g /dev/null
select results_eq('select contact_id, body from pg_temp.last() join message on id = message order by 1',
	$$select ids[1], 'Hi' from hint union all select unnest(ids[3:4]), 'Hi Reply STOP to opt out.' from hint$$, 'the hint only to a phone that was not texted, whoever has it now');

-- ---------------------------------------------------------------- slots and windows of the carrier
create temp table long as select pg_temp.contacts(5, 5100) as ids;
select pg_temp.campaign((select ids from long), repeat('x', 310) || ' STOP') as l \gset
select is(pg_temp.claim(2, 10, 10), '0 no_room', 'a text of three parts does not fit in two slots');
select is(pg_temp.claim(7, 10, 10), '2 no_room', 'two fit in seven, the third does not');
select is((select sum(parts) from pg_temp.last())::int, 6);
select is(pg_temp.claim(1, 10, 2), '0 no_room', 'more parts than the window: not while it is in use');
select is(pg_temp.claim(2, 10, 2), '1 no_room', 'alone in an empty one');
select is(pg_temp.claim(0, 10, 10), '0 no_room', 'no slots');
select is(pg_temp.claim(100, 1, 100), '1 more', 'no more texts than asked for');
select is(pg_temp.claim(), '1 idle', 'the rest');
select is(pg_temp.statuses(:l), 'Sending 5');

-- ---------------------------------------------------------------- several chunks and campaigns in a call, in turn
create temp table many as select pg_temp.contacts(450, 6000) as ids;
select pg_temp.campaign((select ids from many)) as big \gset
select pg_temp.campaign((select ids[1:5] from many)) as small \gset
select is(pg_temp.claim(20, 20, 100), '20 more');
select is((select string_agg(format('%s: %s', case campaign when :big then 'big' else 'small' end, n), ', ' order by campaign) from
	(select campaign, count(*) as n from pg_temp.last() group by 1) x), 'big: 15, small: 5', 'each its share, what one does not need goes to the other');
select is(pg_temp.claim(400, 400, 1000, (pg_temp.verdict()).turn), '400 more', 'several chunks in one call');
select is(pg_temp.claim(100, 100), '35 idle');
select is(array(select * from pg_temp.wrong()), '{}', 'all agrees');
select is((select count(*)::int from chunk where run is null), 0, 'the queue is empty');

select pg_temp.campaign((select ids[1:30] from many)) as a \gset
select pg_temp.campaign((select ids[1:30] from many)) as b \gset
select pg_temp.campaign((select ids[1:30] from many)) as c \gset
select pg_temp.claim(1, 1), pg_temp.claim(1, 1, 100, (pg_temp.verdict()).turn), pg_temp.claim(1, 1, 100, (pg_temp.verdict()).turn), pg_temp.claim(1, 1, 100, (pg_temp.verdict()).turn) \g /dev/null
select is(array(select campaign from claimed where message is not null order by no desc, i desc limit 4), array[:a, :c, :b, :a], 'one slot: the campaigns in turn, and round again');

-- ---------------------------------------------------------------- paused, another carrier
select campaign.pause_campaign(:a) \g /dev/null
select campaign.cancel_campaign(:b) \g /dev/null
select is(pg_temp.claim(), '29 idle', 'neither a paused nor a cancelled campaign is claimed');
select is(pg_temp.claim(carrier => 'other'), '0 idle', 'another carrier''s senders');
select campaign.resume_campaign(:a) \g /dev/null
select is(pg_temp.claim(), '28 idle', 'resumed');

-- ---------------------------------------------------------------- lanes
create temp table lane(kind text, id bigint);
insert into lane select kind, queue_single(p.id, p.sender_id, null, kind, '+12067779999', 'text of ' || kind, null, pg_temp.now())
	from unnest('{test,reply,help,confirmation}'::text[]) kind, pg_temp.maple() p;
select pg_temp.campaign((select ids[1:2] from many)) as d \gset
select is(pg_temp.claim(), '6 idle');
select is(array(select coalesce(kind, 'campaign') from pg_temp.last() l left join lane on lane.id = l.message order by i), '{help,confirmation,reply,test,campaign,campaign}',
	'what a person waits for comes first');
select is((select array_agg(distinct campaign order by campaign) from pg_temp.last()), array[0, :d], 'single texts have no campaign');
insert into opt_out(practice_id, phone, source) select id, '+12067779999', 'staff' from pg_temp.maple();
truncate lane;
insert into lane select kind, queue_single(p.id, p.sender_id, null, kind, '+12067779999', 'text of ' || kind, null, pg_temp.now() + interval '1 minute')
	from unnest('{test,reply,help,confirmation}'::text[]) kind, pg_temp.maple() p;
select is(pg_temp.claim(), '0 idle');
select is((pg_temp.verdict()).next_ms, 60000::bigint, 'they are due in a minute');
select pg_temp.passes('1 minute') \g /dev/null
select queue_single(p.id, p.sender_id, null, 'reply', '+12067779998', repeat('long ', 80), null, pg_temp.now()) as reply from pg_temp.maple() p \gset
select is(pg_temp.claim(3, 10), '2 no_room', 'two go, a long reply does not fit into what is left');
select put_back(1, (select array_agg(message) from pg_temp.last()), (select array_agg(attempt) from pg_temp.last())) \g /dev/null
select pg_temp.passes('6 minutes') \g /dev/null
select pg_temp.claim() \g /dev/null
select results_eq('select kind, pg_temp.status(id) from lane order by 1',
	$$values ('confirmation', 'Aborted expired'), ('help', 'Sending'), ('reply', 'Aborted opted_out'), ('test', 'Aborted opted_out')$$,
	'who has opted out gets the confirmation and HELP only; a confirmation that is late does not go');
select is(array(select * from pg_temp.wrong()), '{}', 'all agrees');
select * from finish();
rollback;
