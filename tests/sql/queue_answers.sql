-- Answers to submits: every combination of parts, refusals for now, late answers, put_back (campaigns.md 2 and 12, claim.md 2.4).
\ir queue.psql
select plan(128);
select pg_temp.open() \g /dev/null

create temp table people as select pg_temp.contacts(200) as ids;
create temp sequence person;
-- One claimed message of so many parts.
create function pg_temp.message(parts int default 1) returns bigint language plpgsql as $$
begin
	perform pg_temp.campaign(array[(select p.ids[nextval('pg_temp.person')] from people p)], repeat('x', case parts when 1 then 10 else 153 * parts - 20 end) || ' STOP');
	perform pg_temp.claim();
	return (select l.message from pg_temp.last() l where l.parts = message.parts);
end $$;

-- ---------------------------------------------------------------- one part
select pg_temp.message() as m \gset
select is(pg_temp.answer(:m, 1, 'Accepted', 'a1'), '1 0 0 0', 'accepted');
select is(pg_temp.status(:m), 'Sent');
select is((select sent_at from message where id = :m), pg_temp.now());
select results_eq(format('select state::text, carrier, bind, carrier_id, match_id, code from part where message_id = %s', :m), $$values ('Accepted', 'acme', 'acme-1', 'a1', 'a1', null::text)$$);
select is(pg_temp.answer(:m, 1, 'Accepted', 'a1'), '0 0 0 0', 'the same again changes nothing');
select is(pg_temp.answer(:m, 1, 'Refused', null, '0x00000008', 'unreachable', 'retry'), '0 0 0 0', 'another answer neither');
select is(pg_temp.status(:m), 'Sent');

select pg_temp.message() as m \gset
select is(pg_temp.answer(:m, 1, 'Refused', null, '0x0000000b', 'invalid_number', 'no'), '0 1 0 0', 'refused');
select is(pg_temp.status(:m), 'Aborted invalid_number');
select is(pg_temp.events(:m), null, 'which is the ordinary way');
select pg_temp.message() as m \gset
select pg_temp.answer(:m, 1, 'Refused', null, '0x00000666', 'no such reason', 'no') \g /dev/null
select is(pg_temp.status(:m), 'Aborted rejected', 'a reason that this database does not have');
select pg_temp.message() as m \gset
select pg_temp.answer(:m, 1, 'NoResponse') \g /dev/null
select is(pg_temp.status(:m), 'Unknown submit_unconfirmed', 'no answer');
select is(pg_temp.answer(:m, 1, 'Accepted', 'late1'), '1 0 0 1', 'a late one');
select is(pg_temp.status(:m), 'Sent');
select is(pg_temp.events(:m), 'corrected Sent');
select pg_temp.message() as m \gset
select pg_temp.answer(:m, 1, 'NoResponse') \g /dev/null
select is(pg_temp.answer(:m, 1, 'Refused', null, '0x00000058', 'throttled', 'throttled'), '0 1 0 1', 'a late refusal of any kind');
select is(pg_temp.status(:m), 'Aborted throttled', 'with the reason of its code');

-- one answer, and none, for the same part in one array
select pg_temp.message() as m \gset
select is((select format('%s %s', rows, accepted) from answered(1, array[:m, :m, :m], '{1,1,1}', '{1,1,1}', 'acme', '{b,b,b}', '{NoResponse,Accepted,NotSent}', array[null, 'x9', null],
	'{null,null,null}', '{null,null,null}', '{null,null,null}', '{}')), '1 1', 'a real answer comes before none');
select is(pg_temp.status(:m), 'Sent');

-- ---------------------------------------------------------------- refused for now
select pg_temp.message() as m \gset
select pg_temp.now() as t0 \gset
create function pg_temp.wait_of(m bigint) returns text language sql as $$
	select format('%s %s tries %s', k.due_at - pg_temp.now(), k.waiting_for, m.tries) from message m join chunk k on k.no = m.chunk and k.run is null where m.id = wait_of.m and m.status = 'Queued' $$;
