-- What a preview says is what the claim then does: who gets the text, who does not and why, and how many parts it takes. And
-- reports, which count from the tally, agree with the messages.
\ir prelude.psql
select plan(32);
select pg_temp.people();
select pg_temp.clock('2027-01-04 12:00-05');

create function pg_temp.ann(query text) returns text language sql as $$ select pg_temp.as('t_ann', query) $$;
select pg_temp.ann($$select campaign.create_group('maple', 'all')$$);
select pg_temp.ann(format($$select campaign.upsert_contact('maple', %L, %L, %L, %L, 'form', groups => '{all}')$$, 'C' || i, first, last, '212-555-0' || lpad(i::text, 3, '0')))
	from unnest('{Ann,Bob,Zoë,D’Arcy,José,"",Maximilian Alexander Bartholomew,"Anne€",Åsa,Ömer,"",Liu}'::text[], '{Lee,Li,Z,O’Brien,Ruiz,Nobody,"von und zu Lichtenstein-Hohenzollern, the Third","[x]",Ek,Öz,"",李}'::text[]) with ordinality u(first, last, i);
-- Without a name, and before somebody of the same number: that one gets it.
select pg_temp.ann($$select campaign.upsert_contact('maple', 'nameless', null, null, '2125550104', 'form', groups => '{all}')$$), pg_temp.ann($$select campaign.upsert_contact('maple', 'named', 'Named', null, '2125550104', 'form', groups => '{all}')$$);
select pg_temp.ann($$select campaign.upsert_contact('maple', 'bad', 'Bad', null, '555', 'form', groups => '{all}')$$), pg_temp.ann($$select campaign.upsert_contact('maple', 'none', 'None', null, null, 'form', groups => '{all}')$$),
	pg_temp.ann($$select campaign.upsert_contact('maple', 'no', 'No', null, '2125550101', 'none', groups => '{all}')$$), pg_temp.ann($$select campaign.upsert_contact('maple', 'twin', 'Twin', null, '2125550001', 'form', groups => '{all}')$$),
	pg_temp.ann($$select campaign.upsert_contact('maple', 'out', 'Out', null, '2125550102', 'form', groups => '{all}')$$), pg_temp.ann($$select campaign.record_opt_out('2125550102')$$);

create function pg_temp.run(campaign int, slots int) returns int language plpgsql as $$
declare
	n int := 0;
	c record;
	turn bigint := 0;
begin
	for i in 1 .. 20 loop
		perform campaign_store.housekeep(4242);
	end loop;
	loop
		for c in select * from campaign_store.claim(4242, 'acme', slots, 100, slots, turn) loop
			exit when c.message is null;
			n := n + 1;
			perform campaign_store.answered(4242, array[c.message], array[c.attempt], array[g]::smallint[], 'acme', '{acme-1}', '{Accepted}', array[format('%s-%s', c.message, g)], '{}', '{}', '{}', '{30000}')
				from generate_series(1, c.parts) g;
		end loop;
		turn := c.turn;
		exit when c.verdict not in ('more', 'no_room');
	end loop;
	perform campaign_store.finish(4242);
	perform campaign_store.housekeep(4242);
	return n;
end $$;
select verdict from campaign_store.run_open(4242, 'test', 1, 'test', 'confirm', false) \gset
delete from campaign_store.installation;
select verdict from campaign_store.run_open(4242, 'test', 1, 'test', 'confirm', false) \gset

create temp table said(name text, preview jsonb, id int);
create function pg_temp.try(name text, message text) returns void language plpgsql as $$
begin
	insert into said values (name, pg_temp.ann(format('select to_json(p) from campaign.preview_text(%L, %L, %L) p', 'maple', message, '{all}'))::jsonb,
		pg_temp.ann(format('select campaign_id from campaign.create_text_campaign(%L, %L, %L, %L)', 'maple', name, message, '{all}'))::int);
	perform pg_temp.run((select s.id from said s where s.name = try.name), 1000);
