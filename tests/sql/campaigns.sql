-- The interface: campaigns before, at and after their start, and their numbers.
\ir prelude.psql
select plan(111);
select pg_temp.people();
select pg_temp.clock('2027-01-04 10:00-05');       -- a Monday

create function pg_temp.ann(query text) returns text language sql as $$ select pg_temp.as('t_ann', query) $$;
create function pg_temp.json(query text) returns jsonb language sql as $$ select pg_temp.as('t_ann', format('select to_json(x) from (%s) x', query))::jsonb $$;
create function pg_temp.set(setting text, value text) returns void language plpgsql as $$
declare
	failed text := pg_temp.as('t_operator', format('select campaign.set_practice(%L, %L, %L)', 'maple', setting, value));
begin
	if failed <> '' then
		raise 'set_practice %', failed;
	end if;
end $$;
create function pg_temp.campaign(name text) returns campaign_store.campaign language sql as $$ select k.* from campaign_store.campaign k where k.name = $1 order by id desc limit 1 $$;

-- people: ten in Pending with names and phones, one who opted out, one without consent, one with a bad number, two who share one
select pg_temp.ann($$select campaign.create_group('maple', 'all')$$), pg_temp.ann($$select campaign.create_group('maple', 'few')$$), pg_temp.ann($$select campaign.create_group('maple', 'empty')$$),
	pg_temp.ann($$select campaign.create_phase('maple', 'Active')$$);
select pg_temp.ann(format($$select campaign.upsert_contact('maple', 'C%s', 'Name%1$s', 'Last', '212-555-01%s', 'form', 'Pending', groups => '{all}')$$, i, lpad(i::text, 2, '0'))) from generate_series(1, 10) i;
select pg_temp.ann($$select campaign.upsert_contact('maple', 'out', 'Out', 'O', '2125550120', 'form', 'Active', groups => '{all}')$$), pg_temp.ann($$select campaign.record_opt_out('2125550120')$$);
select pg_temp.ann($$select campaign.upsert_contact('maple', 'none', 'None', 'N', '2125550121', 'none', 'Active', groups => '{all}')$$);
select pg_temp.ann($$select campaign.upsert_contact('maple', 'bad', 'Bad', 'B', '212', 'form', 'Active', groups => '{all,few}')$$);
select pg_temp.ann($$select campaign.upsert_contact('maple', 'nameless', null, null, '2125550122', 'form', 'Active', groups => '{all}')$$);
select pg_temp.ann($$select campaign.upsert_contact('maple', 'twin', 'Twin', 'T', '2125550101', 'form', 'Active', groups => '{all,few}')$$);
select pg_temp.ann($$select campaign.upsert_contact('maple', 'zoe', 'Zoë', 'Z', '2125550123', 'form', 'Active', groups => '{few}')$$);

-- a preview changes nothing
select is(pg_temp.json($$select * from campaign.preview_text('maple', 'Hi [Contact.FirstName], it’s [Practice.Name].', '{all}')$$) - '{first_at,last_at}'::text[],
	'{"sample": "Hi Name1, it''s Maple PT. Reply STOP to opt out.", "encoding": "GSM-7", "parts_min": 1, "parts_max": 1, "total_parts": 10, "cost": 0.10, "will_send": 10,
	"will_skip": {"opted_out": 1, "no_consent": 1, "invalid_number": 1, "missing_value": 1, "duplicate_number": 1}, "warnings": []}'::jsonb, 'a preview counts who would be skipped, and why');
select is(pg_temp.json($$select * from campaign.preview_text('maple', repeat('x', 60) || '[Contact.FirstName] [Practice.Name]', '{all,few}')$$) -> 'encoding', '"GSM-7 or UCS-2"', 'one name of other letters makes one text UCS-2');
select is(pg_temp.json($$select * from campaign.preview_text('maple', repeat('x', 60) || '[Contact.FirstName] [Practice.Name]', '{all,few}')$$) - '{first_at,last_at,sample,warnings,encoding,cost,will_send,will_skip}'::text[],
	'{"parts_min": 1, "parts_max": 2, "total_parts": 12}', 'and that one longer');
