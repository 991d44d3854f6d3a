-- 62: the claim (claim.md 2, campaigns.md 3): what may go now, with every check, in one committed statement.
--
-- A claim waits for nobody. Rows that others hold are skipped; one claim at a time works on a practice (an advisory lock that is
-- only tried), so that its limits, caps and duplicate numbers are decided without any other lock, and two claims cannot meet in
-- the unique index of attempt in opposite order.

-- ------------------------------------------------------------------------------------------------ one chunk

create or replace function campaign_store.claim_chunk(run bigint, k campaign_store.chunk, v campaign_store.campaign, p campaign_store.practice, at_time timestamptz,
	n int, slots int, soft int, win int, empty_window boolean, day_messages int, day_parts int)
	returns table(texts campaign_store.attempt[], parts int, seen int, last_seen bigint, go_on bigint, stale int, blocked boolean,
		closed bigint[], closed_place smallint[])
	language plpgsql set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
	-- Everything that is the same for all messages is worked out here, and the checks that cannot fail are left out.
	campaign int := v.id;
	practice int := p.id;
	first bigint := coalesce(k.next_id, k.first_id);
	taken bigint := nextval('campaign_store.chunk_no');
	phases int[] := case when v.kind = 'reactivation' then array(select f.id from campaign_store.phase f where f.practice_id = p.id and f.reactivation) end;
	bad_since timestamptz := case when p.known_bad_days > 0 and exists (select from campaign_store.known_bad b where b.practice_id = p.id)
		then at_time - make_interval(days => p.known_bad_days) end;
	outs boolean := exists (select from campaign_store.opt_out o where o.practice_id = p.id and o.lifted_at is null);
	capped boolean := p.cap_day > 0 or p.cap_30_days > 0;
	needs_consent boolean := p.require_consent;
	former boolean := p.opt_out_hint = 'first' and not v.says_stop and exists (select from campaign_store.former_phone f where f.practice_id = p.id);
	expired boolean := k.due_at < at_time - interval '7 days';
	max_parts int := p.max_parts;
	full_text text := campaign_store.fill_practice(v.compiled, v.slot_token, v.slot_fallback, p);
	text text := case when p.plain_punctuation and v.compiled_plain is not null
		then campaign_store.fill_practice(v.compiled_plain, v.slot_token, v.slot_fallback, p) else full_text end;
	hint text := case when not v.says_stop and p.opt_out_hint = 'always' then campaign_store.stop_hint() else '' end;
	first_hint text := case when not v.says_stop and p.opt_out_hint = 'first' then campaign_store.stop_hint() end;
	-- Basic GSM characters only, one septet each: then the length says how many parts. Names are looked at one by one.
	basic constant text := E'^[\n\r -Z_a-z¡£¤¥§¿ÄÅÆÇÉÑÖØÜßàäåæèéìñòöøùüΓΔΘΛΞΠΣΦΨΩ]*$';
	all_basic boolean := translate(text, E'\x01\x02\x03\x04\x05\x06', '') || coalesce(array_to_string(v.slot_fallback[1:6], ''), '') ~ basic;
	t text[] := array(select case s when 'Contact.FirstName' then 'F' when 'Contact.LastName' then 'L' when 'Contact.FullName' then 'N' end from unnest(v.slot_token[1:6]) s);
	f text[] := v.slot_fallback;
	says_names boolean := t[1] is not null;
	more_slots boolean := t[2] is not null;
