-- 15: who asks, for which practice; and what people have agreed to (campaigns.md 10 and 15).
--
-- Functions and views run as campaign_owner, whom no row security binds. So each of them asks here what the login itself
-- (session_user, which nothing but a superuser can change) may see and do.

create or replace view campaign_store.seen with (security_barrier) as
	select p.id as practice_id, p.short_name as practice, p.zone,
		w.owner or (w.staff and s.login is not null) as reads
	from campaign_store.practice p
		cross join (select pg_has_role(session_user, 'campaign_owner', 'member') as owner,
			pg_has_role(session_user, 'campaign_operator', 'member') as operator,
			pg_has_role(session_user, 'campaign_staff', 'member') as staff,
			pg_has_role(session_user, 'campaign_reporting', 'member') as reporting) w
		left join campaign_store.staff_practice s on s.practice_id = p.id and s.login = session_user
	where w.owner or w.operator or ((w.staff or w.reporting) and s.login is not null);
comment on view campaign_store.seen is
'The practices that the login sees: staff and reporting those of staff_practice, operators and the owner all. reads: with whole numbers and texts; staff their own, the owner (and a superuser) all.';

create or replace function campaign_store.acts_for(practice_id int) returns boolean language plpgsql stable
	set search_path = pg_catalog, pg_temp as $$
begin
	return coalesce((select s.reads from campaign_store.seen s where s.practice_id = acts_for.practice_id), false);
end $$;
comment on function campaign_store.acts_for(int) is 'Whether the login may act for a practice: its staff, or the owner.';

create or replace function campaign_store.acting(practice text) returns campaign_store.practice language plpgsql stable
	set search_path = pg_catalog, pg_temp as $$
declare
	p campaign_store.practice;
begin
	select x.* into p from campaign_store.practice x where x.short_name = practice and campaign_store.acts_for(x.id);
	if not found then
		raise exception using errcode = 'TC011', message = format('There is no practice "%s" that you act for.', practice),
			detail = format('The login is %s.', session_user),
			hint = 'select practice from campaign.practices shows those that you see; an operator gives you one with campaign.add_staff().';
	end if;
	return p;
end $$;
comment on function campaign_store.acting(text) is 'The practice of that short name, for which the login acts; TC011 otherwise.';

create or replace function campaign_store.acting_contact(contact_id bigint) returns campaign_store.contact language plpgsql stable
	set search_path = pg_catalog, pg_temp as $$
declare
	c campaign_store.contact;
begin
	select x.* into c from campaign_store.contact x where x.id = contact_id and x.deleted_at is null and campaign_store.acts_for(x.practice_id);
	if not found then
		raise exception using errcode = 'TC010', message = format('There is no contact %s of a practice that you act for.', contact_id),
			detail = 'It is unknown, deleted, or of another practice.',
			hint = 'select id, external_id from campaign.contacts shows those that there are.';
	end if;
	return c;
end $$;
comment on function campaign_store.acting_contact(bigint) is 'A contact of a practice for which the login acts; TC010 otherwise.';

create or replace function campaign_store.acting_group(p campaign_store.practice, name text) returns int language plpgsql stable
	set search_path = pg_catalog, pg_temp as $$
declare
	found_id int;
begin
	select g.id into found_id from campaign_store.contact_group g where g.practice_id = p.id and g.name = btrim(acting_group.name);
	if found_id is null then
		raise exception using errcode = 'TC010', message = format('The practice "%s" has no group "%s".', p.short_name, name),
			detail = format('Its groups: %s.', coalesce((select string_agg(g.name, ', ' order by g.name) from campaign_store.contact_group g where g.practice_id = p.id), 'none')),
			hint = 'campaign.create_group() makes one.';
	end if;
	return found_id;
end $$;
comment on function campaign_store.acting_group(campaign_store.practice, text) is 'The id of a group of a practice; TC010 otherwise.';

create or replace function campaign_store.note(practice_id int, call text, subject text default '') returns void language plpgsql
	set search_path = pg_catalog, pg_temp as $$