select is(pg_temp.json($$select * from campaign.preview_text('maple', 'Hi')$$) - '{first_at,last_at}'::text[], '{"sample": "Hi Reply STOP to opt out.", "encoding": "GSM-7", "parts_min": 1, "parts_max": 1, "total_parts": 0,
	"cost": 0.00, "will_send": 0, "will_skip": {}, "warnings": ["The text does not hold [Practice.Name]: recipients must learn who is writing.", "Nobody would get it: the audience is empty now."]}'::jsonb, 'nobody is a warning');
select pg_temp.set('opt_out_hint', 'never');
select is(pg_temp.json($$select sample from campaign.preview_text('maple', 'Hi', '{all}')$$), '{"sample": "Hi"}', 'no hint where the practice wants none');
select pg_temp.set('opt_out_hint', 'first'), pg_temp.set('require_consent', 'false');
select is(pg_temp.json($$select will_skip -> 'no_consent' as n from campaign.preview_text('maple', 'Hi', '{all}')$$), '{"n": null}', 'consent counts where the practice wants it');
select pg_temp.set('require_consent', 'true');
select is((select count(*) from campaign_store.campaign), 0::bigint, 'nothing was created');

-- creating
set local timezone = 'UTC';
select is(pg_temp.json($$select * from campaign.create_text_campaign('maple', 'first', 'Hi [Contact.FirstName|there], [Practice.Name] here.', '{all}', start_at => '2027-01-05 10:00')$$) - 'campaign_id',
	'{"state": "Scheduled", "starts_at": "2027-01-05T15:00:00+00:00", "audience_now": 15, "parts_min": 1, "parts_max": 1, "warnings": []}'::jsonb, 'a text campaign is created');
select is(pg_temp.ann(q), code, format('%s: %s', code, q)) from (values
	($$select campaign.create_text_campaign('maple', 'x', 'Hi [Name]')$$, 'TC001'), ($$select campaign.create_text_campaign('maple', 'x', 'Hi [')$$, 'TC002'),
	($$select campaign.create_text_campaign('maple', 'x', 'Hi ' || chr(9786))$$, 'TC003'), ($$select campaign.create_text_campaign('maple', 'x', repeat('x', 613))$$, 'TC004'),
	($$select campaign.create_text_campaign('maple', 'x', '  ')$$, 'TC005'), ($$select campaign.create_text_campaign('maple', 'x', null)$$, 'TC005'),
	($$select campaign.create_text_campaign('maple', 'x', 'Hi', start_at => '2027-01-04 09:54')$$, 'TC006'), ($$select campaign.create_text_campaign('maple', 'x', 'Hi', start_at => 'soon')$$, 'TC007'),
	($$select campaign.create_text_campaign('maple', 'x', 'Hi', '{nobody}')$$, 'TC010'), ($$select campaign.create_text_campaign('maple', 'x', 'Hi', contacts => '{0}')$$, 'TC010'),
	($$select campaign.create_text_campaign('nowhere', 'x', 'Hi')$$, 'TC011'), ($$select campaign.create_text_campaign('birch', 'x', 'Hi')$$, 'TC011'), ($$select campaign.create_text_campaign(null, 'x', 'Hi')$$, 'TC011'),
	($$select campaign.create_text_campaign('maple', ' ', 'Hi')$$, '22023'),
	($$select campaign.create_reactivation_campaign('maple', 'x', 'Hi', 9, excluded_weekdays => '{Mon,Tue,Wed,Thu,Fri,Sat,Sun}')$$, 'TC008'),
	($$select campaign.create_reactivation_campaign('maple', 'x', 'Hi', 10)$$, 'TC009'), ($$select campaign.create_reactivation_campaign('maple', 'x', 'Hi', null)$$, 'TC009'),
	($$select campaign.create_reactivation_campaign('maple', 'x', 'Hi', 9, excluded_weekdays => '{Funday}')$$, '22023'),
	($$select campaign.create_reactivation_campaign('birch', 'x', 'Hi', 9)$$, 'TC011')) v(q, code);
