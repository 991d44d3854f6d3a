#!/usr/bin/perl
# PostgreSQL crashes three times while campaignd sends: the daemon lives on, keeps the answers that it could not store, and so
# nothing is in doubt, nothing lost, nothing sent twice.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Campaignd::Process 'wait_for';
use Campaignd::World;
use Test::More;
use Time::HiRes 'sleep';

my $people = 2000;
my $world = Campaignd::World->new(
    cluster => Campaignd::Cluster->new,
    keys => { binds => 2, throughput => 500 },
    carrier => { options => ['--answer-delay', 15, '--receipt-delay', 40, '--redeliver', 1] },
);
$world->contacts($people);
my $campaign = $world->text_campaign('Hi [Contact.FirstName|there], [Practice.Name] has openings.');
$world->start;

for my $round (1 .. 3) {
    my $before = $world->carrier->summary->{submits};
    wait_for { $world->carrier->summary->{submits} >= $before + 150 } 'texts to be sent', 30;
    # Now and then it is away for longer than a moment.
    $world->cluster->halt('immediate');
    sleep 0.5 * $round;
    $world->cluster->up;
    $world->daemon->wait_event('db.lost', {}, count => 1);
}
ok($world->daemon->process->runs, 'campaignd is alive');
$world->finished($campaign, 90);
is($world->daemon->stop, 0, 'and stops cleanly');

is_deeply($world->outcomes($campaign), { Delivered => $people }, 'every text was delivered, none is in doubt');
is($world->carrier->summary->{duplicates}, 0, 'the carrier got no text twice');
$world->agrees;
ok(scalar($world->daemon->events('pump.reconciled')), 'it says that it compared what it held with the database');

done_testing;