select is(pg_temp.answer(:m, 1, 'Refused', null, '0x00000008', 'unreachable', 'retry'), '0 0 1 0');
select is(pg_temp.status(:m), 'Queued', 'refused for now');
select is(pg_temp.wait_of(:m), '00:00:30 retry tries 1', 'after 30 s');
select is(pg_temp.events(:m), 'refused_for_now Queued 0x00000008');
select is(pg_temp.claim(), '0 idle');
select is((pg_temp.verdict()).next_ms, 30000::bigint);
select pg_temp.passes('30 s') \g /dev/null
select is(pg_temp.claim(), '1 idle', 'it goes again');
select is((select l.attempt::int from pg_temp.last() l), 2, 'as the second attempt');
select pg_temp.answer(:m, 1, 'Refused', null, '0x00000058', 'throttled', 'throttled') \g /dev/null
select is(pg_temp.wait_of(:m), '00:00:05 throttled tries 1', 'throttled waits 5 s and costs no try');
select pg_temp.passes('5 s'), pg_temp.claim(), pg_temp.answer(:m, 1, 'Refused', null, '0x00000008', 'unreachable', 'retry') \g /dev/null
select is(pg_temp.wait_of(:m), '00:02:00 retry tries 2');
select pg_temp.passes('2 min'), pg_temp.claim(), pg_temp.answer(:m, 1, 'Refused', null, '0x00000008', 'unreachable', 'retry') \g /dev/null
select is(pg_temp.wait_of(:m), '00:10:00 retry tries 3');
select pg_temp.passes('10 min'), pg_temp.claim(), pg_temp.answer(:m, 1, 'Refused', null, '0x00000008', 'unreachable', 'retry') \g /dev/null
select is(pg_temp.wait_of(:m), '00:30:00 retry tries 4');
select pg_temp.passes('30 min'), pg_temp.claim() \g /dev/null
select is(pg_temp.answer(:m, 1, 'Refused', null, '0x00000014', 'throttled', 'retry'), '0 1 0 0', 'the fifth that counts');
select is(pg_temp.status(:m), 'Aborted throttled', 'is final, with its own reason');
select is((select count(*)::int from attempt where message_id = :m), 6);
select is((select count(*)::int from attempt where message_id = :m and takes_phone), 1, 'the phone was taken once');

select pg_temp.message() as m \gset
select pg_temp.answer(:m, 1, 'Refused', null, '0x00000045', 'rejected', 'once') \g /dev/null
select is(pg_temp.wait_of(:m), '00:00:30 retry tries 1', 'once more');
select pg_temp.passes('30 s'), pg_temp.claim(), pg_temp.answer(:m, 1, 'Refused', null, '0x00000045', 'rejected', 'once') \g /dev/null
select is(pg_temp.status(:m), 'Aborted rejected', 'and no more');

-- A campaign that is cancelled meanwhile.
select pg_temp.message() as m \gset
select campaign.cancel_campaign(campaign_id) from message where id = :m \g /dev/null
select pg_temp.house() \g /dev/null
select is(pg_temp.status(:m), 'Sending', 'what is being handed over is finished');
select pg_temp.answer(:m, 1, 'Refused', null, '0x00000008', 'unreachable', 'retry') \g /dev/null
select is(pg_temp.house(), '{}');
select is(pg_temp.status(:m), 'Cancelled campaign_cancelled', 'refused for now after a cancel is Cancelled');

-- Checked anew: what opted out meanwhile does not go.
select pg_temp.message() as m \gset
select pg_temp.answer(:m, 1, 'Refused', null, '0x00000008', 'unreachable', 'retry') \g /dev/null
select opt_out_now(practice_id, phone, 'staff') from attempt where message_id = :m \g /dev/null
select pg_temp.passes('30 s'), pg_temp.claim() \g /dev/null
select is(pg_temp.status(:m), 'Aborted opted_out');

-- ---------------------------------------------------------------- several parts: all combinations of two, in both orders
-- A accepted, R refused for good, T refused for now, N no response, S never sent.
create function pg_temp.both(one text, two text, first int) returns text language plpgsql as $$
declare
	m bigint := pg_temp.message(2);
	p int;
	k text;
	between text;
begin
	for i in 1 .. 2 loop
		p := case when i = 1 then first else 3 - first end;
		k := case p when 1 then one else two end;
		perform pg_temp.answer(m, p, case k when 'A' then 'Accepted' when 'N' then 'NoResponse' when 'S' then 'NotSent' else 'Refused' end,
			case k when 'A' then m || '-' || p end, case k when 'R' then '0x0000000b' when 'T' then '0x00000008' end,
			case k when 'R' then 'invalid_number' when 'T' then 'unreachable' end, case k when 'R' then 'no' when 'T' then 'retry' end);
		between := coalesce(between || ' > ', '') || pg_temp.status(m);
	end loop;
	return between;
