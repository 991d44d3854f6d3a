-- 001: the store. Everything that campaignd keeps, in the private schema campaign_store.
--
-- Applied once, by campaignd-migrate, as the role campaign_owner. Nobody else has a privilege on these tables: people use the
-- functions and views of the schema campaign, the daemon its own functions here. The reasons behind the layout of message,
-- chunk, attempt, part and tally are in claim.md; the words are those of campaigns.md.

create schema campaign_store;
create schema campaign;
comment on schema campaign_store is 'Private: tables, and the functions of the daemon. Not an interface.';
comment on schema campaign is 'The interface: functions are verbs, views are nouns. \df+ campaign.* and \dv+ campaign.* are the manual.';

set search_path = campaign_store, pg_catalog;

create type campaign_kind as enum ('text', 'reactivation');
create type campaign_state as enum ('Scheduled', 'Preparing', 'Sending', 'Paused', 'Held', 'Finished', 'Cancelled');
create type held_because as enum ('missed_start', 'daily_limit', 'sender_rejected', 'carrier_rejections');
-- The order is that of finality: a comparison may use it, a report shows it so.
create type message_status as enum ('Scheduled', 'Queued', 'Sending', 'Sent', 'Delivered', 'Aborted', 'Unknown', 'Cancelled');
create type message_kind as enum ('confirmation', 'help', 'reply', 'test', 'campaign');
create type part_state as enum ('NotSent', 'NoResponse', 'Accepted', 'Refused', 'Unclear', 'Failed', 'Delivered');
create type waiting_for as enum ('batch', 'window', 'paused', 'held', 'daily_limit', 'throttled', 'carrier_down', 'retry', 'turn');

-- ------------------------------------------------------------------------------------------------ campaignd-migrate's own

create table migration (no int primary key, name text not null, sha256 text not null, applied_at timestamptz not null default now());
comment on table migration is 'Which numbered files were applied. A file that changed afterwards is an error.';
create table applied (what text primary key, sha256 text not null, at timestamptz not null default now());
comment on table applied is 'What is put in again whenever it changes: the functions and views, and each file of sql/data.';

-- ------------------------------------------------------------------------------------------------ facts, from sql/data

create table reason (
  id       smallint primary key,          -- position in data/reasons.csv; only ever appended
  reason   text not null unique,
  status   message_status not null check (status in ('Aborted', 'Unknown', 'Cancelled')),
  sentence text not null,
  advice   text not null
);
comment on table reason is 'The closed list of reasons (campaigns.md 9), filled from data/reasons.csv.';

create table carrier_code (
  source  text not null,
  code    text not null,
  meaning text not null,
  status  text not null check (status in ('Aborted', 'Unknown', 'Delivered', '(retry)', '(pending)')),
  reason  text references reason(reason),
  retry   text not null check (retry in ('no', 'same_bind', 'other_bind', 'later', 'fix', 'wait')),
  shipped boolean not null default false, -- false: an operator's row, never overwritten by an upgrade
  primary key (source, code)
);
comment on table carrier_code is 'What carriers'' codes mean (receipts.md 4.2), filled from data/carrier_errors.csv. Operators may add rows; the daemon reads it at start and on reload.';

create table area_code (area_code text primary key, region text not null, zones text[] not null);
create table gsm_char (septet smallint not null, extended boolean not null, codepoint int not null primary key, name text not null);
create table plain_form (codepoint int primary key, replacement text not null, class text not null, name text not null);
comment on table plain_form is 'Smart encoding (encodings.md 5), filled from data/smart_encoding.csv.';
create table opt_out_phrase (phrase text primary key);
insert into opt_out_phrase values ('stop texting'), ('do not text'), ('don''t text'), ('dont text'), ('remove me'), ('unsubscribe'), ('wrong number'), ('no mas');

