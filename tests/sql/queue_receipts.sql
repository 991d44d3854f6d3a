-- Receipts: ways to match, every order, duplicates, early ones, corrections, what is learned, none at all (receipts.md).
\ir queue.psql
select plan(87);
select pg_temp.open() \g /dev/null

create temp table people as select pg_temp.contacts(120) as ids;
create temp sequence person;
-- A message of one part that the carrier accepted with this id.
create function pg_temp.sent(id text, carrier text default 'acme') returns bigint language plpgsql as $$
declare
	m bigint;
begin
	perform pg_temp.campaign(array[(select p.ids[nextval('pg_temp.person')] from people p)]);
	perform pg_temp.claim();
	m := (select l.message from pg_temp.last() l);
	perform from campaign_store.answered(1, array[m], '{1}', '{1}', carrier, '{b}', '{Accepted}', array[id], '{null}', '{null}', '{null}', '{30000}');
	return m;
end $$;

-- ---------------------------------------------------------------- the four outcomes
select pg_temp.sent('r1') as m \gset
select is(pg_temp.receipt('r1', 'Delivered'), 'matched Delivered maple');
select is(pg_temp.status(:m), 'Delivered');
select is((select final_at from message where id = :m), pg_temp.now());
select is(pg_temp.receipt('r1', 'Delivered'), 'repeated', 'again');
select is(pg_temp.receipt('r1', 'Failed', 'unreachable'), 'repeated', 'nothing takes Delivered back');
select is(pg_temp.status(:m), 'Delivered');
select pg_temp.sent('r2') as m \gset
select is(pg_temp.receipt('r2', 'Failed', 'unreachable', 'UNDELIV 001'), 'matched Aborted unreachable maple');
select is((select code from part where message_id = :m), 'UNDELIV 001', 'the raw code is kept');
select is(pg_temp.receipt('r2', 'Delivered'), 'matched Delivered maple', 'a late DELIVRD corrects it');
select is(pg_temp.events(:m), 'corrected Delivered');
select pg_temp.sent('r3') as m \gset
select is(pg_temp.receipt('r3', 'Unclear', 'unconfirmed'), 'matched Unknown unconfirmed maple');
select is(pg_temp.receipt('r3', 'Failed', 'landline'), 'matched Aborted landline maple', 'a later failure says more');
select is(pg_temp.receipt('r3', 'Unclear'), 'repeated');
select is(pg_temp.events(:m), 'corrected Aborted landline');
select is((select r.reason from known_bad b join reason r on r.id = b.reason join attempt a on a.message_id = :m and a.phone = b.phone), 'landline', 'a landline is remembered');
select pg_temp.sent('r4') as m \gset
select is(pg_temp.receipt('r4', 'Pending', code => 'ENROUTE'), 'repeated', 'an intermediate note');
select is(pg_temp.receipt('r4', 'Pending', code => 'ACCEPTD'), 'repeated');
select is(pg_temp.events(:m), 'intermediate ENROUTE', 'is noted once');
select is(pg_temp.status(:m), 'Sent', 'and changes nothing');
select pg_temp.receipt('r4', 'Failed', null) \g /dev/null
select is(pg_temp.status(:m), 'Aborted undelivered', 'nobody says why');
select pg_temp.sent('r5') as m \gset
select pg_temp.receipt('r5', 'Failed', 'opted_out') \g /dev/null
select is((select source from opt_out o join attempt a on a.message_id = :m and a.phone = o.phone), 'carrier', 'opted_out is recorded');
select is((select count(*)::int from single), 0, 'without a confirmation');

-- Every order of three different ones ends the same way.
create function pg_temp.in_order(states text) returns text language plpgsql as $$
declare
	m bigint := pg_temp.sent(states || '1');
begin
	for i in 1 .. length(states) loop
		perform pg_temp.receipt(states || '1', case substr(states, i, 1) when 'D' then 'Delivered' when 'F' then 'Failed' when 'U' then 'Unclear' else 'Pending' end, 'unreachable');
	end loop;
	return pg_temp.status(m);
