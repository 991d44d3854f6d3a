-- 82: campaigns in housekeeping: start, audience, end, and what stops them.

create or replace function campaign_store.told(event text, v campaign_store.campaign, detail text, n bigint, level text default 'info', out event_ text,
	out campaign int, out practice text, out name text, out detail_ text, out n_ bigint, out level_ text) language plpgsql stable
	set search_path = pg_catalog, pg_temp as $$
begin
	event_ := event;
	campaign := v.id;
	practice := (select p.short_name from campaign_store.practice p where p.id = v.practice_id);
	name := v.name;
	detail_ := detail;
	n_ := n;
	level_ := level;
end $$;
comment on function campaign_store.told(text, campaign_store.campaign, text, bigint, text) is 'An event of a campaign, as housekeep() returns it.';

create or replace function campaign_store.hold(v campaign_store.campaign, because campaign_store.held_because) returns void language plpgsql
	set search_path = pg_catalog, pg_temp as $$
begin
	update campaign_store.campaign c set state = 'Held', held_because = because, resume_to = v.state where c.id = v.id;
end $$;
comment on function campaign_store.hold(campaign_store.campaign, campaign_store.held_because) is 'A rule stops a campaign, whose row the caller has locked.';

create or replace function campaign_store.open_time(p campaign_store.practice, since timestamptz, until timestamptz) returns interval language plpgsql stable
	set search_path = pg_catalog, pg_temp as $$
begin
	if until - since > interval '20 days' then
		return interval '20 days';
	elsif since is null or since >= until then
		return interval '0';
	end if;
	return coalesce((select sum(upper(r) - lower(r)) from unnest(tstzmultirange(tstzrange(since, until)) * campaign_store.day_ranges(p.zone, p.opens, p.closes, null, false,
		(since at time zone p.zone)::date - 1, 24)) r), interval '0');
end $$;
comment on function campaign_store.open_time(campaign_store.practice, timestamptz, timestamptz) is 'How long the practice''s window was open in between; 20 days stand for any longer time.';

-- ------------------------------------------------------------------------------------------------ start

create or replace function campaign_store.fix_audience(v campaign_store.campaign) returns int language plpgsql
	set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
	n int;
begin
	if v.kind = 'text' then
		insert into campaign_store.audience(campaign_id, pos, contact_id)
			select v.id, row_number() over (order by a) - 1, a from campaign_store.audience_now(v.practice_id, v.kind, v.group_ids, v.contact_ids) a;
	else
		-- Never texted first, then longest ago.
		insert into campaign_store.audience(campaign_id, pos, contact_id)
			select v.id, row_number() over (order by t.last_at nulls first, a) - 1, a
				from campaign_store.audience_now(v.practice_id, v.kind, v.group_ids, v.contact_ids) a
				cross join lateral (select max(m.claimed_at) as last_at from campaign_store.message m where m.contact_id = a and m.attempt > 0) t;
	end if;
	get diagnostics n = row_count;
	return n;
end $$;
comment on function campaign_store.fix_audience(campaign_store.campaign) is 'Who is in a campaign, in which order: fixed in one statement, at its start. Returns how many.';

create or replace function campaign_store.start_campaign(v campaign_store.campaign) returns campaign_store.campaign language plpgsql
	set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
	p campaign_store.practice;
	at_time timestamptz := campaign_store.now();
	first_day date;
