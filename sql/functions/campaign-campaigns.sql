-- The interface: campaigns. For campaign_staff.

create or replace function campaign_store.acting_campaign(campaign_id int, lock boolean default true) returns campaign_store.campaign language plpgsql
	set search_path = pg_catalog, pg_temp as $$
declare
	k campaign_store.campaign;
begin
	-- Locked first, and read by the next statement: the first claim of the campaign takes the same lock, so whether it had started
	-- is decided once.
	if lock then
		perform from campaign_store.campaign x where x.id = campaign_id and campaign_store.acts_for(x.practice_id) for update;
	end if;
	select x.* into k from campaign_store.campaign x where x.id = campaign_id and campaign_store.acts_for(x.practice_id);
	if not found then
		raise exception using errcode = 'TC011', message = format('There is no campaign %s of a practice that you act for.', campaign_id),
			detail = 'It is unknown, or of another practice.',
			hint = 'select id, practice, name from campaign.campaign_report shows those that there are.';
	end if;
	return k;
end $$;
comment on function campaign_store.acting_campaign(int, boolean) is 'A campaign of a practice for which the login acts, its row locked unless it is only looked at; TC011 otherwise.';

create or replace function campaign_store.wrong_state(k campaign_store.campaign, wanted text, hint text) returns void language plpgsql
	set search_path = pg_catalog, pg_temp as $$
begin
	raise exception using errcode = 'TC013', message = format('Campaign %s cannot be %s.', k.id, wanted),
		detail = format('It is %s%s%s.', k.state, ' (' || k.held_because || ')', case when k.hidden_at is not null then ' and deleted' else '' end),
		hint = hint;
end $$;
comment on function campaign_store.wrong_state(campaign_store.campaign, text, text) is 'Raises TC013 with the state of the campaign.';

create or replace function campaign_store.to_go(k campaign_store.campaign) returns bigint language plpgsql stable
	set search_path = pg_catalog, pg_temp as $$
begin
	return coalesce(k.audience, 0) + coalesce((select sum(case when t.was is null then -t.n else 0 end
			+ case when t.became in ('Queued', 'Scheduled') then t.n else 0 end - case when t.was in ('Queued', 'Scheduled') then t.n else 0 end)
		from campaign_store.tally t where t.campaign_id = k.id), 0);
end $$;
comment on function campaign_store.to_go(campaign_store.campaign) is 'How many messages of a campaign have not been handed to the carrier and may still be.';

-- ------------------------------------------------------------------------------------------------ creating

create or replace function campaign_store.parse_weekdays(names text[]) returns smallint[] language plpgsql stable
	set search_path = pg_catalog, pg_temp as $$
declare
	days constant text[] := '{monday,tuesday,wednesday,thursday,friday,saturday,sunday}';
	found_days smallint[] := '{}';
	n text;
	d smallint;
begin
	foreach n in array coalesce(names, '{}') loop
		select i into d from generate_subscripts(days, 1) i where length(btrim(n)) >= 3 and days[i] like lower(btrim(n)) || '%' or btrim(n) = i::text;
		if d is null then
			raise exception using errcode = '22023', message = format('"%s" is not a weekday.', n),
				detail = 'excluded_weekdays names the days on which nothing is released.',
				hint = 'Write the English names, for example array[''Saturday'', ''Sunday''].';
		end if;
		found_days := found_days || d;
		d := null;
	end loop;
	return (select coalesce(array_agg(distinct x order by x), '{}') from unnest(found_days) x);
end $$;
comment on function campaign_store.parse_weekdays(text[]) is 'Names of weekdays (or their first letters, or ISO numbers) to ISO numbers, in order.';

create or replace function campaign_store.draft(p campaign_store.practice, kind campaign_store.campaign_kind, message text) returns campaign_store.campaign
	language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
	k campaign_store.campaign;
	body text;
