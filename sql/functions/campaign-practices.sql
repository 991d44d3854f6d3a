-- The interface: practices, senders, people and the operator's verbs. For campaign_operator.

create or replace function campaign_store.any_practice(practice text) returns campaign_store.practice language plpgsql stable
	set search_path = pg_catalog, pg_temp as $$
declare
	p campaign_store.practice;
begin
	select x.* into p from campaign_store.practice x where x.short_name = practice;
	if not found then
		raise exception using errcode = 'TC011', message = format('There is no practice "%s".', practice),
			detail = 'Practices are named by their short name.',
			hint = 'select practice, name from campaign.practices shows those that there are.';
	end if;
	return p;
end $$;
comment on function campaign_store.any_practice(text) is 'The practice of that short name, for operators; TC011 otherwise.';

create or replace function campaign_store.check_zone(zone text) returns text language plpgsql stable
	set search_path = pg_catalog, pg_temp as $$
begin
	if not exists (select from pg_timezone_names n where n.name = zone) then
		raise exception using errcode = '22023', message = format('There is no time zone "%s".', zone),
			detail = 'Zones have the names of the IANA list.',
			hint = 'For example America/New_York, America/Chicago, America/Denver, America/Phoenix, America/Los_Angeles.';
	end if;
	return zone;
end $$;
comment on function campaign_store.check_zone(text) is 'The zone, if there is such a one.';

-- What stands in texts must arrive in one piece.
create or replace function campaign_store.check_value(setting text, value text) returns text language plpgsql stable
	set search_path = pg_catalog, pg_temp as $$
begin
	if value is distinct from '' and campaign_store.clean(value) is distinct from regexp_replace(btrim(normalize(value, nfc)), '\s+', ' ', 'g') then
		raise exception using errcode = '22023', message = format('The %s cannot stand in a text as it is.', setting),
			detail = format('"%s" is longer than 60 characters, blank, or has control characters or emoji.', value),
			hint = 'Shorten or correct it.';
	end if;
	return coalesce(campaign_store.clean(value), '');
end $$;
comment on function campaign_store.check_value(text, text) is 'A value of a practice that texts may hold, cleaned.';

create or replace function campaign.create_practice(practice text, name text, time_zone text, phone text default '', website text default '',
	address text default '', opens time default '09:00', closes time default '20:00') returns int language plpgsql security definer
	set search_path = pg_catalog, pg_temp as $$
declare
	new_id int;
begin
	if coalesce(practice, '') !~ '^[a-z0-9][a-z0-9_-]{0,39}$' then
		raise exception using errcode = '22023', message = 'The short name of a practice has other characters than it may.',
			detail = format('"%s" was given.', practice),
			hint = 'Use 1 to 40 of a-z, 0-9, - and _, beginning with a letter or digit.';
	elsif exists (select from campaign_store.practice p where p.short_name = practice) then
		raise exception using errcode = '23505', message = format('There is a practice "%s" already.', practice),
			detail = 'Short names are unique.',
			hint = 'Choose another one.';
	elsif coalesce(btrim(name), '') = '' then
		raise exception using errcode = '22023', message = 'The practice has no name.',
			detail = 'The name is what recipients read.',
			hint = 'Give it as name => ''...''.';
	elsif opens >= closes then
		raise exception using errcode = '22023', message = 'The practice closes before it opens.',
			detail = format('%s to %s was given.', opens, closes),
			hint = 'The sending window is within a day; 00:00 to 24:00 is always open.';
	end if;
	insert into campaign_store.practice(short_name, name, phone, website, address, zone, opens, closes)
		values (practice, campaign_store.check_value('name', name), campaign_store.check_value('phone', phone),
			campaign_store.check_value('website', website), campaign_store.check_value('address', address),
			campaign_store.check_zone(time_zone), opens, closes)
		returning id into new_id;
	insert into campaign_store.phase(practice_id, name, reactivation) values (new_id, 'No Phase', true), (new_id, 'Pending', true);
	perform campaign_store.note(new_id, 'create_practice', practice);
	return new_id;
end $$;
comment on function campaign.create_practice(text, text, text, text, text, text, time, time) is
'Creates a practice and returns its id. practice is its short name, by which all other functions know it (a-z, 0-9, - and _); name, phone, website and address are what the placeholders [Practice.Name] and so on become, at most 60 characters each; time_zone is an IANA name; texts go between opens and closes. It has the phases No Phase and Pending. It needs a sender (add_sender) and people (add_staff).
Fails: 22023 a value that cannot be, 23505 the short name is taken. For operators.';