create table legal_window (
  region  text not null,                  -- two letters, or '*' for every region
  weekday smallint,                       -- ISO, 1 = Monday; null = every day
  opens   time not null,
  closes  time not null,
  note    text not null default '',
  unique nulls not distinct (region, weekday)
);
comment on table legal_window is 'When texting is lawful, in the recipient''s zone (campaigns.md 4). Data for counsel to review; only campaign_owner may edit it; empty narrows nothing.';
insert into legal_window(region, weekday, opens, closes, note) values
  ('*', null, '08:00', '21:00', 'federal: 47 CFR 64.1200(c)(1)'),
  ('FL', null, '08:00', '20:00', 'state'), ('OK', null, '08:00', '20:00', 'state'), ('WA', null, '08:00', '20:00', 'state');

-- ------------------------------------------------------------------------------------------------ practices and their people

create table practice (
  id                  int generated always as identity primary key,
  short_name          text not null unique check (short_name ~ '^[a-z0-9][a-z0-9_-]{0,39}$'),
  name                text not null check (btrim(name) <> ''),
  phone               text not null default '',   -- as it should be shown to patients
  website             text not null default '',
  address             text not null default '',
  zone                text not null,               -- IANA
  opens               time not null default '09:00',
  closes              time not null default '20:00', -- 24:00 and an opening of 00:00: always open
  daily_limit         int check (daily_limit > 0), -- messages a day; null = none
  max_parts           smallint not null default 4 check (max_parts between 1 and 10),
  opt_out_hint        text not null default 'first' check (opt_out_hint in ('first', 'always', 'never')),
  require_consent     boolean not null default true,
  plain_punctuation   boolean not null default true,
  cap_day             int not null default 0 check (cap_day >= 0),
  cap_30_days         int not null default 0 check (cap_30_days >= 0),
  late_limit          interval not null default '4 hours' check (late_limit > '0'),
  known_bad_days      int not null default 180 check (known_bad_days >= 0),
  sender_id           int,                         -- the default sender
  created_at          timestamptz not null default now(),
  check (opens < closes)
);

create table staff_practice (login name not null, practice_id int not null references practice, primary key (login, practice_id));
comment on table staff_practice is 'Which practices a login of campaign_staff or campaign_reporting sees and acts for.';

create table sender (
  id               int generated always as identity primary key,
  practice_id      int not null references practice,
  number           text not null,                  -- E.164, or a short code
  carrier          text not null,                  -- the name in campaignd.conf
  parts_per_second numeric check (parts_per_second > 0), -- null = the carrier's own pace alone
  parts_per_day    int check (parts_per_day > 0),
  part_price       numeric check (part_price >= 0),
  carrier_confirms boolean not null default false, -- the carrier answers STOP itself
  unique (number)
);
alter table practice add foreign key (sender_id) references sender deferrable initially deferred;

create table phase (
  id           int generated always as identity primary key,
  practice_id  int not null references practice,
  name         text not null,
  reactivation boolean not null default false,
  unique (practice_id, name)
);

-- Every set of zones (and the region whose law counts) that recipients can be in. Few rows; contacts point here.
create table place (
  id     smallint generated always as identity primary key,
  region text,
  zones  text[],                                   -- null: unknown, the practice's zone counts
  unique nulls not distinct (region, zones)
);
-- For each practice and place, the next time (or the present one) when texts may go: a cache of the rules of campaigns.md 4. A
-- row is used while now < closes_at (already less the last 5 minutes) and made again after, or when a setting changes.
create table open_period (
  practice_id int not null,
  place       smallint not null,
  opens_at    timestamptz not null,
  closes_at   timestamptz not null,
  primary key (practice_id, place)
);