begin
	return query
	with m as materialized (
		select m.id, m.contact_id, m.batch, m.attempt from campaign_store.message m
			where m.id between first and k.last_id and m.chunk = k.no and m.status = 'Queued' order by m.id limit n for update skip locked),
	-- Subqueries that `offset 0` keeps apart: each step is worked out once for a row, and no row is copied.
	w as materialized (
		select q.*, case when q.fails is not null then 2 when q.stale then 4 when q.closed then 3
			when q.upto <= slots and q.upto - q.parts < soft and q.nth <= day_messages and q.upto <= day_parts then 1
			when q.parts > win and empty_window and q.upto = q.parts and q.nth <= day_messages and q.upto <= day_parts then 1
			else 4 end as fate
		from (select d.*, sum(case when d.fails is null and not d.stale and not d.closed then d.parts else 0 end) over z as upto,
				count(*) filter (where d.fails is null and not d.stale and not d.closed) over z as nth
		from (select g.*, case when g.why is not null then g.why when g.parts > max_parts then campaign_store.why('content_too_long')
				when expired then campaign_store.never_sent(g.id, g.attempt) end as fails,
			coalesce(g.closes_at <= at_time, true) as stale, at_time < g.opens_at as closed
		from (select r.*, case when r.why is not null then null
				when r.simple then case when length(r.body) <= 160 then 1 else (length(r.body) + 152) / 153 end
				else campaign_store.text_parts(r.body) end::smallint as parts
		from (select s.id, s.batch, s.attempt, s.phone, s.place, s.opens_at, s.closes_at, s.takes_phone, s.simple,
				coalesce(s.reason, case when s.simple_body is null then campaign_store.why('missing_value') end) as why,
				case when s.simple then s.simple_body else campaign_store.render(p, v, full_text, s.first_name, s.last_name, s.hint <> '') end as body
		from (select c.*, case when not says_names then text
				when not more_slots then replace(text, E'\x01', c.value)
				else campaign_store.fill_contact(text, v.slot_token, v.slot_fallback, c.first_name, c.last_name) end || c.hint as simple_body
		from (select m.id, m.batch, m.attempt, c.phone, c.place, o.opens_at, o.closes_at, a.message_id is null as takes_phone, c.first_name, c.last_name,
			case when c.deleted_at is not null then campaign_store.why('contact_deleted')
				when phases is not null and not c.phase_id = any(phases) then campaign_store.why('left_phase')
				when c.phone is null then case c.phone_problem when 'no_number' then campaign_store.why('no_number') else campaign_store.why('invalid_number') end
				when b.reason is not null then b.reason
				when x.phone is not null or c.opted_out_at is not null then campaign_store.why('opted_out')
				when needs_consent and not c.consent then campaign_store.why('no_consent')
				when a.message_id <> m.id then campaign_store.why('duplicate_number')
				when capped and campaign_store.over_cap(p, c.phone, m.id, at_time) then campaign_store.why('frequency_cap')
				when text is null then campaign_store.why('missing_value') end as reason,
			case when first_hint is null then hint
				when exists (select from campaign_store.contact q join campaign_store.message y on y.contact_id = q.id
					join campaign_store.attempt w on w.message_id = y.id and w.no = y.attempt
					where q.practice_id = practice and q.phone = c.phone and y.id <> m.id and w.phone = c.phone
						and (y.sent_at is not null or y.status in ('Sending', 'Unknown'))) then ''
				when former and campaign_store.texted(practice, c.phone, m.id) then '' else first_hint end as hint,
			case when says_names then coalesce(case t[1] when 'F' then c.first_name when 'L' then c.last_name
				when 'N' then nullif(concat_ws(' ', c.first_name, c.last_name), '') end, f[1]) end as value,
			all_basic and (not says_names or coalesce(c.first_name, '') || coalesce(c.last_name, '') ~ basic) as simple
		from m cross join lateral (select y.deleted_at, y.phase_id, y.phone, y.phone_problem, y.opted_out_at, y.consent, y.place, y.first_name, y.last_name
				from campaign_store.contact y where y.id = m.contact_id limit 1) c
			left join lateral (select y.opens_at, y.closes_at from campaign_store.open_period y where y.practice_id = practice and y.place = c.place limit 1) o on true
			left join lateral (select y.reason from campaign_store.known_bad y where bad_since is not null and y.practice_id = practice and y.phone = c.phone
				and y.at > bad_since limit 1) b on true
			left join lateral (select y.phone from campaign_store.opt_out y where outs and y.practice_id = practice and y.phone = c.phone and y.lifted_at is null limit 1) x on true
			left join lateral (select y.message_id from campaign_store.attempt y where y.campaign_id = campaign and y.phone = c.phone and y.takes_phone limit 1) a on true
		offset 0) c offset 0) s offset 0) r offset 0) g offset 0) d window z as (rows unbounded preceding)) q),
	a as (insert into campaign_store.attempt as t (message_id, run, campaign_id, practice_id, sender_id, no, parts, takes_phone, phone, body)
		select w.id, claim_chunk.run, campaign, practice, k.sender_id, w.attempt + 1, w.parts, w.takes_phone, w.phone, w.body from w
			-- Of one number in this batch the first; nobody else can be writing texts of this campaign.
			where case when w.fate = 1 then w.id in (select min(x.id) from w x where x.fate = 1 group by x.phone) end
		returning t.message_id, t.parts, t as text),
	l as (insert into campaign_store.chunk(no, sender_id, campaign_id, lane, first_id, last_id, due_at, run, leased_at)
		select taken, k.sender_id, campaign, k.lane, min(a.message_id), max(a.message_id), k.due_at, claim_chunk.run, at_time from a having count(*) > 0),
	u as (update campaign_store.message x set status = z.status, reason = z.reason, chunk = coalesce(z.chunk, x.chunk), run = coalesce(z.run, x.run),
			attempt = z.attempt, parts = coalesce(z.parts, x.parts), claimed_at = coalesce(z.claimed_at, x.claimed_at), final_at = z.final_at
		from (select w.id, case when b.ok then 'Sending' else 'Aborted' end::campaign_store.message_status as status,
				case when b.ok then null else coalesce(w.fails, campaign_store.why('duplicate_number')) end as reason,
				case when b.ok then taken end as chunk, case when b.ok then claim_chunk.run end as run, case when b.ok then w.parts end as parts,
				case when b.ok then at_time end as claimed_at, w.attempt + b.ok::int as attempt, case when not b.ok then at_time end as final_at
			from w cross join lateral (select w.fate = 1 and w.id in (select a.message_id from a) as ok offset 0) b where w.fate < 3) z
		where x.id = z.id returning x.batch, x.status),
	y as (insert into campaign_store.tally(campaign_id, batch, was, became, n)
		select campaign, u.batch, 'Queued', u.status, count(*) from u group by 2, 4)
	select a.texts, a.parts, w.* from (select array_agg(a.text) as texts, coalesce(sum(a.parts), 0)::int as parts from a) a,
		(select count(*)::int, max(w.id), min(w.id) filter (where w.fate = 4), count(*) filter (where w.fate = 4 and w.stale)::int,
			bool_or(w.fate = 4 and not w.stale and w.upto > slots), array_agg(w.id) filter (where w.fate = 3), array_agg(w.place) filter (where w.fate = 3) from w) w;
