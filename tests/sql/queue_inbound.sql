-- Texts that come in: what they mean, opt-outs and their one confirmation, redelivery, links (campaigns.md 10 and 11).
\ir queue.psql
select plan(108);
select pg_temp.open() \g /dev/null

create temp table people as select pg_temp.contacts(9) as ids;
-- One text; "kind", and what came of it.
create temp table said(id bigint, kind text, practice text, repeated boolean);
create function pg_temp.says(body text, from_no int default 2000, at_number text default '+12065550100', ref int default null, total int default null, part int default null)
	returns text language plpgsql as $$
begin
	truncate pg_temp.said;
	insert into pg_temp.said select i.id, i.kind, i.practice, i.repeated from campaign_store.inbound('acme', array['1206777' || from_no], array[at_number], array[body],
		array[ref], array[total::smallint], array[part::smallint]) i;
	return (select concat_ws(' ', s.kind, case when s.repeated then 'repeated' end) from pg_temp.said s);
end $$;
create function pg_temp.answers(from_no int default 2000) returns text language sql as $$
	select string_agg(concat_ws(' ', m.kind, m.status), ', ' order by m.id) from campaign_store.single s join campaign_store.message m on m.id = s.message_id where s.phone = '+1206777' || from_no $$;
create function pg_temp.out(from_no int default 2000) returns text language sql as $$
	select o.source || case when o.pending then ' pending' else '' end from campaign_store.opt_out o where o.phone = '+1206777' || from_no and o.lifted_at is null $$;

-- ---------------------------------------------------------------- what a text means
select is(inbound_kind(body, true), kind, translate(body, E'\n', ' ')) from (values ('STOP', 'opt_out'), (' stop ', 'opt_out'), ('Stop!!', 'opt_out'), ('"STOP."', 'opt_out'), ('stop 🛑', 'opt_out'), ('StopAll', 'opt_out'),
	('UNSUBSCRIBE', 'opt_out'), ('cancel', 'opt_out'), ('End', 'opt_out'), ('quit', 'opt_out'), ('Revoke', 'opt_out'), ('opt out', 'opt_out'), ('OPT-OUT', 'opt_out'), ('OptOut', 'opt_out'), (E'opt\n out', 'opt_out'),
	('ＳＴＯＰ', 'opt_out'), ('START', 'opt_in'), ('unstop', 'opt_in'), ('help', 'help'), ('INFO?', 'help'), ('yes', 'reply'), ('YES', 'reply'), ('', 'reply'), (null, 'reply'), ('👍', 'reply'),
	('stop it please', 'possible_opt_out'), ('Cancel my appointment', 'possible_opt_out'), ('Opt out of this', 'possible_opt_out'), ('please stop texting me', 'possible_opt_out'),
	('I said DON’T TEXT', 'possible_opt_out'), ('sorry, wrong number', 'possible_opt_out'), ('no mas', 'possible_opt_out'), ('Remove  me', 'possible_opt_out'),
	('When does it stop?', 'reply'), ('helpful', 'reply'), ('I need help', 'reply'), ('starting when', 'reply'), ('stopped by today', 'reply'), ('id:1 stat:DELIVRD', 'reply')) v(body, kind);
select is(inbound_kind('STOP', false), 'possible_opt_out', 'of a text whose other parts are missing only the possible');
select is(inbound_kind('HELP', false), 'reply');

