#!/usr/bin/perl
# No message text, no password and no whole phone number stands in any log that the other tests left behind. Runs last, over what
# was really texted, received and configured in each of them.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Campaignd::Process qw(slurp wait_for);
use Encode 'decode';
use File::Basename 'basename';
use Test::More;

my $dir = $ENV{CAMPAIGND_TEST_LOGS};
plan skip_all => 'needs the logs of the other tests: run tests/check.sh' unless defined $dir;

# Others may still be running beside this one.
alarm 900;
my @others = grep { !m{/privacy\.t$} } split /\n/, slurp("$dir/tests");
wait_for { my %done = -e "$dir/done" ? map { $_ => 1 } split /\n/, slurp("$dir/done") : (); !grep { !$done{$_} } @others } 'the other tests', 880 if $ENV{CAMPAIGND_JOBS};

# Words of a text, as a search key; three in a row are no accident.
sub runs_of_words {
    my ($text) = @_;
    my @words = map { lc } $text =~ /[\p{L}\p{N}]{2,}/g;
    return map { join ' ', @words[$_ .. $_ + 3] } 0 .. $#words - 3;
}

# What of the secrets stands in the text: a list of words for a person, never the secrets themselves.
sub found {
    my ($log, $secrets) = @_;
    my @found;
    push @found, 'a password' if grep { index($log, $_) >= 0 } @{ $secrets->{password} // [] };
    my %phones = map { substr(s/\D//gr, -10) => 1 } grep { length(s/\D//gr) >= 10 } @{ $secrets->{phone} // [] };
    # Also as people write them, with dashes and brackets.
    for my $digits ($log =~ /(?<!\d)(?:\+?1[-. ]?)?(\(?\d{3}\)?[-. ]?\d{3}[-. ]?\d{4})(?!\d)/g) {
        push @found, 'a phone number' if $phones{ $digits =~ s/\D//gr };
    }
    my %runs = map { $_ => 1 } map { runs_of_words($_) } @{ $secrets->{text} // [] };
    push @found, 'words of a text' if grep { $runs{$_} } runs_of_words($log);
    my %once = map { $_ => 1 } @found;
    return sort keys %once;
}

my %secrets;
my @logs = glob "$dir/*.log";
for my $file (glob "$dir/*-secrets") {
    my ($test) = basename($file) =~ /^(.*?)-\d+-secrets$/ or next;
    for (split /\n/, decode('UTF-8', slurp($file))) {
        my ($kind, $value) = split /\t/, $_, 2;
        push @{ $secrets{$test}{$kind} }, $value if defined $value && length $value;
    }
}

my $example = { password => ['Tr0mbone7'], phone => ['+12065550123'], text => ['Hi Ann, Maple PT has openings on Monday and Tuesday.'] };
is_deeply([found('2026 ERROR db.statement error="bad: Tr0mbone7"', $example)], ['a password'], 'a password would be found');
is_deeply([found("to=$_ x", $example)], ['a phone number'], "a number would be found: $_") for '+12065550123', '12065550123', '2065550123', '(206) 555-0123', '206-555-0123';
is_deeply([found('detail="Hi Ann, Maple PT has" x', $example)], ['words of a text'], 'a text would be found');
is_deeply([found('INFO msg.outcome msg=120655501234567 to=*0123 practice="Maple PT"', $example)], [], 'ids and masked numbers are no secrets');

cmp_ok(scalar(grep { /-daemon\.log$/ } @logs), '>=', 1, 'there are logs: ' . @logs);
for my $log (@logs) {
    next unless $log =~ /-daemon\.log$/;
    my ($test) = basename($log) =~ /^(.*?)-\d+-/;
    my $text = decode('UTF-8', slurp($log));
    is_deeply([found($text, $secrets{$test} // { password => ['Tr0mbone7'] })], [], basename($log));
}

done_testing;
