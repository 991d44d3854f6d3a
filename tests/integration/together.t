#!/usr/bin/perl
# Two people, or a person and the daemon, at the same moment.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Campaignd::Cluster;
use Campaignd::Process qw(wait_for);
use Campaignd::World;
use Test::More;

my $world = Campaignd::World->new(without_carrier => 1);
my $db = $world->db;
my $staff = $world->staff;

# A psql of staff that stays in its transaction until it is told how to end it.
sub transaction {
    my ($sql) = @_;
    my @command = ('psql', '-XAtq', '-h', $db->cluster->dir, '-p', $db->cluster->port, '-U', $staff->{login}, '-d', $db->name, '-v', 'ON_ERROR_STOP=1', '-o', '/dev/null');
    my $pid = open(my $in, '|-', @command) // die "psql: $!";
    $in->autoflush(1);
    print $in "begin;\n$sql\nselect pg_advisory_lock(77);\n";
    wait_for { $db->value("select count(*) from pg_locks where locktype = 'advisory' and objid = 77 and granted and database = (select oid from pg_database where datname = current_database())") } 'the transaction to be open';
    return sub { my ($end) = @_; print $in "$end;\n"; return close $in };
}

$staff->do(qq{select campaign.upsert_contact('maple', '$_', phone => '212-555-010$_', consent_source => 'form', groups => '{all}')}) for 1 .. 3;
my $create = q{select campaign_id from campaign.create_text_campaign('maple', 'once', '[Practice.Name]', '{all}', '2099-01-05 10:00', request_key => 'k')};
$create =~ s/'2099/start_at => '2099/;

# The same request twice at once: the second waits for the first.
my $end = transaction("$create;");
my $answer = '';
my $pid = open(my $second, '-|') // die $!;
if (!$pid) {
    print $staff->value($create);
    exit;
}
wait_for { $db->value("select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query ~ 'create_text_campaign'") } 'the second to wait';
ok($end->('commit'), 'the first request is done');
$answer = readline $second;
is($answer, $db->value('select id from campaign_store.campaign'), 'the second, at the same time, has its result');
is($db->value('select count(*) from campaign_store.campaign'), 1, 'and created nothing');

# ... and when the first fails the second does it.
$create =~ s/'k'/'k2'/;
$end = transaction("$create;");
$pid = open($second, '-|') // die $!;
if (!$pid) {
    print $staff->value($create);
    exit;
}
wait_for { $db->value("select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query ~ 'create_text_campaign'") } 'the second to wait';
$end->('rollback');
$answer = readline $second;
is($answer, $db->value('select max(id) from campaign_store.campaign'), 'when the first is undone the second does it');

# Looking locks nothing that a claim needs.
$end = transaction("select * from campaign.preview_campaign($answer); select * from campaign.preview_batches($answer); select count(*) from campaign.campaign_progress;");
is($db->value("select id from campaign_store.campaign where id = $answer for update skip locked"), $answer, 'a preview leaves the row of the campaign alone');
$end->('commit');

# STOP arrives while somebody edits the contact.
my $practice = $db->value("select id from campaign_store.practice where short_name = 'maple'");
my $contact = $db->value("select id from campaign_store.contact where external_id = '1'");
$end = transaction("select campaign.set_phase($contact, 'Pending');");
$db->do("set lock_timeout = '2s'; select campaign_store.opt_out_now($practice, '+12125550101', 'keyword')");
is($db->value("select count(*) from campaign_store.opt_out where phone = '+12125550101' and lifted_at is null"), 1, 'a STOP is stored while somebody holds the contact');
$end->('commit');
is($db->value("select opted_out_at is null from campaign_store.contact where id = $contact"), 't', 'the contact was left alone');
is($db->value('select campaign_store.settle_opt_outs()'), 1, 'and is settled later');
is($db->value("select opted_out_at is not null and not consent from campaign_store.contact where id = $contact"), 't', 'so that it is out with whatever phone');
is($db->value('select campaign_store.settle_opt_outs()'), 0, 'once');
$end = transaction("select campaign.set_phase($contact, 'Pending');");
$db->do("set lock_timeout = '2s'; select campaign_store.lift_opt_out($practice, '+12125550101', 'keyword')");
$end->('commit');
is($db->value('select campaign_store.settle_opt_outs()'), 1, 'START is settled likewise');
is($staff->value("select opted_out from campaign.contacts where id = $contact"), 'f', 'and the contact is in again');

# Deleting waits for whoever holds the campaign, and then sees what that one did: here, that it has started.
my $campaign = $answer;
$db->do("update campaign_store.campaign set state = 'Sending', audience = 3 where id = $campaign");
my $claim = 'psql -XAtq -h ' . $db->cluster->dir . ' -p ' . $db->cluster->port . ' -U postgres -d ' . $db->name;
open(my $as_daemon, '|-', $claim) // die $!;
$as_daemon->autoflush(1);
print $as_daemon "\\o /dev/null\nbegin; update campaign_store.campaign set started_at = now() where id = $campaign; select pg_advisory_lock(78);\n";
wait_for { $db->value("select count(*) from pg_locks where locktype = 'advisory' and objid = 78 and granted") } 'the campaign to be held';
$pid = open($second, '-|') // die $!;
if (!$pid) {
    print $staff->value("select outcome from campaign.delete_campaign($campaign)");
    exit;
}
wait_for { $db->value("select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query ~ 'delete_campaign'") } 'the deletion to wait';
print $as_daemon "commit;\n";
close $as_daemon;
$answer = readline $second;
is($answer, 'hidden', 'a deletion that waited for the first claim sees that the campaign has started');

done_testing;