-- ---------------------------------------------------------------- STOP
select pg_temp.campaign((select ids from people)) as c \gset
select pg_temp.claim(3, 3), pg_temp.accept() \g /dev/null
select is(pg_temp.says('Stop'), 'opt_out');
select is((select practice from said), 'maple');
select is(pg_temp.out(), 'keyword');
select is((select opted_out_at from contact where id = (select ids[1] from people)), pg_temp.now(), 'the contact too');
select is((select granted || ' ' || source from consent_event where contact_id = (select ids[1] from people) order by id desc limit 1), 'false keyword', 'with its evidence');
select is(pg_temp.answers(), 'confirmation Queued', 'a confirmation');
select is((select s.body from single s), 'Maple PT: you are opted out and will get no more texts from us. Reply START to get them again.');
select is(text_parts((select body from single)), 1::smallint);
select is(pg_temp.claim(1, 1), '1 more');
select is((select lane || ' ' || source || ' ' || phone from pg_temp.last()), '0 +12065550100 +12067772000', 'goes before everything else, although they have opted out');
select is(pg_temp.says('STOP'), 'opt_out', 'another text');
select is(pg_temp.says('STOP'), 'opt_out repeated', 'the same once more is the same');
select is((select max(repeats) from inbound), 1, 'counted');
select pg_temp.passes('6 min') \g /dev/null
select is(pg_temp.says('STOP'), 'opt_out', 'later it is a new one');
select pg_temp.passes('23 h') \g /dev/null
select pg_temp.says('STOPALL') \g /dev/null
select is(pg_temp.answers(), 'confirmation Sending', 'one confirmation for one opt-out');
select pg_temp.passes('25 h'), pg_temp.says('Stop; stop') \g /dev/null
select is(pg_temp.says('stop stop', 2000) || ' ' || pg_temp.says('QUIT', 2000), 'possible_opt_out opt_out');
select is(pg_temp.answers(), 'confirmation Sending', 'however long after');
select pg_temp.passes('25 h'), pg_temp.says('START'), pg_temp.says('STOP.'), pg_temp.says('Start!'), pg_temp.says('Stop.') \g /dev/null
select is(pg_temp.answers(), 'confirmation Sending, confirmation Queued', 'a new opt-out has its own, but no second one within 24 hours');
select is(pg_temp.statuses(:c), 'Queued 6, Sent 3');

-- it is honoured by the next claim
select pg_temp.says('stop', 2003) \g /dev/null
select pg_temp.claim() \g /dev/null
select is(pg_temp.status(m.id), 'Aborted opted_out') from message m where m.campaign_id = :c and m.contact_id = (select ids[4] from people);
-- a carrier that confirms itself
select pg_temp.sender_set('carrier_confirms', 'true'), pg_temp.says('stop', 2004) \g /dev/null
select is(pg_temp.answers(2004), null, 'the carrier confirms itself');
select is(pg_temp.out(2004), 'keyword');
select pg_temp.sender_set('carrier_confirms', 'false') \g /dev/null
-- nobody's phone
select pg_temp.says('stop', 9999) \g /dev/null
select is(pg_temp.out(9999), 'keyword', 'a phone that no contact has');
select is(pg_temp.answers(9999), 'confirmation Queued');

-- ---------------------------------------------------------------- START and HELP
select is(pg_temp.says('Start', 2000), 'opt_in');
select is(pg_temp.out(), null, 'lifted');
select is((select opted_out_at is null and consent from contact where id = (select ids[1] from people)), true);
select is((select count(*)::int from opt_out where phone = '+12067772000' and lifted_by = 'keyword'), 3, 'but never deleted');
select is(pg_temp.says('Yes', 2003), 'reply');
select is(pg_temp.out(2003), 'keyword', 'YES lifts nothing');
select is(pg_temp.says('HELP', 2003), 'help');
select is((select s.body from single s join message m on m.id = s.message_id where m.kind = 'help'), 'Maple PT: for help call (206) 555-0199. Reply STOP to opt out.', 'HELP is answered');
select pg_temp.claim() \g /dev/null
select is(pg_temp.answers(2003), 'confirmation Sending, help Sending', 'also to who has opted out');

-- ---------------------------------------------------------------- perhaps
select is(pg_temp.says('please stop texting', 2005), 'possible_opt_out');
select is(pg_temp.out(2005), 'possible pending', 'counts at once');
select is(pg_temp.answers(2005), null, 'without an answer');
select id as perhaps from said \gset
select campaign.resolve_possible_opt_out(:perhaps, false) \g /dev/null
select is(pg_temp.out(2005), null, 'until it is decided');
select pg_temp.says('wrong number', 2006), pg_temp.passes('4 days 23 h'), pg_temp.house() \g /dev/null
select is(pg_temp.out(2006), 'possible pending');
select pg_temp.passes('2 h'), pg_temp.house() \g /dev/null
select is(pg_temp.out(2006), 'possible', 'nobody has decided for 5 days');
select is((select kind from inbound where from_phone = '+12067772006'), 'opt_out');
select is((select opted_out_at is not null from contact where id = (select ids[7] from people)), true);