end $$;
comment on function campaign_store.claim_chunk(bigint, campaign_store.chunk, campaign_store.campaign, campaign_store.practice, timestamptz, int, int, int, int, boolean, int, int) is
'Takes up to n messages of a chunk that the caller has locked: every check of campaigns.md 3 in its order, the text, its parts. What goes is Sending in a chunk of its own, what fails is Aborted. slots: parts that may go at most; soft: once so many parts go, no further message; day_messages, day_parts: what limits leave. Returns what goes, its parts, how many were looked at (seen, last_seen), the first that stays (go_on), how many of them because open_period is not up to date (stale), whether one did not fit into slots (blocked), and which have no open window, where (closed, closed_place).';

create or replace function campaign_store.defer(k campaign_store.chunk, p campaign_store.practice, excluded smallint[], messages bigint[], places smallint[]) returns void
	language plpgsql set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
	at_time timestamptz := campaign_store.now();
begin
	with m as materialized (select u.id, u.place from unnest(messages, places) u(id, place)),
	h as materialized (
		select x.place, campaign_store.allowed_opening(p, excluded, x.place, o.opens_at) as due, nextval('campaign_store.chunk_no') as no
			from (select distinct m.place from m) x join campaign_store.open_period o on o.practice_id = p.id and o.place = x.place),
	c as (insert into campaign_store.chunk(no, sender_id, campaign_id, lane, waiting_for, first_id, last_id, due_at)
		select h.no, k.sender_id, k.campaign_id, k.lane, 'window', k.first_id, k.last_id, h.due from h),
	u as (update campaign_store.message x set chunk = h.no from m join h on h.place = m.place where x.id = m.id and x.status = 'Queued' and x.chunk = k.no)
	insert into campaign_store.message_event(message_id, at, what, was, became, note)
		select m.id, at_time, 'deferred', 'Queued', 'Scheduled', format('the window opens at %s', h.due) from m join h on h.place = m.place;