select is((select count(*) from campaign_store.campaign), 1::bigint, 'what failed left nothing behind');
select isnt(pg_temp.ann($$select campaign_id from campaign.create_text_campaign('maple', 'long', repeat('x', 612))$$), 'TC004', '612 characters are the 4 parts that are allowed: the hint may not go to anybody');
select pg_temp.set('opt_out_hint', 'always');
select is(pg_temp.ann($$select campaign_id from campaign.create_text_campaign('maple', 'long', repeat('x', 612))$$), 'TC004', 'where it always goes it counts');
select pg_temp.set('opt_out_hint', 'first');
select is(pg_temp.ann($$select campaign_id from campaign.create_text_campaign('maple', 'long', repeat('ë', 269))$$), 'TC004', '269 letters outside GSM 7-bit are 5 parts');
select is(pg_temp.json($$select warnings from campaign.create_text_campaign('maple', 'w', 'Hi [[Contact.FirstName]]', start_at => '2027-03-14 02:30')$$) -> 'warnings',
	'["The text does not hold [Practice.Name]: recipients must learn who is writing.", "The text holds a literal bracket where a placeholder may have been meant: [[ is a literal [.",
	"Nobody would get it: the audience is empty now.", "2027-03-14 02:30 does not exist there: clocks go forward. It starts at 03:30."]'::jsonb, 'all warnings');
select alike(pg_temp.json($$select warnings from campaign.create_text_campaign('maple', 'w', '[Practice.Name]', '{all}', start_at => '2027-01-05 06:00')$$) ->> 'warnings', '%the first texts go at 2027-01-05 09:00 (America/New_York)%', 'a start outside the window');
select pg_temp.set('daily_limit', '5');
select alike(pg_temp.json($$select warnings from campaign.create_text_campaign('maple', 'w', '[Practice.Name]', '{all}')$$) ->> 'warnings', '%allows 5 messages a day%', 'more than a day''s texts');
select pg_temp.set('daily_limit', null);
update campaign_store.practice set sender_id = null where short_name = 'birch';
select is(pg_temp.as('t_bob', $$select campaign.create_text_campaign('birch', 'x', 'Hi')$$), 'TC015', 'a practice without a sender cannot create');
select is(pg_temp.as('t_bob', $$select campaign.create_reactivation_campaign('birch', 'x', 'Hi', 9)$$), 'TC015', 'neither kind');

-- asked twice
select pg_temp.ann($$select campaign_id from campaign.create_text_campaign('maple', 'once', '[Practice.Name]', '{all}', request_key => 'k1')$$) as once \gset
select is(pg_temp.ann($$select campaign_id from campaign.create_text_campaign('maple', 'once', '[Practice.Name]', '{all}', request_key => 'k1')$$), :'once', 'the same key again is the first result');
select isnt(pg_temp.ann($$select campaign_id from campaign.create_text_campaign('maple', 'once', '[Practice.Name]', '{all}', request_key => 'k2')$$), :'once', 'another key another campaign');
select isnt(pg_temp.ann($$select campaign_id from campaign.create_reactivation_campaign('maple', 'once', '[Practice.Name]', 9, request_key => 'k1')$$), :'once', 'the keys of other calls are others');
select is((select count(*) from campaign_store.campaign where name = 'once'), 3::bigint, 'three were created');

-- reactivation
select is(pg_temp.json($$select * from campaign.create_reactivation_campaign('maple', 'back', 'Come back to [Practice.Name]', 9, '2027-01-05 08:00', '10:00', '{saturday,Sun}')$$) - 'campaign_id',
	'{"state": "Scheduled", "starts_at": "2027-01-05T13:00:00+00:00", "audience_now": 10, "parts_min": 1, "parts_max": 1, "warnings": [], "batches": 5, "batch_size": 2, "last_day": "2027-01-12"}'::jsonb,
	'a reactivation campaign is created');
select is(pg_temp.json(format('select json_agg(b) as b from campaign.preview_batches(%s) b', (pg_temp.campaign('back')).id)) -> 'b' -> 0,
	'{"batch": 0, "day": "2027-01-05", "weekday": "Tuesday", "size": 2, "opens_at": "2027-01-05T15:00:00+00:00"}'::jsonb, 'its first batch is released at send_after');
