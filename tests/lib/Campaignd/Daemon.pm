package Campaignd::Daemon;
# The real campaignd with a configuration of its own; what it logs is read as it grows.
use strict;
use warnings;
use Carp;
use Campaignd::Cluster;
use Campaignd::Process qw(run_program scratch_dir slurp wait_for);
use File::Basename 'basename';
use JSON::PP ();

my $count = 0;

our $build = $ENV{CAMPAIGND_BUILD} // "$Campaignd::Cluster::top/build";

# Where logs stay after the tests, for tests/integration/privacy.t; otherwise they go with the test.
sub log_dir {
    our $dir //= $ENV{CAMPAIGND_TEST_LOGS} // scratch_dir();
    return "$dir";
}

sub new_log {
    my ($what) = @_;
    my $file = sprintf '%s/%s-%d-%s.log', log_dir(), basename($0, '.t'), ++$count, $what;
    unlink $file; # of an earlier run
    return $file;
}

# new(conf => { database => {...}, carriers => [...] }, format => 'json' or 'logfmt', level => 'debug')
sub new {
    my ($class, %how) = @_;
    my $self = bless { dir => scratch_dir(), format => 'json', level => 'debug', wrapper => [split ' ', $ENV{CAMPAIGND_WRAPPER} // ''], %how }, $class;
    $self->{file} = "$self->{dir}/campaignd.conf";
    $self->configure($self->{conf});
    return $self;
}

sub configure {
    my ($self, $conf) = @_;
    my %whole = (log => { format => $self->{format}, level => $self->{level} }, http => { listen => '' }, %$conf);
    $self->{conf} = $conf;
    $self->write_conf(join '', map { "$_ = " . as_setting($whole{$_}) . ";\n" } sort keys %whole);
    return;
}

sub write_conf {
    my ($self, $text) = @_;
    open my $out, '>', $self->{file} or croak "$self->{file}: $!";
    print $out $text;
    close $out or croak "$self->{file}: $!";
    return;
}

# libconfig's writing: a group, a list, a bare number or word (\'true'), or a string.
sub as_setting {
    my ($value) = @_;
    return '{ ' . join('', map { "$_ = " . as_setting($value->{$_}) . '; ' } sort keys %$value) . '}' if ref $value eq 'HASH';
    return '( ' . join(', ', map { as_setting($_) } @$value) . ' )' if ref $value eq 'ARRAY';
    return $$value if ref $value eq 'SCALAR';
    return $value if $value =~ /^-?\d+(\.\d+)?$/;
    return '"' . $value =~ s/([\\"])/\\$1/gr . '"';
}

sub file { return $_[0]{file} }
sub program { return "$build/campaignd" }

sub start {
    my ($self, @options) = @_;
    $self->{log} = new_log('daemon');
    ($self->{read}, $self->{events}) = (0, []);
    open my $touch, '>>', $self->{log} or croak "$self->{log}: $!"; # the child opens it a moment later
    $self->{process} = Campaignd::Process->start([@{ $self->{wrapper} }, program(), '--config', $self->{file}, @options], stderr => $self->{log}, stdout => $self->{log});
    return $self;
}

# Runs it to its end, for options and configurations that let it end: (code, output).
sub run {
    my ($self, @options) = @_;
    return run_program([@{ $self->{wrapper} }, program(), '--config', $self->{file}, @options]);
}

sub process { return $_[0]{process} }
sub log { return slurp($_[0]{log}) }

# Everything that it has logged: a list of { time, level, event, ... }.
sub events {
    my ($self, $event, %fields) = @_;
    open my $in, '<:raw', $self->{log} or croak "$self->{log}: $!";
    seek $in, $self->{read}, 0;
    while (defined(my $line = <$in>)) {
        last if $line !~ /\n\z/; # not whole yet
        $self->{read} += length $line;
        push @{ $self->{events} }, parse_line($line);
    }
    return grep { fits($_, $event, %fields) } @{ $self->{events} };
}

sub parse_line {
    my ($line) = @_;
    return JSON::PP->new->utf8->decode($line) if $line =~ /^\{/;
    my %event = (line => $line);
    if ($line =~ /^(\S+) (ERROR|WARN|INFO|DEBUG) +(\S+)(.*)/) {
        @event{qw(time level event)} = ($1, lc $2, $3);
        my $rest = $4;
        $event{$1} = defined $2 ? $2 =~ s/\\(.)/$1/gr : $3 while $rest =~ /\G ([a-z_0-9]+)=(?:"((?:[^"\\]|\\.)*)"|(\S*))/gc;
    }
    return \%event;
}

sub fits {
    my ($event, $name, %fields) = @_;
    return 0 if defined $name && ($event->{event} // '') ne $name;
    for my $key (keys %fields) {
        my ($has, $wanted) = ($event->{$key}, $fields{$key});
        return 0 unless defined $has && (ref $wanted eq 'Regexp' ? $has =~ $wanted : $has eq $wanted);
    }
    return 1;
}

# wait_event('bind.state', { to => 'bound' }, seconds => 10, count => 2)
sub wait_event {
    my ($self, $event, $fields, %how) = @_;
    my $wanted = $how{count} // 1;
    my @found;
    eval {
        wait_for {
            @found = $self->events($event, %{ $fields // {} });
            @found >= $wanted || ($self->{process}->runs ? 0 : die "campaignd ended with " . $self->{process}->code . "\n")
        }
        "$event", $how{seconds};
        1;
    } or croak "no $event: $@" . $self->tail;
    return $found[$wanted - 1];
}

sub tail { my ($self) = @_; my @lines = split /^/, $self->log; return join '', splice @lines, @lines > 15 ? -15 : 0 }

sub bound { my ($self, $binds) = @_; return $self->wait_event('bind.state', { to => 'bound' }, count => $binds // 1) }

# A clean stop; the exit code.
sub stop { my ($self, $seconds) = @_; return $self->{process}->stop('TERM', $seconds // 60) }
sub kill9 { my ($self) = @_; return $self->{process}->stop('KILL') }
sub signal { my ($self, $name) = @_; $self->{process}->signal($name); return }

1;
