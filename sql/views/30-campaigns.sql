-- Views of campaigns and their numbers. The counts come from campaign_store.tally, not from the messages: a report of a million
-- messages costs as much as one of ten.

-- Scheduled and Queued are one counter, told apart by the batch's time and the campaign's state. What has not been written yet
-- while a campaign is prepared waits too; and what waits when a campaign is Cancelled counts as Cancelled before its row says so.
create or replace view campaign_store.campaign_count with (security_barrier) as
	select k.id as campaign_id, coalesce(k.audience, 0) as audience,
		case when k.state = 'Cancelled' then 0 else n.waiting - n.released + w.unwritten end as scheduled,
		case when k.state = 'Cancelled' then 0 else n.released end as queued,
		n.sending, n.sent, n.delivered, n.aborted, n.unknown,
		n.cancelled + case when k.state = 'Cancelled' then n.waiting + w.unwritten else 0 end as cancelled,
		n.parts
	from campaign_store.campaign k
		cross join lateral (
			select coalesce(sum(f.n), 0) as written,
				coalesce(sum(f.n) filter (where f.status in ('Scheduled', 'Queued')), 0) as waiting,
				coalesce(sum(f.n) filter (where f.status in ('Scheduled', 'Queued') and k.state in ('Preparing', 'Sending')
					and coalesce(b.opens_at <= campaign_store.now(), true)), 0) as released,
				coalesce(sum(f.n) filter (where f.status = 'Sending'), 0) as sending,
				coalesce(sum(f.n) filter (where f.status = 'Sent'), 0) as sent,
				coalesce(sum(f.n) filter (where f.status = 'Delivered'), 0) as delivered,
				coalesce(sum(f.n) filter (where f.status = 'Aborted'), 0) as aborted,
				coalesce(sum(f.n) filter (where f.status = 'Unknown'), 0) as unknown,
				coalesce(sum(f.n) filter (where f.status = 'Cancelled'), 0) as cancelled,
				coalesce(sum(f.parts), 0) as parts
			from (select t.batch, t.became as status, t.n, t.parts from campaign_store.tally t where t.campaign_id = k.id
					union all
					select t.batch, t.was, -t.n, 0 from campaign_store.tally t where t.campaign_id = k.id and t.was is not null) f
				left join campaign_store.batch b on b.campaign_id = k.id and b.no = f.batch) n
		cross join lateral (select greatest(coalesce(k.audience, 0) - n.written, 0) as unwritten) w;
comment on view campaign_store.campaign_count is 'The counts of each campaign by status; they add up to its audience.';

create or replace view campaign.campaign_history with (security_barrier) as
	select k.id, s.practice, k.name, k.kind::text as kind, k.state::text as state, k.held_because::text as held_because, k.start_at as starts_at, k.started_at,
		k.finished_at, k.audience, k.created_at, k.created_by
	from campaign_store.campaign k join campaign_store.seen s on s.practice_id = k.practice_id
	where k.hidden_at is null
	order by k.id desc;
comment on view campaign.campaign_history is
'The campaigns that were not deleted, newest first. started_at: when its first message was taken for sending; audience: how many contacts, once it is fixed at the start. held_because: a rule stopped it (missed_start, daily_limit, sender_rejected, carrier_rejections); resume_campaign() or cancel_campaign() decides.';

create or replace view campaign.campaign_report with (security_barrier) as
	select k.id, s.practice, k.name, k.kind::text as kind, k.state::text as state, k.hidden_at is not null as hidden, k.start_at as starts_at, k.started_at, k.finished_at,
		n.audience, n.scheduled, n.queued, n.sending, n.sent, n.delivered, n.aborted, n.unknown, n.cancelled,
		n.parts, n.parts * d.part_price as cost,
		(select count(*) from campaign_store.inbound i where i.campaign_id = k.id and i.kind = 'reply') as replies,
		(select count(*) from campaign_store.inbound i where i.campaign_id = k.id and i.kind = 'opt_out') as opt_outs,
		round(100.0 * n.delivered / nullif(n.delivered + n.aborted + n.unknown, 0), 1) as delivered_pct
	from campaign_store.campaign k
		join campaign_store.seen s on s.practice_id = k.practice_id
		join campaign_store.sender d on d.id = k.sender_id
		join campaign_store.campaign_count n on n.campaign_id = k.id
	order by k.id desc;
