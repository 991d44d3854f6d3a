-- What the carrier's books and the database say differently, one row each: (complaint, phone, detail). No row: they agree.
-- Run by the owner of everything, after books.sql and a \copy of each file into book and book_delivery. In :in_doubt, how many
-- texts may be Unknown submit_unconfirmed because the connection or the daemon was cut off.

with
handed as (
  select p.carrier_id, p.state::text, p.part, p.code, a.message_id, a.no, substr(a.phone, 2) as phone, a.parts, a.body, ltrim(s.number, '+') as number,
    m.status::text, m.attempt as last_attempt, r.reason
  from campaign_store.part p
  join campaign_store.attempt a on a.message_id = p.message_id and a.no = p.attempt
  join campaign_store.message m on m.id = a.message_id
  join campaign_store.sender s on s.id = a.sender_id
  left join campaign_store.reason r on r.id = m.reason),
unconfirmed as (
  select m.id, substr(a.phone, 2) as phone from campaign_store.message m join campaign_store.attempt a on a.message_id = m.id and a.no = m.attempt
  join campaign_store.reason r on r.id = m.reason where r.reason = 'submit_unconfirmed'),
submit as (
  select b.*, b.answer like '0x%' and b.answer <> '0x00000000' as refused, greatest(b.total, 1) as of_parts, greatest(b.number, 1) as part_no,
    case
      when b.stats ~ 'DELIVRD' then 'Delivered'
      when b.stats ~ 'UNDELIV|EXPIRED|DELETED|REJECTD|FAILED' then 'Failed'
      when regexp_replace(coalesce(b.stats, ''), '(ACCEPTD|ENROUTE)(:\d+)?', '', 'g') ~ '[A-Z]' then 'Unclear'
      else 'Accepted'
    end as state
  from book b)

select 'the carrier may have delivered it twice', destination, format('%s submits that were not refused, for %s messages', n, messages)
from (select b.destination, count(*) as n, (select count(distinct a.message_id) from campaign_store.attempt a
        where a.phone = '+' || b.destination and a.parts = b.of_parts and position(b.text in a.body) > 0) as messages
      from submit b where not refused group by b.source, b.destination, b.text, b.part_no, b.of_parts) x
where n > messages

union all
select 'the carrier has a text to a phone that the database never texted', destination, 'submit ' || part
from submit b where not exists (select 1 from campaign_store.attempt a where a.phone = '+' || b.destination)

union all
select 'accepted by the carrier, unknown to the database', destination, id
from submit b where answer = '0x00000000' and id is not null
  and not exists (select 1 from handed h where h.carrier_id = b.id) and not exists (select 1 from unconfirmed u where u.phone = b.destination)

union all
select 'accepted says the database, the carrier does not know it', phone, carrier_id
from handed h where h.carrier_id <> '' and not exists (select 1 from submit b where b.id = h.carrier_id)

union all
select 'another phone, number, part or text', h.phone, format('message %s part %s: %s', h.message_id, h.part,
  concat_ws(', ', case when h.phone <> b.destination then 'phone' end, case when h.number <> b.source then 'number' end,
    case when h.part <> b.part_no or h.parts <> b.of_parts then 'part' end, case when b.of_parts = 1 and b.text <> h.body then 'text' end))
from handed h join submit b on b.id = h.carrier_id
where h.phone <> b.destination or h.number <> b.source or h.part <> b.part_no or h.parts <> b.of_parts or (b.of_parts = 1 and b.text <> h.body)

union all
select 'the parts do not make the text', phone, 'message ' || message_id
from (select h.message_id, h.phone, h.body, h.parts, string_agg(b.text, '' order by b.part_no) as joined, count(*) as n
      from handed h join submit b on b.id = h.carrier_id where h.parts > 1 group by h.message_id, h.no, h.phone, h.body, h.parts) x
where n = parts and joined <> body

union all
select 'the receipt says something else', h.phone, format('message %s part %s is %s; receipts: %s', h.message_id, h.part, h.state, coalesce(b.stats, 'none'))
from handed h join submit b on b.id = h.carrier_id where b.receipts = b.receipts_acked and h.state <> b.state

union all
select 'refused says the database, the carrier did not', h.phone, format('message %s part %s, %s', h.message_id, h.part, h.code)
from handed h where h.state = 'Refused' and not exists (select 1 from submit b where b.destination = h.phone and b.part_no = h.part and b.answer = h.code)

union all
select 'the message does not follow its parts', min(phone), format('message %s is %s %s: %s', message_id, min(status), min(reason), string_agg(state, ', ' order by part))
from handed where no = last_attempt and status in ('Sent', 'Delivered', 'Aborted')
group by message_id having not case min(status)
  when 'Delivered' then bool_and(state = 'Delivered') and count(*) = min(parts)
  when 'Sent' then bool_or(state = 'Accepted') and not bool_or(state in ('Refused', 'NoResponse', 'NotSent'))
  else bool_and(state in ('Failed', 'Refused', 'NotSent')) end

union all
select 'more texts are in doubt than were cut off', '', count(*) || ' with submit_unconfirmed' from unconfirmed having count(*) > :in_doubt

union all
select 'the report does not add up', '', format('campaign %s: %s', r.id, to_jsonb(r))
from campaign.campaign_report r
where r.audience is distinct from (r.scheduled + r.queued + r.sending + r.sent + r.delivered + r.aborted + r.unknown + r.cancelled)
  or (r.sending, r.sent, r.delivered, r.aborted, r.unknown) is distinct from (
    select (count(*) filter (where m.status = 'Sending'), count(*) filter (where m.status = 'Sent'), count(*) filter (where m.status = 'Delivered'),
      count(*) filter (where m.status = 'Aborted'), count(*) filter (where m.status = 'Unknown'))
    from campaign_store.message m where m.campaign_id = r.id)

union all
select 'a reply was acknowledged and is not in the inbox', d.source, 'delivery ' || d.delivery
from book_delivery d where d.kind = 'reply' and d.acks > 0
  and not exists (select 1 from campaign_store.inbound i where i.from_phone = '+' || d.source and ltrim(i.to_number, '+') = d.destination)
order by 1, 2;