end $$;
select is(pg_temp.both(one, two, first), 'Sending > ' || want, format('%s %s, part %s first', one, two, first)) from (values
	('A', 'A', 'Sent'), ('A', 'R', 'Sent'), ('R', 'A', 'Sent'), ('A', 'N', 'Unknown submit_unconfirmed'), ('N', 'A', 'Unknown submit_unconfirmed'),
	('R', 'S', 'Aborted invalid_number'), ('R', 'R', 'Aborted invalid_number'), ('R', 'N', 'Unknown submit_unconfirmed'), ('N', 'N', 'Unknown submit_unconfirmed'),
	('N', 'S', 'Unknown submit_unconfirmed'), ('T', 'T', 'Queued'), ('T', 'S', 'Queued'), ('T', 'R', 'Aborted unreachable'), ('R', 'T', 'Aborted invalid_number'),
	('A', 'T', 'Sent'), ('T', 'A', 'Sent'), ('T', 'N', 'Unknown submit_unconfirmed'), ('A', 'S', 'Sent')) v(one, two, want), generate_series(1, 2) first
	order by one, two, first;

-- What receipts then make of them: D delivered, F failed, U unclear, - none.
create function pg_temp.ends(answers text, receipts text) returns text language plpgsql as $$
declare
	m bigint := pg_temp.message(length(answers));
begin
	for i in 1 .. length(answers) loop
		perform pg_temp.answer(m, i, case substr(answers, i, 1) when 'A' then 'Accepted' when 'N' then 'NoResponse' else 'Refused' end, m || '.' || i,
			case substr(answers, i, 1) when 'R' then '0x0000000b' end, case substr(answers, i, 1) when 'R' then 'invalid_number' end, 'no');
	end loop;
	for i in 1 .. length(receipts) loop
		if substr(receipts, i, 1) <> '-' then
			perform pg_temp.receipt(m || '.' || i, case substr(receipts, i, 1) when 'D' then 'Delivered' when 'F' then 'Failed' else 'Unclear' end,
				case substr(receipts, i, 1) when 'F' then case i when 1 then 'unreachable' else 'blocked_recipient' end end);
		end if;
	end loop;
	return pg_temp.status(m);
end $$;
select is(pg_temp.ends(answers, receipts), want, format('answers %s, receipts %s', answers, receipts)) from (values
	('AA', 'DD', 'Delivered'), ('AA', 'D-', 'Sent'), ('AA', 'FF', 'Aborted unreachable'), ('AA', '-F', 'Sent'), ('AA', 'DF', 'Unknown partly_delivered'),
	('AA', 'FD', 'Unknown partly_delivered'), ('AA', 'DU', 'Unknown unconfirmed'), ('AA', 'FU', 'Unknown unconfirmed'), ('AA', 'UU', 'Unknown unconfirmed'),
	('AAA', 'DF-', 'Unknown partly_delivered'), ('AAA', 'DDD', 'Delivered'), ('AAA', 'DUD', 'Unknown unconfirmed'), ('AAA', 'FFD', 'Unknown partly_delivered'),
	('AR', 'D-', 'Unknown partly_delivered'), ('AR', 'F-', 'Aborted unreachable'), ('RA', '-F', 'Aborted invalid_number'), ('AR', 'U-', 'Unknown unconfirmed'),
	('AN', 'D-', 'Unknown submit_unconfirmed'), ('AN', 'F-', 'Unknown submit_unconfirmed'), ('NA', '-D', 'Unknown submit_unconfirmed')) v(answers, receipts, want);

-- A late answer of a part.
select pg_temp.message(2) as m \gset
select pg_temp.answer(:m, 1, 'Accepted', 'l1'), pg_temp.answer(:m, 2, 'NoResponse'), pg_temp.receipt('l1', 'Delivered') \g /dev/null
select is(pg_temp.status(:m), 'Unknown submit_unconfirmed');
select pg_temp.answer(:m, 2, 'Accepted', 'l2') \g /dev/null
select is(pg_temp.status(:m), 'Sent', 'it waits for the other receipt now');
select pg_temp.receipt('l2', 'Delivered') \g /dev/null
select is(pg_temp.status(:m), 'Delivered');

-- ---------------------------------------------------------------- parts that cost
select is((select sum(t.parts)::int from tally t), (select count(*)::int from part where state in ('Accepted', 'Delivered', 'Failed', 'Unclear')), 'accepted parts are counted');

-- ---------------------------------------------------------------- put_back
select pg_temp.message() as m \gset
select pg_temp.message() as n \gset
select pg_temp.answer(:n, 1, 'NoResponse') \g /dev/null
select is(put_back(1, array[:m, :n], '{1,1}'), 1, 'what was never written goes back; what has an answer was written');
select is(pg_temp.status(:m), 'Queued');
select is(put_back(1, array[:m], '{1}'), 0, 'once');
select is(pg_temp.claim(), '1 idle');
select is(put_back(2, array[:m], '{2}'), 0, 'another run''s is left alone');
select is(put_back(1, array[:m], '{1}'), 0, 'an earlier attempt is not this one');
select pg_temp.answer(:m, 1, 'Accepted', 'pb') \g /dev/null
select is(put_back(1, array[:m], '{2}'), 0, 'what was sent is left alone');