end $$;
select pg_temp.try('short', 'Hi [Contact.FirstName|there], it’s [Practice.Name].');
select pg_temp.try('long', 'Hi [Contact.FullName], ' || repeat('so long ', 15) || '[Practice.Name] – “come back”.');
select pg_temp.try('euros', repeat('€', 70) || '[Contact.FullName|x]' || repeat('{}', 40) || '[Practice.Name]');
select pg_temp.try('limit', repeat('1234567890', 58) || '[Contact.FullName|you][Practice.Name]');
select pg_temp.as('t_operator', $$select campaign.set_practice('maple', 'cap_day', '4')$$), pg_temp.ann($$select campaign.upsert_contact('maple', 'new', 'New', 'N', '2125550103', 'form', groups => '{all}')$$);
select pg_temp.try('capped', '[Practice.Name]');

select is((preview ->> 'will_send')::bigint, (select count(*) from campaign_store.attempt a where a.campaign_id = s.id), name || ': as many go as the preview said') from said s;
select is(preview -> 'will_skip', (select coalesce(jsonb_object_agg(x.reason, x.n), '{}') from (select r.reason, count(*) as n from campaign_store.message m
	join campaign_store.reason r on r.id = m.reason where m.campaign_id = s.id group by 1) x), name || ': the others fail for the reasons it said') from said s;
select is((preview ->> 'total_parts')::bigint, (select sum(a.parts) from campaign_store.attempt a where a.campaign_id = s.id), name || ': in as many parts') from said s;
select is(array[preview ->> 'parts_min', preview ->> 'parts_max']::int[], (select array[min(a.parts), max(a.parts)]::int[] from campaign_store.attempt a where a.campaign_id = s.id), name || ': of the lengths it said') from said s;
select is(preview ->> 'sample', (select a.body from campaign_store.attempt a where a.campaign_id = s.id order by a.message_id limit 1), name || ': the sample is what the first one reads') from said s;
select is((select (preview -> 'will_skip' ->> 'frequency_cap')::int > 0 and (preview ->> 'will_send')::int > 0 from said where name = 'capped'), true, 'some have had enough texts, some have not');
select is((select count(*) from campaign_store.attempt a where a.parts <> campaign_store.text_parts(a.body)), 0::bigint, 'every text takes the parts that the claim counted');
select isnt((select preview ->> 'sample' from said where name = 'short'), (select preview ->> 'sample' from said where name = 'long'), 'the samples are not all the same');
select is((select count(*) from (select a.phone from campaign_store.attempt a group by a.phone having count(*) filter (where a.body like '%Reply STOP%') <> 1) x), 0::bigint, 'the hint goes to each number once');

-- reports against messages
create function pg_temp.report_says(of int) returns text language sql as $$
	select concat_ws(' ', scheduled, queued, sending, sent, delivered, aborted, unknown, cancelled) from campaign.campaign_report where id = of $$;
create function pg_temp.log_says(of int) returns text language sql as $$
	select string_agg((select count(*) from campaign.message_log m where m.campaign_id = of and m.status = s::text)::text, ' ' order by s) from unnest(enum_range(null::campaign_store.message_status)) s $$;
select is((select count(*) from said s where pg_temp.report_says(s.id) is distinct from pg_temp.log_says(s.id)), 0::bigint, 'the counts of every report are those of its messages');
select is((select r.parts from campaign.campaign_report r join said s on s.id = r.id where s.name = 'long'), (select sum(a.parts) from campaign_store.attempt a join said s on s.id = a.campaign_id where s.name = 'long'), 'and the parts those that the carrier took');
select is((select r.cost from campaign.campaign_report r join said s on s.id = r.id where s.name = 'long'), (select 0.01 * sum(a.parts) from campaign_store.attempt a join said s on s.id = a.campaign_id where s.name = 'long'), 'at their price');

select * from finish();
rollback;