begin
	k.practice_id := p.id;
	k.kind := kind;
	k.sender_id := p.sender_id;
	k.template := message;
	select c.* into k.compiled, k.compiled_plain, k.slot_token, k.slot_fallback, k.says_stop from campaign_store.compile(message, p.plain_punctuation) c;
	k.group_ids := '{}';
	k.contact_ids := '{}';
	k.excluded := '{}';

	-- The shortest that this text can be: contacts' names of one letter, or a shorter fallback.
	body := campaign_store.fill_practice(k.compiled, k.slot_token, k.slot_fallback, p);
	for i in 1 .. 6 loop
		body := replace(body, chr(i), left(coalesce(k.slot_fallback[i], 'x'), 1));
	end loop;
	if p.opt_out_hint = 'always' and not k.says_stop then
		body := body || campaign_store.stop_hint();
	end if;
	body := case when p.plain_punctuation then campaign_store.plain(body) else body end;
	if campaign_store.text_parts(body) > p.max_parts then
		raise exception using errcode = 'TC004', message = 'The text is too long.',
			detail = format('It takes at least %s parts (%s); the practice allows %s.', campaign_store.text_parts(body),
				case when campaign_store.is_gsm(body) then 'of 153 characters' else 'of 67 characters, because some are outside GSM 7-bit' end, p.max_parts),
			hint = 'Shorten it. campaign.check_text() shows what makes it long.';
	end if;
	return k;
end $$;
comment on function campaign_store.draft(campaign_store.practice, campaign_store.campaign_kind, text) is
'A campaign that is not stored yet, with its template read. Raises TC001 to TC005.';

create or replace function campaign_store.text_warnings(p campaign_store.practice, k campaign_store.campaign, f record) returns text[] language plpgsql stable
	set search_path = pg_catalog, pg_temp as $$
begin
	return array_remove(array[
		case when not coalesce(k.slot_token && '{Practice.Name}', false) then 'The text does not hold [Practice.Name]: recipients must learn who is writing.' end,
		case when campaign_store.fill_practice(k.compiled, k.slot_token, k.slot_fallback, p) is null
			then 'A placeholder of the practice has no value and no fallback: every message would be Aborted (missing_value). An operator sets it with set_practice().' end,
		case when k.compiled ~* '\[(contact|practice)\.' then 'The text holds a literal bracket where a placeholder may have been meant: [[ is a literal [.' end,
		case when f.audience = 0 then 'Nobody would get it: the audience is empty now.' end], null);
end $$;
comment on function campaign_store.text_warnings(campaign_store.practice, campaign_store.campaign, record) is 'What may be a mistake, but need not be.';

create or replace function campaign_store.create_campaign(p campaign_store.practice, k campaign_store.campaign, name text, start_at text)
	returns campaign_store.campaign language plpgsql set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
begin
	if coalesce(btrim(create_campaign.name), '') = '' then
		raise exception using errcode = '22023', message = 'The campaign has no name.',
			detail = 'The history shows campaigns by their name.',
			hint = 'Give it as name => ''...''.';
	end if;
	insert into campaign_store.campaign as c (practice_id, sender_id, kind, name, template, compiled, compiled_plain, slot_token, slot_fallback, says_stop,
			start_local, start_zone, start_at, send_after, duration, excluded, group_ids, contact_ids, created_at)
		values (p.id, k.sender_id, k.kind, btrim(create_campaign.name), k.template, k.compiled, k.compiled_plain, k.slot_token, k.slot_fallback, k.says_stop,
			k.start_local, p.zone, k.start_at, k.send_after, k.duration, k.excluded, k.group_ids, k.contact_ids, campaign_store.now())
		returning c.* into k;
	perform campaign_store.wake();
	return k;
end $$;
comment on function campaign_store.create_campaign(campaign_store.practice, campaign_store.campaign, text, text) is 'Stores a campaign.';

create or replace function campaign_store.check_sender(p campaign_store.practice) returns void language plpgsql stable
	set search_path = pg_catalog, pg_temp as $$
begin
	if p.sender_id is null then
		raise exception using errcode = 'TC015', message = format('The practice "%s" has no sender.', p.short_name),
			detail = 'Texts need a number to be sent from.',
			hint = 'An operator adds one with campaign.add_sender().';
	end if;
end $$;
comment on function campaign_store.check_sender(campaign_store.practice) is 'Raises TC015 when the practice has no number to send from.';

create or replace function campaign_store.time_warnings(p campaign_store.practice, k campaign_store.campaign, places smallint[], at_clock_change text) returns text[]
	language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
	o record;
	due timestamptz := case when k.kind = 'text' then k.start_at else campaign_store.batch_opens(k.start_local::date, p.zone, k.send_after, k.start_at) end;