select pg_temp.message(2) as m \gset
select pg_temp.answer(:m, 1, 'Accepted', 'pb1') \g /dev/null
select is(put_back(1, array[:m], '{1}'), 0, 'nor a text of which one part was sent');
select is((select back from reconcile(1, '{}', '{}')), 0, 'also when nobody holds it');
select pg_temp.answer(:m, 2, 'Accepted', 'pb2') \g /dev/null

-- ---------------------------------------------------------------- what carriers teach
select pg_temp.message() as m \gset
select pg_temp.answer(:m, 1, 'Refused', null, '21610', 'opted_out', 'no') \g /dev/null
select is((select source || ' ' || pending from opt_out o join attempt a on a.message_id = :m and a.phone = o.phone where lifted_at is null), 'carrier false', 'opted_out is an opt-out');
select is((select count(*)::int from single), 0, 'without a confirmation');
select pg_temp.message() as m \gset
select pg_temp.answer(:m, 1, 'Refused', null, '21614', 'landline', 'no') \g /dev/null
select is((select r.reason from known_bad b join reason r on r.id = b.reason join attempt a on a.message_id = :m and a.phone = b.phone), 'landline', 'a landline is remembered');

-- ---------------------------------------------------------------- a sender that is refused
select is(array(select pg_temp.answer(pg_temp.message(), 1, 'Refused', null, '0x0000000a', 'sender_rejected', 'fix') from generate_series(1, 4)), array_fill('0 1 0 0'::text, array[4]));
select is(pg_temp.answer(pg_temp.message(), 1, 'Accepted', 'ok1'), '1 0 0 0');
select is((select count(*)::int from sender_health), 0, 'four, and one that works');
create temp table mixed as select pg_temp.message() as id from generate_series(1, 6);
select count(*) from answered(1, (select array_agg(id order by id) from mixed), '{1,1,1,1,1,1}', '{1,1,1,1,1,1}', 'acme', '{b,b,b,b,b,b}', '{Refused,Refused,Refused,Refused,Accepted,Refused}',
	'{null,null,null,null,mixed,null}', '{a,a,a,a,null,a}', '{sender_rejected,sender_rejected,sender_rejected,sender_rejected,null,sender_rejected}', '{fix,fix,fix,fix,null,fix}', '{}') \g /dev/null
select is((select fix_in_row from sender_health), 1, 'what comes after the one that works is in a row');
select pg_temp.answer(pg_temp.message(), 1, 'Accepted', 'ok2') \g /dev/null
select pg_temp.campaign((select ids[180:190] from people)) as c \gset
select pg_temp.claim(6, 6) \g /dev/null
select is((select sum((pg_temp.answer(l.message, 1, 'Refused', null, '0x0000000a', 'sender_rejected', 'fix') = '0 1 0 0')::int)::int from pg_temp.last() l where i <= 5), 5);
select is(pg_temp.claim(), '5 idle', 'until housekeeping comes');
select is((select array_agg(distinct x) from unnest(pg_temp.house()) x), '{held sender_rejected 0}', 'five in a row: all its campaigns are held');
select is((select format('%s %s %s', state, held_because, resume_to) from campaign where id = :c), 'Held sender_rejected Sending');
select is((select count(*)::int from sender_health), 0, 'it begins anew');

-- ---------------------------------------------------------------- a campaign that is rejected
create temp table more as select pg_temp.contacts(60, 7000) as ids;
select pg_temp.campaign((select ids from more)) as c \gset
select pg_temp.claim(30, 30) \g /dev/null
select pg_temp.accept() \g /dev/null
create function pg_temp.end_all(c int, n int, word text) returns text[] language plpgsql as $$
begin
	perform pg_temp.receipt('p' || m.id || '.1', case when word is null then 'Delivered' else 'Failed' end, word)
		from (select x.id from message x where x.campaign_id = c and x.status = 'Sent' order by x.id limit n) m;
	return pg_temp.house();
end $$;
select is(pg_temp.end_all(:c, 10, 'blocked_spam'), '{}', 'ten of fifty');
select is(pg_temp.end_all(:c, 2, null), '{}');
select is((select recent from campaign_health where campaign_id = :c), '111111111100');
select is(pg_temp.end_all(:c, 1, 'rejected'), '{held carrier_rejections 0}', 'eleven of the last fifty are more than a fifth');
select is(pg_temp.claim(), '0 idle', 'nothing more is burnt');

select is(array(select * from pg_temp.wrong()), '{}', 'all agrees');
select * from finish();
rollback;