select is(pg_temp.ann(format('select string_agg(day::text, %L order by batch) from campaign.preview_batches(%s)', ' ', (pg_temp.campaign('back')).id)), '2027-01-05 2027-01-06 2027-01-07 2027-01-11 2027-01-12', 'and its others on allowed days');
select is(pg_temp.ann(format('select count(*) from campaign.preview_batches(%s)', (pg_temp.campaign('first')).id)), '1', 'a text campaign has one batch');
select is(pg_temp.json(format('select will_send, first_at, last_at from campaign.preview_campaign(%s)', (pg_temp.campaign('back')).id)),
	'{"will_send": 10, "first_at": "2027-01-05T15:00:00+00:00", "last_at": "2027-01-12T15:00:00+00:00"}'::jsonb, 'a preview tells the first and the last');
select pg_temp.set('daily_limit', '1');
select is(pg_temp.ann($$select campaign.create_reactivation_campaign('maple', 'x', '[Practice.Name]', 9)$$), 'TC012', 'ten in nine days do not fit one a day');
select is(pg_temp.ann($$select batches from campaign.create_reactivation_campaign('maple', 'daily', '[Practice.Name]', 30)$$), '10', 'in thirty they do, with a batch a day');
select pg_temp.set('daily_limit', null);

-- before the start: pause, resume, reschedule, cancel, delete
select (pg_temp.campaign('back')).id as back, (pg_temp.campaign('first')).id as first, (pg_temp.campaign('long')).id as long, (pg_temp.campaign('daily')).id as daily \gset
select is(pg_temp.ann(format('select campaign.pause_campaign(%s)', :back)), '(Paused,0)', 'pause');
select is(pg_temp.ann(format('select campaign.pause_campaign(%s)', :back)), 'TC013', 'not twice');
select is(pg_temp.ann(format('select campaign.reschedule_campaign(%s, null)', :back)), 'TC013', 'what is paused is not rescheduled');
select is(pg_temp.ann(format('select campaign.resume_campaign(%s)', :back)), '(Scheduled,0)', 'resume');
select is(pg_temp.ann(format('select campaign.resume_campaign(%s)', :back)), 'TC013', 'not twice');
select is(pg_temp.ann(format('select campaign.reschedule_campaign(%s, %L)', :back, '2027-01-06 11:00')), '2027-01-06 16:00:00+00', 'reschedule');
select is((pg_temp.campaign('back')).send_after, '10:00'::time, 'send_after that was given stays');
select is(pg_temp.ann(format('select campaign.reschedule_campaign(%s, %L)', :first, '2027-01-06 11:00')), '2027-01-06 16:00:00+00', 'reschedule a text campaign');
select is((pg_temp.campaign('first')).send_after, '11:00'::time, 'where it was the start it follows');
select is(pg_temp.ann(format('select campaign.reschedule_campaign(%s, %L)', :back, '2027-01-03 11:00')), 'TC006', 'not into the past');
select is(pg_temp.ann(format('select campaign.cancel_campaign(%s)', :daily)), '(cancelled,0)', 'cancel');
select is(pg_temp.ann(format('select campaign.cancel_campaign(%s)', :daily)), 'TC013', 'not twice');
select is(pg_temp.ann(format('select state from campaign.campaign_history where id = %s', :daily)), 'Cancelled', 'what was cancelled stays in the history');
select is(pg_temp.ann(format('select campaign.delete_campaign(%s)', :daily)), '(hidden,0)', 'until it is deleted');
select is(pg_temp.ann(format('select campaign.delete_campaign(%s)', :long)), '(cancelled,0)', 'delete');
select is(pg_temp.ann(format('select campaign.delete_campaign(%s)', :long)), 'TC013', 'not twice');
select is(pg_temp.ann(format('select count(*) from campaign.campaign_history where id in (%s, %s)', :long, :daily)), '0', 'what was deleted is not in the history');
select is(pg_temp.ann(format('select string_agg(concat_ws(%L, state, hidden), %L) from campaign.campaign_report where id in (%s, %s)', ' ', ', ', :long, :daily)), 'Cancelled t, Cancelled t', 'but in the report');
select is((select r.reason from campaign_store.reason r where r.id = (pg_temp.campaign('long')).cancel_reason), 'campaign_deleted', 'with its reason');
select is((select r.reason from campaign_store.reason r where r.id = (pg_temp.campaign('daily')).cancel_reason), 'campaign_cancelled', 'or the other one');
select is(pg_temp.ann(format('select campaign.%s(%s)', f, 0)), 'TC011', f || ' of an unknown campaign') from unnest('{delete_campaign,cancel_campaign,pause_campaign,resume_campaign,preview_campaign,preview_batches}'::text[]) f;

