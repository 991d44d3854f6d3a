#!/bin/sh
# A day of campaignd in a minute: sh tests/demo.sh [--keep]
#
# On a Debian 12 machine, as root or as a user who may sudo. What is missing is installed, campaignd is built, and then everything runs
# for real: a PostgreSQL of its own in a temporary directory, campaignd, and a simulated carrier that speaks SMPP over TLS.
# Nothing is left running, unless --keep is given: then it says how to look around and how to end it.
#
# Every figure comes from the database or from the carrier's own books, and the demonstration fails if the two disagree.
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
keep=false

usage() {
  sed -n '2,/^set/s/^# \{0,1\}//p' "$top/tests/demo.sh" >&2
  exit 64
}

# Ends what the demonstration in this directory started.
end_all() {
  for name in campaignd carrier; do
    if [ -f "$1/$name.pid" ]; then
      end_one "$(cat "$1/$name.pid")"
      rm -f "$1/$name.pid"
    fi
  done
  [ ! -f "$1/cluster" ] || sh "$top/tests/lib/cluster.sh" stop "$(cat "$1/cluster")"
  rm -rf "$1"
}

end_one() {
  kill -TERM "$1" 2>/dev/null || return 0
  for _ in $(seq 100); do
    kill -0 "$1" 2>/dev/null || return 0
    sleep 0.1
  done
  kill -KILL "$1" 2>/dev/null || :
}

case ${1:-} in
'') ;;
--keep) keep=true ;;
--end)
  [ -f "${2:-}/cluster" ] || usage
  end_all "$2"
  exit
  ;;
*) usage ;;
esac

# ---------------------------------------------------------------------------------------------- how it looks

if [ -t 1 ]; then
  bold=$(printf '\033[1m') dim=$(printf '\033[2m') plain=$(printf '\033[0m')
else
  bold='' dim='' plain=''
fi

step=0
heading() {
  step=$((step + 1))
  printf '\n%s%d. %s%s\n\n' "$bold" "$step" "$*" "$plain"
}

say() {
  printf '%s\n' "$*"
}

indent() {
  sed 's/^/   /'
}

fail() {
  printf '\n%sThe demonstration failed: %s%s\n' "$bold" "$*" "$plain" >&2
  [ ! -f "$work/campaignd.log" ] || tail -n 15 "$work/campaignd.log" >&2
  exit 1
}

# ---------------------------------------------------------------------------------------------- who asks

# psql as one of them; further arguments are psql's (-v name=value), the statement comes last.
as() {
  login=$1
  shift
  psql -X -q -P pager=off -v ON_ERROR_STOP=1 -h "$cluster" -U "$login" -d campaignd "$@"
}

# A value; a table for people; what it says is shown as the statement that one would type.
value() { as dana -A -t "$@"; }
table() { as dana -P border=1 -P footer=off -P format=wrapped -P columns=118 "$@" 2>&1 | sed '/^$/d' | indent; }
typed() { printf '%s%s%s\n' "$dim" "$1" "$plain" | sed 's/^/   => /'; }

# Running text, for reading.
paragraph() { printf '%s\n' "$1" | fold -s -w 100 | sed 's/^/      /'; }

# Waits until a question has the answer t, for so many seconds.
until_true() {
  tries=$(($1 * 5))
  while [ "$(as postgres -A -t -c "$2")" != t ]; do
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || fail "waited in vain for: $3"
    sleep 0.2
  done
}

say 'campaignd: the demonstration'
. "$top/tests/lib/setup.sh"
began=$(date +%s)
# shellcheck disable=SC2086
setup_packages $setup_for_build $setup_for_run
setup_build all --
say "Installed and built in $(($(date +%s) - began)) s."

work=$(mktemp -d "${TMPDIR:-/tmp}/campaignd-demo.XXXXXX")
clean_up() {
  rc=$?
  trap - EXIT
  if [ "$keep" = false ] || [ "$rc" -ne 0 ]; then
    end_all "$work"
  fi
  exit "$rc"
}
trap clean_up EXIT
trap 'exit 130' INT TERM HUP

# ---------------------------------------------------------------------------------------------- set up