create or replace function campaign.add_sender(practice text, number text, carrier text, parts_per_second numeric default null,
	parts_per_day int default null, part_price numeric default null, carrier_confirms boolean default false, is_default boolean default null)
	returns int language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
	p campaign_store.practice := campaign_store.any_practice(practice);
	e164 text := (select coalesce(n.phone, substring(btrim(number) from '^\d{3,8}$')) from campaign_store.normalize_phone(number) n);
	new_id int;
begin
	if e164 is null then
		raise exception using errcode = '22023', message = 'The sender''s number is not valid.',
			detail = format('"%s" was given.', number),
			hint = 'Give a telephone number such as +12065550100, or a short code of 3 to 8 digits.';
	elsif exists (select from campaign_store.sender s where s.number = e164) then
		raise exception using errcode = '23505', message = format('%s is a sender already.', e164),
			detail = 'A number belongs to one practice: replies are found by it.',
			hint = 'campaign.senders shows whose it is.';
	elsif coalesce(btrim(carrier), '') = '' then
		raise exception using errcode = '22023', message = 'The sender has no carrier.',
			detail = 'The carrier is the name of a section in campaignd.conf.',
			hint = 'Give it as carrier => ''...''.';
	elsif parts_per_second <= 0 or parts_per_day <= 0 or part_price < 0 then
		raise exception using errcode = '22023', message = 'A limit or price of the sender is not positive.',
			detail = format('parts_per_second %s, parts_per_day %s, part_price %s.', parts_per_second, parts_per_day, part_price),
			hint = 'Leave out what has no limit.';
	end if;
	insert into campaign_store.sender as s (practice_id, number, carrier, parts_per_second, parts_per_day, part_price, carrier_confirms)
		values (p.id, e164, btrim(add_sender.carrier), add_sender.parts_per_second, add_sender.parts_per_day, add_sender.part_price,
			coalesce(add_sender.carrier_confirms, false))
		returning s.id into new_id;
	if coalesce(is_default, p.sender_id is null) then
		update campaign_store.practice x set sender_id = new_id where x.id = p.id;
	end if;
	perform campaign_store.note(p.id, 'add_sender', new_id::text);
	perform campaign_store.wake();
	return new_id;
end $$;
comment on function campaign.add_sender(text, text, text, numeric, int, numeric, boolean, boolean) is
'Gives a practice a number to send from and returns the sender''s id. carrier is the name of a section in campaignd.conf. parts_per_second and parts_per_day limit this number alone (the carrier has a pace of its own); part_price is what one part costs, for previews and reports; carrier_confirms: the carrier answers STOP itself. The first sender becomes the default, a later one with is_default => true.
Fails: TC011 unknown practice, 22023 a value that cannot be, 23505 the number is taken. For operators.';

create or replace function campaign.set_sender(practice text, number text, setting text, value text) returns void language plpgsql security definer
	set search_path = pg_catalog, pg_temp as $$
declare
	p campaign_store.practice := campaign_store.any_practice(practice);
	s campaign_store.sender;
begin
	select x.* into s from campaign_store.sender x where x.practice_id = p.id
		and x.number in (btrim(set_sender.number), (campaign_store.normalize_phone(set_sender.number)).phone) for update;
	if not found then
		raise exception using errcode = 'TC015', message = format('The practice "%s" has no sender %s.', practice, number),
			detail = 'Senders are named by their number.',
			hint = 'campaign.senders shows them; campaign.add_sender() adds one.';
	end if;
	case setting
		when 'carrier' then s.carrier := btrim(value);
		when 'parts_per_second' then s.parts_per_second := value::numeric;
		when 'parts_per_day' then s.parts_per_day := value::int;
		when 'part_price' then s.part_price := value::numeric;
		when 'carrier_confirms' then s.carrier_confirms := value::boolean;
		when 'is_default' then
			if not value::boolean then
				raise exception using errcode = '22023', message = 'The default sender is changed by naming another one.',
					detail = 'A practice with senders has a default.',
					hint = 'Set is_default of the other sender to true.';
			end if;
			update campaign_store.practice x set sender_id = s.id where x.id = p.id;
		else raise exception using errcode = '22023', message = format('A sender has no setting "%s".', setting),
			detail = 'The value was not stored.',
			hint = 'Settings: carrier, parts_per_second, parts_per_day, part_price, carrier_confirms, is_default.';
	end case;
	update campaign_store.sender x set carrier = s.carrier, parts_per_second = s.parts_per_second, parts_per_day = s.parts_per_day,
		part_price = s.part_price, carrier_confirms = s.carrier_confirms where x.id = s.id;
	perform campaign_store.note(p.id, 'set_sender', format('%s %s', s.id, setting));
	perform campaign_store.wake();
