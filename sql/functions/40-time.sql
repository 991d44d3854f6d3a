-- 40: time: starts, windows, batches (campaigns.md 4 and 5). The rules ask campaign_store.now(), never the clock itself.

create or replace function campaign_store.parse_start(zone text, typed text, out start_local timestamp, out start_at timestamptz, out warning text)
	language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
	now_at timestamptz := campaign_store.now();
	form text := 'Write YYYY-MM-DD HH:MM in the practice''s own time, or NULL for now.';
begin
	if typed is null then
		start_at := now_at;
		start_local := start_at at time zone zone;
		return;
	end if;
	if btrim(typed) !~ '^\d{4}-\d\d-\d\d[ T]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?$' then
		if btrim(typed) ~ '^\d{4}-\d\d-\d\d[ T]\d\d?:\d\d(:\d\d)?(\.\d+)? *([+-]\d|[A-Za-z])' then
			raise exception using errcode = 'TC007', message = 'The start time has an offset or a zone.',
				detail = format('"%s" was given.', typed),
				hint = format('Leave it out: start times mean the practice''s wall clock (%s). %s', zone, form);
		end if;
		raise exception using errcode = 'TC007', message = 'The start time cannot be read.',
			detail = format('"%s" was given.', typed),
			hint = form;
	end if;
	begin
		start_local := btrim(typed)::timestamp;
	exception when datetime_field_overflow or invalid_datetime_format then
		raise exception using errcode = 'TC007', message = 'There is no such date.',
			detail = format('"%s" was given.', typed),
			hint = form;
	end;

	start_at := start_local at time zone zone;
	if start_at at time zone zone <> start_local then
		warning := format('%s does not exist there: clocks go forward. It starts at %s.', to_char(start_local, 'YYYY-MM-DD HH24:MI'),
			to_char(start_at at time zone zone, 'HH24:MI'));
	elsif (start_at - interval '1 hour') at time zone zone = start_local then
		warning := format('%s comes twice on that day: clocks go back. It starts at the second one.', to_char(start_local, 'YYYY-MM-DD HH24:MI'));
	end if;
	if start_at < now_at - interval '5 minutes' then
		raise exception using errcode = 'TC006', message = 'The start time is in the past.',
			detail = format('%s in %s; it is %s there now.', to_char(start_local, 'YYYY-MM-DD HH24:MI'), zone, to_char(now_at at time zone zone, 'YYYY-MM-DD HH24:MI')),
			hint = 'Give a later time, or NULL for now.';
	elsif start_at < now_at then
		start_at := now_at;
		start_local := now_at at time zone zone;
	end if;
end $$;
comment on function campaign_store.parse_start(text, text) is
'A start time as typed (the practice''s wall clock; null is now) to local time and instant; a warning when the clocks change there. At most 5 minutes in the past is now. Raises TC006 in the past, TC007 unreadable or with an offset.';

create or replace function campaign_store.place_of(region text, zone text, phone text) returns smallint language plpgsql
	set search_path = pg_catalog, pg_temp as $$
declare
	code campaign_store.area_code;
	law text;
	all_zones text[];
	found_id smallint;
begin
	if phone like '+1%' then
		select a.* into code from campaign_store.area_code a where a.area_code = substr(phone, 3, 3);
	end if;
	law := coalesce(region, code.region);
	if zone is not null then
		all_zones := array[zone];
	else
		select array_agg(distinct z order by z) into all_zones
			from (select unnest(a.zones) as z from campaign_store.area_code a where a.region = place_of.region union select unnest(code.zones)) x;
	end if;
	loop
		select p.id into found_id from campaign_store.place p where p.region is not distinct from law and p.zones is not distinct from all_zones;
		if found then
			return found_id;
		end if;
		insert into campaign_store.place(region, zones) values (law, all_zones) on conflict do nothing;
	end loop;
end $$;
comment on function campaign_store.place_of(text, text, text) is
'Where a contact can be: the region whose law counts, and the contact''s own zone or every zone that the region or area code can mean. Unknown: the practice''s zone counts.';

