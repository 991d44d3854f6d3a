-- The interface: contacts, groups and phases. For campaign_staff.

create or replace function campaign_store.check_consent_source(consent_source text) returns text language plpgsql immutable
	set search_path = pg_catalog, pg_temp as $$
begin
	if coalesce(btrim(consent_source), '') = '' then
		raise exception using errcode = '22023', message = 'The source of the consent is missing.',
			detail = 'Contacts without consent are not texted.',
			hint = 'Say where the contact agreed to be texted, for example consent_source => ''intake form'', or ''none''.';
	end if;
	return case when lower(btrim(consent_source)) <> 'none' then btrim(consent_source) end;
end $$;
comment on function campaign_store.check_consent_source(text) is 'Where consent comes from; null when there is none; an error when nothing was said.';

create or replace function campaign_store.acting_phase(p campaign_store.practice, name text) returns int language plpgsql stable
	set search_path = pg_catalog, pg_temp as $$
declare
	found_id int;
begin
	select f.id into found_id from campaign_store.phase f where f.practice_id = p.id and lower(f.name) = lower(btrim(acting_phase.name));
	if found_id is null then
		raise exception using errcode = 'TC010', message = format('The practice "%s" has no phase "%s".', p.short_name, name),
			detail = format('Its phases: %s.', (select string_agg(f.name, ', ' order by f.id) from campaign_store.phase f where f.practice_id = p.id)),
			hint = 'campaign.create_phase() makes one.';
	end if;
	return found_id;
end $$;
comment on function campaign_store.acting_phase(campaign_store.practice, text) is 'The id of a phase of a practice; TC010 otherwise.';

create or replace function campaign_store.check_region(region text) returns text language plpgsql immutable
	set search_path = pg_catalog, pg_temp as $$
begin
	if upper(btrim(region)) !~ '^[A-Z]{2}$' then
		raise exception using errcode = '22023', message = format('"%s" is not a region.', region),
			detail = 'The region decides whose law and clock count.',
			hint = 'Give the two letters of the state, for example NY.';
	end if;
	return upper(btrim(region));
end $$;
comment on function campaign_store.check_region(text) is 'A region as two letters.';

create or replace function campaign.upsert_contact(out contact_id bigint, practice text, external_id text, first_name text default null,
	last_name text default null, inout phone text default null, consent_source text default null, phase text default null,
	region text default null, time_zone text default null, groups text[] default '{}', consent_wording text default '', out problems text[])
	language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
	p campaign_store.practice := campaign_store.acting(practice);
	consent_from text := campaign_store.check_consent_source(consent_source);
	old campaign_store.contact;
	c campaign_store.contact;
	group_ids int[];