end $$;
comment on function campaign.set_sender(text, text, text, text) is
'Changes one setting of a sender: carrier, parts_per_second, parts_per_day, part_price (NULL takes a limit or price away), carrier_confirms, is_default. It counts from the next claim.
Fails: TC011 unknown practice, TC015 unknown sender, 22023, 22P02 or 23514 a value that cannot be. For operators.';

-- Changing the zone keeps the wall clock: what has not come yet moves.
create or replace function campaign_store.move_to_zone(p campaign_store.practice) returns void language plpgsql
	set search_path = pg_catalog, pg_temp as $$
declare
	at_time timestamptz := campaign_store.now();
begin
	update campaign_store.campaign k set start_zone = p.zone, start_at = k.start_local at time zone p.zone
		where k.practice_id = p.id and k.state not in ('Finished', 'Cancelled') and k.start_at > at_time;
	with moved as (select b.campaign_id, b.no, b.opens_at as was, campaign_store.batch_opens(b.day, p.zone, k.send_after, k.start_at) as becomes
			from campaign_store.batch b join campaign_store.campaign k on k.id = b.campaign_id
			where k.practice_id = p.id and k.state not in ('Finished', 'Cancelled') and b.opens_at > at_time),
	b as (update campaign_store.batch b set opens_at = m.becomes from moved m where b.campaign_id = m.campaign_id and b.no = m.no)
	-- A chunk of such a batch waits for its batch, or for the window where its contacts are: the claim works out the second anew.
	update campaign_store.chunk q set due_at = m.becomes from moved m where q.campaign_id = m.campaign_id and q.due_at >= m.was and q.run is null
		and (select x.batch from campaign_store.message x where x.id between q.first_id and q.last_id and x.chunk = q.no order by x.id limit 1) = m.no;
end $$;
comment on function campaign_store.move_to_zone(campaign_store.practice) is 'Works out again the instants that have not passed, after a practice''s zone has changed.';

create or replace function campaign.set_practice(practice text, setting text, value text) returns void language plpgsql security definer
	set search_path = pg_catalog, pg_temp as $$
declare
	p campaign_store.practice := campaign_store.any_practice(practice);
	periods boolean := setting in ('time_zone', 'opens', 'closes');
begin
	select x.* into p from campaign_store.practice x where x.id = p.id for update;
	case setting
		when 'name' then
			if coalesce(btrim(value), '') = '' then
				raise exception using errcode = '22023', message = 'The practice''s name is blank.',
					detail = 'The name is what recipients read.',
					hint = 'Give one.';
			end if;
			p.name := campaign_store.check_value(setting, value);
		when 'phone' then p.phone := campaign_store.check_value(setting, coalesce(value, ''));
		when 'website' then p.website := campaign_store.check_value(setting, coalesce(value, ''));
		when 'address' then p.address := campaign_store.check_value(setting, coalesce(value, ''));
		when 'time_zone' then p.zone := campaign_store.check_zone(value);
		when 'opens' then p.opens := value::time;
		when 'closes' then p.closes := value::time;
		when 'daily_limit' then p.daily_limit := value::int;
		when 'max_parts' then p.max_parts := value::smallint;
		when 'opt_out_hint' then p.opt_out_hint := value;
		when 'require_consent' then p.require_consent := value::boolean;
		when 'plain_punctuation' then p.plain_punctuation := value::boolean;
		when 'cap_day' then p.cap_day := value::int;
		when 'cap_30_days' then p.cap_30_days := value::int;
		when 'late_limit' then p.late_limit := value::interval;
		when 'known_bad_days' then p.known_bad_days := value::int;
		else raise exception using errcode = '22023', message = format('A practice has no setting "%s".', setting),
			detail = 'The value was not stored.',
			hint = 'Settings: name, phone, website, address, time_zone, opens, closes, daily_limit, max_parts, opt_out_hint, require_consent, plain_punctuation, cap_day, cap_30_days, late_limit, known_bad_days.';
	end case;
	begin
		update campaign_store.practice x set name = p.name, phone = p.phone, website = p.website, address = p.address, zone = p.zone,
			opens = p.opens, closes = p.closes, daily_limit = p.daily_limit, max_parts = p.max_parts, opt_out_hint = p.opt_out_hint,
			require_consent = p.require_consent, plain_punctuation = p.plain_punctuation, cap_day = p.cap_day, cap_30_days = p.cap_30_days,
			late_limit = p.late_limit, known_bad_days = p.known_bad_days where x.id = p.id;
	exception when check_violation or not_null_violation then
		raise exception using errcode = '22023', message = format('%s cannot be %s.', setting, coalesce(quote_literal(value), 'NULL')),
			detail = sqlerrm,
			hint = 'opens < closes; daily_limit > 0 or NULL; max_parts 1 to 10; opt_out_hint first, always or never; caps and days 0 (off) or more; late_limit > 0.';
	end;
	if periods then
		update campaign_store.open_period o set closes_at = '-infinity' where o.practice_id = p.id;
	end if;
	if setting = 'time_zone' then
		perform campaign_store.move_to_zone(p);
	end if;
	perform campaign_store.note(p.id, 'set_practice', setting);
	perform campaign_store.wake();