-- changing the zone keeps the wall clock
select pg_temp.set('time_zone', 'America/Chicago');
select is((pg_temp.campaign('back')).start_at, '2027-01-06 17:00Z'::timestamptz, 'a start that has not come moves with the practice''s zone');
select is((pg_temp.campaign('once')).start_at, '2027-01-04 15:00Z'::timestamptz, 'one that has come does not');
select pg_temp.set('time_zone', 'America/New_York');

-- a campaign that was prepared by hand: ten contacts in two batches, messages in the statuses that there are
create function pg_temp.prepared(of int, messages campaign_store.message_status[], unwritten int default 0) returns void language plpgsql as $$
declare
	block bigint := nextval('campaign_store.message_block');
	half int := cardinality(messages) / 2;
	k campaign_store.campaign;
begin
	update campaign_store.campaign set state = 'Sending', audience = cardinality(messages) + unwritten, written = cardinality(messages) where id = of returning * into k;
	insert into campaign_store.batch values (of, 0, '2027-01-04', '2027-01-04 10:00-05', half, 0), (of, 1, '2027-01-05', '2027-01-05 10:00-05', cardinality(messages) - half, half);
	insert into campaign_store.chunk(no, sender_id, campaign_id, lane, waiting_for, first_id, last_id, due_at)
		select nextval('campaign_store.chunk_no'), k.sender_id, of, 3, (case when b.no > 0 then 'batch' end)::campaign_store.waiting_for, block, block + 199, b.opens_at from campaign_store.batch b where b.campaign_id = of;
	insert into campaign_store.message(id, contact_id, chunk, campaign_id, practice_id, status, batch, attempt, parts, claimed_at, sent_at, final_at, reason)
		select block + i - 1, c.id, (select q.no from campaign_store.chunk q where q.campaign_id = of order by q.due_at limit 1 offset (i > half)::int), of, k.practice_id, s, (i > half)::int,
			(s <> 'Queued')::int, case when s <> 'Queued' then 2 end, '2027-01-04 10:00-05', '2027-01-04 10:00-05', '2027-01-04 10:01-05',
			(select r.id from campaign_store.reason r where r.reason = case s when 'Aborted' then 'landline' when 'Unknown' then 'submit_unconfirmed' when 'Cancelled' then 'campaign_cancelled' end)
		from unnest(messages) with ordinality u(s, i) join (select id, row_number() over (order by id) as n from campaign_store.contact where external_id like 'C%') c on c.n = i;
	insert into campaign_store.tally(campaign_id, batch, was, became, n) select of, batch, null, 'Queued', count(*) from campaign_store.message where campaign_id = of group by batch;
	insert into campaign_store.tally(campaign_id, batch, was, became, n, parts) select of, batch, 'Queued', status, count(*), 2 * count(*) from campaign_store.message
		where campaign_id = of and status <> 'Queued' group by batch, status;
	insert into campaign_store.attempt(message_id, run, campaign_id, practice_id, sender_id, no, parts, takes_phone, phone, body)
		select m.id, 1, of, k.practice_id, k.sender_id, 1, 2, true, c.phone, 'Hello ' || c.first_name from campaign_store.message m join campaign_store.contact c on c.id = m.contact_id where m.campaign_id = of and m.status <> 'Queued';
	insert into campaign_store.part(message_id, at, final_at, state, attempt, part, reason, carrier, bind, carrier_id, code)
		select m.id, clock_timestamp(), case when m.status in ('Delivered', 'Aborted') then clock_timestamp() end,
			(case m.status when 'Delivered' then 'Delivered' when 'Aborted' then 'Failed' when 'Unknown' then 'NoResponse' else 'Accepted' end)::campaign_store.part_state, 1, 1, m.reason, 'acme', 'acme-1', 'id' || m.id,
			case when m.status = 'Aborted' then '1:004' end from campaign_store.message m where m.campaign_id = of and m.status in ('Sent', 'Delivered', 'Aborted', 'Unknown');
