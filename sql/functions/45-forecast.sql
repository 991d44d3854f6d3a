-- 45: what would happen: the audience of a campaign as it is now, who would be skipped and why, and how long the texts are.

create or replace function campaign_store.audience_contacts(practice_id int, kind campaign_store.campaign_kind, group_ids int[], contact_ids bigint[])
	returns setof campaign_store.contact language plpgsql stable rows 100000 set search_path = pg_catalog, pg_temp set enable_nestloop = on as $$
begin
	if kind = 'reactivation' then
		return query select c.* from campaign_store.phase f join campaign_store.contact c on c.phase_id = f.id
			where f.practice_id = audience_contacts.practice_id and f.reactivation and c.deleted_at is null;
	else
		-- Contacts one by one from their ids: a good plan whatever the statistics say, also of tables just filled.
		return query select c.* from (select unnest(contact_ids) as id union select m.contact_id from campaign_store.group_member m where m.group_id = any(group_ids)) x
			cross join lateral (select y.* from campaign_store.contact y where y.id = x.id limit 1) c
			where c.practice_id = audience_contacts.practice_id and c.deleted_at is null;
	end if;
end $$;
comment on function campaign_store.audience_contacts(int, campaign_store.campaign_kind, int[], bigint[]) is
'The contacts that a campaign would be for if it started now (campaigns.md 3), in no order.';

create or replace function campaign_store.audience_now(practice_id int, kind campaign_store.campaign_kind, group_ids int[], contact_ids bigint[])
	returns setof bigint language plpgsql stable rows 1000 set search_path = pg_catalog, pg_temp as $$
begin
	return query select a.id from campaign_store.audience_contacts(practice_id, kind, group_ids, contact_ids) a;
end $$;
comment on function campaign_store.audience_now(int, campaign_store.campaign_kind, int[], bigint[]) is 'Their ids.';

create or replace function campaign_store.capped_phones(p campaign_store.practice) returns setof text language plpgsql stable
	set search_path = pg_catalog, pg_temp set enable_nestloop = on set enable_sort = on as $$
declare
	at_time timestamptz := campaign_store.now();
	today timestamptz := (at_time at time zone p.zone)::date::timestamp at time zone p.zone;
begin
	if p.cap_day > 0 or p.cap_30_days > 0 then
		return query select t.phone from campaign_store.campaign o join campaign_store.attempt t on t.campaign_id = o.id and t.takes_phone
				join campaign_store.message m on m.id = t.message_id
			where o.practice_id = p.id and o.started_at is not null and coalesce(o.finished_at, at_time) > at_time - interval '30 days'
				and m.claimed_at > at_time - interval '30 days' and (m.sent_at is not null or m.status in ('Sending', 'Unknown'))
			group by t.phone having (p.cap_30_days > 0 and count(*) >= p.cap_30_days)
				or (p.cap_day > 0 and count(*) filter (where m.claimed_at >= today) >= p.cap_day);
	end if;
end $$;
comment on function campaign_store.capped_phones(campaign_store.practice) is 'The phones that have had as many campaign texts as the practice allows.';

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
	out will_skip jsonb, out parts_min smallint, out parts_max smallint, out total_parts bigint, out cost numeric, out sample text, out encoding text,
	out places smallint[])
	language plpgsql stable set search_path = pg_catalog, pg_temp
	-- The planner knows nothing of an audience: joins by hash are right for ten contacts and for a million.
	set work_mem = '64MB' set jit = off set enable_nestloop = off set enable_mergejoin = off set enable_sort = off as $$
declare
	bad_since timestamptz := campaign_store.now() - make_interval(days => p.known_bad_days);
	body text := campaign_store.fill_practice(k.compiled, k.slot_token, k.slot_fallback, p);
	says_first boolean := k.slot_token && '{Contact.FirstName,Contact.FullName}';
	says_last boolean := k.slot_token && '{Contact.LastName,Contact.FullName}';
	asks_texted boolean := p.opt_out_hint = 'first' and not k.says_stop;
	-- Tokens that must have a value.
	needs text[] := array(select k.slot_token[i] from generate_series(1, 6) i where k.slot_token[i] is not null and k.slot_fallback[i] is null);
	first_id bigint;
	first_hint boolean;