end $$;
comment on function campaign_store.defer(campaign_store.chunk, campaign_store.practice, smallint[], bigint[], smallint[]) is
'Messages of a chunk whose window is closed, locked by the claim, wait in new chunks until it opens where they are.';

-- ------------------------------------------------------------------------------------------------ one visit to a campaign

create or replace function campaign_store.claim_campaign(run bigint, sender int, campaign int, at_time timestamptz, n int, slots int, soft int, win int,
	empty_window boolean, out texts campaign_store.attempt[], out parts int, out source text, out seen int, out outcome text, out wait_ms bigint)
	language plpgsql set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
	v campaign_store.campaign;
	p campaign_store.practice;
	s campaign_store.sender;
	k campaign_store.chunk;
	r record;
	today date;
	tokens numeric;
	day_messages int := 2147483647;
	day_parts int := 2147483647;
	paced boolean := false;
	next_from bigint;
begin
	parts := 0;
	seen := 0;
	select * into v from campaign_store.campaign c where c.id = claim_campaign.campaign;
	if not pg_try_advisory_xact_lock(hashtext('campaign_store.claim'), v.practice_id) then
		outcome := 'busy';
		wait_ms := 20;
		return;
	elsif v.started_at is null then
		-- Deleting takes the same lock: whether a campaign had started is decided once. Whoever holds it is not waited for.
		select * into v from campaign_store.campaign c where c.id = claim_campaign.campaign for update skip locked;
		if not found then
			outcome := 'locked';
			wait_ms := 1000;
			return;
		end if;
	end if;
	if v.state not in ('Preparing', 'Sending') then
		outcome := 'stopped';
		return;
	end if;
	select * into p from campaign_store.practice x where x.id = v.practice_id;
	select * into s from campaign_store.sender x where x.id = claim_campaign.sender;
	source := s.number;

	if s.parts_per_second is not null then
		tokens := coalesce(campaign_store.pace(s, at_time), greatest(1, s.parts_per_second / 20));
		if tokens < 1 then
			outcome := 'paced';
			wait_ms := ceil((1 - tokens) / (s.parts_per_second * 0.95) * 1000);
			return;
		end if;
		paced := floor(tokens) <= soft;
		soft := least(soft, floor(tokens));
	end if;
	if p.daily_limit is not null or s.parts_per_day is not null or v.excluded <> '{}' then
		today := (at_time at time zone p.zone)::date;
		day_messages := coalesce(p.daily_limit - coalesce((select d.messages from campaign_store.practice_day d where d.practice_id = p.id and d.day = today), 0), day_messages);
		day_parts := coalesce(s.parts_per_day - coalesce((select d.parts from campaign_store.sender_day d where d.sender_id = s.id and d.day = today), 0), day_parts);
		if extract(isodow from today)::smallint = any(v.excluded) or day_messages <= 0 or day_parts <= 0 then
			perform campaign_store.put_off(s.id, v.id, at_time, campaign_store.next_day(p, v.excluded, at_time),
				case when day_messages <= 0 or day_parts <= 0 then 'daily_limit' else 'window' end::campaign_store.waiting_for);
			outcome := 'put_off';
			return;
		end if;
	end if;
	if exists (select from campaign_store.open_period o where o.practice_id = p.id and o.closes_at <= at_time) then
		perform campaign_store.refresh_open_periods(p.id);
	end if;

	select * into k from campaign_store.chunk c where c.run is null and c.lane = 3 and c.sender_id = claim_campaign.sender
		and c.campaign_id = claim_campaign.campaign and c.due_at <= at_time order by c.due_at, c.no limit 1 for update skip locked;
	if not found then
		outcome := 'empty';
		return;
	end if;
	select * into r from campaign_store.claim_chunk(claim_campaign.run, k, v, p, at_time, n, slots, soft, win, empty_window, day_messages, day_parts);
	texts := r.texts;
	parts := r.parts;
	seen := r.seen;
	if r.closed is not null then
		perform campaign_store.defer(k, p, v.excluded, r.closed, r.closed_place);
	end if;

	outcome := 'more';
	next_from := coalesce(r.go_on, (select min(m.id) from campaign_store.message m
		where m.id between coalesce(r.last_seen + 1, k.next_id, k.first_id) and k.last_id and m.chunk = k.no and m.status = 'Queued'));
	if next_from is not null then
		update campaign_store.chunk c set next_id = next_from where c.no = k.no;
	else
		-- Nothing is left, unless somebody else held it just now: then it is looked at again from its beginning.
		delete from campaign_store.chunk c where c.no = k.no
			and not exists (select from campaign_store.message m where m.id between k.first_id and k.last_id and m.chunk = k.no and m.status = 'Queued');
		if not found then
			update campaign_store.chunk c set next_id = null where c.no = k.no;
			outcome := 'held';
			wait_ms := 1000;
		end if;
	end if;
	if outcome = 'held' then
		null;
	elsif r.blocked then
		outcome := 'blocked';
	elsif r.stale > 0 and parts = 0 then
		outcome := 'held';              -- somebody is just changing the window
		wait_ms := 1000;
	elsif parts = 0 and r.go_on is not null and (day_messages < n or day_parts < win) then
		perform campaign_store.put_off(s.id, v.id, at_time, campaign_store.next_day(p, v.excluded, at_time), 'daily_limit');
		outcome := 'put_off';
	end if;

	if parts > 0 then
		if s.parts_per_second is not null or s.parts_per_day is not null or p.daily_limit is not null then
			perform campaign_store.pay(p, s, at_time, parts, cardinality(texts));
		end if;
		if v.started_at is null then
			update campaign_store.campaign c set started_at = at_time where c.id = v.id;
		end if;
		if paced and outcome = 'more' then
			outcome := 'paced';
			wait_ms := ceil(greatest(1 - (tokens - parts), 0) / (s.parts_per_second * 0.95) * 1000);
		end if;
	end if;
