#!/usr/bin/perl
# The carrier's connections break in every way there is while a campaign goes out: before an answer, after it, within it, with
# nonsense instead, all at once. What had no answer is in doubt and stays so; all else arrives; nobody gets a text twice.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Campaignd::World;
use Test::More;

my $people = 1200;
my @how = qw(drop-before drop-after cut garbage nack stray answer-twice empty-id);
# One phone in every hundred and so on: 555-0150 to 555-0157 of the first area codes.
my $rules = join '', map { sprintf "1???55501%d %s\n", 50 + $_, $how[$_] } 0 .. $#how;

my $world = Campaignd::World->new(
    keys => { binds => 2, window => 10, throughput => 800 },
    carrier => { rules => $rules, options => ['--answer-delay', 10, '--receipt-delay', 40, '--redeliver', 1, '--drop-every', 400] },
);
$world->contacts($people);
my $campaign = $world->text_campaign('Hi [Contact.FirstName|there], [Practice.Name] has openings.');
$world->start->finished($campaign, 120);
is($world->daemon->stop, 0, 'campaignd survives it all and stops cleanly');

my %outcomes = %{ $world->outcomes($campaign) };
note join ', ', map { "$outcomes{$_} $_" } sort keys %outcomes;
my %binds;
$binds{ $_->{why} }++ for $world->carrier->binds;
note join ', ', map { "$binds{$_} $_" } sort keys %binds;
cmp_ok(scalar($world->daemon->events('bind.closed')), '>=', 20, 'its binds broke again and again');

my $unknown = $outcomes{'Unknown submit_unconfirmed'} // 0;
cmp_ok($unknown, '>', 0, 'some texts are in doubt');
# What the carrier never answered, nonsense included, is all that may be.
my $unanswered = grep { $_->{answer} !~ /^0x/ } $world->carrier->submits;
cmp_ok($unknown, '<=', $unanswered, "$unknown in doubt, of $unanswered that were never answered");
is($world->carrier->summary->{duplicates}, 0, 'the carrier got no text twice');
$world->agrees(in_doubt => $unanswered, complaints => 1);

done_testing;