begin
	if coalesce(btrim(external_id), '') = '' then
		raise exception using errcode = '22023', message = 'The contact has no external_id.',
			detail = 'It is how the contact is found again the next time.',
			hint = 'Give the id that the contact has in your own system.';
	end if;
	select array_agg(campaign_store.acting_group(p, g)) into group_ids from unnest(groups) g;
	select n.phone, n.problem into c.phone, c.phone_problem from campaign_store.normalize_phone(upsert_contact.phone) n;
	c.phone_typed := upsert_contact.phone;
	c.first_name := campaign_store.clean(upsert_contact.first_name);
	c.last_name := campaign_store.clean(upsert_contact.last_name);
	c.region := campaign_store.check_region(nullif(btrim(upsert_contact.region), ''));
	c.zone := case when btrim(time_zone) <> '' then campaign_store.check_zone(btrim(time_zone)) end;
	c.place := campaign_store.place_of(c.region, c.zone, c.phone);
	c.phase_id := campaign_store.acting_phase(p, coalesce(nullif(btrim(phase), ''), 'No Phase'));

	perform pg_advisory_xact_lock_shared(hashtextextended('import ' || p.id, 0));
	select x.* into old from campaign_store.contact x where x.practice_id = p.id and x.external_id = btrim(upsert_contact.external_id) for no key update;
	insert into campaign_store.contact as x (practice_id, phase_id, place, consent, phone, phone_problem, external_id, first_name, last_name, phone_typed, region, zone)
		values (p.id, c.phase_id, c.place, consent_from is not null, c.phone, c.phone_problem, btrim(upsert_contact.external_id),
			c.first_name, c.last_name, c.phone_typed, c.region, c.zone)
		on conflict (practice_id, external_id) do update set place = excluded.place, phone = excluded.phone, phone_problem = excluded.phone_problem,
			first_name = excluded.first_name, last_name = excluded.last_name, phone_typed = excluded.phone_typed,
			region = excluded.region, zone = excluded.zone, deleted_at = null,
			phase_id = case when coalesce(btrim(upsert_contact.phase), '') = '' then x.phase_id else excluded.phase_id end,
			consent = x.consent or (excluded.consent and not exists (select from campaign_store.consent_event e where e.contact_id = x.id))
		returning x.* into c;
	if consent_from is not null and not exists (select from campaign_store.consent_event e where e.contact_id = c.id) then
		insert into campaign_store.consent_event(practice_id, contact_id, phone, granted, source, wording)
			values (p.id, c.id, c.phone, true, consent_from, coalesce(consent_wording, ''));
	end if;
	if old.phone is distinct from c.phone and old.phone is not null then
		insert into campaign_store.former_phone(practice_id, phone, contact_id) values (p.id, old.phone, c.id) on conflict do nothing;
	end if;
	insert into campaign_store.group_member(group_id, contact_id) select g, c.id from unnest(group_ids) g order by 1 on conflict do nothing;
	perform campaign_store.note_place(p.id, c.place);
	perform campaign_store.note(p.id, 'upsert_contact', c.id::text);

	contact_id := c.id;
	phone := c.phone;
	problems := array_remove(array[c.phone_problem,
		case when c.opted_out_at is not null or exists (select from campaign_store.opt_out o where o.practice_id = p.id and o.phone = c.phone and o.lifted_at is null)
			then 'opted_out' end,
		case when p.require_consent and not c.consent then 'no_consent' end,
		(select r.reason from campaign_store.known_bad b join campaign_store.reason r on r.id = b.reason where b.practice_id = p.id and b.phone = c.phone
			and b.at > campaign_store.now() - make_interval(days => p.known_bad_days))], null);
end $$;
comment on function campaign.upsert_contact(text, text, text, text, text, text, text, text, text, text[], text) is
'Creates a contact, or changes the one with that external_id (the id in the practice''s own system). Names, phone, region and time_zone become what is given; a phase that is not given stays (new: No Phase); the contact joins the groups and leaves none. A deleted contact comes back.
consent_source says where the contact agreed to be texted (''none'': it did not). It counts only for a contact of whom nothing is known yet: an opt-out or a revocation is undone by record_consent() alone.
Returns contact_id, the phone as it will be texted, and why texts would not go: no_number, invalid_number, opted_out, no_consent, landline, not_in_service.
Fails: TC010 unknown group or phase, TC011 unknown practice, 22023 a value that cannot be.';

create or replace function campaign.delete_contact(id bigint) returns void language plpgsql security definer
	set search_path = pg_catalog, pg_temp as $$
declare
	c campaign_store.contact := campaign_store.acting_contact(id);
begin
	update campaign_store.contact x set deleted_at = campaign_store.now() where x.id = c.id;
	perform campaign_store.note(c.practice_id, 'delete_contact', c.id::text);
end $$;
comment on function campaign.delete_contact(bigint) is
'Takes a contact out of all audiences; texts that wait for it are Aborted (contact_deleted). What was sent to it, its opt-out and its consent stay on record. upsert_contact() brings it back. Fails: TC010 unknown contact.';

create or replace function campaign.create_group(practice text, name text, is_staff boolean default false) returns int language plpgsql security definer
	set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
	p campaign_store.practice := campaign_store.acting(practice);
	new_id int;
begin
	if coalesce(btrim(create_group.name), '') = '' or create_group.name like '%;%' then
		raise exception using errcode = '22023', message = 'The name of the group is blank or has a semicolon.',
			detail = 'Imports separate groups by semicolons.',
			hint = 'Choose another name.';
	end if;
	insert into campaign_store.contact_group as g (practice_id, name, is_staff)
		values (p.id, btrim(create_group.name), coalesce(create_group.is_staff, false)) on conflict (practice_id, name) do nothing returning g.id into new_id;
	if new_id is null then
		raise exception using errcode = '23505', message = format('The practice "%s" has a group "%s" already.', p.short_name, btrim(create_group.name)),
			detail = 'Names are unique.',
			hint = 'Use it, or choose another name.';
	end if;
	perform campaign_store.note(p.id, 'create_group', btrim(create_group.name));
	return new_id;
