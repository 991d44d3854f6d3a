#!/usr/bin/perl
# What goes over the wire, as somebody else's decoder reads it: every PDU of a campaign is well-formed SMPP 3.4 to tshark, and
# says what it should.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Campaignd::Recorder;
use Campaignd::World;
use Test::More;

my $carrier = Campaignd::Carrier->new(rules => "1???5550101 landline\n1???5550102 refuse:0x0b\n1???5550103 hello\n1???5550104 data-sm\n")->start;
my $recorder = Campaignd::Recorder->new($carrier->port);
my $world = Campaignd::World->new(without_carrier => 1, keys => { hosts => ['localhost:' . $recorder->port], enquire_link => '1s', validity => '24h' });
$world->{carrier} = $carrier;
$world->contacts(10);
my @campaigns = map { $world->text_campaign($_) } 'Hi [Contact.FirstName|there], [Practice.Name] has openings.', ('[Practice.Name] is here. ' x 12), "\x{17b}\x{f3}\x{142}\x{107}, [Practice.Name]";
$world->start;
$world->finished($_) for @campaigns;
sleep 2; # an enquire_link in the silence
is($world->daemon->stop, 0);
$recorder->stop;

my ($rows, $complaints) = $recorder->tshark(qw(smpp.destination_addr smpp.data_coding smpp.esm.submit.features smpp.regdel.receipt smpp.dest_addr_ton smpp.sm_length));
is_deeply($complaints, [], 'tshark finds nothing malformed');
my %commands;
$commands{ hex $_->[0] }++ for @$rows;
my %names = (0x09 => 'bind_transceiver', 0x80000009 => 'bind_transceiver_resp', 0x04 => 'submit_sm', 0x80000004 => 'submit_sm_resp', 0x05 => 'deliver_sm',
    0x80000005 => 'deliver_sm_resp', 0x15 => 'enquire_link', 0x80000015 => 'enquire_link_resp', 0x06 => 'unbind', 0x80000006 => 'unbind_resp', 0x103 => 'data_sm', 0x80000103 => 'data_sm_resp');
cmp_ok($commands{$_} // 0, '>=', 1, sprintf '%d %s', $commands{$_} // 0, $names{$_}) for sort keys %names;
is($commands{0x04}, $world->carrier->summary->{submits}, 'as many submit_sm as the carrier counted');
is($commands{0x80000005} // 0, $commands{0x05}, 'each deliver_sm was answered');
my @submits = grep { hex $_->[0] == 0x04 } @$rows;
is((grep { $_->[4] =~ /1/ } @submits), @submits, 'each asks for a receipt');
is((grep { $_->[5] =~ /^(0x0*)?1$/ } @submits), @submits, 'to international numbers');
cmp_ok(scalar(grep { $_->[2] =~ /^(0x0*)?8$/ } @submits), '>=', 9, 'UCS-2 where it must be');
$world->agrees;

done_testing;