create table contact (
  id               bigint generated always as identity primary key,
  practice_id      int not null references practice,
  phase_id         int not null references phase,
  place            smallint not null,              -- rows of place stay: no foreign key, which an import of 100,000 would feel
  consent          boolean not null default false, -- the newest consent event is 'granted'
  phone            text,                           -- E.164; null: see phone_problem
  phone_problem    text check (phone_problem in ('no_number', 'invalid_number')),
  opted_out_at     timestamptz,                    -- by contact: follows a change of the phone
  deleted_at       timestamptz,
  external_id      text,
  first_name       text,                           -- cleaned when written (campaigns.md 6), so that the claim need not
  last_name        text,
  phone_typed      text,
  region           text,
  zone             text,                           -- the contact's own zone, if known
  created_at       timestamptz not null default now(),
  check ((phone is null) = (phone_problem is not null)),
  unique (practice_id, external_id)
) with (fillfactor = 90);
create index contact_phone on contact(practice_id, phone) where phone is not null;
create index contact_phase on contact(phase_id, id) where deleted_at is null;
create table former_phone (practice_id int not null, phone text not null, contact_id bigint not null references contact, until timestamptz not null default now(),
  primary key (practice_id, phone, contact_id));

create table contact_group (
  id          int generated always as identity primary key,
  practice_id int not null references practice,
  name        text not null,
  is_staff    boolean not null default false,
  unique (practice_id, name)
);
create table group_member (group_id int not null references contact_group, contact_id bigint not null references contact, primary key (group_id, contact_id));
create index group_member_contact on group_member(contact_id);

create table opt_out (
  id          bigint generated always as identity primary key,
  practice_id int not null references practice,
  phone       text not null,
  source      text not null check (source in ('keyword', 'staff', 'carrier', 'possible')),
  since       timestamptz not null default now(),
  note        text not null default '',
  pending     boolean not null default false,      -- a possible opt-out that nobody has decided yet: it counts
  inbound_id  bigint,
  lifted_at   timestamptz,                         -- lifted but never deleted
  lifted_by   text
);
-- By practice first: its claims look up its own few thousand, not everybody's.
create unique index opt_out_active on opt_out(practice_id, phone) where lifted_at is null;
create index opt_out_since on opt_out(coalesce(lifted_at, since));
create index opt_out_pending on opt_out(since) where pending and lifted_at is null;

create table consent_event (
  id          bigint generated always as identity primary key,
  practice_id int not null,
  contact_id  bigint references contact,
  phone       text,
  granted     boolean not null,                    -- false: revoked
  source      text not null,
  wording     text not null default '',
  at          timestamptz not null default now(),
  by_whom     text not null default session_user
);
create index consent_event_contact on consent_event(contact_id, id);

create table known_bad (
  practice_id int not null,
  phone       text not null,
  reason      smallint not null references reason,
  at          timestamptz not null,
  primary key (practice_id, phone)
);
comment on table known_bad is 'A text to this phone ended as landline or not_in_service; later campaigns skip it with the same reason.';

-- ------------------------------------------------------------------------------------------------ campaigns

create table campaign (
  id               int generated always as identity primary key,
  practice_id      int not null references practice,
  sender_id        int not null references sender,
  kind             campaign_kind not null,
  state            campaign_state not null default 'Scheduled',
  held_because     held_because,
  resume_to        campaign_state,                 -- where Paused and Held go back to
  name             text not null,
  template         text not null,                  -- as typed
  compiled         text not null,                  -- slot i of the arrays below stands in it as chr(i); see campaign_store.compile()
  compiled_plain   text,                           -- the same with plain punctuation, where that differs
  slot_token       text[] not null,                -- 1..6 contact tokens, 7.. practice tokens; null: slot not used
  slot_fallback    text[] not null,                -- null: none, the value must be there
  says_stop        boolean not null,               -- the template says STOP itself, so no hint is appended
  start_local      timestamp not null,             -- the practice's wall clock
  start_zone       text not null,
  start_at         timestamptz not null,           -- derived
  send_after       time not null,
  duration         smallint check (duration in (9, 30, 90)),
  excluded         smallint[] not null default '{}', -- ISO weekdays
  group_ids        int[] not null default '{}',
  contact_ids      bigint[] not null default '{}',
  audience         int,                            -- null until it is fixed
  written          int not null default 0,         -- the cursor of Preparing
  cancel_reason    smallint references reason,     -- why its waiting messages are Cancelled
  started_at       timestamptz,                    -- set by the claim that moved the first message to Sending
  finished_at      timestamptz,
  hidden_at        timestamptz,
  paused_at        timestamptz,
  resumed_at       timestamptz,
  created_at       timestamptz not null default now(),
  created_by       text not null default session_user,
  check ((state = 'Held') = (held_because is not null)),
  check ((state in ('Paused', 'Held')) = (resume_to is not null)),
  check ((kind = 'reactivation') = (duration is not null))
) with (fillfactor = 70);
create index campaign_practice on campaign(practice_id, id);
create index campaign_unfinished on campaign(start_at) where state not in ('Finished', 'Cancelled');

