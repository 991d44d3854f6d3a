#!/usr/bin/perl
# A campaign to a carrier that is made of Perl's Net::SMPP: somebody else's reading and writing of SMPP at the other end.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Campaignd::Process 'wait_for';
use Campaignd::World;
use Test::More;

plan skip_all => 'needs libnet-smpp-perl' unless eval { require Net::SMPP; 1 };

my $world = Campaignd::World->new(carrier => { perl => 1, options => ['--receipt-delay', 100] }, keys => { throughput => 200 });
$world->contacts(100);
$world->import_contacts(
    (map { { external_id => "landline$_", first_name => 'Zoë', last_name => 'Núñez', phone => "+1206555110$_", groups => 'all' } } 0 .. 4),
    { external_id => 'stop', first_name => 'Ann', last_name => "O'Brien", phone => '+12065554001', groups => 'all' },
    { external_id => 'wide', first_name => 'Łukasz', last_name => 'Dvořák', phone => '+12125550177', groups => 'all' },
);
$world->start;
my $short = $world->text_campaign('Hi [Contact.FirstName|there], [Practice.Name] has openings.');
$world->finished($short);
is_deeply($world->outcomes($short), { Delivered => 102, 'Aborted landline' => 5 }, 'delivered, but for the landlines');
wait_for { $world->db->value(q{select count(*) from campaign_store.opt_out where phone = '+12065554001' and source = 'keyword'}) } 'STOP';
wait_for { grep({ $_->{destination} eq '12065554001' } $world->carrier->submits) == 2 } 'its confirmation';

my $long = $world->text_campaign('[Contact.FirstName|there]: ' . '[Practice.Name] goes on and on about its openings. ' x 5);
$world->finished($long);
my %outcomes = %{ $world->outcomes($long) };
is_deeply(\%outcomes, { Delivered => 101, 'Aborted landline' => 5, 'Aborted opted_out' => 1 }, 'a long one as well; the landlines are known, STOP is honoured');
$world->agrees;
is($world->daemon->stop, 0);

done_testing;
