#!/usr/bin/perl
# Due times: a campaign goes at its time by a timer, not by polling, and a notice brings an earlier one forward.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Campaignd::Process 'wait_for';
use Campaignd::World;
use Test::More;
use Time::HiRes qw(sleep time);

my $world = Campaignd::World->new(keys => { throughput => 100 });
my $text = '[Practice.Name] has openings.';
$world->contacts(5);
$world->start;
$world->daemon->bound;

# When the first text of a campaign was written, against its due time, in seconds.
my $late = sub {
    my ($campaign) = @_;
    return $world->db->value("select extract(epoch from c.started_at - c.start_at) from campaign_store.campaign c where id = $campaign");
};

my $later = $world->text_campaign($text, start => $world->local_time_in(3600));
my $soon = $world->text_campaign($text, start => $world->local_time_in(3));
sleep 1; # nothing may happen in this time
is($world->carrier->summary->{submits}, 0, 'nothing goes before its time');
$world->finished($soon, 20);
my $after = $late->($soon);
cmp_ok($after, '>=', 0, 'it went at its time');
cmp_ok($after, '<', 1, sprintf 'or %.0f ms after it, on a timer (the safety net would be 30 s)', 1000 * $after);

my $at = time;
my $now = $world->text_campaign($text);
wait_for { $world->carrier->summary->{submits} >= 10 } 'the notice to wake it', 10;
cmp_ok(time - $at, '<', 2, 'one that is due now goes now');
$world->finished($now);
is($world->state($later), 'Scheduled', 'the later one still waits');

$world->staff->do("select * from campaign.reschedule_campaign($later, :'at')", at => $world->local_time_in(2));
$world->finished($later, 20);
cmp_ok($late->($later), '<', 1, 'one that was brought forward goes at its new time');

# A message that is sent while nobody listens is found at the start.
$world->daemon->stop;
my $alone = $world->text_campaign($text);
$world->start;
$world->finished($alone, 20);
$world->agrees;

# Idle: asleep until something is due.
$world->daemon->bound;
my $cpu = sub { my @stat = split ' ', Campaignd::Process::slurp('/proc/' . $world->daemon->process->pid . '/stat'); $stat[13] + $stat[14] };
my $switches = sub { Campaignd::Process::slurp('/proc/' . $world->daemon->process->pid . '/status') =~ /^voluntary_ctxt_switches:\s+(\d+)/m; $1 };
my @before = ($cpu->(), $switches->());
sleep 5;
cmp_ok($cpu->() - $before[0], '<=', 2, 'an idle daemon costs nothing');
cmp_ok($switches->() - $before[1], '<', 50, 'and hardly wakes');
is($world->daemon->stop, 0);

done_testing;