create table batch (
  campaign_id int not null,
  no          smallint not null,                   -- from 0; a text campaign has one
  day         date not null,
  opens_at    timestamptz not null,
  size        int not null,
  first_pos   int not null,                        -- position in the audience, from 0
  primary key (campaign_id, no)
);
-- The audience, fixed in one statement at the start; rows go when the messages have been written.
create table audience (campaign_id int not null, pos int not null, contact_id bigint not null, primary key (campaign_id, pos));

-- ------------------------------------------------------------------------------------------------ from due to done (claim.md 1)
-- No foreign keys on the six tables that follow: their check would take a share lock on the campaign's row and wait for a staff
-- transaction that holds it. tests/sql finds orphans instead.

-- One value a block of 200 message ids: a chunk's range never holds another campaign's ids, and nobody waits for a lock.
create sequence message_block increment by 200 start with 200;
create sequence chunk_no;

create table message (
  id          bigint primary key,                  -- block + 0 .. 199
  contact_id  bigint,                              -- null: a single text to a phone that no contact has
  chunk       bigint,                              -- the chunk it belongs to while Queued or Sending; says nothing later
  run         bigint,                              -- who claimed it last
  claimed_at  timestamptz,
  sent_at     timestamptz,
  final_at    timestamptz,
  campaign_id int,                                 -- null: a single text
  practice_id int not null,
  kind        message_kind not null default 'campaign',
  status      message_status not null default 'Queued',
  batch       smallint not null default 0,
  attempt     smallint not null default 0,         -- raised by each claim
  tries       smallint not null default 0,         -- temporary refusals that count
  parts       smallint,
  reason      smallint,
  check (status not in ('Aborted', 'Unknown', 'Cancelled') or reason is not null)
) with (fillfactor = 40);
comment on table message is 'A contact of a campaign, or a single text. The usual text costs three same-page updates: no index names what changes.';
create unique index message_contact on message(contact_id, campaign_id);
create index message_campaign on message using brin(campaign_id) with (pages_per_range = 32); -- summarized by autovacuum: each request of autosummarize that finds no room is a line in the log
create index message_failed on message(campaign_id, id) where reason is not null;

create table chunk (
  no          bigint primary key,
  sender_id   int not null,
  campaign_id int not null,                        -- 0 for single texts
  lane        smallint not null check (lane between 0 and 3), -- 0 confirmation and HELP, 1 staff reply, 2 test, 3 campaign
  waiting_for waiting_for,
  first_id    bigint not null,
  last_id     bigint not null,
  due_at      timestamptz not null,
  next_id     bigint,                              -- while free: what comes before was taken; null: nothing was yet
  run         bigint,                              -- who took its messages; null: they wait
  leased_at   timestamptz
) with (fillfactor = 50);
comment on table chunk is 'A range of up to 200 message ids of one campaign. Free (run is null) it is a piece of the queue, and all its messages are Queued. Each claim moves what it takes to a chunk of its own with its run: the record of what may have been written, for reconcile and sweep. So a message is Queued in a free chunk, Sending in one of a run, and in none otherwise.';
-- Two queues, so that what a person waits for is found in one look-up whatever the number of senders and campaigns.
create index chunk_due on chunk(sender_id, campaign_id, due_at, no) where run is null and lane = 3;
create index chunk_single on chunk(lane, due_at, no) where run is null and lane < 3;
create index chunk_leased on chunk(run) where run is not null;
create index chunk_campaign on chunk(campaign_id) where campaign_id > 0;