-- ---------------------------------------------------------------- links
select is(pg_temp.says('Hello', 2001), 'reply');
select is((select contact_id from inbound order by id desc limit 1), (select ids[2] from people), 'who wrote');
select is((select campaign_id from inbound order by id desc limit 1), :c, 'in answer to what');
select is(pg_temp.says('Hello', 7777), 'reply');
select is((select concat(contact_id, campaign_id, practice_id is not null) from inbound order by id desc limit 1), 't', 'a stranger');
select is(pg_temp.says('Hello', 2001, '+12065559999'), 'reply');
select is((select concat(practice_id, contact_id, body) from inbound order by id desc limit 1), 'Hello', 'a number that is nobody''s is kept all the same');
select is(pg_temp.says('Hello there', 2001, '12065550100'), 'reply', 'a number without its plus');
select is((select contact_id from inbound order by id desc limit 1), (select ids[2] from people));
-- a phone that was edited still finds its contact, and so does the new one
select (campaign.upsert_contact('maple', 'c2001', 'Ann', 'Miller', '2067778001', 'paper form')).contact_id = (select ids[2] from people) \g /dev/null
select pg_temp.says('From the old one', 2001) \g /dev/null
select is((select contact_id from inbound order by id desc limit 1), (select ids[2] from people), 'from the old phone');
select pg_temp.says('From the new one', 8001) \g /dev/null
select is((select contact_id || coalesce(campaign_id::text, ' none') from inbound order by id desc limit 1), (select ids[2] || ' none' from people), 'from the new phone; it was not texted there');
select pg_temp.passes('31 days'), pg_temp.says('Late', 2001) \g /dev/null
select is((select campaign_id from inbound order by id desc limit 1), null, 'after 30 days it answers nothing');

-- ---------------------------------------------------------------- long texts
select is(pg_temp.says('and the rest', 2007, ref => 7, total => 3, part => 3), 'reply');
select is(pg_temp.says('One ', 2007, ref => 7, total => 3, part => 1), 'reply');
select is((select body || ' ' || complete from inbound where from_phone = '+12067772007'), 'One and the rest false', 'shown as it is');
select is(pg_temp.says('One ', 2007, ref => 7, total => 3, part => 1), 'reply repeated');
select is(pg_temp.says('two ', 2007, ref => 7, total => 3, part => 2), 'reply');
select is((select body || ' ' || complete from inbound where from_phone = '+12067772007'), 'One two and the rest true', 'joined in their order');
select is(pg_temp.says('Another ', 2007, ref => 7, total => 3, part => 1), 'reply', 'the reference used again');
select is((select count(*)::int from inbound where from_phone = '+12067772007'), 2);
select is(pg_temp.says('I want you to stop ', 2008, ref => 9, total => 2, part => 1), 'reply');
select is(pg_temp.says('texting me', 2008, ref => 9, total => 2, part => 2), 'possible_opt_out', 'a phrase over two parts');
select is(pg_temp.out(2008), 'possible pending');

-- ---------------------------------------------------------------- several at once
select results_eq($$select i, kind, repeated from inbound('acme', '{12067773001,12067773001,12067773002}', '{12065550100,12065550100,12065550100}', '{A,A,stop}', '{null,null,null}', '{null,null,null}', '{null,null,null}')$$,
	$$values (1, 'reply', false), (2, 'reply', true), (3, 'opt_out', false)$$, 'a row for each, in order');
select is((select count(*)::int from inbound('acme', '{}', '{}', '{}', '{}', '{}', '{}')), 0, 'none');
select is(array(select * from pg_temp.wrong()), '{}', 'all agrees');
select * from finish();
rollback;