create or replace function campaign_store.day_ranges(zone text, opens time, closes time, region text, is_law boolean, first_day date, days int)
	returns tstzmultirange language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
	open tstzmultirange := '{}';
	lo time := opens;
	hi time := closes;
	day date;
begin
	for day in select first_day + i from generate_series(0, days) i loop
		if is_law then
			select greatest(day_ranges.opens, max(w.opens)), least(day_ranges.closes, min(w.closes)) into lo, hi from campaign_store.legal_window w
				where w.region in (day_ranges.region, '*') and (w.weekday is null or w.weekday = extract(isodow from day));
		end if;
		if lo < hi and (day + lo) at time zone zone < (day + hi) at time zone zone then
			open := open + tstzmultirange(tstzrange((day + lo) at time zone zone, (day + hi) at time zone zone));
		end if;
	end loop;
	return open;
end $$;
comment on function campaign_store.day_ranges(text, time, time, text, boolean, date, int) is
'The open hours of each of some days in one zone; with is_law narrowed by legal_window''s rows of the region and of all regions.';

create or replace function campaign_store.next_period(practice_id int, place smallint, after timestamptz, out opens_at timestamptz, out closes_at timestamptz)
	language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
	p campaign_store.practice;
	l campaign_store.place;
	first_day date;
	here tstzmultirange;
	there tstzmultirange;
	zone text;
	span constant int := 10;        -- days looked at: a week, one before, and what the zones differ
begin
	select x.* into strict p from campaign_store.practice x where x.id = practice_id;
	select x.* into l from campaign_store.place x where x.id = place;
	first_day := (after at time zone p.zone)::date - 2;
	here := campaign_store.day_ranges(p.zone, p.opens, p.closes, null, false, first_day, span);
	foreach zone in array coalesce(l.zones, array[p.zone]) loop
		there := coalesce(there, tstzmultirange(tstzrange(null, null)))
			* campaign_store.day_ranges(zone, p.opens, p.closes, l.region, true, first_day, span);
	end loop;
	if not isempty(here * there) then
		there := here * there;
	end if;
	-- Not in the last 5 minutes of a window: what is claimed must reach the phone inside it. The end of what was looked at is
	-- not the end of a window.
	select lower(r), case when upper(r) < (first_day + span - 1) at time zone p.zone then upper(r) - interval '5 minutes' else upper(r) end
		into opens_at, closes_at
		from unnest(there) r where upper(r) - interval '5 minutes' > greatest(after, lower(r)) order by r limit 1;
	opens_at := coalesce(opens_at, 'infinity');
	closes_at := coalesce(closes_at, 'infinity');
end $$;
comment on function campaign_store.next_period(int, smallint, timestamptz) is
'The next time when texts of a practice may go to a place, or the present one: [opens_at, closes_at), the last 5 minutes of the window left out. Open in the practice''s zone and in all of the place''s, there narrowed by legal_window; if the two never overlap, there alone. Never: infinity.';

create or replace function campaign_store.refresh_open_periods(practice_id int) returns int language plpgsql
	set search_path = pg_catalog, pg_temp as $$
declare
	at_time timestamptz := campaign_store.now();
	n int;
begin
	-- Rows that somebody holds locked (who is changing a setting) are left for later: a claim must not wait for people.
	with stale as materialized (select o.practice_id, o.place from campaign_store.open_period o
			where o.practice_id = refresh_open_periods.practice_id and o.closes_at <= at_time
			order by o.place for update skip locked),
	made as materialized (select s.*, n.opens_at, n.closes_at from stale s, campaign_store.next_period(s.practice_id, s.place, at_time) n)
	update campaign_store.open_period o set opens_at = made.opens_at, closes_at = made.closes_at from made
		where o.practice_id = made.practice_id and o.place = made.place;
	get diagnostics n = row_count;
	return n;
end $$;
comment on function campaign_store.refresh_open_periods(int) is
'Makes the stale rows of open_period of a practice again, and returns how many. A row is there for every place of its contacts: whoever writes a contact adds a stale one (note_place).';

create or replace function campaign_store.note_place(practice_id int, place smallint) returns void language plpgsql
	set search_path = pg_catalog, pg_temp as $$