heading 'A database, a carrier and campaignd'
cluster=$(sh "$top/tests/lib/cluster.sh" start)
echo "$cluster" >"$work/cluster"
as postgres -d postgres -c 'create database campaignd'
PGHOST=$cluster PGUSER=postgres sh "$top/sql/campaignd-migrate" -d campaignd | indent
as postgres -c 'create role dana login in role campaign_staff' -c 'create role olga login in role campaign_operator'

sh "$top/tests/carrier/certs.sh" "$work/certs"
"$build/carrier" --tls-port 0 --cert "$work/certs/good.pem" --key "$work/certs/good.key" --port-file "$work/port" \
  --books "$work/books" --control "$work/control" --system-id maple --password Tr0mbone7 --keep-texts \
  --receipt-delay 300 --rules "$top/tests/demo/outcomes.rules" >"$work/carrier.log" 2>&1 &
echo $! >"$work/carrier.pid"
for _ in $(seq 50); do
  [ ! -s "$work/port" ] || break
  sleep 0.1
done
port=$(sed -n 's/.*tls=\([0-9]*\).*/\1/p' "$work/port") || fail "the carrier did not start: $(cat "$work/carrier.log")"

umask 077
echo Tr0mbone7 >"$work/password"
cat >"$work/campaignd.conf" <<END
database: { conninfo = "host=$cluster dbname=campaignd user=campaignd"; };
carriers: (
  { name = "acme"; hosts = ( "localhost:$port" ); tls = { ca_file = "$work/certs/ca.pem"; };
    system_id = "maple"; password_file = "$work/password";
    binds = 2; window = 10; throughput = 20.0; codes = "bandwidth";
    retry = [ "3s", "30s", "5m", "30m" ]; }
);
END
"$build/campaignd" --config "$work/campaignd.conf" --check-config >"$work/checked" ||
  fail 'campaignd does not like its configuration'
"$build/campaignd" --config "$work/campaignd.conf" 2>"$work/campaignd.log" &
echo $! >"$work/campaignd.pid"

as olga -A -t >/dev/null <<'END'
select campaign.create_practice(practice => 'maple', name => 'Maple Physical Therapy', time_zone => 'America/Los_Angeles', phone => '(206) 555-0100',
  website => 'maplept.example', opens => '00:00', closes => '24:00');
select campaign.add_sender(practice => 'maple', number => '+1 206 555 0199', carrier => 'acme', part_price => 0.008);
select campaign.add_staff('maple', 'dana');
END
# Only the owner of the database may touch the law's table.
as postgres -A -t -c 'delete from campaign_store.legal_window' >/dev/null
say '   The practice is Maple Physical Therapy. It may text from 00:00 to 24:00 and the table of the legal hours is empty, so that'
say '   this demonstration works at any hour; a real practice has 9:00 to 20:00, in the recipient'"'"'s own time zone too.'
until_true 20 "select count(*) = 2 from campaign.daemon_status where state = 'bound'" 'campaignd to be connected with the carrier'
as olga -P border=1 -P footer=off -c "select bind, state, peer from campaign.daemon_status order by bind" | sed '/^$/d' | indent

# ---------------------------------------------------------------------------------------------- contacts

heading 'The contacts, from what the clinic'"'"'s software exports'
sed -n '1,7p' "$top/tests/demo/contacts.csv" | indent
say '   ...'
value >/dev/null <<'END'
select campaign.create_group('maple', 'patients'), campaign.create_group('maple', 'newsletter'), campaign.create_group('maple', 'staff', is_staff => true),
  campaign.create_phase('maple', 'Active');
END
as dana >"$work/imported" <<END
\\copy campaign.contact_import(external_id, last_name, first_name, phone, region, phase, groups) from '$top/tests/demo/contacts.csv' (format csv, header)
\\pset border 1
\\pset footer off
select * from campaign.import_contacts('maple', consent_source => 'intake form');
END
sed '/^$/d' "$work/imported" | indent

# ---------------------------------------------------------------------------------------------- preview and test

text='Hi [Contact.FirstName|there], it has been a while! [Practice.Name] can see you this week. Call [Practice.Phone]. Reply STOP to opt out.'

heading 'A preview of the text, before anything is created'
typed "select * from campaign.preview_text('maple', '$text', groups => '{patients}');"
sample=$(value -v text="$text" <<'END'
select sample from campaign.preview_text('maple', :'text', groups => '{patients}');
END
)
paragraph "$sample"
table -x -v text="$text" <<'END'
select encoding, parts_min, parts_max, total_parts, cost, will_send, will_skip, warnings from campaign.preview_text('maple', :'text', groups => '{patients}');
END