end $$;
comment on function campaign.set_practice(text, text, text) is
'Changes one setting of a practice. The value is given as text.
  name, phone, website, address   what the placeholders become (at most 60 characters)
  time_zone                       IANA name; wall clocks of campaigns stay, their instants move
  opens, closes                   the sending window, 09:00 and 20:00; 00:00 and 24:00 is always open
  daily_limit                     messages of campaigns a day; NULL = none
  max_parts                       a text may take 1 to 10 parts (4)
  opt_out_hint                    append " Reply STOP to opt out." first (to numbers not texted before), always or never
  require_consent                 only contacts whose newest consent is granted (true)
  plain_punctuation               typographic quotes and the like in plain form where that saves parts (true); for campaigns created from now on
  cap_day, cap_30_days            campaign texts to one number in a day, in 30 days; 0 = any
  late_limit                      open hours after which a campaign that could not go waits for a person (4 hours)
  known_bad_days                  how long a number counts as one that cannot receive texts (180)
It counts from the next claim. Fails: TC011 unknown practice, 22023 and the codes of unreadable values (22P02, 22007, 22008). For operators.';

create or replace function campaign.add_staff(practice text, login text) returns void language plpgsql security definer
	set search_path = pg_catalog, pg_temp as $$
declare
	p campaign_store.practice := campaign_store.any_practice(practice);
begin
	if not exists (select from pg_roles r where r.rolname = login) then
		raise exception using errcode = '22023', message = format('There is no login "%s".', login),
			detail = 'Logins are made by the database''s administrator.',
			hint = format('create role %I login; grant campaign_staff to %I;', login, login);
	elsif not (pg_has_role(login::name, 'campaign_staff', 'member') or pg_has_role(login::name, 'campaign_reporting', 'member')) then
		raise notice '% is not yet a member of campaign_staff or campaign_reporting.', login
			using hint = format('An administrator does: grant campaign_staff to %I;', login);
	end if;
	insert into campaign_store.staff_practice(login, practice_id) values (login, p.id) on conflict do nothing;
	perform campaign_store.note(p.id, 'add_staff', login);
end $$;
comment on function campaign.add_staff(text, text) is
'Lets a login see a practice, and act for it if it is a member of campaign_staff (which the database''s administrator grants; campaign_reporting only reads). May be repeated.
Fails: TC011 unknown practice, 22023 no such login. For operators.';

create or replace function campaign.remove_staff(practice text, login text) returns void language plpgsql security definer
	set search_path = pg_catalog, pg_temp as $$
declare
	p campaign_store.practice := campaign_store.any_practice(practice);
begin
	delete from campaign_store.staff_practice s where s.login = remove_staff.login and s.practice_id = p.id;
	if not found then
		raise exception using errcode = '22023', message = format('"%s" is not of the practice "%s".', login, practice),
			detail = 'Nothing was changed.',
			hint = 'campaign.practices shows the people of each practice.';
	end if;
	perform campaign_store.note(p.id, 'remove_staff', login);
end $$;
comment on function campaign.remove_staff(text, text) is
'Takes a practice away from a login, at once. Fails: TC011 unknown practice, 22023 it was not of that practice. For operators.';

create or replace function campaign.confirm_copy() returns void language plpgsql security definer
	set search_path = pg_catalog, pg_temp as $$