end $$;
comment on function campaign_store.claim_campaign(bigint, int, int, timestamptz, int, int, int, int, boolean) is
'One visit to a campaign: the next due chunk, within the limits of its sender and practice. Returns what goes, its parts, the sender''s number, how many were looked at, and the outcome: more (perhaps), empty (nothing due is free), put_off (to another day), blocked (a message needs more parts than slots), paced, locked, busy, held (come again in wait_ms), stopped.';

-- ------------------------------------------------------------------------------------------------ the claim

create or replace function campaign_store.due_campaigns(carrier text, at_time timestamptz, after_turn bigint, max_due int, out senders int[], out campaigns int[],
	out next_at timestamptz) language plpgsql stable set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
	w record;
	from_sender int := after_turn >> 32;
	from_campaign int := after_turn & 2147483647;
begin
	senders := '{}';
	campaigns := '{}';
	-- A loose scan of chunk_due: one look-up for each sender and campaign that has something waiting, from after_turn on, and then
	-- from the beginning to there.
	for pass in 1 .. 2 loop
		for w in
			with recursive w as (
				(select c.sender_id, c.campaign_id, c.due_at from campaign_store.chunk c where c.run is null and c.lane = 3
					and (c.sender_id, c.campaign_id) > (case pass when 1 then from_sender else 0 end, case pass when 1 then from_campaign else 0 end)
					order by c.sender_id, c.campaign_id, c.due_at, c.no limit 1)
				union all
				select n.sender_id, n.campaign_id, n.due_at from w
					cross join lateral (select x.carrier from campaign_store.sender x where x.id = w.sender_id limit 1) s
					cross join lateral (select c.sender_id, c.campaign_id, c.due_at from campaign_store.chunk c where c.run is null and c.lane = 3
						and (c.sender_id, c.campaign_id) > (w.sender_id, case when s.carrier = due_campaigns.carrier then w.campaign_id else 2147483647 end)
						order by c.sender_id, c.campaign_id, c.due_at, c.no limit 1) n)
			select w.* from w
				cross join lateral (select x.carrier from campaign_store.sender x where x.id = w.sender_id limit 1) s
				cross join lateral (select x.state from campaign_store.campaign x where x.id = w.campaign_id limit 1) v
				where s.carrier = due_campaigns.carrier and v.state in ('Preparing', 'Sending') loop
			if pass = 2 and (w.sender_id, w.campaign_id) > (from_sender, from_campaign) then
				return;
			elsif w.due_at > at_time then
				next_at := least(next_at, w.due_at);
			else
				senders := senders || w.sender_id;
				campaigns := campaigns || w.campaign_id;
				if cardinality(senders) = max_due then
					return;
				end if;
			end if;
		end loop;
	end loop;