create table attempt (
  message_id  bigint not null,
  run         bigint not null,
  campaign_id int not null,                        -- 0 for single texts
  practice_id int not null,
  sender_id   int not null,
  no          smallint not null,
  parts       smallint not null,
  takes_phone boolean not null,                    -- first attempt of this campaign to this phone; never changes
  phone       text not null,
  body        text                                 -- as sent; null once retention has blanked it
);
create unique index attempt_message on attempt(message_id, no);
create unique index attempt_phone on attempt(campaign_id, phone) where takes_phone;

-- What a single text says and to whom, until it is claimed and after.
create table single (message_id bigint primary key, sender_id int not null, phone text not null, body text, inbound_id bigint, created_at timestamptz not null default now(), created_by text not null default session_user);
create index single_inbound on single(inbound_id) where inbound_id is not null;

create table part (
  message_id bigint not null,
  at         timestamptz not null default now(),   -- of the answer
  final_at   timestamptz,                          -- of the receipt
  state      part_state not null,
  attempt    smallint not null,
  part       smallint not null,                    -- from 1
  reason     smallint,                             -- of a refusal or a failing receipt
  carrier    text not null,
  bind       text,
  carrier_id text,                                 -- as the answer gave it
  match_id   text,                                 -- lower case, without leading zeros: what receipts are matched by
  code       text,                                 -- raw: command_status as 0x........, or stat and err of the receipt
  for_now    text check (for_now in ('retry', 'once', 'throttled')) -- Refused, but the message may go again
) with (fillfactor = 45);
create unique index part_message on part(message_id, attempt, part);
create index part_match on part(match_id, at) where match_id is not null; -- carriers use ids again: the newest counts
create index part_at on part using brin(at);

create table tally (
  campaign_id int not null,
  batch       smallint not null,
  was         message_status,                      -- null: the message was written
  became      message_status not null,
  n           int not null,
  parts       int not null default 0               -- that the carrier accepted with this change, for what a campaign costs
);
comment on table tally is 'Counters, append-only: how many messages went from one status to another. Summed up and thinned by housekeeping.';
create index tally_campaign on tally(campaign_id);

create table message_event (
  id         bigint generated always as identity primary key,
  message_id bigint not null,
  at         timestamptz not null default now(),
  attempt    smallint,
  part       smallint,
  what       text not null,                        -- deferred, refused_for_now, corrected, requeued, intermediate
  was        message_status,
  became     message_status,
  reason     smallint,
  code       text,
  note       text
);
create index message_event_message on message_event(message_id, id);

create table early_receipt (
  id         bigint generated always as identity primary key,
  carrier    text not null,
  match_id   text not null,
  match_hex  text,                                 -- the same id converted from decimal, and from hexadecimal (receipts.md 2.1)
  match_dec  text,
  at         timestamptz not null default now(),
  state      part_state,                           -- null: intermediate
  reason     smallint,
  code       text,
  phone      text,
  counted    boolean not null default false        -- given up as unmatched; kept 7 days
);
create index early_receipt_match on early_receipt(match_id);
create index early_receipt_waiting on early_receipt(at) where not counted;
comment on table early_receipt is 'Receipts whose answer has not been stored (yet): tried again when an answer is, and by housekeeping.';

create table run (
  id            bigint primary key,                -- random, 63 bits
  backend_pid   int not null,
  backend_start timestamptz not null,
  opened_at     timestamptz not null default now(),
  lost_at       timestamptz,                       -- found without its session lock
  closed_at     timestamptz,                       -- ended cleanly, or swept
  host          text not null default '',
  os_pid        int not null default 0,
  version       text not null default ''
);
comment on table run is 'The life of a daemon''s process. Its session advisory lock, held by the connection that claims, says that it is alive.';

