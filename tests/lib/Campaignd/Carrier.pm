package Campaignd::Carrier;
# The simulated carrier (tests/carrier/README): started, told what to do, asked for its books.
use strict;
use warnings;
use Carp;
use Campaignd::Cluster;
use Campaignd::Daemon;
use Campaignd::Process qw(run_program scratch_dir slurp wait_for);
use IO::Socket::UNIX;

our ($user, $password) = ('maple', 'Tr0mbone7');

# new(options => ['--window', 20], tls => 1, port => N, rules => "text" or rules_file => FILE); with perl => 1 the carrier on
# Perl's Net::SMPP, which has neither TLS nor rules nor a control line.
sub new {
    my ($class, %how) = @_;
    my $self = bless { dir => scratch_dir(), %how }, $class;
    if (defined $how{rules}) {
        open my $out, '>', $self->{rules_file} = "$self->{dir}/rules" or croak $!;
        print $out $how{rules};
        close $out or croak $!;
    }
    return $self;
}

# Certificates for "localhost", and some that must not be trusted, made once for a test.
my $certs;

sub certs {
    $certs //= do {
        my $dir = scratch_dir();
        my ($code, $out) = run_program(['sh', "$Campaignd::Cluster::top/tests/carrier/certs.sh", "$dir"]);
        croak "certs.sh: $out" if $code;
        $dir;
    };
    return "$certs";
}

sub start {
    my ($self) = @_;
    my $dir = $self->{dir};
    my @command = $self->{perl} ? ('perl', "$Campaignd::Cluster::top/tests/carrier/perl-carrier.pl")
        : ("$Campaignd::Daemon::build/carrier", '--control', "$dir/control", '--keep-texts', '--die-with-parent');
    push @command, '--port-file', "$dir/port", '--books', "$dir/books", '--system-id', $user, '--password', $password, @{ $self->{options} // [] };
    push @command, '--rules', $self->{rules_file} if $self->{rules_file};
    if ($self->{tls}) {
        my $cert = $self->{cert} // 'good';
        push @command, '--tls-port', $self->{port} // 0, '--cert', certs() . "/$cert.pem", '--key', certs() . "/$cert.key";
    } else {
        push @command, '--port', $self->{port} // 0;
    }
    unlink "$dir/port";
    $self->{log} //= Campaignd::Daemon::new_log('carrier');
    $self->{process} = Campaignd::Process->start(\@command, stdout => $self->{log}, stderr => $self->{log});
    wait_for { -s "$dir/port" || !$self->{process}->runs } 'the port of the carrier', 10;
    croak 'the carrier did not start: ' . slurp($self->{log}) unless $self->{process}->runs;
    my $which = $self->{tls} ? 'tls' : 'plain';
    ($self->{port}) = slurp("$dir/port") =~ /\b$which=(\d+)/ or croak 'no port: ' . slurp("$dir/port");
    return $self;
}

sub port { return $_[0]{port} }
sub process { return $_[0]{process} }
sub stop { my ($self) = @_; return $self->{process}->stop('TERM') }

# One command of the control line; what it printed before "ok".
sub tell {
    my ($self, $command) = @_;
    my $socket = IO::Socket::UNIX->new(Peer => "$self->{dir}/control") or croak "control line: $!";
    print $socket "$command\n";
    $socket->flush;
    my $out = '';
    while (defined(my $line = <$socket>)) {
        return $out if $line eq "ok\n";
        croak "$command: $1" if $line =~ /^error: (.*)/;
        $out .= $line;
    }
    croak "$command: no answer";
}

sub summary {
    my ($self) = @_;
    return { map { split /\t/ } split /\n/, $self->tell('summary') };
}

# The books as they are now; files for agree.sql.
sub books_file {
    my ($self) = @_;
    if ($self->{process}->runs && $self->{perl}) {
        unlink "$self->{dir}/books";
        $self->{process}->signal('USR1');
        wait_for { -e "$self->{dir}/books" } 'the books', 10;
    } elsif ($self->{process}->runs) {
        $self->tell('books');
    }
    return "$self->{dir}/books";
}

sub read_table {
    my ($file) = @_;
    my ($head, @lines) = split /\n/, slurp($file);
    my @names = split /\t/, $head;
    return map { my %row; @row{@names} = split /\t/, $_, -1; \%row } @lines;
}

sub submits { my ($self) = @_; return read_table($self->books_file) }
sub deliveries { my ($self) = @_; return read_table($self->books_file . '.deliveries') }
sub binds { my ($self) = @_; return read_table($self->books_file . '.binds') }

1;