heading 'A test to the staff'
typed "select * from campaign.send_test('maple', 'Just testing. This is from [Practice.Name].', '{(206) 555-0100}');"
test_id=$(value -c "select message_id from campaign.send_test('maple', 'Just testing. This is from [Practice.Name].', '{(206) 555-0100}')")
until_true 20 "select status = 'Delivered' from campaign.message_log where id = $test_id" 'the test to be delivered'
table -c "select status, sent_at::time(0), delivered_at::time(0) from campaign.message_log where id = $test_id"

# ---------------------------------------------------------------------------------------------- the campaign

# One line that grows; without a terminal a line every few seconds.
progress() {
  last=0
  while :; do
    set -- $(as postgres -A -t -F ' ' -c "select audience - scheduled - queued - sending - sent, audience, state from campaign.campaign_report where id = $campaign")
    if [ -t 1 ]; then
      width=$(($1 * 50 / ($2 > 0 ? $2 : 1)))
      printf '\r   [%-50s] %d of %d ' "$(printf '%*s' "$width" '' | tr ' ' '#')" "$1" "$2"
    elif [ $(($(date +%s) - last)) -ge 3 ] || [ "$1" = "$2" ]; then
      last=$(date +%s)
      say "   $1 of $2 are final"
    fi
    [ "$1" != "$2" ] || [ "$2" = 0 ] || break
    [ $(($(date +%s) - started)) -lt 90 ] || fail 'the campaign does not end'
    sleep 0.3
  done
  [ ! -t 1 ] || echo
}

heading 'The campaign'
typed "select * from campaign.create_text_campaign('maple', 'Come back', '$text', groups => '{patients}');"
campaign=$(value -v text="$text" <<'END'
select campaign_id from campaign.create_text_campaign('maple', 'Come back', :'text', groups => '{patients}');
END
)
started=$(date +%s)
until_true 20 "select audience > 0 from campaign.campaign_report where id = $campaign" 'the audience to be fixed'
progress
until_true 20 "select state = 'Finished' from campaign.campaign_report where id = $campaign" 'the campaign to be finished'

heading 'The report'
typed "select * from campaign.campaign_report where id = $campaign;"
table -x -c "select name, state, audience, delivered, aborted, unknown, cancelled, parts, cost, replies, opt_outs, delivered_pct from campaign.campaign_report where id = $campaign"

heading 'Why some did not arrive'
typed "select * from campaign.failure_summary where campaign_id = $campaign;"
value -F ' ' -c "select format('   %4s  %-18s %s', count, reason, sentence) || E'\n' || repeat(' ', 28) || advice
  from campaign.failure_summary where campaign_id = $campaign order by count desc, reason"

landline=$(value -c "select min(id) from campaign.message_log where campaign_id = $campaign and reason = 'landline'")
say ''
say '   And one of them in full:'
typed "select * from campaign.explain_message($landline);"
table -c "select at::time(1), event, status, reason, carrier_code from campaign.explain_message($landline)"
paragraph "$(value -c "select sentence || ' ' || advice from campaign.explain_message($landline) where sentence is not null limit 1")"

# ---------------------------------------------------------------------------------------------- replies

heading 'Somebody replied STOP'
until_true 20 "select count(*) >= 2 from campaign.opt_outs where source = 'keyword'" 'STOP to arrive'
table -c "select received_at::time(0), contact, text, kind from campaign.practice_inbox order by received_at desc limit 8"
stopped=$(value -c "select phone from campaign.opt_outs where source = 'keyword' order by phone limit 1")
say "   What $stopped read and wrote:"
until_true 20 "select count(*) >= 3 from campaign.chat_log where phone = '$stopped'" 'the confirmation of STOP'
value -c "select format('   %s  %-3s  %s', at::time(0), direction, text) from campaign.chat_log where phone = '$stopped' order by at" | fold -s -w 110 | sed 's/^[^ ]/                  &/'

# ---------------------------------------------------------------------------------------------- deleting

