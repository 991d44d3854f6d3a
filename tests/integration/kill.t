#!/usr/bin/perl
# campaignd is killed ten times at random moments while it sends, and started again: nobody gets a text twice, nothing is lost,
# and only what was on its way at that moment is in doubt.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Campaignd::Process 'wait_for';
use Campaignd::World;
use Test::More;
use Time::HiRes 'sleep';

my ($kills, $people, $binds, $window) = (10, 3000, 2, 10);
srand(my $seed = $ENV{CAMPAIGND_SEED} // int(rand 1e6));
note "CAMPAIGND_SEED=$seed";

my $world = Campaignd::World->new(
    keys => { binds => $binds, window => $window, throughput => 600 },
    carrier => { options => ['--answer-delay', 15, '--receipt-delay', 60, '--redeliver', 0.5] },
);
$world->contacts($people);
my $campaign = $world->text_campaign('Hi [Contact.FirstName|there], [Practice.Name] has openings. Reply STOP to opt out.');

my $killed_while_sending = 0;
for my $round (1 .. $kills) {
    $world->start;
    my $before = $world->carrier->summary->{submits};
    wait_for { $world->carrier->summary->{submits} > $before } 'a text to be sent', 30;
    sleep 0.05 + rand 0.4;
    $world->daemon->kill9;
    my $left = $world->db->value("select count(*) from campaign_store.message where status in ('Queued', 'Sending')");
    $killed_while_sending++ if $left;
    note "kill $round: $left texts left";
}
cmp_ok($killed_while_sending, '>=', $kills - 1, 'it was killed while it had something to send');

$world->start;
$world->swept_at_once;
$world->finished($campaign, 90);
is($world->daemon->stop, 0, 'the last one stops cleanly');

my %outcomes = %{ $world->outcomes($campaign) };
note join ', ', map { "$outcomes{$_} $_" } sort keys %outcomes;
my $unknown = delete $outcomes{'Unknown submit_unconfirmed'} // 0;
cmp_ok($unknown, '<=', $kills * $binds * $window, "$unknown texts are in doubt, at most a window per bind and kill");
is_deeply(\%outcomes, { Delivered => $people - $unknown }, 'all others were delivered: nothing is lost');
is($world->carrier->summary->{duplicates}, 0, 'the carrier got no text twice');
$world->agrees(in_doubt => $kills * $binds * $window);

done_testing;