end $$;
comment on function campaign.create_group(text, text, boolean) is
'Makes a group of contacts; is_staff: its contacts may get test texts (send_test). Groups are named by their name. Returns its id.
Fails: TC011 unknown practice, 23505 the name is taken, 22023 a name that cannot be.';

create or replace function campaign_store.check_contacts(practice_id int, contacts bigint[]) returns void language plpgsql stable
	set search_path = pg_catalog, pg_temp as $$
declare
	unknown bigint[];
begin
	-- One by one from their ids: a good plan whatever the statistics say of a table just filled.
	select array_agg(x.id order by x.id) into unknown from unnest(contacts) x(id)
		left join lateral (select y.practice_id, y.deleted_at from campaign_store.contact y where y.id = x.id limit 1) c on true
		where c.practice_id is distinct from check_contacts.practice_id or c.deleted_at is not null;
	if unknown is not null then
		raise exception using errcode = 'TC010', message = format('%s of the contacts are unknown.', cardinality(unknown)),
			detail = format('The practice has no contact %s%s.', array_to_string(unknown[1:5], ', '), case when cardinality(unknown) > 5 then ', ...' end),
			hint = 'select id, external_id from campaign.contacts shows those that there are.';
	end if;
end $$;
comment on function campaign_store.check_contacts(int, bigint[]) is 'Raises TC010 unless all of the contacts are the practice''s.';

create or replace function campaign.add_to_group(practice text, group_name text, contacts bigint[]) returns int language plpgsql security definer
	set search_path = pg_catalog, pg_temp as $$
declare
	p campaign_store.practice := campaign_store.acting(practice);
	to_group int := campaign_store.acting_group(p, group_name);
	n int;
begin
	perform campaign_store.check_contacts(p.id, contacts);
	insert into campaign_store.group_member(group_id, contact_id) select distinct to_group, c from unnest(contacts) c order by 1, 2 on conflict do nothing;
	get diagnostics n = row_count;
	perform campaign_store.note(p.id, 'add_to_group', format('%s +%s', group_name, n));
	return n;
end $$;
comment on function campaign.add_to_group(text, text, bigint[]) is
'Puts contacts into a group, and returns how many were not in it yet. Fails: TC010 unknown group or contact (then nobody was added), TC011 unknown practice.';

create or replace function campaign.remove_from_group(practice text, group_name text, contacts bigint[]) returns int language plpgsql security definer
	set search_path = pg_catalog, pg_temp as $$
declare
	p campaign_store.practice := campaign_store.acting(practice);
	of_group int := campaign_store.acting_group(p, group_name);
	n int;
begin
	-- In the order in which others add: a delete takes them as it finds them.
	perform from campaign_store.group_member m where m.group_id = of_group and m.contact_id = any(contacts) order by m.contact_id for update;
	delete from campaign_store.group_member m where m.group_id = of_group and m.contact_id = any(contacts);
	get diagnostics n = row_count;
	perform campaign_store.note(p.id, 'remove_from_group', format('%s -%s', group_name, n));
	return n;
end $$;
comment on function campaign.remove_from_group(text, text, bigint[]) is
'Takes contacts out of a group, and returns how many were in it. A campaign that has started already keeps them. Fails: TC010 unknown group, TC011 unknown practice.';

create or replace function campaign.create_phase(practice text, name text, reactivation boolean default false) returns int language plpgsql security definer
	set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
	p campaign_store.practice := campaign_store.acting(practice);
	new_id int;
begin
	if coalesce(btrim(create_phase.name), '') = '' then
		raise exception using errcode = '22023', message = 'The phase has no name.',
			detail = 'Contacts are put into a phase by its name.',
			hint = 'Give one.';
	elsif exists (select from campaign_store.phase f where f.practice_id = p.id and lower(f.name) = lower(btrim(create_phase.name))) then
		raise exception using errcode = '23505', message = format('The practice "%s" has a phase "%s" already.', p.short_name, btrim(create_phase.name)),
			detail = 'Names are unique.',
			hint = 'Use it, or choose another name.';
	end if;
	insert into campaign_store.phase as f (practice_id, name, reactivation) values (p.id, btrim(create_phase.name), coalesce(create_phase.reactivation, false))
		returning f.id into new_id;
	perform campaign_store.note(p.id, 'create_phase', btrim(create_phase.name));
	return new_id;
