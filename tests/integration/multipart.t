#!/usr/bin/perl
# Long texts: parts in either alphabet, cut around what takes two septets, parts that fail or are refused, and a text with more parts than the window.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Campaignd::World;
use Test::More;

my $ascii = join ' ', map { "[Practice.Name] sentence $_ of a long text, which goes on." } 1 .. 6; # about 330 septets
my $wide = 'Żółć ' . join ' ', map { "zdanie numer $_ długiego tekstu" } 1 .. 5; # UCS-2, three parts
my $edge = ('€' x 76) . '{}' . ('x' x 100); # escapes around the end of the first part

subtest 'texts of several parts' => sub {
    my $world = Campaignd::World->new(practice => { opt_out_hint => 'never' });
    $world->contacts(4);
    $world->start;
    for my $text ($ascii, $wide, $edge) {
        my $campaign = $world->text_campaign($text);
        $world->finished($campaign);
        is_deeply($world->outcomes($campaign), { Delivered => 4 }, 'all delivered');
    }
    my ($parts) = $world->db->row('select max(parts) from campaign_store.attempt');
    cmp_ok($parts, '>=', 3, "up to $parts parts");
    $world->agrees;
    is($world->daemon->stop, 0);
};

subtest 'parts that fare differently' => sub {
    my $world = Campaignd::World->new(
        keys => { window => 8, retry => ['1s', '1s'] },
        carrier => { rules => "1???5550101 landline\n1???5550102 refuse:0x0b\n1???5550103 throttle:1\n1???5550104 temporary:1\n1???5550105 unknown\n" },
    );
    $world->contacts(10);
    my $campaign = $world->text_campaign($ascii);
    $world->start->finished($campaign, 90);
    is_deeply($world->outcomes($campaign), { Delivered => 7, 'Aborted landline' => 1, 'Aborted invalid_number' => 1, 'Unknown unconfirmed' => 1 },
        'each message follows its parts; refused for now went again');
    $world->agrees;
    is($world->daemon->stop, 0);
};

subtest 'more parts than the window: alone, into an empty one' => sub {
    my $world = Campaignd::World->new(keys => { window => 2, throughput => 200 }, carrier => { options => ['--window', 2] });
    $world->contacts(6);
    my $campaign = $world->text_campaign($ascii);
    $world->start->finished($campaign, 60);
    is_deeply($world->outcomes($campaign), { Delivered => 6 }, 'they go');
    $world->agrees;
    is($world->daemon->stop, 0);
};

done_testing;
