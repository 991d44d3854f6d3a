#!/usr/bin/perl
# Two daemons serve one database: they share the work, nobody gets a text twice, either may take the other's receipts, and when one
# dies the other goes on.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Campaignd::Process 'wait_for';
use Campaignd::World;
use Test::More;

my $world = Campaignd::World->new(
    keys => { throughput => 300 },
    carrier => { options => ['--answer-delay', 10, '--receipt-delay', 30] },
);
my $other = Campaignd::Daemon->new(conf => $world->conf);
my $text = 'Hi [Contact.FirstName|there], [Practice.Name] has openings.';
$world->contacts(2000);

subtest 'side by side' => sub {
    my $campaign = $world->text_campaign($text);
    $world->start;
    $other->start;
    $world->finished($campaign, 60);
    is_deeply($world->outcomes($campaign), { Delivered => 2000 }, 'every text was delivered');
    my $runs = $world->db->rows("select run, count(*) from campaign_store.message where campaign_id = $campaign group by run");
    is(@$runs, 2, 'both have sent');
    cmp_ok($_->[1], '>', 200, "$_->[1] by one") for @$runs;
    $world->agrees;
};

subtest 'one dies, the other goes on' => sub {
    my $campaign = $world->text_campaign($text);
    my $before = $world->carrier->summary->{submits};
    wait_for { $world->carrier->summary->{submits} > $before + 300 } 'texts to be sent';
    $other->kill9;
    $world->swept_at_once;
    $world->finished($campaign, 90);
    my %outcomes = %{ $world->outcomes($campaign) };
    my $unknown = delete $outcomes{'Unknown submit_unconfirmed'} // 0;
    cmp_ok($unknown, '<=', 10, "$unknown in doubt, at most a window");
    ok(scalar($world->daemon->events('run.swept')), 'the one that lives says that it cleared up');
    is_deeply(\%outcomes, { Delivered => 2000 - $unknown }, 'all others were delivered');
    $world->agrees(in_doubt => 10);
};
is($world->daemon->stop, 0);

done_testing;
