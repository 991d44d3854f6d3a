-- 45: what would happen: the audience of a campaign as it is now, who would be skipped and why, and how long the texts are.

create or replace function campaign_store.audience_now(practice_id int, kind campaign_store.campaign_kind, group_ids int[], contact_ids bigint[])
	returns setof bigint language plpgsql stable rows 1000 set search_path = pg_catalog, pg_temp as $$
begin
	if kind = 'reactivation' then
		return query select c.id from campaign_store.phase f join campaign_store.contact c on c.phase_id = f.id
			where f.practice_id = audience_now.practice_id and f.reactivation and c.deleted_at is null;
	else
		-- Contacts one by one from their ids: a good plan whatever the statistics say, also of tables just filled.
		return query select c.id from (select unnest(contact_ids) as id union select m.contact_id from campaign_store.group_member m where m.group_id = any(group_ids)) x
			cross join lateral (select y.id, y.practice_id, y.deleted_at from campaign_store.contact y where y.id = x.id limit 1) c
			where c.practice_id = audience_now.practice_id and c.deleted_at is null;
	end if;
end $$;
comment on function campaign_store.audience_now(int, campaign_store.campaign_kind, int[], bigint[]) is
'The contacts that a campaign would be for if it started now (campaigns.md 3), in no order.';

create or replace function campaign_store.name_class(name text, plain boolean) returns text language plpgsql stable
	set search_path = pg_catalog, pg_temp as $$
begin
	if name ~ '^[ -Z_a-z]*$' then
		return length(name)::text;
	end if;
	name := case when plain then campaign_store.plain(name) else name end;
	return format('%s %s %s', length(name), campaign_store.text_units(name), campaign_store.is_gsm(name));
end $$;
comment on function campaign_store.name_class(text, boolean) is 'What the length of a text depends on when a name is put into it.';

create or replace function campaign_store.render(p campaign_store.practice, k campaign_store.campaign, with_practice text, first_name text, last_name text,
	hint boolean) returns text language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
	body text := campaign_store.fill_contact(with_practice, k.slot_token, k.slot_fallback, first_name, last_name);
begin
	if hint and not k.says_stop then
		body := body || campaign_store.stop_hint();
	end if;
	return case when p.plain_punctuation then campaign_store.plain(body) else body end;
end $$;
comment on function campaign_store.render(campaign_store.practice, campaign_store.campaign, text, text, text, boolean) is
'A text as a contact would get it; null when a value is missing. with_practice is the compiled template with the practice''s values.';

create or replace function campaign_store.forecast(p campaign_store.practice, k campaign_store.campaign, out audience int, out will_send int,
	out will_skip jsonb, out parts_min smallint, out parts_max smallint, out total_parts bigint, out cost numeric, out sample text, out encoding text)
	-- On tables that were never analysed the names below were joined in a nested loop: a minute for 20,000 contacts.
	language plpgsql stable set search_path = pg_catalog, pg_temp set work_mem = '64MB' set jit = off set enable_nestloop = off as $$
declare
	at_time timestamptz := campaign_store.now();
	today timestamptz := (at_time at time zone p.zone)::date::timestamp at time zone p.zone;
	body text := campaign_store.fill_practice(k.compiled, k.slot_token, k.slot_fallback, p);
	says_first boolean := k.slot_token && '{Contact.FirstName,Contact.FullName}';
	says_last boolean := k.slot_token && '{Contact.LastName,Contact.FullName}';