-- Limits: locked by the claim only where one is set.
create table sender_pace (sender_id int primary key, tokens numeric not null, at timestamptz not null);
create table sender_day (sender_id int not null, day date not null, parts int not null, primary key (sender_id, day));
create table practice_day (practice_id int not null, day date not null, messages int not null, primary key (practice_id, day));
-- For the circuit breakers of campaigns.md 12.
create table sender_health (sender_id int primary key, fix_in_row int not null default 0, fix_receipts int not null default 0);
comment on table sender_health is 'Refusals in a row, and failing receipts in a row, that say that the sender is not right. No row: none.';
create table campaign_health (campaign_id int primary key, recent text not null);
comment on table campaign_health is 'The last 50 outcomes of a campaign as 0 and 1 (a rejection), from its first rejection on; a row without a 1 goes.';

-- What housekeeping remembers.
create table hand_over (campaign_id int primary key, at timestamptz not null);
comment on table hand_over is 'When something of a campaign was last handed to a carrier; written about once a second, by finish(). Not in campaign, whose row staff may hold.';
create table mark (what text primary key, at timestamptz not null);
comment on table mark is 'When housekeeping last did what need not be done at every call, and how far its walk over unreceipted parts has come.';

create table requeue_request (message_id bigint primary key, at timestamptz not null default now(), by_whom text not null default session_user);

-- ------------------------------------------------------------------------------------------------ what comes in

create table inbound (
  id          bigint generated always as identity primary key,
  practice_id int,                                 -- null: sent to a number that is nobody's
  sender_id   int,
  contact_id  bigint,
  campaign_id int,
  message_id  bigint,
  received_at timestamptz not null default now(),
  carrier     text not null,
  from_phone  text not null,
  to_number   text not null,
  body        text,
  kind        text not null,                       -- reply, opt_out, possible_opt_out, opt_in, help
  complete    boolean not null default true,       -- false: parts of a long text are still missing
  ref         int, total smallint,
  repeats     int not null default 0,
  read_at     timestamptz, read_by text,
  answered_at timestamptz
);
create index inbound_from on inbound(from_phone, to_number, received_at);
create index inbound_practice on inbound(practice_id, id);
create index inbound_campaign on inbound(campaign_id) where campaign_id is not null;
create table inbound_part (inbound_id bigint not null, part smallint not null, body text not null, primary key (inbound_id, part));

-- ------------------------------------------------------------------------------------------------ the installation

create table installation (
  only_one          boolean primary key default true check (only_one),
  system_identifier bigint not null,
  database_oid      oid not null,
  timeline          text not null,
  confirmed_at      timestamptz not null default now(),
  confirmed_by      text not null default session_user
);
comment on table installation is 'Where this database lives. A dump that was restored elsewhere finds another system identifier or oid, and sends nothing until an operator confirms it.';

create table test_clock (only_one boolean primary key default true check (only_one), now timestamptz not null);
comment on table test_clock is 'Empty in production. What the owner puts here is the time for every rule: for tests.';

create table request (
  practice_id int not null, call text not null, request_key text not null, result jsonb not null, at timestamptz not null default now(),
  primary key (practice_id, call, request_key)
);
comment on table request is 'First results by request_key: a client that lost the answer asks again and nobody is texted twice.';

create table audit (
  id          bigint generated always as identity primary key,
  at          timestamptz not null default now(),
  login       text not null default session_user,
  practice_id int,
  call        text not null,
  subject     text not null default ''             -- ids and names only: never a text or a phone
);

create table bind_status (
  run bigint not null, bind text not null, carrier text not null, state text not null, since timestamptz not null, peer text, window_size int, unanswered int,
  detail text, at timestamptz not null default now(), primary key (run, bind)
);

create table import_reject (
  id bigint generated always as identity primary key, practice_id int not null, login text not null default session_user, at timestamptz not null default now(),
  row_no bigint, external_id text, first_name text, last_name text, problem text not null
);
-- What was COPYed into the view campaign.contact_import and not imported yet, per login.
create table import_row (
  id bigint generated always as identity primary key, login text not null default session_user,
  external_id text, first_name text, last_name text, phone text, phase text, region text, zone text, groups text
);
