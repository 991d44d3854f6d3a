#!/usr/bin/perl
# The database counts the parts of a text before it goes, campaignd cuts it: both must count alike, or windows, limits and prices
# are wrong. Some thousand texts around every boundary, coded by both.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Campaignd::Cluster;
use Campaignd::Daemon;
use Campaignd::Process qw(scratch_dir slurp);
use Encode 'encode';
use Test::More;

srand 23038;
my %letters = (
    plain => [split //, 'abcxyz 0189.,?!@£$_ÄÖÑÜ§äöñüàéèΔΦΩ'],
    two_septets => [split //, '^{}\[]~|€'],
    wide => [split //, 'ŁżółćαЖя中ë…’'],
    pair => ["\x{1f44d}", "\x{1f600}", "\x{20000}", "\x{10ffff}"],
);
my @mixes = (['plain'], [('plain') x 9, 'two_septets'], ['plain', 'two_septets'], ['two_septets'], [('plain') x 20, 'wide'], ['wide'], ['wide', 'pair'], ['pair'],
    [('plain') x 8, 'two_septets', 'wide', 'pair']);
my @lengths = (0 .. 3, 33 .. 36, 66 .. 81, 132 .. 136, 150 .. 163, 199 .. 203, 300 .. 310, 455 .. 462, 600 .. 614);

sub letter { my $kind = $letters{ $_[0][int rand @{ $_[0] }] }; return $kind->[int rand @$kind] }

my @texts = map { my $mix = $_; map { my $n = $_; map { join '', map { letter($mix) } 1 .. $n } 1 .. 4 } @lengths } @mixes;
# What takes two is pushed over every place where a part may end.
for my $two ('€', "\x{1f44d}") {
    my $fill = $two eq '€' ? 'x' : 'ж';
    my $part = $two eq '€' ? 153 : 67;
    push @texts, map { my $before = $_; map { ($fill x $before) . $two . ($fill x $_) } 0, 1, 7, $part } map { ($part * $_ - 3 .. $part * $_ + 3) } 1 .. 3;
}
push @texts, map { $_ . ('x' x 159) } "\n", "\r", "\f", "\t", "\x{a0}", '`', "\x{e7}", "\x{c7}", "\x{7f}";

my $dir = scratch_dir();
my $file = "$dir/texts";
open my $out, '>', $file or die $!;
print $out unpack('H*', encode('UTF-8', $_)), "\n" for @texts;
close $out or die $!;

my $process = Campaignd::Process->start(["$Campaignd::Daemon::build/text-parts"], stdin => $file, stdout => "$dir/coded");
is($process->wait, 0, 'the coder of campaignd ran');
my @coded = split /\n/, slurp("$dir/coded");

my $db = Campaignd::Cluster->shared->database;
my $rows = $db->rows(qq{
    create temporary table given(no int generated always as identity, hex text);
    \\copy given(hex) from '$file'
    with t as (select no, convert_from(decode(hex, 'hex'), 'UTF8') as body from given)
    select case when campaign_store.is_gsm(body) then 'gsm' else 'ucs2' end || ' ' || campaign_store.text_units(body) || ' ' || campaign_store.text_parts(body) from t order by no});
my @counted = map { $_->[0] } @$rows;
is(@counted, @texts, 'the database counted ' . @texts . ' texts');
is(@coded, @texts, 'and campaignd coded them');

my ($same, %seen) = (0);
for my $i (0 .. $#texts) {
    # campaignd takes ten parts at most; the database refuses such texts by max_parts before.
    next if $coded[$i] eq 'none' && $counted[$i] =~ / (\d+)$/ && $1 > 10;
    if ($coded[$i] eq $counted[$i]) {
        $same++;
        $seen{$1}++ if $coded[$i] =~ /^(\w+ )\d+ \d+/;
        next;
    }
    fail("text $i, " . length($texts[$i]) . " characters: campaignd says $coded[$i], the database $counted[$i]: " . substr(encode('UTF-8', $texts[$i]), 0, 60));
    last if $i - $same > 10;
}
cmp_ok($same, '>', 0.9 * @texts, "$same are counted alike");
cmp_ok($seen{$_} // 0, '>', 300, "$_ among them") for 'gsm ', 'ucs2 ';

done_testing;