begin
	select * into o from campaign_store.first_openings(p, places, due);
	return array_remove(array[at_clock_change,
		case when o.first_at = 'infinity' then 'The sending window never opens for anybody in the audience.'
			when o.first_at > due then format('The sending window is closed at the start: the first texts go at %s (%s).',
				to_char(o.first_at at time zone p.zone, 'YYYY-MM-DD HH24:MI'), p.zone) end], null);
end $$;
comment on function campaign_store.time_warnings(campaign_store.practice, campaign_store.campaign, smallint[], text) is 'What to know about the start of a campaign.';

create or replace function campaign.create_text_campaign(practice text, name text, message text, groups text[] default '{}', contacts bigint[] default '{}',
	start_at text default null, request_key text default null)
	returns table(campaign_id int, state text, starts_at timestamptz, audience_now int, parts_min smallint, parts_max smallint, warnings text[])
	language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
	p campaign_store.practice := campaign_store.acting(practice);
	k campaign_store.campaign;
	f record;
	clock_change text;
	result jsonb := campaign_store.first_result(p.id, 'create_text_campaign', request_key);
begin
	if result is null then
		perform campaign_store.check_sender(p);
		k := campaign_store.draft(p, 'text', message);
		select coalesce(array_agg(distinct campaign_store.acting_group(p, g)), '{}') into k.group_ids from unnest(groups) g;
		perform campaign_store.check_contacts(p.id, contacts);
		k.contact_ids := (select coalesce(array_agg(distinct c), '{}') from unnest(contacts) c);
		select s.start_local, s.start_at, s.start_local::time, s.warning into k.start_local, k.start_at, k.send_after, clock_change
			from campaign_store.parse_start(p.zone, create_text_campaign.start_at) s;
		k := campaign_store.create_campaign(p, k, create_text_campaign.name, null);
		select * into f from campaign_store.forecast(p, k);
		result := jsonb_build_object('campaign_id', k.id, 'state', k.state, 'starts_at', k.start_at, 'audience_now', f.audience, 'parts_min', f.parts_min,
			'parts_max', f.parts_max, 'warnings', campaign_store.text_warnings(p, k, f) || campaign_store.time_warnings(p, k, f.places, clock_change)
				|| array_remove(array[case when f.will_send > p.daily_limit
					then format('The practice allows %s messages a day: this goes over several days.', p.daily_limit) end], null));
		perform campaign_store.note(p.id, 'create_text_campaign', k.id::text);
		perform campaign_store.keep_result(p.id, 'create_text_campaign', request_key, result);
	end if;
	return query select r.* from jsonb_to_record(result) r(campaign_id int, state text, starts_at timestamptz, audience_now int, parts_min smallint,
		parts_max smallint, warnings text[]);