end $$;
comment on function campaign_store.due_campaigns(text, timestamptz, bigint, int) is
'The next campaigns of a carrier''s senders that have something due and are not stopped, in turn from after_turn on, at most max_due; and when the next of those it passed falls due.';

create or replace function campaign_store.claim(run bigint, carrier text, slots int, messages int, win int, after_turn bigint)
	returns table(message bigint, attempt smallint, parts smallint, lane smallint, campaign int, source text, phone text, body text, verdict text, turn bigint,
		next_ms bigint) language plpgsql security definer set search_path = pg_catalog, pg_temp
	set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_column
declare
	at_time timestamptz := campaign_store.now();
	room int := slots;
	visits int := 0;
	looked_at int := 0;
	not_fitting boolean := false;
	singles_left boolean := false;
	last_turn bigint := coalesce(after_turn, 0);
	wait_for bigint;
	due record;
	left_over int;
	share int;
	i int := 0;
	r record;
	k campaign_store.chunk;
	s campaign_store.sender;
begin
	perform campaign_store.check_run(run);
	turn := null;

	-- What a person waits for. Their own pace and the carrier's window hold, but no other limit.
	for k in select c.* from campaign_store.chunk c cross join lateral (select x.carrier from campaign_store.sender x where x.id = c.sender_id limit 1) x
			where c.run is null and c.lane < 3 and c.due_at <= at_time and x.carrier = claim.carrier order by c.lane, c.due_at, c.no limit 20 for update of c skip locked loop
		if room < 1 or messages < 1 then
			singles_left := true;
			exit;
		end if;
		select * into s from campaign_store.sender x where x.id = k.sender_id;
		if not pg_try_advisory_xact_lock(hashtext('campaign_store.claim'), s.practice_id) then
			wait_for := least(wait_for, 20);
			continue;
		elsif s.parts_per_second is not null and campaign_store.pace(s, at_time) < 1 then
			wait_for := least(wait_for, ceil((1 - campaign_store.pace(s, at_time)) / (s.parts_per_second * 0.95) * 1000)::bigint);
			continue;
		end if;
		visits := visits + 1;
		for r in select * from campaign_store.claim_single(run, k, at_time, room, win, room = slots and room >= win) loop
			if r.message is null then
				not_fitting := true;
				continue;
			end if;
			message := r.message;
			attempt := r.attempt;
			parts := r.parts;
			lane := k.lane;
			campaign := 0;
			source := s.number;
			phone := r.phone;
			body := r.body;
			room := room - r.parts;
			messages := messages - 1;
			if s.parts_per_second is not null or s.parts_per_day is not null then
				perform campaign_store.pay(x, s, at_time, r.parts, 0) from campaign_store.practice x where x.id = s.practice_id;
			end if;
			return next;
		end loop;
	end loop;

	select * into due from campaign_store.due_campaigns(claim.carrier, at_time, last_turn, case when room < 1 or messages < 1 or not_fitting then 1 else 20 end);
	left_over := cardinality(due.campaigns);
	share := greatest(room / greatest(left_over, 1), 1);
	while left_over > 0 and room > 0 and messages > 0 and visits < 20 and looked_at < 400 and not not_fitting loop
		i := i % cardinality(due.campaigns) + 1;
		continue when due.campaigns[i] is null;
		visits := visits + 1;
		last_turn := due.senders[i]::bigint << 32 | due.campaigns[i];
		select * into r from campaign_store.claim_campaign(run, due.senders[i], due.campaigns[i], at_time, least(messages, room, share), room, share, win,
			room = slots and room >= win);
		return query select t.message_id, t.no, t.parts, 3::smallint, t.campaign_id, r.source, t.phone, t.body, null::text, null::bigint, null::bigint from unnest(r.texts) t;
		room := room - r.parts;
		messages := messages - coalesce(cardinality(r.texts), 0);
		looked_at := looked_at + r.seen;
		not_fitting := r.outcome = 'blocked';
		if r.outcome not in ('more', 'blocked') then
			wait_for := least(wait_for, r.wait_ms);
			due.campaigns[i] := null;
			left_over := left_over - 1;
		end if;
	end loop;

	message := null;
	attempt := null;
	parts := null;
	lane := null;
	campaign := null;
	source := null;
	phone := null;
	body := null;
	turn := last_turn;
	if not_fitting or ((left_over > 0 or singles_left) and slots < 1) then
		verdict := 'no_room';
	elsif left_over > 0 or singles_left or cardinality(due.campaigns) = 20 or visits >= 20 then
		verdict := 'more';
	else
		verdict := 'idle';
		if visits > 0 then              -- what was put off just now counts too
			select * into due from campaign_store.due_campaigns(claim.carrier, at_time, last_turn, 20);
		end if;
		next_ms := least(wait_for, campaign_store.next_due(claim.carrier, at_time, due.next_at));
	end if;
	return next;