end $$;
create function pg_temp.counts(of int) returns text language sql as $$
	select pg_temp.ann(format($q$select concat_ws(' ', audience, '=', scheduled, queued, sending, sent, delivered, aborted, unknown, cancelled) from campaign.campaign_report where id = %s$q$, of)) $$;

select pg_temp.prepared(:back, '{Sent,Delivered,Delivered,Aborted,Queued,Queued,Queued,Queued,Queued,Queued}');
select is(pg_temp.counts(:back), '10 = 5 1 0 1 2 1 0 0', 'the eight statuses add up to the audience; a later batch is Scheduled');
select is(pg_temp.json(format('select parts, cost, replies, opt_outs, delivered_pct from campaign.campaign_report where id = %s', :back)), '{"parts": 8, "cost": 0.08, "replies": 0, "opt_outs": 0, "delivered_pct": 66.7}', 'with parts, cost and percentage');
select is(pg_temp.json(format('select state, done, to_go, rate_per_min, next_batch_at, waiting_for from campaign.campaign_progress where id = %s', :back)),
	'{"state": "Sending", "done": 4, "to_go": 6, "rate_per_min": 4, "next_batch_at": "2027-01-05T15:00:00+00:00", "waiting_for": null}', 'progress');
select is(pg_temp.ann(format('select eta > %L from campaign.campaign_progress where id = %s', '2027-01-05 15:00Z', :back)), 'true', 'the end is expected after the last batch');
select is(pg_temp.ann(format('select string_agg(status, %L order by id) from campaign.message_log where campaign_id = %s', ' ', :back)), 'Sent Delivered Delivered Aborted Queued Scheduled Scheduled Scheduled Scheduled Scheduled',
	'the message log agrees');
select is(pg_temp.ann(format('select string_agg(distinct waiting_for, %L) from campaign.message_log where campaign_id = %s and status = %L', ' ', :back, 'Scheduled')), 'batch', 'and says what they wait for');
select is(pg_temp.ann(format('select batch || weekday || size from campaign.scheduled_batches where campaign_id = %s', :back)), '1Tuesday5', 'the later batch is scheduled');
select is(pg_temp.ann(format('select count(*) from campaign.preview_batches(%s)', :back)), '2', 'batches are those that were fixed');
select is(pg_temp.ann(format('select campaign.preview_campaign(%s)', :back)), 'TC013', 'there is nothing to preview any more');
select is(pg_temp.ann(format('select campaign.reschedule_campaign(%s, null)', :back)), 'TC013', 'nor to reschedule');
select is(pg_temp.json(format('select status, reason, sentence, carrier_code, contact, phone, text from campaign.delivery_failures where campaign_id = %s', :back)),
	'{"status": "Aborted", "reason": "landline", "sentence": "This number cannot receive text messages; it may be a landline.", "carrier_code": "1:004", "contact": "Name4 Last", "phone": "+12125550104", "text": "Hello Name4"}', 'a failure tells why');
select is(pg_temp.json(format('select status, reason, count from campaign.failure_summary where campaign_id = %s', :back)), '{"status": "Aborted", "reason": "landline", "count": 1}', 'and the summary counts it');

select is(pg_temp.ann(format('select campaign.pause_campaign(%s)', :back)), '(Paused,6)', 'paused with six to go');
select is(pg_temp.counts(:back), '10 = 6 0 0 1 2 1 0 0', 'what is paused is Scheduled');
select is(pg_temp.ann(format('select waiting_for || to_go from campaign.campaign_progress where id = %s', :back)), 'paused6', 'and waits for that');
select is(pg_temp.ann(format('select string_agg(distinct concat_ws(%L, status, waiting_for), %L) from campaign.message_log where campaign_id = %s and status = %L', ' ', ',', :back, 'Scheduled')), 'Scheduled paused', 'in the log, too');
select is(pg_temp.ann(format('select campaign.resume_campaign(%s)', :back)), '(Sending,6)', 'resumed to where it was');

