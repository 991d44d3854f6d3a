-- Views of practices, their settings and people. Every view joins campaign_store.seen: only the practices of the login itself, and
-- where `reads` is false (reporting, operators) numbers show their last four digits and texts are NULL.

create or replace view campaign.practices with (security_barrier) as
	select s.practice, p.name, p.phone, p.website, p.address, p.zone as time_zone, p.opens, p.closes, p.daily_limit, p.max_parts, p.opt_out_hint,
		p.require_consent, p.plain_punctuation, p.cap_day, p.cap_30_days, p.late_limit, p.known_bad_days,
		(select n.number from campaign_store.sender n where n.id = p.sender_id) as default_sender,
		(select array_agg(t.login::text order by t.login) from campaign_store.staff_practice t where t.practice_id = p.id) as staff
	from campaign_store.seen s join campaign_store.practice p on p.id = s.practice_id;
comment on view campaign.practices is
'The practices that you see, with their settings. practice is the short name that all functions want. Operators change a setting with set_practice().';

create or replace view campaign.senders with (security_barrier) as
	select s.practice, n.number, n.carrier, n.id = p.sender_id as is_default, n.parts_per_second, n.parts_per_day, n.part_price, n.carrier_confirms,
		coalesce((select d.parts from campaign_store.sender_day d where d.sender_id = n.id and d.day = (campaign_store.now() at time zone s.zone)::date), 0) as parts_today
	from campaign_store.seen s join campaign_store.practice p on p.id = s.practice_id join campaign_store.sender n on n.practice_id = p.id;
comment on view campaign.senders is
'The numbers that practices send from, with their limits and what a part costs. parts_today is counted only where parts_per_day is set. Operators: add_sender(), set_sender().';

create or replace view campaign.phases with (security_barrier) as
	select s.practice, f.name as phase, f.reactivation,
		(select count(*) from campaign_store.contact c where c.phase_id = f.id and c.deleted_at is null) as contacts
	from campaign_store.seen s join campaign_store.phase f on f.practice_id = s.practice_id;
comment on view campaign.phases is 'The phases of each practice, and how many contacts are in them; reactivation campaigns are for those marked so.';

create or replace view campaign.groups with (security_barrier) as
	select s.practice, g.name as group_name, g.is_staff, (select count(*) from campaign_store.group_member m join campaign_store.contact c on c.id = m.contact_id
		where m.group_id = g.id and c.deleted_at is null) as contacts
	from campaign_store.seen s join campaign_store.contact_group g on g.practice_id = s.practice_id;
comment on view campaign.groups is 'The groups of each practice, and how many contacts are in them. Contacts of an is_staff group may get tests (send_test).';

create or replace view campaign.contacts with (security_barrier) as
	select c.id, s.practice, c.external_id, c.first_name, c.last_name,
		case when s.reads then coalesce(c.phone, c.phone_typed) else '*' || right(c.phone, 4) end as phone, c.phone_problem,
		f.name as phase, (select array_agg(g.name order by g.name) from campaign_store.group_member m join campaign_store.contact_group g on g.id = m.group_id
			where m.contact_id = c.id) as groups,
		c.region, c.zone as time_zone, c.consent,
		c.opted_out_at is not null or exists (select from campaign_store.opt_out o where o.practice_id = c.practice_id and o.phone = c.phone and o.lifted_at is null) as opted_out,
		c.created_at
	from campaign_store.seen s join campaign_store.contact c on c.practice_id = s.practice_id join campaign_store.phase f on f.id = c.phase_id
	where c.deleted_at is null;
comment on view campaign.contacts is
'The contacts of your practices that are not deleted. phone is in the form in which it is texted, or as it was typed where phone_problem says why it cannot be. consent: the newest consent is granted.';

create or replace view campaign.contact_import with (security_barrier) as
	select r.external_id, r.first_name, r.last_name, r.phone, r.phase, r.region, r.zone as time_zone, r.groups
	from campaign_store.import_row r where r.login = session_user;