begin
	select * into p from campaign_store.practice x where x.id = v.practice_id;
	if v.kind = 'text' and campaign_store.open_time(p, greatest(v.start_at, v.resumed_at), at_time) > p.late_limit then
		perform campaign_store.hold(v, 'missed_start');
	else
		v.audience := campaign_store.fix_audience(v);
		first_day := greatest(v.start_local::date, (at_time at time zone p.zone)::date);
		if v.kind = 'text' then
			insert into campaign_store.batch(campaign_id, no, day, opens_at, size, first_pos) values (v.id, 0, v.start_local::date, v.start_at, v.audience, 0);
		else
			insert into campaign_store.batch(campaign_id, no, day, opens_at, size, first_pos)
				select v.id, b.no, b.day, campaign_store.batch_opens(b.day, p.zone, v.send_after, v.start_at), b.size, sum(b.size) over (order by b.no) - b.size
					from campaign_store.plan_batches(v.audience, v.duration, first_day, v.excluded, '{}', p.daily_limit) b;
		end if;
		update campaign_store.campaign c set audience = v.audience, state = case when v.audience = 0 then 'Finished' else 'Preparing' end::campaign_store.campaign_state,
			finished_at = case when v.audience = 0 then at_time end where c.id = v.id returning * into v;
		if v.kind = 'reactivation' and (select max(b.size) from campaign_store.batch b where b.campaign_id = v.id) > p.daily_limit then
			perform campaign_store.hold(v, 'daily_limit');
		end if;
	end if;
	select * into v from campaign_store.campaign c where c.id = v.id;
	return v;
end $$;
comment on function campaign_store.start_campaign(campaign_store.campaign) is
'Starts a campaign whose row the caller has locked: audience and batches. Empty, it is Finished; more than late_limit late, or above the practice''s daily limit because the list grew, it is Held.';

create or replace function campaign_store.start_campaigns() returns table(event text, campaign int, practice text, name text, detail text, n bigint, level text)
	language plpgsql set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
	v campaign_store.campaign;
begin
	for v in select c.* from campaign_store.campaign c where c.state = 'Scheduled' and c.start_at <= campaign_store.now() order by c.start_at, c.id limit 10
			for update skip locked loop
		v := campaign_store.start_campaign(v);
		if v.audience is not null then
			return query select * from campaign_store.told('started', v, null, v.audience);
		end if;
		if v.state = 'Held' then
			return query select * from campaign_store.told('held', v, v.held_because::text, coalesce(v.audience, 0), 'error');
		elsif v.state = 'Finished' then
			return query select * from campaign_store.told('finished', v, null, 0);
		end if;
	end loop;
end $$;
comment on function campaign_store.start_campaigns() is 'Starts the campaigns whose time has come.';

create or replace function campaign_store.prepare_campaign() returns table(event text, campaign int, practice text, name text, detail text, n bigint, level text)
	language plpgsql set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
	v campaign_store.campaign;
	p campaign_store.practice;
	at_time timestamptz := campaign_store.now();
begin
	select * into v from campaign_store.campaign c where c.state = 'Preparing' order by c.start_at, c.id limit 1 for update skip locked;
	if not found then
		return;
	end if;
	select * into p from campaign_store.practice x where x.id = v.practice_id;
	-- By batch and place, so that all of a chunk can go at the same time.
	with a as materialized (
		select a.pos, a.contact_id, b.no as batch, b.opens_at, c.place, row_number() over (partition by b.no, c.place order by a.pos) - 1 as i
			from campaign_store.audience a
			join campaign_store.batch b on b.campaign_id = a.campaign_id and a.pos >= b.first_pos and a.pos < b.first_pos + b.size
			join campaign_store.contact c on c.id = a.contact_id
			where a.campaign_id = v.id and a.pos >= v.written and a.pos < v.written + 10000),
	o as materialized (
		select g.*, greatest(g.opens_at, campaign_store.allowed_opening(p, v.excluded, g.place, n.opens_at)) as due
			from (select a.batch, a.place, a.opens_at, campaign_store.note_place(p.id, a.place) from a group by 1, 2, 3) g,
			campaign_store.next_period(p.id, g.place, greatest(g.opens_at, at_time)) n),
	k as materialized (
		select g.*, nextval('campaign_store.message_block') as base, nextval('campaign_store.chunk_no') as no
			from (select a.batch, a.place, a.i / 200 as block, o.due, o.opens_at, count(*) as n from a join o on o.batch = a.batch and o.place = a.place
				group by 1, 2, 3, 4, 5 order by 4, 3, 2) g),
	m as (insert into campaign_store.message(id, contact_id, chunk, campaign_id, practice_id, batch)
		select k.base + a.i % 200, a.contact_id, k.no, v.id, v.practice_id, a.batch
			from a join k on k.batch = a.batch and k.place = a.place and k.block = a.i / 200 order by 1),
	q as (insert into campaign_store.chunk(no, sender_id, campaign_id, lane, waiting_for, first_id, last_id, due_at)
		select k.no, v.sender_id, v.id, 3, case when k.opens_at > at_time then 'batch' when k.due > k.opens_at and k.due > at_time then 'window' end::campaign_store.waiting_for,
			k.base, k.base + k.n - 1, k.due from k),
	t as (insert into campaign_store.tally(campaign_id, batch, was, became, n) select v.id, a.batch, null, 'Queued', count(*) from a group by 2),
	d as (delete from campaign_store.audience x where x.campaign_id = v.id and x.pos < v.written + 10000)
	update campaign_store.campaign c set written = least(v.written + 10000, v.audience),
		state = case when v.written + 10000 >= v.audience then 'Sending' else 'Preparing' end::campaign_store.campaign_state where c.id = v.id returning * into v;
	perform campaign_store.wake();
	if v.state = 'Sending' then
		return query select * from campaign_store.told('prepared', v, null, v.audience);
	end if;
