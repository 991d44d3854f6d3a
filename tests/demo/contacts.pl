#!/usr/bin/perl
# Wrote contacts.csv: what a clinic's own software exports, the same at every run. Nobody is real: all numbers are
# 555-0100 to 555-0199 in various area codes, which are kept for stories. The last two digits decide what becomes of a text
# (outcomes.rules is what the carrier simulator goes by). Usage: contacts.pl [HOW_MANY] > contacts.csv
use strict;
use warnings;
use utf8;
use open ':std', ':encoding(UTF-8)';

my $n = shift // 320;
srand 20270104;

my @first = ('Ann', 'José', 'Zoë', 'Mary Ann', 'Siobhán', 'William', 'Nguyễn', 'François', 'Grace', 'Björn', "Da'Quan", 'Renée', 'LINDA',
    'peter', 'Jean-Luc', 'María', 'Robert', 'Chloé', 'Ming', 'Aaliyah', 'Søren', 'Patricia', 'Łukasz', 'Ruth', 'Héctor', 'Dorothy', 'Noor');
my @last = ('Smith', "O'Brien", 'Núñez', 'Garcia', "D’Angelo", 'Müller', 'de la Cruz', 'Johnson', 'Smith-Jones', 'Østergaard', 'Williams',
    'Nguyễn', "O'Connor, Jr.", 'Brown', 'Peña', 'Kowalczyk', 'MCDONALD', 'Lee', 'Dvořák', 'Martinez', 'Chu', 'van der Berg', 'Patel');
# Area code and state; three zones, and one state (WA) with a law of its own.
my @area = ([206, 'WA'], [360, 'WA'], [253, 'WA'], [425, 'WA'], [503, 'OR'], [212, 'NY'], [312, 'IL'], [602, 'AZ'], [305, 'FL'], [808, 'HI']);
# As people type them. The en dash and the no-break space come from word processors.
my @typed = ('(%s) %s-%s', '%s-%s-%s', '%s.%s.%s', '%s%s%s', '1-%s-%s-%s', '+1 %s %s %s', '(%s)%s-%s', '%s %s %s', '+1%s%s%s', '%s–%s–%s',
    ' (%s) %s-%s ', '1 (%s) %s-%s', "%s\x{a0}%s-%s");
# What also stands in that column.
my @wrong = ('206-555-01', 'ask at front desk', '206-555-0134 ext. 12', '555-0177', '206-555-0135 / 0136', '(206) 155-0123', '000-000-0000', 'N/A');
my @missing = ('', ' ', '', '');
# How many of each last two digits; all others are ordinary.
my %special = (11 => 9, 12 => 6, 13 => 5, 14 => 3, 15 => 1, 16 => 1, 17 => 2, 18 => 1, 20 => 2, 25 => 2, 26 => 2, 30 => 4, 34 => 1, 35 => 1, 40 => 2,
    42 => 1, 43 => 3, 44 => 1, 60 => 2, 65 => 2);

sub pick { return $_[int rand @_] }

# Every number that exists, special or not, in a shuffled order.
sub numbers {
    my ($wanted) = @_;
    my (@all, @special);
    for my $two (0 .. 99) {
        my @these = map { [$_, sprintf '01%02d', $two] } @area;
        my $left = $special{$two} // 0;
        @these = sort { ($a->[0][0] * 7919 + $two) % 101 <=> ($b->[0][0] * 7919 + $two) % 101 } @these;
        push @special, splice(@these, 0, $left) if $left;
        push @all, @these unless exists $special{$two};
    }
    for my $i (reverse 1 .. $#all) {
        my $j = int rand($i + 1);
        @all[$i, $j] = @all[$j, $i];
    }
    @all = (@special, @all)[0 .. $wanted - 1];
    for my $i (reverse 1 .. $#all) {
        my $j = int rand($i + 1);
        @all[$i, $j] = @all[$j, $i];
    }
    return @all;
}

sub csv {
    return join(',', map { my $v = $_; $v =~ s/"/""/g; $v =~ /[",\n]/ || $v =~ /^\s|\s$/ ? qq("$v") : $v } @_) . "\n";
}

my @phone = map { my ($area, $line) = @$_; [sprintf(pick(@typed), $area->[0], '555', $line), $area->[1]] } numbers($n);
my $at = 5;
$phone[$at += 25] = [$_, 'WA'] for @wrong, @missing;
@phone = @phone[0 .. $n - 1];
# Two people on one phone: a couple, a mother and her son. The number is typed in another way the second time.
for my $i (20, 90, 170, 260) {
    my $digits = $phone[$i][0] =~ s/\D//gr;
    $digits =~ s/^1(?=\d{10}$)//;
    $phone[$i + 3] = [sprintf('%s-%s-%s', $digits =~ /^(\d{3})(\d{3})(\d{4})$/), $phone[$i][1]] if length $digits == 10;
}

print csv('Chart No', 'Last Name', 'First Name', 'Phone', 'State', 'Status', 'Lists');
for my $i (0 .. $n - 1) {
    my $first = $i % 37 == 36 ? '' : pick(@first); # some have no first name
    my $status = pick(('') x 3, 'Pending', 'Active');
    # Whoever will reply STOP is on both lists: the second campaign shows that it was heard.
    my $lists = $i % 2 || $phone[$i][0] =~ /014[04]\s*$/ ? 'patients;newsletter' : 'patients';
    print csv(10001 + $i, pick(@last), $first, @{ $phone[$i] }, $status, $lists);
}
print csv(900, 'Reyes', 'Dana', '(206) 555-0100', 'WA', 'Active', 'staff');
print csv(901, 'Whitfield', 'Sam', '206.555.0101', 'WA', 'Active', 'staff');
