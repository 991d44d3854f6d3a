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
my @how = qw(drop-before drop-after cut garbage nack stray answer-twice);
# One phone in every hundred and so on: 555-0150 to 555-0156 of the first area codes.
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
my $closed = () = $world->daemon->events('bind.closed');
cmp_ok($closed, '>=', 10, 'its binds broke again and again');
# What meets on one connection breaks it once, so how often is told by the carrier. These had been bound: there was a text on them.
my $broken = 0;
$broken += $binds{$_} // 0 for qw(drop-before drop-after cut);
cmp_ok($closed, '>=', $broken, "and it has seen each time of $broken");

my $unknown = $outcomes{'Unknown submit_unconfirmed'} // 0;
cmp_ok($unknown, '>', 0, 'some texts are in doubt');
# In doubt may be what the carrier never read or never answered, and what it answered when the connection broke: nothing else.
my %bind = map { $_->{bind} => $_ } $world->carrier->binds;
my %submit = map { $_->{destination} => $_ } $world->carrier->submits;
my @phones = map { substr $_->[0], 1 } @{ $world->db->rows(qq{select a.phone from campaign_store.message m join campaign_store.attempt a on a.message_id = m.id and a.no = m.attempt
    where m.campaign_id = $campaign and m.status = 'Unknown'}) };
my @without_cause = grep {
    my $of = $submit{$_};
    my $closed = $of && $bind{ $of->{bind} };
    $of && ($of->{answer} =~ /^0x/ && !($closed->{why} ne 'unbind' && $closed->{closed_us} > 0 && $closed->{closed_us} - $of->{answered_us} < 1e6))
} @phones;
is(scalar @without_cause, 0, 'each of them had no answer, or one that went down with the connection');
is($world->carrier->summary->{duplicates}, 0, 'the carrier got no text twice');
$world->agrees(in_doubt => $unknown, complaints => 1);

done_testing;