end $$;
comment on function campaign_store.prepare_campaign() is
'Writes the next 10,000 messages of the campaign that is being prepared, due when their batch and the window of their place open; what is written may go already. The campaign''s cursor moves in the same transaction.';

-- ------------------------------------------------------------------------------------------------ end

create or replace function campaign_store.finish_campaigns() returns table(event text, campaign int, practice text, name text, detail text, n bigint, level text)
	language plpgsql set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
	v campaign_store.campaign;
begin
	for v in select c.* from campaign_store.campaign c where c.state = 'Sending' and not exists (select from campaign_store.chunk k where k.campaign_id = c.id)
			order by c.id for update of c skip locked loop
		-- Looked at again, now that the row is locked: requeueing takes the same lock.
		update campaign_store.campaign c set state = 'Finished', finished_at = campaign_store.now() where c.id = v.id and c.state = 'Sending'
			and c.written >= c.audience and not exists (select from campaign_store.chunk k where k.campaign_id = c.id);
		if found then
			return query select * from campaign_store.told('finished', v, null, v.audience);
		end if;
	end loop;
end $$;
comment on function campaign_store.finish_campaigns() is 'A campaign whose messages are all written, and of which nothing waits or is Sending, is Finished.';

create or replace function campaign_store.hold_failing() returns table(event text, campaign int, practice text, name text, detail text, n bigint, level text)
	language plpgsql set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
	v campaign_store.campaign;
	because campaign_store.held_because;
begin
	if not exists (select from campaign_store.sender_health) and not exists (select from campaign_store.campaign_health) then
		return;
	end if;
	for v in select c.* from campaign_store.campaign c where c.state in ('Preparing', 'Sending') and (
				exists (select from campaign_store.sender_health h where h.sender_id = c.sender_id and greatest(h.fix_in_row, h.fix_receipts) >= 5)
				or exists (select from campaign_store.campaign_health h where h.campaign_id = c.id and length(replace(h.recent, '0', '')) > 10))
			order by c.id for update of c skip locked loop
		because := case when exists (select from campaign_store.sender_health h where h.sender_id = v.sender_id and greatest(h.fix_in_row, h.fix_receipts) >= 5)
			then 'sender_rejected' else 'carrier_rejections' end;
		perform campaign_store.hold(v, because);
		delete from campaign_store.campaign_health h where h.campaign_id = v.id;
		return query select * from campaign_store.told('held', v, because::text, 0, 'error');
	end loop;
	-- Begins anew when all of its campaigns are held (those whose row somebody holds come next time).
	delete from campaign_store.sender_health h where greatest(h.fix_in_row, h.fix_receipts) >= 5
		and not exists (select from campaign_store.campaign c where c.sender_id = h.sender_id and c.state in ('Preparing', 'Sending'));