begin
	insert into campaign_store.audit(practice_id, call, subject) values (note.practice_id, note.call, coalesce(note.subject, ''));
end $$;
comment on function campaign_store.note(int, text, text) is 'One line of the audit log: the login, the call, and ids or names; never a text or a number.';

-- The daemon calls these, too, and must not wait for people: a contact whose row somebody holds is left for settle_opt_outs().
-- What counts for the next claim is the row of opt_out, by phone; the contact's own mark makes it follow a change of the phone.
create or replace function campaign_store.contacts_follow(practice_id int, phone text, agrees boolean, source text, wording text, at_time timestamptz)
	returns bigint language plpgsql set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
	n bigint;
begin
	with l as materialized (select c.id from campaign_store.contact c where c.practice_id = contacts_follow.practice_id and c.phone = contacts_follow.phone
			and (c.opted_out_at is null or c.consent or contacts_follow.agrees) order by c.id for no key update skip locked),
	c as (update campaign_store.contact c set opted_out_at = case when not contacts_follow.agrees then coalesce(c.opted_out_at, at_time) end,
			consent = contacts_follow.agrees from l where c.id = l.id returning c.id),
	e as (insert into campaign_store.consent_event(practice_id, contact_id, phone, granted, source, wording, at)
		select contacts_follow.practice_id, c.id, contacts_follow.phone, contacts_follow.agrees, contacts_follow.source, coalesce(contacts_follow.wording, ''), at_time from c)
	select count(*) into n from c;
	return n;
end $$;
comment on function campaign_store.contacts_follow(int, text, boolean, text, text, timestamptz) is
'Marks the contacts that have a phone as opted out, or as agreeing again, with a consent event each. Returns how many. One whose row is locked stays as it is.';

create or replace function campaign_store.opt_out_now(practice_id int, phone text, source text, note text default '', inbound_id bigint default null,
	pending boolean default false) returns boolean language plpgsql set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
	is_new boolean;
	at_time timestamptz := campaign_store.now();
begin
	-- One that waited for a decision becomes a real one; a real one stays as it was.
	insert into campaign_store.opt_out as o (practice_id, phone, source, since, note, pending, inbound_id)
		values (opt_out_now.practice_id, opt_out_now.phone, opt_out_now.source, at_time, coalesce(opt_out_now.note, ''), opt_out_now.pending, opt_out_now.inbound_id)
		on conflict (phone, practice_id) where lifted_at is null do update
			set pending = false, source = excluded.source, since = excluded.since, note = excluded.note, inbound_id = excluded.inbound_id
			where o.pending and not excluded.pending;
	is_new := found;
	if not opt_out_now.pending and campaign_store.contacts_follow(opt_out_now.practice_id, opt_out_now.phone, false, opt_out_now.source, opt_out_now.note, at_time) = 0
		and is_new and not exists (select from campaign_store.contact c where c.practice_id = opt_out_now.practice_id and c.phone = opt_out_now.phone) then
		insert into campaign_store.consent_event(practice_id, phone, granted, source, wording, at)
			values (opt_out_now.practice_id, opt_out_now.phone, false, opt_out_now.source, coalesce(opt_out_now.note, ''), at_time);
	end if;
	return is_new;
end $$;
comment on function campaign_store.opt_out_now(int, text, text, text, bigint, boolean) is
'Opts a phone out of a practice, with every contact that has it, and notes the consent as revoked. source: keyword, staff, carrier or possible (pending: nobody has decided yet; then contacts stay as they are, but the phone is blocked). Returns whether there was none in force. May be repeated.';

create or replace function campaign_store.lift_opt_out(practice_id int, phone text, source text, wording text default '', contact_id bigint default null)
	returns boolean language plpgsql set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
	was_out boolean;
	at_time timestamptz := campaign_store.now();