begin
	delete from campaign_store.installation;
	insert into campaign_store.installation(system_identifier, database_oid, timeline)
		select c.system_identifier, d.oid, left(pg_walfile_name(pg_current_wal_lsn()), 8)
		from pg_control_system() c, pg_database d where d.datname = current_database();
	perform campaign_store.note(null, 'confirm_copy');
	perform campaign_store.wake();
end $$;
comment on function campaign.confirm_copy() is
'Confirms that this database, which was restored from a copy or taken over by a failover, shall send. Until then the daemon sends nothing, because what the copy holds as due may have been sent since. First make sure that the original sends no more, and cancel what went out after the copy was taken. For operators.';

create or replace function campaign.reload() returns void language plpgsql security definer
	set search_path = pg_catalog, pg_temp as $$
begin
	perform campaign_store.note(null, 'reload');
	perform campaign_store.wake('codes');
	perform campaign_store.wake();
end $$;
comment on function campaign.reload() is
'Makes every daemon read the table of carrier codes again and look for what is due. The configuration file is read again by: systemctl reload campaignd. For operators.';

create or replace function campaign.drain(bind text) returns void language plpgsql security definer
	set search_path = pg_catalog, pg_temp as $$
begin
	raise exception using errcode = '0A000', message = 'drain() is not available in this version.',
		detail = format('Nothing was done to %s.', bind),
		hint = 'To stop sending through a carrier, take it out of campaignd.conf and do: systemctl reload campaignd. To stop all sending cleanly: systemctl stop campaignd.';
end $$;
comment on function campaign.drain(text) is 'Not available in this version: always fails with 0A000, and says what to do instead. For operators.';

create or replace function campaign.resume(bind text) returns void language plpgsql security definer
	set search_path = pg_catalog, pg_temp as $$
begin
	raise exception using errcode = '0A000', message = 'resume() is not available in this version.',
		detail = format('Nothing was done to %s.', bind),
		hint = 'systemctl start campaignd, or put the carrier back into campaignd.conf and do: systemctl reload campaignd.';
end $$;
comment on function campaign.resume(text) is 'Not available in this version: always fails with 0A000, and says what to do instead. For operators.';

create or replace function campaign.set_carrier_code(source text, code text, meaning text, status text, reason text, retry text) returns void
	language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
begin
	if coalesce(btrim(set_carrier_code.source), '') = '' or coalesce(btrim(set_carrier_code.code), '') = '' then
		raise exception using errcode = '22023', message = 'Source and code of the row are needed.', detail = 'Nothing was stored.',
			hint = 'The log line outcome.unlisted names both.';
	elsif set_carrier_code.reason is not null and not exists (select from campaign_store.reason r where r.reason = set_carrier_code.reason) then
		raise exception using errcode = '22023', message = format('There is no reason "%s".', set_carrier_code.reason), detail = 'Nothing was stored.',
			hint = 'select reason, sentence from campaign.reasons shows those that there are.';
	end if;
	insert into campaign_store.carrier_code as c (source, code, meaning, status, reason, retry, shipped)
		values (btrim(set_carrier_code.source), btrim(set_carrier_code.code), coalesce(set_carrier_code.meaning, ''), set_carrier_code.status,
			set_carrier_code.reason, set_carrier_code.retry, false)
		on conflict (source, code) do update set meaning = excluded.meaning, status = excluded.status, reason = excluded.reason, retry = excluded.retry,
			shipped = false;
	perform campaign_store.note(null, 'set_carrier_code', format('%s %s', set_carrier_code.source, set_carrier_code.code));
	perform campaign_store.wake('codes');
exception when check_violation or not_null_violation then
	raise exception using errcode = '22023', message = 'Status or retry of the row cannot be so.', detail = sqlerrm,
		hint = 'status: Aborted, Unknown, Delivered, (retry) or (pending); retry: no, same_bind, other_bind, later, fix or wait.';
end $$;
comment on function campaign.set_carrier_code(text, text, text, text, text, text) is
'Says what a carrier''s code means: source and code as the log line outcome.unlisted names them, meaning in words, status (Aborted, Unknown, Delivered, (retry) or (pending)), reason (one of campaign.reasons, or NULL where the status needs none) and retry (no, same_bind, other_bind, later, fix: somebody must put something right, wait). Daemons use it at once, and no upgrade changes it.
Fails: 22023 a value that cannot be. For operators.';