end $$;
select is(pg_temp.in_order(o), 'Delivered', o) from unnest('{DFU,DUF,FDU,FUD,UDF,UFD,PDF,FPD,DDF}'::text[]) o;
select is(pg_temp.in_order(o), 'Aborted unreachable', o) from unnest('{FU,UF,UUF,PUF}'::text[]) o;

-- ---------------------------------------------------------------- several in one array
select pg_temp.sent('s1') as a \gset
select pg_temp.sent('s2') as b \gset
select results_eq($$select i, result, status from receipts('acme', '{s2,s1,nobody,s1,s1}', '{null,null,null,null,null}', '{null,null,null,null,null}', '{null,null,null,null,null}',
	'{Delivered,Failed,Delivered,Delivered,Delivered}', '{null,unreachable,null,null,null}', '{a,b,c,d,e}', '{null,null,null,null,null}')$$,
	$$values (1, 'matched', 'Delivered'), (2, 'repeated', null), (3, 'early', null), (4, 'matched', 'Delivered'), (5, 'repeated', null)$$, 'a row for each, in order; the best of one id counts');
select is(pg_temp.status(:a), 'Delivered');
select is((select count(*)::int from receipts('acme', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}')), 0, 'none');

-- A message of two parts in between.
select pg_temp.campaign(array[(select ids[110] from people)], repeat('x', 200) || ' STOP') \g /dev/null
select pg_temp.claim(), pg_temp.accept() \g /dev/null
select message as two from pg_temp.last() \gset
select pg_temp.sent('s3') as c \gset
select results_eq(format($$select i, result, status from receipts('acme', array['p%s.2', 's3', 'p%1$s.1'], '{null,null,null}', '{null,null,null}', '{null,null,null}',
	'{Delivered,Delivered,Delivered}', '{null,null,null}', '{a,b,c}', '{null,null,null}')$$, :two),
	$$values (1, 'matched', null), (2, 'matched', 'Delivered'), (3, 'matched', 'Delivered')$$, 'whole texts and parts together; a text''s status is said once');

-- ---------------------------------------------------------------- ids (receipts.md 2.1)
select pg_temp.sent('00B8BE19') \g /dev/null
select is(pg_temp.receipt('b8be19', 'Delivered'), 'matched Delivered maple', 'without case and leading zeros');
select pg_temp.sent('1101c1-c9d03d-f000') \g /dev/null
select is(pg_temp.receipt('1101C1-C9D03D-F000', 'Delivered'), 'matched Delivered maple');
select pg_temp.sent('000') \g /dev/null
select is(pg_temp.receipt('0', 'Delivered'), 'matched Delivered maple', 'nothing but zeros');
select pg_temp.sent('39f99dd5') as m \gset
select phone as p from attempt where message_id = :m \gset
select is(pg_temp.receipt('0972660181', 'Delivered', id_hex => '39f99dd5', phone => '+19995550000'), 'early', 'a converted id with another phone is not the same');
delete from early_receipt;
select is(pg_temp.receipt('0972660181', 'Delivered', id_hex => '39f99dd5', phone => substr(:'p', 2)), 'matched Delivered maple', 'decimal in the receipt, hexadecimal in the answer');
select pg_temp.sent('59113978') as m \gset
select phone as p from attempt where message_id = :m \gset
select is(pg_temp.receipt('38601fa', 'Delivered', id_dec => '59113978', phone => :'p'), 'matched Delivered maple', 'the other way');
-- both conversions of one id have a part with the phone
select pg_temp.sent('16') as m \gset
select pg_temp.sent('22') as n \gset
update attempt set phone = (select phone from attempt where message_id = :m) where message_id = :n and (select true);
select is(pg_temp.receipt('x16', 'Delivered', id_hex => '16', id_dec => '22', phone => (select phone from attempt where message_id = :m)), 'early', 'two candidates are none');
delete from early_receipt;
select pg_temp.sent('other', 'beta') \g /dev/null
select is(pg_temp.receipt('other', 'Delivered'), 'early', 'another carrier''s id');
select is(pg_temp.receipt('other', 'Delivered', carrier => 'beta'), 'matched Delivered maple');
select pg_temp.sent('again') as m \gset
select pg_temp.passes('1 hour') \g /dev/null
select pg_temp.sent('AGAIN') as n \gset
select is(pg_temp.receipt('again', 'Delivered'), 'matched Delivered maple');
select is(pg_temp.status(:m) || ', ' || pg_temp.status(:n), 'Delivered, Sent', 'the exact string comes before the newer one');
select pg_temp.sent('again') as n2 \gset
select pg_temp.receipt('again', 'Failed', 'unreachable') \g /dev/null
select is(pg_temp.status(:n2), 'Aborted unreachable', 'of the same the newest submit');
select pg_temp.sent('old') as m \gset
select pg_temp.passes('7 days 1 second') \g /dev/null
select is(pg_temp.receipt('old', 'Delivered'), 'early', 'not after 7 days');

-- ---------------------------------------------------------------- before the answer
delete from early_receipt;
create function pg_temp.claimed_one() returns bigint language plpgsql as $$
begin
	perform pg_temp.campaign(array[(select p.ids[nextval('pg_temp.person')] from people p)]);
	perform pg_temp.claim();
	return (select l.message from pg_temp.last() l);
end $$;
select pg_temp.claimed_one() as m \gset
select is(pg_temp.receipt('e1', 'Delivered'), 'early');
select is(pg_temp.receipt('e1', 'Delivered'), 'early');
select is((select count(*)::int from early_receipt), 1, 'kept once');
select pg_temp.answer(:m, 1, 'Accepted', 'E1') \g /dev/null
select is(pg_temp.status(:m), 'Delivered', 'the answer finds it');
select is((select count(*)::int from early_receipt), 0);
select isnt((select sent_at from message where id = :m), null);
select pg_temp.claimed_one() as m \gset
select pg_temp.receipt('e2', 'Failed', 'unreachable', 'UNDELIV 5'), pg_temp.receipt('e2', 'Pending') \g /dev/null
select pg_temp.answer(:m, 1, 'Accepted', 'e2') \g /dev/null
select is(pg_temp.status(:m), 'Aborted unreachable');
select is((select code from part where message_id = :m), 'UNDELIV 5');
-- in another base: housekeeping finds it
select pg_temp.claimed_one() as m \gset
select pg_temp.receipt('255', 'Delivered', id_hex => 'ff', phone => (select phone from attempt where message_id = :m)) \g /dev/null
select pg_temp.answer(:m, 1, 'Accepted', '0xFF'), pg_temp.answer(:m, 1, 'Accepted', 'FF') \g /dev/null
select is(pg_temp.status(:m), 'Sent');
update part set carrier_id = 'FF', match_id = 'ff' where message_id = :m;
select pg_temp.house() \g /dev/null
select is(pg_temp.status(:m), 'Delivered', 'tried again by housekeeping');
select pg_temp.receipt('never', 'Delivered') \g /dev/null
select is(pg_temp.house(), '{}');
select pg_temp.passes('100 s') \g /dev/null
select is(pg_temp.house(), '{}');
select pg_temp.passes('21 s') \g /dev/null
select is(pg_temp.house(), '{unmatched_receipts 1}', 'after 2 minutes it counts as unmatched');
select is(pg_temp.house(), '{}', 'once');
select pg_temp.claimed_one() as m \gset
select pg_temp.answer(:m, 1, 'Accepted', 'never') \g /dev/null
select is(pg_temp.status(:m), 'Delivered', 'and is kept all the same');
select pg_temp.receipt('gone', 'Delivered') \g /dev/null
select pg_temp.passes('3 min'), pg_temp.house(), pg_temp.passes('7 days 2 hours'), pg_temp.house() \g /dev/null
select is((select count(*)::int from early_receipt), 0, 'for 7 days');

-- ---------------------------------------------------------------- an earlier attempt
select pg_temp.sent('h1') as m \gset
update part set state = 'NoResponse' where message_id = :m;      -- as if the answer had been lost, and came after the requeue
update message set status = 'Unknown', reason = why('submit_unconfirmed'), final_at = pg_temp.now() where id = :m;
insert into tally(campaign_id, batch, was, became, n) select campaign_id, 0, 'Sent', 'Unknown', 1 from message where id = :m;
select campaign.requeue_message(:m) \g /dev/null
select pg_temp.house() \g /dev/null
select is(pg_temp.status(:m), 'Queued');
select pg_temp.answer(:m, 1, 'Accepted', 'h1', attempt => 1) \g /dev/null
select is(pg_temp.status(:m), 'Queued', 'a late answer of the attempt before changes nothing');
select is(pg_temp.receipt('h1', 'Failed', 'unreachable'), 'history Queued maple', 'nor does a failing receipt');
select is(pg_temp.receipt('h1', 'Delivered'), 'matched Delivered maple', 'but what arrived has arrived');
select is(pg_temp.status(:m), 'Delivered', 'and is taken out of the queue');
select is(pg_temp.claim(), '0 idle');
select pg_temp.sent('h2') as m \gset
update message set status = 'Unknown', reason = why('no_receipt'), final_at = pg_temp.now() where id = :m;
insert into tally(campaign_id, batch, was, became, n) select campaign_id, 0, 'Sent', 'Unknown', 1 from message where id = :m;
select campaign.requeue_message(:m), pg_temp.house(), pg_temp.claim() \g /dev/null
select pg_temp.answer(:m, 1, 'Accepted', 'h2b') \g /dev/null
select is(pg_temp.receipt('h2', 'Failed', 'unreachable'), 'history Sent maple');
select is(pg_temp.receipt('h2', 'Delivered'), 'history Delivered maple', 'of two attempts the first arrived');
select is(pg_temp.receipt('h2b', 'Failed', 'unreachable'), 'matched Delivered maple', 'which stays so');

select pg_temp.sent('h3') as m \gset
update message set status = 'Unknown', reason = why('no_receipt'), final_at = pg_temp.now() where id = :m;
insert into tally(campaign_id, batch, was, became, n) select campaign_id, 0, 'Sent', 'Unknown', 1 from message where id = :m;
select campaign.requeue_message(:m), pg_temp.house(), pg_temp.claim() \g /dev/null
select is(pg_temp.receipt('h3', 'Delivered'), 'history Delivered maple', 'while the second is being handed over');
select is(pg_temp.answer(:m, 1, 'Accepted', 'h3b'), '0 0 0 0', 'whose answer');
select is(pg_temp.receipt('h3b', 'Failed', 'unreachable'), 'matched Delivered maple', 'and receipt take nothing back');

-- ---------------------------------------------------------------- no receipt
select pg_temp.sent('n1') as m \gset
select pg_temp.passes('71 h 59 min'), pg_temp.house() \g /dev/null
select is(pg_temp.status(:m), 'Sent');
select pg_temp.passes('2 min'), pg_temp.house() \g /dev/null
select is(pg_temp.status(:m), 'Unknown no_receipt', 'none after 72 hours');
select is(pg_temp.receipt('n1', 'Delivered'), 'matched Delivered maple', 'later ones still count');
select pg_temp.campaign(array[(select ids[111] from people)], repeat('x', 200) || ' STOP') \g /dev/null
select pg_temp.claim(), pg_temp.accept() \g /dev/null
select message as two from pg_temp.last() \gset
select pg_temp.receipt('p' || :two || '.1', 'Delivered'), pg_temp.passes('73 h'), pg_temp.house() \g /dev/null
select is(pg_temp.status(:two), 'Unknown no_receipt', 'one receipt of two');
select is((select string_agg(state::text, ', ' order by part) from part where message_id = :two), 'Delivered, Unclear', 'which stays');
select pg_temp.campaign(array[(select ids[112] from people)], repeat('x', 200) || ' STOP') \g /dev/null
select pg_temp.claim(), pg_temp.accept() \g /dev/null
select message as two from pg_temp.last() \gset
select pg_temp.receipt('p' || :two || '.1', 'Delivered'), pg_temp.passes('73 h') \g /dev/null
delete from mark where what = 'slow';
select count(*) from housekeep(1, 259200000, '{acme}') \g /dev/null
select is(pg_temp.status(:two), 'Delivered', 'from a carrier that sends one for all parts');

select is(array(select * from pg_temp.wrong()), '{}', 'all agrees');
select * from finish();
rollback;
