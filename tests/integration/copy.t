#!/usr/bin/perl
# A restored copy of a database still holds as due what was sent after the dump was taken: nothing is sent until an operator says so.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Campaignd::World;
use Test::More;
use Time::HiRes 'sleep';

my $world = Campaignd::World->new(raw => 1);
$world->contacts(5);
my $campaign = $world->text_campaign('[Practice.Name] has openings.');
$world->start;
my $event = $world->daemon->wait_event('db.copy');
is($event->{level}, 'error', 'it says so, as an error');
like($event->{hint}, qr/confirm_copy/, 'and what to do');
$world->daemon->bound;
sleep 1.5; # nothing may happen in this time
is($world->carrier->summary->{submits}, 0, 'nothing is sent');
ok(defined $world->staff->error('select campaign.confirm_copy()'), 'staff may not confirm it');
$world->operator->do('select campaign.confirm_copy()');
$world->finished($campaign, 60);
is_deeply($world->outcomes($campaign), { Delivered => 5 }, 'an operator\'s word, and it goes');
is($world->daemon->stop, 0);

done_testing;