end $$;
comment on function campaign.create_phase(text, text, boolean) is
'Makes a phase; reactivation: reactivation campaigns are for its contacts, as for the built-in No Phase and Pending. Returns its id.
Fails: TC011 unknown practice, 23505 the name is taken, 22023 blank.';

create or replace function campaign.set_phase(contact_id bigint, phase text) returns void language plpgsql security definer
	set search_path = pg_catalog, pg_temp as $$
declare
	c campaign_store.contact := campaign_store.acting_contact(contact_id);
	p campaign_store.practice;
	new_id int;
begin
	select x.* into p from campaign_store.practice x where x.id = c.practice_id;
	new_id := campaign_store.acting_phase(p, phase);
	update campaign_store.contact x set phase_id = new_id where x.id = c.id;
	perform campaign_store.note(c.practice_id, 'set_phase', format('%s %s', c.id, phase));
end $$;
comment on function campaign.set_phase(bigint, text) is
'Moves a contact to another phase. One that leaves the phases for reactivation gets no further reactivation text: what waits for it is Aborted (left_phase) at its turn.
Fails: TC010 unknown contact or phase.';

-- ------------------------------------------------------------------------------------------------ import

create or replace function campaign_store.take_import_row() returns trigger language plpgsql security definer
	set search_path = pg_catalog, pg_temp as $$
begin
	insert into campaign_store.import_row(external_id, first_name, last_name, phone, phase, region, zone, groups)
		values (new.external_id, new.first_name, new.last_name, new.phone, new.phase, new.region, new.time_zone, new.groups);
	return new;
end $$;
comment on function campaign_store.take_import_row() is 'Trigger of the view campaign.contact_import: COPY needs one.';

create or replace function campaign_store.import_given(p campaign_store.practice) returns table(row_no bigint, external_id text, first_name text,
	last_name text, phone text, phone_problem text, phone_typed text, phase_id int, region text, zone text, group_ids int[], problem text)
	language plpgsql stable rows 100000 set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
begin
	return query
	with r as materialized (select row_number() over (order by i.id) as row_no, nullif(btrim(i.external_id), '') as external_id, i.first_name, i.last_name, i.phone,
			nullif(btrim(i.phase), '') as phase, nullif(upper(btrim(i.region)), '') as region, nullif(btrim(i.zone), '') as zone, nullif(btrim(i.groups), '') as groups
		from campaign_store.import_row i where i.login = session_user),
	z as materialized (select x.zone from (select distinct r.zone from r where r.zone is not null) x where not exists (select from pg_timezone_names n where n.name = x.zone)),
	g as materialized (select x.groups, array_agg(distinct g.id) filter (where g.id is not null) as ids, string_agg(btrim(w), ', ') filter (where g.id is null) as unknown
		from (select distinct r.groups from r where r.groups is not null) x, unnest(string_to_array(x.groups, ';')) w
			left join campaign_store.contact_group g on g.practice_id = p.id and g.name = btrim(w)
		where btrim(w) <> '' group by x.groups)
	select r.row_no, r.external_id, campaign_store.clean(r.first_name), campaign_store.clean(r.last_name), n.phone, n.problem, r.phone, f.id, r.region, r.zone, g.ids,
		case when r.external_id is null then 'external_id is missing'
			when row_number() over (partition by r.external_id order by r.row_no) > 1 then 'external_id was in the import before'
			when r.phase is not null and f.id is null then format('there is no phase "%s"', r.phase)
			when r.region !~ '^[A-Z]{2}$' then format('"%s" is not a region of two letters', r.region)
			when z.zone is not null then format('there is no time zone "%s"', r.zone)
			when g.unknown is not null then format('there is no group "%s"', g.unknown) end
	from r cross join lateral campaign_store.normalize_phone(r.phone) n
		left join campaign_store.phase f on f.practice_id = p.id and lower(f.name) = lower(r.phase)
		left join z on z.zone = r.zone left join g on g.groups = r.groups;
end $$;
comment on function campaign_store.import_given(campaign_store.practice) is 'What the login copied into contact_import, read and checked for one practice.';

create or replace function campaign.import_contacts(practice text, consent_source text, consent_wording text default '')
	returns table(imported int, updated int, rejected int) language plpgsql security definer
	set search_path = pg_catalog, pg_temp set work_mem = '64MB' set jit = off as $$
#variable_conflict use_column
declare
	p campaign_store.practice := campaign_store.acting(practice);
	consent_from text := campaign_store.check_consent_source(consent_source);
	no_phase int := campaign_store.acting_phase(p, 'No Phase');
	places smallint[];
