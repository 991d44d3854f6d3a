#!/usr/bin/perl
# Everybody at once, at random: four people of the practice, those who are texted and answer, and two daemons of which one is
# killed again and again. Nobody waits for somebody who waits for him, nobody sees an error that is not his own, and in the end
# the carrier and the database agree. CAMPAIGND_SEED repeats a run's choices, CAMPAIGND_CROWD_SECONDS makes it longer.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Campaignd::Process 'wait_for';
use Campaignd::World;
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep time);

my ($seconds, $people, $window, $kill_every) = ($ENV{CAMPAIGND_CROWD_SECONDS} // 12, 600, 10, 3);
srand(my $seed = $ENV{CAMPAIGND_SEED} // int rand 1e6);
note "CAMPAIGND_SEED=$seed";

# By the last two digits of the phone: what carriers and people do.
my $rules = join '', map { "*$_\n" } '51 landline', '52 stop', '53 expired', '54 refuse:0x0b', '55 receipt-twice', '56 maybe-stop', '57 help', '58 hello',
    '59 early', '60 undeliv-first', '61 temporary:1', '62 throttle:1', '63 long-reply', '64 start', '65 slow:0.3';
my $world = Campaignd::World->new(
    keys => { window => $window, throughput => 200 },
    carrier => { rules => $rules, options => ['--answer-delay', 10, '--receipt-delay', 60, '--redeliver', 0.5] },
);
my $db = $world->db;
my $other = Campaignd::Daemon->new(conf => $world->conf);
$world->contacts($people);
$world->staff->do(q{select campaign.create_group('maple', 'some'), campaign.create_group('maple', 'desk', is_staff => true)});
$world->start;
$other->start;

# Files to import, each with a hundred of the contacts under one another's phones.
my @file = map { $world->dir . "/import.$_" } 1 .. 5;
for my $file (@file) {
    open my $out, '>', $file or die "$file: $!";
    printf $out "c%d\t%s\tsome\n", rand $people, Campaignd::World::phone(int rand $people) for 1 .. 100;
    close $out or die "$file: $!";
}

# ---------------------------------------------------------------- what people do
my $contact = '(select id from campaign.contacts order by random() limit 1)';
my $campaign = '(select id from (select id from campaign.campaign_history order by id desc limit 6) x order by random() limit 1)';
my $contacts = '(select array_agg(id order by random()) from (select id from campaign.contacts order by random() limit 200) x)';
my $reply = '(select id from campaign.practice_inbox order by random() limit 1)';
my @acts = (
    # The text tells campaigns apart, for agree.sql counts what a phone got twice.
    sub {
        my $text = sprintf 'No. %d for [Contact.FirstName|you] of [Practice.Name]. Reply STOP to opt out.', rand 1e9;
        my $start = rand() < 0.7 ? 'null' : sprintf "'%s'", $world->local_time_in(1 + int rand 4);
        return rand() < 0.8
            ? "select from campaign.create_text_campaign('maple', 'crowd', '$text', groups => array['" . (rand() < 0.3 ? 'all' : 'some') . "'], start_at => $start)"
            : "select from campaign.create_reactivation_campaign('maple', 'crowd', '$text', 9)";
    },
    sub { "select from campaign.pause_campaign($campaign)" },
    (sub { "select from campaign.resume_campaign($campaign)" }) x 2,
    sub { "select from campaign.cancel_campaign($campaign)" },
    sub { "select from campaign.delete_campaign($campaign)" },
    sub { sprintf "select from campaign.reschedule_campaign($campaign, '%s')", $world->local_time_in(2) },
    sub { sprintf "select from campaign.upsert_contact('maple', 'c%d', phone => '%s', consent_source => 'form', groups => '{some}')", rand 1.1 * $people, Campaignd::World::phone(int rand $people) },
    sub { "\\copy campaign.contact_import(external_id, phone, groups) from '$file[rand @file]'\nselect from campaign.import_contacts('maple', 'form')" },
    sub { "select campaign.delete_contact($contact)" },
    sub { sprintf "select campaign.set_phase($contact, '%s')", ('No Phase', 'Pending')[rand 2] },
    sub { "select campaign.record_opt_out($contact)" },
    sub { sprintf "select campaign.record_opt_out('%s', practice => 'maple')", Campaignd::World::phone(int rand $people) },
    (sub { "select campaign.record_consent($contact, 'form')" }) x 3,
    (sub { "select campaign.add_to_group('maple', 'some', $contacts)" }) x 3,
    sub { "select campaign.remove_from_group('maple', 'some', $contacts)" },
    sub { sprintf "select from campaign.send_test('maple', 'Test %d of [Practice.Name]', array['%s'])", rand 1e9, Campaignd::World::phone(int rand $people) },
    sub { "select campaign.mark_read($reply)" },
    sub { "select campaign.resolve_possible_opt_out($reply, random() < 0.5)" },
    sub { sprintf "select campaign.reply_to($reply, 'Answer %d')", rand 1e9 },
    sub { 'select count(*) from campaign.campaign_report; select count(*) from campaign.delivery_failures; select count(*) from campaign.campaign_progress' },
    sub { "select count(*) from campaign.preview_campaign($campaign)" },
);

# One of them, until the time is over; each act is a transaction of its own. Prints the errors that were got, SQLSTATE first.
sub person {
    my ($no, $until, $out) = @_;
    srand($seed + $no);
    while (time < $until) {
        my ($code, undef, $complaints) = $world->staff->psql(join '', "\\set ON_ERROR_STOP off\n", map { $acts[rand @acts]->() . ";\n" } 1 .. 50);
        print $out "psql: it ended with $code\n" if $code;
        print $out "$_\n" for $complaints =~ /ERROR:\s+(\w{5}: .*)/g;
    }
    return;
}

my $until = time + $seconds;
my %person;
for my $no (1 .. 4) {
    pipe my $read, my $write or die "pipe: $!";
    my $pid = fork // die "fork: $!";
    if ($pid == 0) {
        close $read;
        my $ok = eval { person($no, $until, $write); 1 } or print $write "died: $@";
        close $write;
        POSIX::_exit($ok ? 0 : 1); # what the test owns is its parent's
    }
    close $write;
    $person{$pid} = $read;
}

my ($kills, @refused) = (0);
my $look = sub { push @refused, map { $_->{error} // '' } $_[0]->events('db.statement') };
while (time < $until) {
    sleep $kill_every;
    $other->kill9;
    $look->($other);
    $kills++;
    $other->start;
}
my %got;
for my $pid (keys %person) {
    my $from = $person{$pid};
    $got{$_}++ for map { s/\s+\z//r } <$from>;
    waitpid $pid, 0;
}

# ---------------------------------------------------------------- what is left of it
my %states;
$states{ s/:.*//r } += $got{$_} for keys %got;
note join ', ', map { "$_: $states{$_}" } sort keys %states;
is_deeply([grep { !/^TC/ } sort keys %got], [], 'people are refused for reasons of the practice\'s business only');

my @open = @{ $db->rows("select id from campaign_store.campaign where state not in ('Finished', 'Cancelled')") };
$world->staff->psql(join '', "\\set ON_ERROR_STOP off\n", map { "select campaign.cancel_campaign($_->[0]);\n" } @open);
$world->swept_at_once(2);
wait_for { $db->value("select count(*) from campaign_store.message where status in ('Queued', 'Sending', 'Sent', 'Scheduled')") == 0 } 'every message to have an outcome', 60;
is($_->stop, 0, 'a clean stop') for $world->daemon, $other;
$look->($_) for $world->daemon, $other;
is_deeply(\@refused, [], 'PostgreSQL refused the daemons nothing');
is($db->value('select deadlocks from pg_stat_database where datname = current_database()'), 0, 'nobody waited for somebody who waited for him');

my %outcomes = %{ $db->hash("select concat_ws(' ', m.status, r.reason), count(*) from campaign_store.message m left join campaign_store.reason r on r.id = m.reason group by 1") };
note join ', ', map { "$outcomes{$_} $_" } sort keys %outcomes;
cmp_ok($outcomes{Delivered}, '>', 100, 'there was something to do');
$world->agrees(in_doubt => $kills * $window);

done_testing;