end $$;
comment on function campaign_store.hold_failing() is
'Holds the campaigns of a sender after five refusals or failing receipts in a row whose code says fix (sender_rejected), and a campaign of whose last 50 outcomes more than a fifth were rejections (carrier_rejections): nothing more is burnt until a person resumes.';

-- ------------------------------------------------------------------------------------------------ late

create or replace function campaign_store.hold_late() returns table(event text, campaign int, practice text, name text, detail text, n bigint, level text)
	language plpgsql set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
	v campaign_store.campaign;
	p campaign_store.practice;
	since timestamptz;
	at_time timestamptz := campaign_store.now();
begin
	for v in select c.* from campaign_store.campaign c where c.kind = 'text' and c.state in ('Preparing', 'Sending')
			and exists (select from campaign_store.chunk k where k.campaign_id = c.id and k.run is null and k.due_at < at_time) order by c.id for update of c skip locked loop
		select * into p from campaign_store.practice x where x.id = v.practice_id;
		select greatest(min(k.due_at) filter (where k.run is null), max(k.leased_at), (select h.at from campaign_store.hand_over h where h.campaign_id = v.id), v.resumed_at)
			into since from campaign_store.chunk k where k.campaign_id = v.id;
		if campaign_store.open_time(p, since, at_time) > p.late_limit then
			perform campaign_store.hold(v, 'missed_start');
			return query select * from campaign_store.told('held', v, 'missed_start', 0, 'error');
		end if;
	end loop;
end $$;
comment on function campaign_store.hold_late() is
'Holds a text campaign when late_limit of the practice''s open window has passed since the latest of its oldest waiting due time, its last hand-over and its last resume. One that is only slow is never late.';

create or replace function campaign_store.move_missed_batches() returns int language plpgsql set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
	b record;
	new_day date;
	n int := 0;
	at_time timestamptz := campaign_store.now();
begin
	-- Missed: its day is over, and nothing of it was taken. What was begun goes on at the next opening.
	for b in select x.campaign_id, x.no, x.opens_at, v.excluded, v.send_after, v.start_at, p.zone, p.closes, (at_time at time zone p.zone) as local
			from campaign_store.campaign v join campaign_store.practice p on p.id = v.practice_id join campaign_store.batch x on x.campaign_id = v.id
			where v.kind = 'reactivation' and v.state = 'Sending' and x.day < (at_time at time zone p.zone)::date
				and not exists (select from campaign_store.tally t where t.campaign_id = x.campaign_id and t.batch = x.no and t.was is not null)
				and exists (select from campaign_store.chunk k where k.campaign_id = v.id and k.run is null and k.due_at <= at_time)
			order by x.campaign_id, x.no loop
		new_day := b.local::date + (b.local::time > b.closes - interval '5 minutes')::int;
		while extract(isodow from new_day)::smallint = any(b.excluded) or exists (select from campaign_store.batch o where o.campaign_id = b.campaign_id and o.day = new_day) loop
			new_day := new_day + 1;
		end loop;
		update campaign_store.batch o set day = new_day, opens_at = campaign_store.batch_opens(new_day, b.zone, b.send_after, b.start_at)
			where o.campaign_id = b.campaign_id and o.no = b.no;
		update campaign_store.chunk k set due_at = campaign_store.batch_opens(new_day, b.zone, b.send_after, b.start_at), waiting_for = 'batch'
			where k.campaign_id = b.campaign_id and k.run is null
				and (select m.batch from campaign_store.message m where m.id between k.first_id and k.last_id and m.chunk = k.no order by m.id limit 1) = b.no;
		n := n + 1;
	end loop;
	return n;
end $$;
comment on function campaign_store.move_missed_batches() is
'A batch of a reactivation campaign of which nothing went on its day takes the next allowed day that has no batch.';