begin
	-- One import of a practice at a time, and no upsert beside it.
	perform pg_advisory_xact_lock(hashtextextended('import ' || p.id, 0));
	delete from campaign_store.import_reject x where x.login = session_user and x.practice_id = p.id;

	-- Contacts, and then who is in which group, are locked in the order of their ids, as everywhere.
	-- Every contact gets its id here, so that nothing needs to be joined again after it was stored: the planner knows nothing of
	-- rows that a statement has made itself.
	with given as materialized (select * from campaign_store.import_given(p)),
	bad as (insert into campaign_store.import_reject(practice_id, row_no, external_id, first_name, last_name, problem)
		select p.id, g.row_no, g.external_id, g.first_name, g.last_name, g.problem from given g where g.problem is not null order by g.row_no),
	heads as materialized (select distinct g.region, g.zone, left(g.phone, 5) as head from given g where g.problem is null),
	placed as materialized (select h.*, campaign_store.place_of(h.region, h.zone, h.head) as place from heads h),
	good as materialized (select g.*, pl.place, c.id is null as is_new, c.phone as was_phone, coalesce(g.phase_id, c.phase_id, no_phase) as in_phase,
			coalesce(c.id, nextval('campaign_store.contact_id_seq')) as contact_id
		from given g join placed pl on coalesce(g.region, '') = coalesce(pl.region, '') and coalesce(g.zone, '') = coalesce(pl.zone, '')
				and coalesce(left(g.phone, 5), '') = coalesce(pl.head, '')
			left join campaign_store.contact c on c.practice_id = p.id and c.external_id = g.external_id
		where g.problem is null order by g.row_no),
	former as (insert into campaign_store.former_phone(practice_id, phone, contact_id)
		select p.id, g.was_phone, g.contact_id from good g where g.was_phone is distinct from g.phone and g.was_phone is not null order by 2, 3 on conflict do nothing),
	consented as (insert into campaign_store.consent_event(practice_id, contact_id, phone, granted, source, wording)
		select p.id, g.contact_id, g.phone, true, consent_from, coalesce(consent_wording, '') from good g
		where consent_from is not null and not exists (select from campaign_store.consent_event e where e.contact_id = g.contact_id)),
	stored as (insert into campaign_store.contact as x (id, practice_id, phase_id, place, consent, phone, phone_problem, external_id, first_name, last_name,
			phone_typed, region, zone) overriding system value
		select g.contact_id, p.id, g.in_phase, g.place, consent_from is not null, g.phone, g.phone_problem, g.external_id, g.first_name, g.last_name,
			g.phone_typed, g.region, g.zone from good g order by g.contact_id
		on conflict (practice_id, external_id) do update set place = excluded.place, phone = excluded.phone, phone_problem = excluded.phone_problem,
			first_name = excluded.first_name, last_name = excluded.last_name, phone_typed = excluded.phone_typed, region = excluded.region,
			zone = excluded.zone, deleted_at = null, phase_id = excluded.phase_id,
			consent = x.consent or (excluded.consent and not exists (select from campaign_store.consent_event e where e.contact_id = x.id))),
	grouped as (insert into campaign_store.group_member(group_id, contact_id)
		select m.group_id, g.contact_id from good g, unnest(g.group_ids) m(group_id) order by 1, 2 on conflict do nothing)
	select count(*) filter (where g.is_new), count(*) filter (where not g.is_new), (select count(*) from given x where x.problem is not null), array_agg(distinct g.place)
		into imported, updated, rejected, places from good g;

	perform campaign_store.note_place(p.id, x) from unnest(places) x order by x;
	delete from campaign_store.import_row i where i.login = session_user;
	perform campaign_store.note(p.id, 'import_contacts', format('%s new, %s updated, %s rejected', imported, updated, rejected));
	return next;
end $$;
comment on function campaign.import_contacts(text, text, text) is
'Takes what this login has copied into contact_import as contacts of a practice, as upsert_contact() would take each; consent_source and consent_wording are those of all. Empties contact_import. What could not be taken stays in import_rejects with its reason, until the next import. Blank and invalid numbers are no reason to refuse: they are taken, and reported when they would be texted.
Returns how many were imported (new), updated and rejected. 100,000 take some seconds; for several hundred thousand say before: set statement_timeout = 0. Fails, and changes nothing: TC011 unknown practice, 22023 no consent_source.';