comment on view campaign.contact_import is
'Where contacts are copied to before import_contacts(): \copy campaign.contact_import from ''contacts.csv'' with (format csv, header). A file with fewer or other columns names them: \copy campaign.contact_import(external_id, first_name, phone) from ... groups separates several by semicolons. Each login sees and imports its own rows only; delete from campaign.contact_import begins again.';
create or replace trigger take_import_row instead of insert on campaign.contact_import for each row execute function campaign_store.take_import_row();

create or replace view campaign.import_rejects with (security_barrier) as
	select s.practice, r.row_no, r.external_id, r.first_name, r.last_name, r.problem, r.at, r.login::text as login
	from campaign_store.seen s join campaign_store.import_reject r on r.practice_id = s.practice_id;
comment on view campaign.import_rejects is
'What the last import of each login could not take, and why. row_no counts the rows of the file without its header.';

create or replace view campaign.opt_outs with (security_barrier) as
	select o.id, s.practice, case when s.reads then o.phone else '*' || right(o.phone, 4) end as phone,
		(select array_agg(c.id order by c.id) from campaign_store.contact c where c.practice_id = o.practice_id and c.phone = o.phone) as contact_ids,
		o.source, o.since, case when s.reads then o.note end as note, o.pending, o.inbound_id, o.lifted_at is null as in_force, o.lifted_at, o.lifted_by
	from campaign_store.seen s join campaign_store.opt_out o on o.practice_id = s.practice_id;
comment on view campaign.opt_outs is
'Who does not want texts: by number, with the contacts that have it now. Lifted ones stay. pending: perhaps an opt-out; resolve_possible_opt_out() decides, and campaigns wait for it.';

create or replace view campaign.consent_log with (security_barrier) as
	select e.id, s.practice, e.at, e.contact_id, concat_ws(' ', c.first_name, c.last_name) as contact,
		case when s.reads then e.phone else '*' || right(e.phone, 4) end as phone, e.granted, e.source, case when s.reads then e.wording end as wording, e.by_whom
	from campaign_store.seen s join campaign_store.consent_event e on e.practice_id = s.practice_id left join campaign_store.contact c on c.id = e.contact_id;
comment on view campaign.consent_log is 'All consent that was given or revoked, as evidence: when, by whom recorded, from where, and the wording. Nothing is ever removed.';

create or replace view campaign.audit_log with (security_barrier) as
	select a.id, a.at, a.login::text as login, p.short_name as practice, a.call, a.subject
	from campaign_store.audit a left join campaign_store.practice p on p.id = a.practice_id
	where a.practice_id in (select s.practice_id from campaign_store.seen s)
		or (a.practice_id is null and (pg_has_role(session_user, 'campaign_operator', 'member') or pg_has_role(session_user, 'campaign_owner', 'member')));
comment on view campaign.audit_log is 'Every call that changed something: when, by which login, and the ids it was about.';

create or replace view campaign.reasons with (security_barrier) as
	select r.reason, r.status::text as status, r.sentence, r.advice from campaign_store.reason r;
comment on view campaign.reasons is
'Why a message was not delivered: the closed list, with a sentence and an advice for each. Aborted: it did not arrive. Unknown: it may have. Cancelled: it was never tried.';

create or replace view campaign.daemon_status with (security_barrier) as
	select b.bind, b.carrier, b.state, b.since, b.peer, b.window_size, b.unanswered, b.detail, b.at as reported_at, r.host, r.os_pid, r.version, r.opened_at as running_since
	from campaign_store.bind_status b join campaign_store.run r on r.id = b.run
	where r.closed_at is null and b.at > pg_catalog.now() - interval '10 minutes' and exists
		(select from campaign_store.seen s where pg_has_role(session_user, 'campaign_operator', 'member') or pg_has_role(session_user, 'campaign_owner', 'member')
			or b.carrier in (select n.carrier from campaign_store.sender n where n.practice_id = s.practice_id));
comment on view campaign.daemon_status is
'The connections of all running daemons to the carriers of your practices, as they reported them last (reported_at): a daemon that died shows an old time, and no row after 10 minutes. state bound: texts can go.';