heading 'A campaign that is deleted before it starts: cancelled, nothing is sent'
future=$(value -v text="$text" <<'END'
select campaign_id from campaign.create_text_campaign('maple', 'New Year', :'text', groups => '{patients}',
  start_at => to_char(now() at time zone 'America/Los_Angeles' + interval '30 days', 'YYYY-MM-DD HH24:MI'));
END
)
typed "select * from campaign.delete_campaign($future);"
table -c "select * from campaign.delete_campaign($future)"
table -c "select name, state, audience from campaign.campaign_report where id = $future"

heading 'A campaign that is deleted after it has started: hidden, and still sent'
campaign=$(value -v text='[Practice.Name] has a new clinic on Pine Street. Reply STOP to opt out.' <<'END'
select campaign_id from campaign.create_text_campaign('maple', 'Pine Street', :'text', groups => '{newsletter}');
END
)
started=$(date +%s)
until_true 20 "select started_at is not null from campaign.campaign_report where id = $campaign" 'it to start'
typed "select * from campaign.delete_campaign($campaign);"
table -c "select * from campaign.delete_campaign($campaign)"
progress
until_true 20 "select state = 'Finished' from campaign.campaign_report where id = $campaign" 'it to be finished'
table -c "select name, hidden, state, audience, delivered, aborted from campaign.campaign_report where id = $campaign"
say '   The history shows:'
table -c 'select name, state from campaign.campaign_history order by id'
say '   Those who had replied STOP were not texted again:'
table -c "select reason, count, sentence from campaign.failure_summary where campaign_id = $campaign and reason = 'opted_out'"
again=$(as postgres -A -t -c "select count(*) from campaign_store.attempt a join campaign_store.opt_out o on o.phone = a.phone where a.campaign_id = $campaign and o.source = 'keyword'")
[ "$again" = 0 ] || fail "$again texts went to people who had replied STOP"

# ---------------------------------------------------------------------------------------------- agreement

heading 'Do the database and the carrier agree?'
kill -TERM "$(cat "$work/campaignd.pid")"
rc=0
wait "$(cat "$work/campaignd.pid")" || rc=$?
[ "$rc" -eq 0 ] || fail "campaignd ended with $rc"
rm -f "$work/campaignd.pid" "$work/books.summary"
kill -USR1 "$(cat "$work/carrier.pid")"
for _ in $(seq 50); do
  [ ! -f "$work/books.summary" ] || break
  sleep 0.1
done
as postgres -A -t -v in_doubt=0 >"$work/complaints" <<END || fail 'the books could not be compared'
\\i $top/tests/lib/books.sql
\\copy book from '$work/books' with (format text, header match, null '')
\\copy book_delivery from '$work/books.deliveries' with (format text, header match, null '')
\\i $top/tests/lib/agree.sql
END
[ ! -s "$work/complaints" ] || fail "they do not: $(cat "$work/complaints")"
figure() { sed -n "s/^$1	//p" "$work/books.summary"; }
ours=$(as postgres -A -t -c "select count(*) filter (where state <> 'Refused') from campaign_store.part")
[ "$ours" = "$(figure accepted)" ] || fail "the database has $ours accepted texts, the carrier $(figure accepted)"
[ "$(figure duplicates)$(figure protocol_errors)" = 00 ] || fail "the carrier complains: $(cat "$work/books.summary")"
say "   Yes, about each of them. The carrier accepted $(figure accepted) texts, refused $(figure refused), got no text twice,"
say "   sent $(figure receipts) receipts and $(figure replies) replies, and had nothing to complain of."

heading 'What campaignd logged (the last digits of a number, never a text)'
grep -v ' msg.outcome ' "$work/campaignd.log" | head -n 8 | cut -c 1-140 | indent
say '   ...'
grep ' msg.outcome ' "$work/campaignd.log" | head -n 3 | cut -c 1-140 | indent
say '   ...'
tail -n 4 "$work/campaignd.log" | cut -c 1-140 | indent

if [ "$keep" = true ]; then
  "$build/campaignd" --config "$work/campaignd.conf" 2>>"$work/campaignd.log" &
  echo $! >"$work/campaignd.pid"
  say ''
  say "All of it is up (--keep). Look around:  psql -h $cluster -U dana campaignd     (\\dv campaign.*, \\df campaign.*)"
  say "The log:                                $work/campaignd.log"
  say "End it:                                 sh tests/demo.sh --end $work"
fi
say ''
say "${bold}Everything went as it should, in $(($(date +%s) - began)) s.$plain"