begin
	insert into campaign_store.open_period(practice_id, place, opens_at, closes_at)
		select note_place.practice_id, note_place.place, '-infinity', '-infinity'
		where not exists (select from campaign_store.open_period o where o.practice_id = note_place.practice_id and o.place = note_place.place)
		on conflict do nothing;
end $$;
comment on function campaign_store.note_place(int, smallint) is 'A practice has a contact in this place: makes sure that open_period has a (stale) row.';

create or replace function campaign_store.plan_batches(n int, duration int, start_date date, excluded smallint[] default '{}', taken date[] default '{}',
	daily_limit int default null) returns table(no smallint, day date, size int) language plpgsql stable
	set search_path = pg_catalog, pg_temp as $$
declare
	step int := case duration when 9 then 1 when 30 then 3 when 90 then 7 end;
	first_day date := start_date;
	slots date[];
	d date;
	b int;
	batches int;
begin
	if step is null then
		raise exception using errcode = 'TC009', message = 'A reactivation campaign lasts 9, 30 or 90 days.',
			detail = format('%s was given.', coalesce(duration::text, 'NULL')),
			hint = 'Choose 9 (a batch a day), 30 (every third day) or 90 (every week).';
	end if;
	if excluded @> '{1,2,3,4,5,6,7}' then
		raise exception using errcode = 'TC008', message = 'All weekdays are excluded.',
			detail = 'No batch could ever be sent.',
			hint = 'Leave at least one weekday.';
	end if;
	if n <= 0 then
		return;
	end if;
	while extract(isodow from first_day)::smallint = any(excluded) or first_day = any(taken) loop
		first_day := first_day + 1;
	end loop;
	loop
		slots := '{}';
		for offset_days in 0 .. duration - 1 by step loop
			d := first_day + offset_days;
			while extract(isodow from d)::smallint = any(excluded) or d = any(taken) or d = any(slots) loop
				d := d + 1;
			end loop;
			if d < first_day + duration then
				slots := slots || d;
			end if;
		end loop;
		b := greatest(ceil(n::numeric * step / duration), ceil(n::numeric / cardinality(slots)));
		exit when b <= coalesce(daily_limit, b) or step = 1;
		step := 1;
	end loop;
	batches := (n + b - 1) / b;
	return query select j::smallint, slots[1 + j::bigint * cardinality(slots) / batches], least(b, n - j * b)
		from generate_series(0, batches - 1) j;
end $$;
comment on function campaign_store.plan_batches(int, int, date, smallint[], date[], int) is
'The batches of a reactivation campaign of n contacts (campaigns.md 5). taken: days that are used already. With a daily limit that the usual days cannot keep: a batch on every day; where even that is not enough the sizes are above the limit, and the caller refuses or holds. Raises TC008, TC009.';

create or replace function campaign_store.batch_opens(day date, zone text, send_after time, start_at timestamptz) returns timestamptz language sql
	stable set search_path = pg_catalog, pg_temp as
$$ select greatest((day + send_after) at time zone zone, start_at) $$;
comment on function campaign_store.batch_opens(date, text, time, timestamptz) is 'When the batch of a day is released: not before the start, not before send_after on the practice''s clock.';

create or replace function campaign_store.contacts_to_places() returns bigint language plpgsql
	set search_path = pg_catalog, pg_temp as $$
declare
	n bigint;
begin
	with heads as materialized (select c.region, c.zone, left(c.phone, 5) as head from campaign_store.contact c group by 1, 2, 3),
	placed as materialized (select h.*, campaign_store.place_of(h.region, h.zone, h.head) as place from heads h),
	moved as (update campaign_store.contact c set place = p.place from placed p
		where c.region is not distinct from p.region and c.zone is not distinct from p.zone and left(c.phone, 5) is not distinct from p.head
			and c.place <> p.place returning c.practice_id, c.place)
	select coalesce(sum(m.n), 0) into n from (select practice_id, place, count(*) as n, campaign_store.note_place(practice_id, place)
		from moved group by practice_id, place) m;
	update campaign_store.open_period set closes_at = '-infinity';
	return n;
end $$;
comment on function campaign_store.contacts_to_places() is 'Works out again where every contact is, after area codes have changed. For campaignd-migrate.';