end $$;
comment on function campaign.create_text_campaign(text, text, text, text[], bigint[], text, text) is
'Creates a campaign that sends one text to the contacts of some groups, and to others by their id. Who is in the groups when it starts gets it.
message may hold placeholders: [Contact.FirstName|there], [Contact.LastName], [Contact.FullName], [Practice.Name], [Practice.Phone], [Practice.Website], [Practice.Address]; what stands after | is used when there is no value, and without it that contact is skipped. [[ is a literal [. Emoji are refused. " Reply STOP to opt out." is appended as the practice''s setting opt_out_hint says, unless the text says STOP itself.
start_at is the practice''s wall clock, YYYY-MM-DD HH:MM; NULL is now. Texts go only inside the sending window. request_key: the same key again returns the first result and creates nothing.
Returns the campaign''s id, state, start, how many contacts it has now, how many parts a text takes, and warnings. campaign.preview_campaign() shows more.
Fails: TC001 unknown placeholder, TC002 malformed placeholder, TC003 emoji, TC004 too long, TC005 empty, TC006 start in the past, TC007 unreadable start, TC010 unknown group or contact, TC011 unknown practice, TC015 no sender.';

create or replace function campaign_store.check_plan(p campaign_store.practice, k campaign_store.campaign, audience int, out batches int, out batch_size int, out last_day date)
	language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
	select count(*), coalesce(max(b.size), 0), max(b.day) into batches, batch_size, last_day
		from campaign_store.plan_batches(audience, k.duration, k.start_local::date, k.excluded, '{}', p.daily_limit) b;
	if batch_size > p.daily_limit then
		raise exception using errcode = 'TC012', message = 'The campaign does not fit the practice''s daily limit.',
			detail = format('%s contacts in %s days are %s a day; the limit is %s.', audience, k.duration, batch_size, p.daily_limit),
			hint = 'Choose a longer duration, exclude fewer weekdays, or let an operator raise the limit with set_practice().';
	end if;
end $$;
comment on function campaign_store.check_plan(campaign_store.practice, campaign_store.campaign, int) is 'The batches in numbers; raises TC008, TC009, TC012.';

create or replace function campaign.create_reactivation_campaign(practice text, name text, message text, duration int, start_at text default null,
	send_after time default null, excluded_weekdays text[] default '{}', request_key text default null)
	returns table(campaign_id int, state text, starts_at timestamptz, audience_now int, parts_min smallint, parts_max smallint, warnings text[],
		batches int, batch_size int, last_day date)
	language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
	p campaign_store.practice := campaign_store.acting(practice);
	k campaign_store.campaign;
	f record;
	b record;
	clock_change text;
	result jsonb := campaign_store.first_result(p.id, 'create_reactivation_campaign', request_key);
begin
	if result is null then
		perform campaign_store.check_sender(p);
		k := campaign_store.draft(p, 'reactivation', message);
		k.duration := duration;
		k.excluded := campaign_store.parse_weekdays(excluded_weekdays);
		select s.start_local, s.start_at, s.warning into k.start_local, k.start_at, clock_change
			from campaign_store.parse_start(p.zone, create_reactivation_campaign.start_at) s;
		k.send_after := coalesce(send_after, k.start_local::time);
		perform campaign_store.check_plan(p, k, 0);
		select * into f from campaign_store.forecast(p, k);
		select * into b from campaign_store.check_plan(p, k, f.audience);
		k := campaign_store.create_campaign(p, k, create_reactivation_campaign.name, null);
		result := jsonb_build_object('campaign_id', k.id, 'state', k.state, 'starts_at', k.start_at, 'audience_now', f.audience, 'parts_min', f.parts_min,
			'parts_max', f.parts_max, 'warnings', campaign_store.text_warnings(p, k, f) || campaign_store.time_warnings(p, k, f.places, clock_change),
			'batches', b.batches, 'batch_size', b.batch_size, 'last_day', b.last_day);
		perform campaign_store.note(p.id, 'create_reactivation_campaign', k.id::text);
		perform campaign_store.keep_result(p.id, 'create_reactivation_campaign', request_key, result);
	end if;
	return query select r.* from jsonb_to_record(result) r(campaign_id int, state text, starts_at timestamptz, audience_now int, parts_min smallint,
		parts_max smallint, warnings text[], batches int, batch_size int, last_day date);
end $$;
comment on function campaign.create_reactivation_campaign(text, text, text, int, text, time, text[], text) is
'Creates a campaign to all contacts whose phase is for reactivation (No Phase, Pending, and those made so), in batches over duration days: 9 (a batch a day), 30 (every third day) or 90 (every week). Never texted contacts come first, then those texted longest ago. The audience is fixed at the start.
start_at (the practice''s wall clock, YYYY-MM-DD HH:MM; NULL is now) is the earliest moment; send_after the time of day before which no batch is released (the time of start_at unless given); excluded_weekdays days without a batch, for example array[''Saturday'', ''Sunday'']. message and request_key as for create_text_campaign().
Returns what create_text_campaign() does, and the number of batches, the largest batch and the last day, for the audience as it is now; preview_batches() lists them.
Fails: TC001 to TC005 the text, TC006 and TC007 the start, TC008 all weekdays excluded, TC009 duration, TC011 unknown practice, TC012 daily limit, TC015 no sender.';

-- ------------------------------------------------------------------------------------------------ looking before

create or replace function campaign.preview_text(practice text, message text, groups text[] default '{}', contacts bigint[] default '{}')
	returns table(sample text, encoding text, parts_min smallint, parts_max smallint, total_parts bigint, cost numeric, will_send int, will_skip jsonb,
		first_at timestamptz, last_at timestamptz, warnings text[])
	language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
	p campaign_store.practice := campaign_store.acting(practice);
	k campaign_store.campaign := campaign_store.draft(p, 'text', message);
	f record;
begin
	select coalesce(array_agg(distinct campaign_store.acting_group(p, g)), '{}') into k.group_ids from unnest(groups) g;
	perform campaign_store.check_contacts(p.id, contacts);
	k.contact_ids := contacts;
	select * into f from campaign_store.forecast(p, k);
	return query select f.sample, f.encoding, f.parts_min, f.parts_max, f.total_parts, f.cost, f.will_send, f.will_skip, o.first_at,
			o.last_at + f.total_parts / coalesce((select s.parts_per_second from campaign_store.sender s where s.id = p.sender_id), 'infinity') * interval '1 s',
			campaign_store.text_warnings(p, k, f)
		from campaign_store.first_openings(p, f.places, campaign_store.now()) o;
end $$;
comment on function campaign.preview_text(text, text, text[], bigint[]) is
'What a text campaign would do if it were sent now, without creating anything: a sample as one recipient would read it, its encoding (UCS-2 when a character is outside GSM 7-bit: then a part holds fewer), parts of a text and in all, cost (NULL without a price), how many would get it, how many would be skipped for which reason, when the first and the last could go (as far as windows and the sender''s own pace say), warnings.
Fails: TC001 to TC005 the text, TC010 unknown group or contact, TC011 unknown practice.';

create or replace function campaign.preview_campaign(campaign_id int)
	returns table(sample text, encoding text, parts_min smallint, parts_max smallint, total_parts bigint, cost numeric, will_send int, will_skip jsonb,
		first_at timestamptz, last_at timestamptz, warnings text[])
	language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
	k campaign_store.campaign := campaign_store.acting_campaign(campaign_id, false);
	p campaign_store.practice;
	f record;
	due timestamptz;
	last_due timestamptz;
	last_parts bigint;
begin
	if k.audience is not null or k.state in ('Finished', 'Cancelled') then
		perform campaign_store.wrong_state(k, 'previewed', 'A preview is for before the start. campaign.campaign_report and campaign.message_log show what happened since.');
	end if;
	select x.* into p from campaign_store.practice x where x.id = k.practice_id;
	select * into f from campaign_store.forecast(p, k);
	due := greatest(k.start_at, campaign_store.now());
	last_due := due;
	last_parts := f.total_parts;
	if k.kind = 'reactivation' then
		select coalesce(min(b.opens_at), due), coalesce(max(b.opens_at), due), f.total_parts / greatest(count(*), 1) into due, last_due, last_parts
			from campaign_store.batches_of(p, k, f.audience) b;
	end if;
	return query select f.sample, f.encoding, f.parts_min, f.parts_max, f.total_parts, f.cost, f.will_send, f.will_skip, o.first_at,
			z.last_at + last_parts / coalesce((select s.parts_per_second from campaign_store.sender s where s.id = k.sender_id), 'infinity') * interval '1 s',
			campaign_store.text_warnings(p, k, f) || campaign_store.time_warnings(p, k, f.places, null)
		from campaign_store.first_openings(p, f.places, due) o, campaign_store.first_openings(p, f.places, last_due) z;
end $$;
comment on function campaign.preview_campaign(int) is
'What a campaign that has not begun would do, for its audience as it is now; columns as preview_text().
Fails: TC011 unknown campaign, TC013 its audience is fixed already: the reports show it.';

create or replace function campaign_store.batches_of(p campaign_store.practice, k campaign_store.campaign, audience int)
	returns table(no smallint, day date, size int, opens_at timestamptz) language plpgsql stable set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
begin
	if k.audience is not null then
		return query select b.no, b.day, b.size, b.opens_at from campaign_store.batch b where b.campaign_id = k.id order by b.no;
	elsif k.kind = 'text' then
		return query select 0::smallint, k.start_local::date, batches_of.audience, k.start_at;
	else
		return query select b.no, b.day, b.size, campaign_store.batch_opens(b.day, p.zone, k.send_after, k.start_at)
			from campaign_store.plan_batches(batches_of.audience, k.duration, k.start_local::date, k.excluded, '{}', p.daily_limit) b;
	end if;
end $$;
comment on function campaign_store.batches_of(campaign_store.practice, campaign_store.campaign, int) is
'The batches of a campaign: as fixed, or before that as they would be for an audience.';

create or replace function campaign.preview_batches(campaign_id int) returns table(batch smallint, day date, weekday text, size int, opens_at timestamptz)
	language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
	k campaign_store.campaign := campaign_store.acting_campaign(campaign_id, false);
	p campaign_store.practice;
	n int := k.audience;
begin
	select x.* into p from campaign_store.practice x where x.id = k.practice_id;
	if n is null then
		n := (select count(*) from campaign_store.audience_now(k.practice_id, k.kind, k.group_ids, k.contact_ids));
	end if;
	return query select b.no, b.day, to_char(b.day, 'FMDay'), b.size, b.opens_at from campaign_store.batches_of(p, k, n) b;
end $$;
comment on function campaign.preview_batches(int) is
'The batches of a campaign: when each is released, and its size. Before the start for the audience as it is now, later as it was fixed. A text campaign has one. Fails: TC011 unknown campaign.';

-- ------------------------------------------------------------------------------------------------ stopping

create or replace function campaign_store.end_campaign(k campaign_store.campaign, because text, hide boolean) returns bigint language plpgsql
	set search_path = pg_catalog, pg_temp as $$
declare
	at_time timestamptz := campaign_store.now();
begin
	update campaign_store.campaign x set state = 'Cancelled', held_because = null, resume_to = null, finished_at = at_time,
		cancel_reason = (select r.id from campaign_store.reason r where r.reason = because), hidden_at = case when hide then at_time else x.hidden_at end
		where x.id = k.id;
	perform campaign_store.wake();
	return campaign_store.to_go(k);
end $$;
comment on function campaign_store.end_campaign(campaign_store.campaign, text, boolean) is
'Cancels a campaign. Its row decides at once: nothing more is claimed. Housekeeping turns the message rows in chunks, and views show them as Cancelled meanwhile.';

create or replace function campaign.delete_campaign(id int, out outcome text, out messages bigint) language plpgsql security definer
	set search_path = pg_catalog, pg_temp as $$
declare
	k campaign_store.campaign := campaign_store.acting_campaign(id);
begin
	if k.hidden_at is not null then
		perform campaign_store.wrong_state(k, 'deleted twice', 'campaign.cancel_campaign() stops one that still sends.');
	end if;
	if k.started_at is null and k.state not in ('Finished', 'Cancelled') then
		outcome := 'cancelled';
		messages := campaign_store.end_campaign(k, 'campaign_deleted', true);
	else
		outcome := 'hidden';
		messages := case when k.state in ('Finished', 'Cancelled') then 0 else campaign_store.to_go(k) end;
		update campaign_store.campaign x set hidden_at = campaign_store.now() where x.id = k.id;
		if messages > 0 then
			raise notice 'Campaign % has started, so it is only taken out of the history: % messages still go.', k.id, messages
				using hint = format('select campaign.cancel_campaign(%s) stops it.', k.id);
		end if;
	end if;
	perform campaign_store.note(k.practice_id, 'delete_campaign', format('%s %s', k.id, outcome));
end $$;
comment on function campaign.delete_campaign(int) is
'Deletes a campaign. If no message has been handed out for sending yet, none will be: all are Cancelled (campaign_deleted) and the campaign leaves the history. If it has started, it leaves the history and keeps sending, later batches included, with a notice; cancel_campaign() stops that. Which of the two is decided once, also against a daemon that starts it at this moment. Reports and the message log keep both.
Returns (cancelled, messages that will not go) or (hidden, messages still to go). Fails: TC011 unknown campaign, TC013 deleted already.';

create or replace function campaign.cancel_campaign(id int, out outcome text, out messages bigint) language plpgsql security definer
	set search_path = pg_catalog, pg_temp as $$
declare
	k campaign_store.campaign := campaign_store.acting_campaign(id);
begin
	if k.state in ('Finished', 'Cancelled') then
		perform campaign_store.wrong_state(k, 'cancelled', 'Nothing of it waits.');
	end if;
	outcome := 'cancelled';
	messages := campaign_store.end_campaign(k, 'campaign_cancelled', false);
	perform campaign_store.note(k.practice_id, 'cancel_campaign', k.id::text);
end $$;
comment on function campaign.cancel_campaign(int) is
'Stops a campaign for good, started or not, deleted or not: what waits is Cancelled (campaign_cancelled), what is being handed to the carrier is finished.
Returns (cancelled, messages that will not go). Fails: TC011 unknown campaign, TC013 Finished or Cancelled already.';

create or replace function campaign.pause_campaign(id int, out outcome text, out messages bigint) language plpgsql security definer
	set search_path = pg_catalog, pg_temp as $$
declare
	k campaign_store.campaign := campaign_store.acting_campaign(id);
begin
	if k.state not in ('Scheduled', 'Preparing', 'Sending') then
		perform campaign_store.wrong_state(k, 'paused', 'Only what is Scheduled, Preparing or Sending can be. A Held campaign does not send; campaign.cancel_campaign() ends it.');
	end if;
	update campaign_store.campaign x set state = 'Paused', resume_to = k.state, paused_at = campaign_store.now() where x.id = k.id;
	outcome := 'Paused';
	messages := campaign_store.to_go(k);
	perform campaign_store.note(k.practice_id, 'pause_campaign', k.id::text);
	perform campaign_store.wake();
end $$;
comment on function campaign.pause_campaign(int) is
'Stops a campaign until resume_campaign(). What is being handed to the carrier is finished. Returns (Paused, messages that wait). Fails: TC011 unknown campaign, TC013 not Scheduled, Preparing or Sending.';

create or replace function campaign.resume_campaign(id int, out outcome text, out messages bigint) language plpgsql security definer
	set search_path = pg_catalog, pg_temp as $$
declare
	k campaign_store.campaign := campaign_store.acting_campaign(id);
	at_time timestamptz := campaign_store.now();
	late bigint;
begin
	if k.state not in ('Paused', 'Held') then
		perform campaign_store.wrong_state(k, 'resumed', 'Only what is Paused or Held can be.');
	end if;
	update campaign_store.campaign x set state = k.resume_to, resume_to = null, held_because = null, resumed_at = at_time where x.id = k.id;
	outcome := k.resume_to;
	messages := campaign_store.to_go(k);
	select count(*) into late from campaign_store.chunk q join campaign_store.message m on m.id between q.first_id and q.last_id and m.chunk = q.no and m.status = 'Queued'
		where q.campaign_id = k.id and q.due_at < at_time - interval '7 days';
	if late > 0 then
		raise notice '% messages of campaign % were due more than 7 days ago: they will be Aborted (expired).', late, k.id
			using hint = 'A new campaign can be created for their contacts.';
	end if;
	perform campaign_store.note(k.practice_id, 'resume_campaign', k.id::text);
	perform campaign_store.wake();
end $$;
comment on function campaign.resume_campaign(int) is
'Lets a Paused or Held campaign go on where it was. What was due more than 7 days ago is Aborted (expired); a notice says how many. Returns (the state it is in now, messages to go). Fails: TC011 unknown campaign, TC013 neither Paused nor Held.';

create or replace function campaign.reschedule_campaign(id int, start_at text) returns timestamptz language plpgsql security definer
	set search_path = pg_catalog, pg_temp as $$
declare
	k campaign_store.campaign := campaign_store.acting_campaign(id);
	p campaign_store.practice;
	s record;
begin
	if k.state <> 'Scheduled' then
		perform campaign_store.wrong_state(k, 'rescheduled', 'Only what is Scheduled can be. Cancel it and create it again.');
	end if;
	select x.* into p from campaign_store.practice x where x.id = k.practice_id;
	select * into s from campaign_store.parse_start(p.zone, reschedule_campaign.start_at);
	if s.warning is not null then
		raise notice '%', s.warning;
	end if;
	-- send_after follows as long as it was not given apart.
	update campaign_store.campaign x set start_local = s.start_local, start_at = s.start_at, start_zone = p.zone,
		send_after = case when x.send_after = x.start_local::time then s.start_local::time else x.send_after end where x.id = k.id;
	perform campaign_store.note(k.practice_id, 'reschedule_campaign', k.id::text);
	perform campaign_store.wake();
	return s.start_at;
end $$;
comment on function campaign.reschedule_campaign(int, text) is
'Gives a campaign that is Scheduled another start (the practice''s wall clock, YYYY-MM-DD HH:MM; NULL is now), and returns the instant. Fails: TC006 in the past, TC007 unreadable, TC011 unknown campaign, TC013 not Scheduled.';