comment on view campaign.campaign_report is
'The numbers of each campaign, deleted ones too: how many messages have which status (the eight add up to audience), SMS parts that the carrier took, what they cost (NULL without a price), replies, opt-outs, and how many percent of those whose outcome is known were delivered. failure_summary says why the others were not.';

create or replace view campaign.campaign_progress with (security_barrier) as
	select k.id, s.practice, k.name, k.state::text as state, k.held_because::text as held_because, k.hidden_at is not null as hidden,
		n.audience - n.scheduled - n.queued - n.sending as done, n.scheduled + n.queued + n.sending as to_go, v.rate_per_min,
		case when k.state in ('Preparing', 'Sending') and v.rate_per_min > 0 then
			greatest(b.last_at + make_interval(secs => 60.0 * b.last_size / v.rate_per_min),
				campaign_store.now() + make_interval(secs => 60.0 * (n.queued + n.sending) / v.rate_per_min)) end as eta,
		case when k.audience is null then greatest(k.start_at, campaign_store.now()) else b.next_at end as next_batch_at,
		case when k.state = 'Paused' then 'paused' when k.state = 'Held' then 'held' when k.state = 'Scheduled' then 'batch'
			when n.scheduled + n.queued + n.sending = 0 or n.sending > 0 or v.rate_per_min > 0 then null
			when n.queued = 0 then case when k.state = 'Sending' then 'batch' end
			else coalesce((select q.waiting_for::text from campaign_store.chunk q where q.campaign_id = k.id and q.due_at > campaign_store.now() and q.waiting_for <> 'batch'
					and not exists (select from campaign_store.chunk d where d.campaign_id = k.id and d.due_at <= campaign_store.now()) order by q.due_at limit 1),
				case when not exists (select from campaign_store.bind_status x join campaign_store.run r on r.id = x.run join campaign_store.sender d on d.carrier = x.carrier
					where d.id = k.sender_id and r.closed_at is null and x.state = 'bound' and x.at > pg_catalog.now() - interval '2 minutes') then 'carrier_down' else 'turn' end)
			end as waiting_for
	from campaign_store.campaign k
		join campaign_store.seen s on s.practice_id = k.practice_id
		join campaign_store.campaign_count n on n.campaign_id = k.id
		-- What went in the last minute, by the clock of the server.
		left join (select m.campaign_id, count(*)::numeric as n from campaign_store.part p join campaign_store.message m on m.id = p.message_id
			where p.at > pg_catalog.now() - interval '1 minute' and p.part = 1 group by m.campaign_id) r on r.campaign_id = k.id
		cross join lateral (select coalesce(r.n, 0) as rate_per_min) v
		cross join lateral (select min(x.opens_at) filter (where x.opens_at > campaign_store.now()) as next_at,
				max(x.opens_at) as last_at, max(x.size) as last_size
			from campaign_store.batch x where x.campaign_id = k.id) b
	where k.state not in ('Finished', 'Cancelled')
	order by k.id;
comment on view campaign.campaign_progress is
'How far each unfinished campaign is, deleted ones too; made for \watch 2. done and to_go add up to the audience. rate_per_min: messages that the carrier answered in the last minute; eta: when the last batch will be through at that rate. waiting_for says why nothing goes: batch (its day has not come), window (the recipients'' sending window is closed), paused, held, daily_limit, throttled, carrier_down (no connection), retry, turn (others are served first).';

create or replace view campaign.scheduled_batches with (security_barrier) as
	select s.practice, k.id as campaign_id, k.name as campaign, k.state::text as state, x.no as batch, x.day, to_char(x.day, 'FMDay') as weekday, x.size, x.opens_at
	from campaign_store.campaign k
		join campaign_store.seen s on s.practice_id = k.practice_id
		cross join lateral (select b.no, b.day, b.size, b.opens_at from campaign_store.batch b where b.campaign_id = k.id and b.opens_at > campaign_store.now()
			union all
			select 0::smallint, k.start_local::date, null, k.start_at where k.audience is null) x
	where k.state not in ('Finished', 'Cancelled')
	order by x.opens_at, k.id;
comment on view campaign.scheduled_batches is
'What is still to be released: the future batches of campaigns whose audience is fixed, and the starts of those that are only scheduled (size is not known then; preview_batches(id) tells what it would be now).';