-- not started: deleted, and cancelled at once in every view
select is(pg_temp.ann(format('select campaign.delete_campaign(%s)', :back)), '(cancelled,6)', 'prepared and not started: deleting cancels');
select is(pg_temp.counts(:back), '10 = 0 0 0 1 2 1 0 6', 'what waits is Cancelled at once');
select is(pg_temp.ann(format('select string_agg(distinct concat_ws(%L, status, reason, waiting_for), %L) from campaign.message_log where campaign_id = %s and id >= (select max(id) - 5 from campaign.message_log where campaign_id = %3$s)', ' ', ',', :back)),
	'Cancelled campaign_deleted', 'in the log, too, with its reason');
select is(pg_temp.ann(format('select count(*) from campaign.campaign_progress where id = %s', :back)), '0', 'it is finished');

-- started: deleting only hides
select pg_temp.ann($$select campaign_id from campaign.create_text_campaign('maple', 'started', '[Practice.Name]', '{all}')$$) as started \gset
select pg_temp.prepared(:started, '{Sending,Sent,Delivered,Delivered,Unknown,Queued,Queued,Queued}', 2);
update campaign_store.campaign set started_at = campaign_store.now(), state = 'Preparing' where id = :started;
select is(pg_temp.counts(:started), '10 = 5 0 1 1 2 0 1 0', 'while it is prepared what is not written yet is Scheduled');
select is(pg_temp.ann(format('select campaign.delete_campaign(%s)', :started)), '(hidden,5)', 'started: deleting hides, and tells how many still go');
select is((pg_temp.campaign('started')).state, 'Preparing'::campaign_store.campaign_state, 'and it goes on');
select is(pg_temp.ann(format('select to_go || %L || hidden from campaign.campaign_progress where id = %s', ' ', :started)), '6 true', 'as progress shows');
select is(pg_temp.ann(format('select count(*) from campaign.campaign_history where id = %s', :started)), '0', 'but not the history');
select is(pg_temp.ann(format('select campaign.cancel_campaign(%s)', :started)), '(cancelled,5)', 'it can still be cancelled');
select is(pg_temp.counts(:started), '10 = 0 0 1 1 2 0 1 5', 'what was not written is Cancelled with the others, what is being sent is not');
select is(pg_temp.ann(format('select string_agg(distinct reason, %L) from campaign.message_log where campaign_id = %s and status = %L', ' ', :started, 'Cancelled')), 'campaign_cancelled', 'with the other reason');

-- held, and resumed late
select pg_temp.ann($$select campaign_id from campaign.create_text_campaign('maple', 'held', '[Practice.Name]', '{all}')$$) as held \gset
select pg_temp.prepared(:held, '{Queued,Queued,Queued,Queued}');
update campaign_store.campaign set state = 'Held', held_because = 'missed_start', resume_to = 'Sending' where id = :held;
select is(pg_temp.ann(format('select campaign.pause_campaign(%s)', :held)), 'TC013', 'what is held is not paused');
select is(pg_temp.ann(format('select concat_ws(%L, held_because, waiting_for) from campaign.campaign_progress where id = %s', ' ', :held)), 'missed_start held', 'progress says so');
select pg_temp.clock('2027-01-12 12:00-05');
select is(pg_temp.ann(format('select campaign.resume_campaign(%s)', :held)), '(Sending,4)', 'it is resumed');
select is((pg_temp.campaign('held')).held_because, null, 'and held no more');
select isnt((pg_temp.campaign('held')).resumed_at, null, 'since now');
select is((select count(*) from campaign_store.audit where login = 't_ann' and call in ('pause_campaign', 'resume_campaign', 'delete_campaign', 'cancel_campaign', 'reschedule_campaign')), 13::bigint, 'every one of these calls that did something is in the audit log');

-- what always holds
select is((select count(*) from campaign_store.campaign_count where audience <> scheduled + queued + sending + sent + delivered + aborted + unknown + cancelled), 0::bigint, 'the eight counts add up to the audience');

select * from finish();
rollback;
