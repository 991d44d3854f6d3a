-- Views of messages and of what came in.

create or replace view campaign.message_log with (security_barrier) as
	select m.id, s.practice, m.kind::text as kind, m.campaign_id, k.name as campaign, m.contact_id, nullif(concat_ws(' ', c.first_name, c.last_name), '') as contact,
		case when s.reads then coalesce(a.phone, g.phone, c.phone, c.phone_typed) else '*' || right(coalesce(a.phone, g.phone, c.phone), 4) end as phone,
		case when m.status <> 'Queued' then m.status::text when k.state = 'Cancelled' then 'Cancelled'
			when k.state in ('Paused', 'Held') or q.due_at > campaign_store.now() then 'Scheduled' else 'Queued' end as status,
		r.reason, r.sentence, r.advice, q.due_at, m.claimed_at, m.sent_at, case when m.status = 'Delivered' then m.final_at end as delivered_at, m.final_at,
		m.parts, case when m.status = 'Queued' then case k.state when 'Paused' then 'paused' when 'Held' then 'held' when 'Cancelled' then null
			else q.waiting_for::text end end as waiting_for,
		m.batch, m.attempt, case when s.reads then coalesce(a.body, g.body) end as text
	from campaign_store.message m
		join campaign_store.seen s on s.practice_id = m.practice_id
		left join campaign_store.campaign k on k.id = m.campaign_id
		left join campaign_store.contact c on c.id = m.contact_id
		left join campaign_store.chunk q on q.no = m.chunk and m.status = 'Queued'
		left join campaign_store.single g on g.message_id = m.id
		left join lateral (select x.phone, x.body from campaign_store.attempt x where x.message_id = m.id order by x.no desc limit 1) a on true
		left join campaign_store.reason r on r.id = case when m.status = 'Queued' and k.state = 'Cancelled' then k.cancel_reason else m.reason end;
comment on view campaign.message_log is
'Every message: one per contact of a campaign, tests, replies and answers. phone and text are those really used, once it was taken for sending. status: Scheduled and Queued wait (due_at, waiting_for say for what), Sending is being handed over, Sent waits for its receipt, Delivered arrived, Aborted did not (reason, sentence, advice say why), Unknown may have, Cancelled was never tried. explain_message(id) tells the whole story. Deleted campaigns are here too.';

create or replace view campaign.delivery_failures with (security_barrier) as
	select m.id, s.practice, m.kind::text as kind, m.campaign_id, k.name as campaign, m.contact_id, nullif(concat_ws(' ', c.first_name, c.last_name), '') as contact,
		case when s.reads then coalesce(a.phone, g.phone, c.phone, c.phone_typed) else '*' || right(coalesce(a.phone, g.phone, c.phone), 4) end as phone,
		m.status::text as status, r.reason, r.sentence, r.advice, m.final_at as failed_at, m.sent_at, m.parts, p.carrier, p.code as carrier_code,
		case when s.reads then coalesce(a.body, g.body) end as text
	from campaign_store.message m
		join campaign_store.seen s on s.practice_id = m.practice_id
		join campaign_store.reason r on r.id = m.reason
		left join campaign_store.campaign k on k.id = m.campaign_id
		left join campaign_store.contact c on c.id = m.contact_id
		left join campaign_store.single g on g.message_id = m.id
		left join lateral (select x.phone, x.body from campaign_store.attempt x where x.message_id = m.id order by x.no desc limit 1) a on true
		left join lateral (select x.carrier, x.code from campaign_store.part x where x.message_id = m.id and x.attempt = m.attempt
			order by (x.reason is not null) desc, (x.code is not null) desc, x.part limit 1) p on true
	where m.reason is not null and m.status in ('Aborted', 'Unknown')
	order by m.final_at desc, m.id desc;
comment on view campaign.delivery_failures is
'Messages that did not arrive (Aborted) or may not have (Unknown), newest first, with a sentence that says why, advice what to do, and the carrier''s own code.';

create or replace view campaign.failure_summary with (security_barrier) as
	select x.campaign_id, s.practice, k.name as campaign, r.status::text as status, r.reason, x.count, r.sentence, r.advice
	from (select m.campaign_id, m.practice_id, m.reason, count(*) as count from campaign_store.message m
			where m.reason is not null and m.campaign_id is not null and m.status in ('Aborted', 'Unknown') group by 1, 2, 3) x
		join campaign_store.seen s on s.practice_id = x.practice_id
		join campaign_store.campaign k on k.id = x.campaign_id
		join campaign_store.reason r on r.id = x.reason
	order by x.campaign_id desc, x.count desc;
comment on view campaign.failure_summary is 'How many messages of each campaign failed for each reason, the most frequent first.';

create or replace view campaign.practice_inbox with (security_barrier) as
	select i.id, s.practice, i.received_at, i.contact_id, nullif(concat_ws(' ', c.first_name, c.last_name), '') as contact,
		case when s.reads then i.from_phone else '*' || right(i.from_phone, 4) end as phone, i.to_number, case when s.reads then i.body end as text, i.kind,
		i.campaign_id, k.name as campaign, i.message_id, i.read_at is not null as read, i.answered_at is not null as answered, i.read_at, i.read_by, i.answered_at,
		case when i.contact_id is null then 'Unlinked' else 'Linked' end as link, i.complete
	from campaign_store.inbound i
		join campaign_store.seen s on s.practice_id = i.practice_id
		left join campaign_store.contact c on c.id = i.contact_id
		left join campaign_store.campaign k on k.id = i.campaign_id
	order by i.id desc;
comment on view campaign.practice_inbox is
'Texts that came in, newest first: who wrote, in answer to which campaign. kind: reply, opt_out, possible_opt_out (decide it with resolve_possible_opt_out), opt_in, help. complete is false while parts of a long text are missing. reply_to(id, text) answers, mark_read(id) notes that it was read.';

create or replace view campaign.chat_log with (security_barrier) as
	select x.at, s.practice, x.contact_id, nullif(concat_ws(' ', c.first_name, c.last_name), '') as contact,
		case when s.reads then x.phone else '*' || right(x.phone, 4) end as phone, x.direction, case when s.reads then x.text end as text, x.status, x.kind,
		x.campaign_id, x.message_id, x.inbound_id
	from (select coalesce(m.sent_at, m.claimed_at) as at, m.practice_id, m.contact_id, a.phone, 'out' as direction, a.body as text, m.status::text as status,
				m.kind::text as kind, m.campaign_id, m.id as message_id, null::bigint as inbound_id
			from campaign_store.message m join lateral (select y.phone, y.body from campaign_store.attempt y where y.message_id = m.id order by y.no desc limit 1) a on true
		union all
		select g.created_at, m.practice_id, m.contact_id, g.phone, 'out', g.body, m.status::text, m.kind::text, null, m.id, null
			from campaign_store.single g join campaign_store.message m on m.id = g.message_id where m.attempt = 0
		union all
		select i.received_at, i.practice_id, i.contact_id, i.from_phone, 'in', i.body, case when i.read_at is null then 'unread' when i.answered_at is null then 'read' else 'answered' end,
				i.kind, i.campaign_id, i.message_id, i.id
			from campaign_store.inbound i) x
		join campaign_store.seen s on s.practice_id = x.practice_id
		left join campaign_store.contact c on c.id = x.contact_id;
comment on view campaign.chat_log is
'All texts to and from each contact: where contact_id = ... order by at reads as a conversation. direction: out or in.';