begin
	with c as materialized (
		select a.id, a.place, a.phone, a.first_name, a.last_name, case
			when a.phone_problem is not null then a.phone_problem
			when b.reason is not null then (select r.reason from campaign_store.reason r where r.id = b.reason)
			when a.opted_out_at is not null or o.phone is not null then 'opted_out'
			when p.require_consent and not a.consent then 'no_consent'
			when h.phone is not null then 'frequency_cap' end as reason,
			(a.first_name is null and '{Contact.FirstName}' && needs) or (a.last_name is null and '{Contact.LastName}' && needs)
				or (a.first_name is null and a.last_name is null and needs <> '{}') as misses,
			asks_texted and (select true from campaign_store.message m
				where m.contact_id = a.id and (m.sent_at is not null or m.status in ('Sending', 'Unknown'))
					and (select w.phone from campaign_store.attempt w where w.message_id = m.id and w.no = m.attempt limit 1) = a.phone limit 1) is not null as texted
		from campaign_store.audience_contacts(p.id, k.kind, k.group_ids, k.contact_ids) a
			left join campaign_store.known_bad b on b.practice_id = p.id and b.phone = a.phone and b.at > bad_since
			left join campaign_store.opt_out o on o.practice_id = p.id and o.phone = a.phone and o.lifted_at is null
			left join campaign_store.capped_phones(p) h(phone) on h.phone = a.phone),
	shared as materialized (        -- phones of several, who of them gets the text, and whether one was texted before
		select c.phone, min(c.id) filter (where c.reason is null and not c.misses) as id, bool_or(c.texted) as texted
		from c where c.phone is not null group by c.phone having count(*) > 1),
	named as materialized (         -- names of the same coding and length make texts of the same parts
		select x.name, campaign_store.name_class(x.name, p.plain_punctuation) as class
		from (select c.first_name as name from c where says_first union select c.last_name from c where says_last) x where x.name is not null),
	ranked as (
		select c.id, c.place, c.first_name, c.last_name, coalesce(c.reason, case when c.id > s.id then 'duplicate_number' when c.misses then 'missing_value' end) as reason,
			case when says_first then nf.class end as first_class, case when says_last then nl.class end as last_class,
			p.opt_out_hint = 'always' or (p.opt_out_hint = 'first' and not (c.texted or coalesce(s.texted, false))) as hint
		from c left join shared s on s.phone = c.phone left join named nf on nf.name = c.first_name left join named nl on nl.name = c.last_name),
	classes as materialized (
		select r.reason, r.hint, r.place, count(*) as n, min(r.id) as id,
			case when r.reason is null then campaign_store.render(p, k, body, min(r.first_name), min(r.last_name), r.hint) end as text
		from ranked r group by r.reason, r.hint, r.place, r.first_class, r.last_class),
	sized as materialized (
		select s.n, s.id, s.place, s.hint, campaign_store.is_gsm(s.text) as gsm, campaign_store.text_parts(s.text) as parts,
			case when s.reason is not null then s.reason when s.text is null then 'missing_value'
				when campaign_store.text_parts(s.text) > p.max_parts then 'content_too_long' end as reason
		from classes s)
	select coalesce(sum(s.n), 0), coalesce(sum(s.n) filter (where s.reason is null), 0),
		(select coalesce(jsonb_object_agg(x.reason, x.n), '{}') from (select z.reason, sum(z.n) as n from sized z where z.reason is not null group by 1) x),
		min(s.parts) filter (where s.reason is null), max(s.parts) filter (where s.reason is null), coalesce(sum(s.n * s.parts) filter (where s.reason is null), 0),
		case when bool_and(s.gsm) filter (where s.reason is null) then 'GSM-7' when not bool_or(s.gsm) filter (where s.reason is null) then 'UCS-2'
			when count(*) filter (where s.reason is null) > 0 then 'GSM-7 or UCS-2' end,
		coalesce(array_agg(distinct s.place) filter (where s.reason is null), '{}'),
		(array_agg(s.id order by s.id) filter (where s.reason is null))[1], (array_agg(s.hint order by s.id) filter (where s.reason is null))[1]
		into audience, will_send, will_skip, parts_min, parts_max, total_parts, encoding, places, first_id, first_hint from sized s;

	if first_id is not null then
		sample := (select campaign_store.render(p, k, body, x.first_name, x.last_name, first_hint) from campaign_store.contact x where x.id = first_id);
	else            -- nobody to show: a text for somebody without a name, or with these
		sample := coalesce(campaign_store.render(p, k, body, null, null, p.opt_out_hint <> 'never'),
			campaign_store.render(p, k, body, 'Firstname', 'Lastname', p.opt_out_hint <> 'never'));
		parts_min := campaign_store.text_parts(sample);
		parts_max := parts_min;
		encoding := case when campaign_store.is_gsm(sample) then 'GSM-7' else 'UCS-2' end;
	end if;
	cost := total_parts * (select s.part_price from campaign_store.sender s where s.id = k.sender_id);
end $$;
comment on function campaign_store.forecast(campaign_store.practice, campaign_store.campaign) is
'What a campaign would do if it were claimed now: the checks of the claim in the same order, but windows and limits. The campaign need not be stored. Parts may differ by one where characters of two units meet the end of a part. places: where those are who would get it.';

create or replace function campaign_store.first_openings(p campaign_store.practice, places smallint[], after timestamptz, out first_at timestamptz,
	out last_at timestamptz) language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
	select greatest(min(n.opens_at), after), greatest(max(n.opens_at), after) into first_at, last_at
		from unnest(places) x, campaign_store.next_period(p.id, x, after) n;
end $$;
comment on function campaign_store.first_openings(campaign_store.practice, smallint[], timestamptz) is
'When what is due then could go: to the places whose window opens first, and to those whose opens last.';