begin
	update campaign_store.opt_out o set lifted_at = at_time, lifted_by = case when lift_opt_out.source = 'keyword' then 'keyword' else session_user end
		where o.practice_id = lift_opt_out.practice_id and o.phone = lift_opt_out.phone and o.lifted_at is null;
	was_out := found;
	if lift_opt_out.contact_id is not null then
		update campaign_store.contact c set opted_out_at = null, consent = true where c.id = lift_opt_out.contact_id;
		insert into campaign_store.consent_event(practice_id, contact_id, phone, granted, source, wording, at)
			values (lift_opt_out.practice_id, lift_opt_out.contact_id, lift_opt_out.phone, true, lift_opt_out.source, coalesce(lift_opt_out.wording, ''), at_time);
	elsif (was_out or exists (select from campaign_store.contact c where c.practice_id = lift_opt_out.practice_id and c.phone = lift_opt_out.phone and c.opted_out_at is not null))
		and campaign_store.contacts_follow(lift_opt_out.practice_id, lift_opt_out.phone, true, lift_opt_out.source, lift_opt_out.wording, at_time) = 0 then
		insert into campaign_store.consent_event(practice_id, phone, granted, source, wording, at)
			values (lift_opt_out.practice_id, lift_opt_out.phone, true, lift_opt_out.source, coalesce(lift_opt_out.wording, ''), at_time);
	end if;
	return was_out;
end $$;
comment on function campaign_store.lift_opt_out(int, text, text, text, bigint) is
'Lifts the opt-out of a phone and of its contacts, and notes the consent as granted: by START (source keyword), or by new written consent of one contact that staff recorded (others with the same phone stay as they are). The row stays. Returns whether there was one.';

create or replace function campaign_store.settle_opt_outs() returns bigint language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
	at_time timestamptz := campaign_store.now();
	n bigint;
begin
	select coalesce(sum(campaign_store.contacts_follow(x.practice_id, x.phone, x.agrees, x.source, x.note, at_time)), 0) into n
	from (select distinct on (o.practice_id, o.phone) o.practice_id, o.phone, o.lifted_at is not null as agrees,
				case when o.lifted_at is null then o.source else 'keyword' end as source, o.note, coalesce(o.lifted_at, o.since) as since
			from campaign_store.opt_out o
			where not o.pending and coalesce(o.lifted_at, o.since) between at_time - interval '1 day' and at_time and (o.lifted_at is null or o.lifted_by = 'keyword')
			order by o.practice_id, o.phone, coalesce(o.lifted_at, o.since) desc, o.id desc) x
	where exists (select from campaign_store.contact c where c.practice_id = x.practice_id and c.phone = x.phone and c.created_at <= x.since
		and case when x.agrees then c.opted_out_at <= x.since else c.opted_out_at is null end);
	return n;
end $$;
comment on function campaign_store.settle_opt_outs() is
'Marks the contacts that somebody held locked when their phone opted out, or in again by START, in the last day. For housekeeping; returns how many.';

create or replace function campaign_store.first_result(practice_id int, call text, request_key text) returns jsonb language plpgsql
	set search_path = pg_catalog, pg_temp as $$
begin
	if request_key is null then
		return null;
	end if;
	-- The same call at the same time waits here, and then finds the result of the first.
	perform pg_advisory_xact_lock(hashtextextended(format('request %s %s %s', practice_id, call, request_key), 0));
	return (select r.result from campaign_store.request r where r.practice_id = first_result.practice_id and r.call = first_result.call
		and r.request_key = first_result.request_key);
end $$;
comment on function campaign_store.first_result(int, text, text) is 'What the first call with this key returned, or null: then the caller goes on and keeps its result with keep_result().';

create or replace function campaign_store.keep_result(practice_id int, call text, request_key text, result jsonb) returns void language plpgsql
	set search_path = pg_catalog, pg_temp as $$
begin
	if request_key is not null then
		insert into campaign_store.request(practice_id, call, request_key, result)
			values (keep_result.practice_id, keep_result.call, keep_result.request_key, keep_result.result);
	end if;
end $$;
comment on function campaign_store.keep_result(int, text, text, jsonb) is 'Keeps the result of a call that had a request_key.';