end $$;
comment on function campaign_store.claim(bigint, text, int, int, int, bigint) is
'What may go now through a carrier, at most slots parts (the free window) and messages texts: single texts first, then the campaigns in turn, each its share. What it returns is Sending now, and must be written within 60 s or put back. win is the whole window: a text with more parts than that goes alone, into an empty one (slots = win).
One row for each text, then always one with message null: verdict more (call again at once when there is room), no_room (a text needs more parts than slots: call again when more is free), or idle (nothing can go for next_ms; null: nothing is known); turn is what the next call is given as after_turn (a sender and a campaign; 0 at first).
Refused unless run was opened by this session.';

create or replace function campaign_store.next_due(carrier text, at_time timestamptz, next_at timestamptz) returns bigint language plpgsql stable
	set search_path = pg_catalog, pg_temp as $$
begin
	select least(next_at, min(c.due_at)) into next_at from campaign_store.chunk c join campaign_store.sender s on s.id = c.sender_id
		where c.run is null and c.lane < 3 and c.due_at > at_time and s.carrier = next_due.carrier;
	if next_at > at_time + interval '10 days' then
		next_at := at_time + interval '10 days';
	end if;
	return case when next_at is not null then greatest(ceil(extract(epoch from next_at - at_time) * 1000), 1) end;     -- greatest() passes over null
end $$;
comment on function campaign_store.next_due(text, timestamptz, timestamptz) is 'In how many ms the next text of a carrier falls due: next_at, or a single text.';
