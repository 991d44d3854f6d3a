-- 61: what the claim asks about limits and days: hints and caps by number, windows and days, the sender's own rate.

create or replace function campaign_store.texted(practice_id int, phone text, message bigint) returns boolean language plpgsql stable
	set search_path = pg_catalog, pg_temp as $$
begin
	return exists (select from campaign_store.former_phone f join campaign_store.message y on y.contact_id = f.contact_id
			join campaign_store.attempt w on w.message_id = y.id and w.no = y.attempt
		where f.practice_id = texted.practice_id and f.phone = texted.phone and y.id <> message and w.phone = texted.phone
			and (y.sent_at is not null or y.status in ('Sending', 'Unknown')));
end $$;
comment on function campaign_store.texted(int, text, bigint) is 'Whether a former owner of a number was texted on it, by another message than this.';

create or replace function campaign_store.over_cap(p campaign_store.practice, phone text, message bigint, at_time timestamptz) returns boolean language plpgsql stable
	set search_path = pg_catalog, pg_temp as $$
declare
	today timestamptz := (at_time at time zone p.zone)::date::timestamp at time zone p.zone;
	in_day int;
	in_30_days int;
begin
	select count(*) filter (where y.claimed_at >= today), count(*) into in_day, in_30_days
		from (select c.id from campaign_store.contact c where c.practice_id = p.id and c.phone = over_cap.phone
			union select f.contact_id from campaign_store.former_phone f where f.practice_id = p.id and f.phone = over_cap.phone) o
		join campaign_store.message y on y.contact_id = o.id
		join campaign_store.attempt w on w.message_id = y.id and w.no = y.attempt
		where y.campaign_id is not null and y.id <> message and w.phone = over_cap.phone and y.claimed_at > at_time - interval '30 days'
			and (y.sent_at is not null or y.status in ('Sending', 'Unknown'));
	return (p.cap_day > 0 and in_day >= p.cap_day) or (p.cap_30_days > 0 and in_30_days >= p.cap_30_days);
end $$;
comment on function campaign_store.over_cap(campaign_store.practice, text, bigint, timestamptz) is
'Whether a number has had as many campaign texts in this local day, or in 30 days, as the practice allows.';

create or replace function campaign_store.allowed_opening(p campaign_store.practice, excluded smallint[], place smallint, opens_at timestamptz) returns timestamptz
	language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
	for i in 1 .. 30 loop
		exit when opens_at = 'infinity' or not extract(isodow from opens_at at time zone p.zone)::smallint = any(excluded);
		select greatest(n.opens_at, x.midnight) into opens_at
			from (select ((opens_at at time zone p.zone)::date + 1)::timestamp at time zone p.zone as midnight) x, campaign_store.next_period(p.id, place, x.midnight) n;
	end loop;
	-- A window that never opens is asked again from day to day: the table of the law may change.
	return case when opens_at = 'infinity' then campaign_store.now() + interval '1 day' else opens_at end;
end $$;
comment on function campaign_store.allowed_opening(campaign_store.practice, smallint[], smallint, timestamptz) is
'An opening of the window, moved on to a day that is not excluded on the practice''s calendar.';

create or replace function campaign_store.next_day(p campaign_store.practice, excluded smallint[], at_time timestamptz) returns timestamptz language plpgsql stable
	set search_path = pg_catalog, pg_temp as $$
declare
	day date := (at_time at time zone p.zone)::date;
begin
	loop
		day := day + 1;
		exit when not extract(isodow from day)::smallint = any(excluded);
	end loop;
	return (day + p.opens) at time zone p.zone;
end $$;
comment on function campaign_store.next_day(campaign_store.practice, smallint[], timestamptz) is 'When the practice opens on its next day that is not excluded.';

create or replace function campaign_store.put_off(sender int, campaign int, at_time timestamptz, until timestamptz, waits campaign_store.waiting_for) returns int
	language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
	n int;
begin
	update campaign_store.chunk k set due_at = until, waiting_for = waits where k.no = any(array(
		select c.no from campaign_store.chunk c where c.run is null and c.lane = 3 and c.sender_id = sender and c.campaign_id = campaign and c.due_at <= at_time
			order by c.due_at, c.no limit 500 for update skip locked));
	get diagnostics n = row_count;
	return n;
end $$;
comment on function campaign_store.put_off(int, int, timestamptz, timestamptz, campaign_store.waiting_for) is
'What of a campaign is due waits until then, whole chunks: for the next day. Returns how many chunks.';

create or replace function campaign_store.pace(s campaign_store.sender, at_time timestamptz) returns numeric language plpgsql stable
	set search_path = pg_catalog, pg_temp as $$
declare
	-- A bucket of a twentieth of a second, filled a twentieth slower: never above the rate in any second.
	room numeric := greatest(1, s.parts_per_second / 20);
begin
	return (select least(room, b.tokens + extract(epoch from at_time - b.at) * s.parts_per_second * 0.95)
		from campaign_store.sender_pace b where b.sender_id = s.id and b.at <= at_time);
end $$;
comment on function campaign_store.pace(campaign_store.sender, timestamptz) is
'The balance of a sender that has its own parts per second, null if it has sent nothing. A text goes when it is 1 or more, and its further parts may take it below 0.';

create or replace function campaign_store.pay(p campaign_store.practice, s campaign_store.sender, at_time timestamptz, used_parts int, used_messages int) returns void
	language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
	today date := (at_time at time zone p.zone)::date;
begin
	if s.parts_per_second is not null then
		insert into campaign_store.sender_pace as b (sender_id, tokens, at)
			values (s.id, coalesce(campaign_store.pace(s, at_time), greatest(1, s.parts_per_second / 20)) - used_parts, at_time)
			on conflict (sender_id) do update set tokens = excluded.tokens, at = excluded.at;
	end if;
	if s.parts_per_day is not null then
		insert into campaign_store.sender_day as d (sender_id, day, parts) values (s.id, today, used_parts)
			on conflict (sender_id, day) do update set parts = d.parts + excluded.parts;
	end if;
	if p.daily_limit is not null and used_messages > 0 then
		insert into campaign_store.practice_day as d (practice_id, day, messages) values (p.id, today, used_messages)
			on conflict (practice_id, day) do update set messages = d.messages + excluded.messages;
	end if;
end $$;
comment on function campaign_store.pay(campaign_store.practice, campaign_store.sender, timestamptz, int, int) is 'Counts what was taken against the limits that are set.';
