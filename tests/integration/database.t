#!/usr/bin/perl
# PostgreSQL crashes four times while campaignd sends: the daemon lives on, keeps the answers that it could not store, and so
# nothing is in doubt, nothing lost, nothing sent twice.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Campaignd::Process 'wait_for';
use Campaignd::World;
use Test::More;
use Time::HiRes 'sleep';

my ($crashes, $people) = (4, 4000);
my $world = Campaignd::World->new(
    cluster => Campaignd::Cluster->new,
    keys => { binds => 2, window => 20, throughput => 600 },
    carrier => { options => ['--answer-delay', 15, '--receipt-delay', 40, '--redeliver', 1] },
);
$world->contacts($people);
my $campaign = $world->text_campaign('Hi [Contact.FirstName|there], [Practice.Name] has openings.');
$world->start;

my $left = sub { $world->db->value("select count(*) from campaign_store.message where status = 'Queued'") };
my $while_sending = 0;
wait_for { $left->() } 'the audience';
for my $round (1 .. $crashes) {
    my $before = $world->carrier->summary->{submits};
    wait_for { $world->carrier->summary->{submits} >= $before + 200 || !$left->() } 'texts to be sent', 30;
    $while_sending++ if $left->();
    # Now and then it is away for longer than a moment.
    $world->cluster->halt('immediate');
    sleep rand 1;
    $world->cluster->up;
}
cmp_ok($while_sending, '==', $crashes, 'PostgreSQL crashed while texts were on their way');
ok($world->daemon->process->runs, 'campaignd is alive');
cmp_ok(scalar($world->daemon->events('db.lost')), '>=', $crashes, 'and has noticed');
$world->finished($campaign, 90);
is($world->daemon->stop, 0, 'and stops cleanly');

is_deeply($world->outcomes($campaign), { Delivered => $people }, 'every text was delivered, none is in doubt');
is($world->carrier->summary->{duplicates}, 0, 'the carrier got no text twice');
$world->agrees;
ok(scalar($world->daemon->events('pump.reconciled')), 'it says that it compared what it held with the database');

done_testing;