begin
	with c as materialized (
		select x.id, x.phone, x.phone_problem, x.opted_out_at, x.consent, x.first_name, x.last_name
		from campaign_store.audience_now(p.id, k.kind, k.group_ids, k.contact_ids) a join campaign_store.contact x on x.id = a),
	capped as materialized (        -- phones that have had what the practice allows
		select t.phone from campaign_store.campaign o join campaign_store.attempt t on t.campaign_id = o.id and t.takes_phone
			join campaign_store.message m on m.id = t.message_id
		where (p.cap_day > 0 or p.cap_30_days > 0) and o.practice_id = p.id and o.started_at is not null
			and coalesce(o.finished_at, at_time) > at_time - interval '30 days' and m.claimed_at > at_time - interval '30 days'
		group by t.phone having (p.cap_30_days > 0 and count(*) >= p.cap_30_days)
			or (p.cap_day > 0 and count(*) filter (where m.claimed_at >= today) >= p.cap_day)),
	checked as materialized (
		select c.id, c.phone, c.first_name, c.last_name, case
			when c.phone_problem is not null then c.phone_problem
			when b.reason is not null then (select r.reason from campaign_store.reason r where r.id = b.reason)
			when c.opted_out_at is not null or o.phone is not null then 'opted_out'
			when p.require_consent and not c.consent then 'no_consent' end as reason
		from c left join campaign_store.known_bad b on b.practice_id = p.id and b.phone = c.phone and b.at > at_time - make_interval(days => p.known_bad_days)
			left join campaign_store.opt_out o on o.practice_id = p.id and o.phone = c.phone and o.lifted_at is null),
	named as materialized (         -- names of the same coding and length make texts of the same parts
		select x.name, campaign_store.name_class(x.name, p.plain_punctuation) as class
		from (select c.first_name as name from c where says_first union select c.last_name from c where says_last) x where x.name is not null),
	ranked as materialized (
		select h.id, h.first_name, h.last_name, coalesce(h.reason,
			case when row_number() over (partition by h.phone, h.reason is null order by h.id) > 1 then 'duplicate_number'
				when h.phone in (select x.phone from capped x) then 'frequency_cap' end) as reason,
			case when says_first then nf.class end as first_class, case when says_last then nl.class end as last_class,
			p.opt_out_hint = 'always' or (p.opt_out_hint = 'first'
				and not exists (select from campaign_store.message m join campaign_store.attempt w on w.message_id = m.id and w.no = m.attempt
					where m.contact_id = h.id and w.phone = h.phone and (m.sent_at is not null or m.status in ('Sending', 'Unknown')))) as hint
		from checked h left join named nf on nf.name = h.first_name left join named nl on nl.name = h.last_name),
	classes as materialized (
		select r.reason, r.hint, count(*) as n, min(r.id) as first_id,
			case when r.reason is null then campaign_store.render(p, k, body, min(r.first_name), min(r.last_name), r.hint) end as text
		from ranked r group by r.reason, r.hint, r.first_class, r.last_class),
	sized as materialized (
		select s.n, s.first_id, campaign_store.is_gsm(s.text) as gsm, campaign_store.text_parts(s.text) as parts,
			case when s.reason is not null then s.reason when s.text is null then 'missing_value'
				when campaign_store.text_parts(s.text) > p.max_parts then 'content_too_long' end as reason, s.hint
		from classes s)
	select coalesce(sum(s.n), 0), coalesce(sum(s.n) filter (where s.reason is null), 0),
		(select coalesce(jsonb_object_agg(x.reason, x.n), '{}') from (select z.reason, sum(z.n) as n from sized z where z.reason is not null group by 1) x),
		min(s.parts) filter (where s.reason is null), max(s.parts) filter (where s.reason is null), coalesce(sum(s.n * s.parts) filter (where s.reason is null), 0),
		case when bool_and(s.gsm) filter (where s.reason is null) then 'GSM-7' when not bool_or(s.gsm) filter (where s.reason is null) then 'UCS-2'
			when count(*) filter (where s.reason is null) > 0 then 'GSM-7 or UCS-2' end,
		(select campaign_store.render(p, k, body, x.first_name, x.last_name, y.hint)
			from sized y join campaign_store.contact x on x.id = y.first_id where y.reason is null order by y.first_id limit 1)
		into audience, will_send, will_skip, parts_min, parts_max, total_parts, encoding, sample from sized s;

	if sample is null then          -- nobody to show: a text for somebody without a name, or with these
		sample := coalesce(campaign_store.render(p, k, body, null, null, p.opt_out_hint <> 'never'),
			campaign_store.render(p, k, body, 'Firstname', 'Lastname', p.opt_out_hint <> 'never'));
		parts_min := campaign_store.text_parts(sample);
		parts_max := parts_min;
		encoding := case when campaign_store.is_gsm(sample) then 'GSM-7' else 'UCS-2' end;
	end if;
	cost := total_parts * (select s.part_price from campaign_store.sender s where s.id = k.sender_id);
end $$;
comment on function campaign_store.forecast(campaign_store.practice, campaign_store.campaign) is
'What a campaign would do if it were claimed now: the checks of the claim in the same order, but windows and limits. The campaign need not be stored. Parts may differ by one where characters of two units meet the end of a part.';

create or replace function campaign_store.first_openings(p campaign_store.practice, k campaign_store.campaign, after timestamptz, out first_at timestamptz,
	out last_at timestamptz) language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
	select min(n.opens_at), max(n.opens_at) into first_at, last_at
	from (select distinct c.place from campaign_store.audience_now(p.id, k.kind, k.group_ids, k.contact_ids) a join campaign_store.contact c on c.id = a) x,
		campaign_store.next_period(p.id, x.place, after) n;
	first_at := greatest(first_at, after);
	last_at := greatest(last_at, after);
end $$;
comment on function campaign_store.first_openings(campaign_store.practice, campaign_store.campaign, timestamptz) is
'When what is due then could go: to the contacts whose window opens first, and to those whose opens last.';
