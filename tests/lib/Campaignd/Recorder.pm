package Campaignd::Recorder;
# Stands between campaignd and a carrier, passes everything on and writes down each PDU, for tshark to judge. Unlike a capture
# it needs no privileges.
use strict;
use warnings;
use Carp;
use Campaignd::Process qw(run_program scratch_dir wait_for);
use IO::Select;
use IO::Socket::INET;
use POSIX 'strftime';
use Time::HiRes 'time';

sub new {
    my ($class, $carrier_port) = @_;
    my $listener = IO::Socket::INET->new(Listen => 8, LocalAddr => '127.0.0.1', LocalPort => 0, ReuseAddr => 1) or croak "listen: $!";
    my $self = bless { dir => scratch_dir(), port => $listener->sockport, parent => $$ }, $class;
    my $pid = fork // croak "fork: $!";
    if ($pid == 0) {
        $SIG{TERM} = sub { POSIX::_exit(0) };
        alarm 300;
        eval { pass_on($listener, $carrier_port, "$self->{dir}") } or warn $@;
        POSIX::_exit(1);
    }
    $self->{pid} = $pid;
    return $self;
}

sub port { return $_[0]{port} }

sub stop {
    my ($self) = @_;
    return unless $self->{pid} && $$ == $self->{parent};
    kill TERM => $self->{pid};
    waitpid delete $self->{pid}, 0;
    return;
}

sub DESTROY { local $?; $_[0]->stop; return }

# The child: one file a connection, in the writing that text2pcap reads.
sub pass_on {
    my ($listener, $to, $dir) = @_;
    my $select = IO::Select->new($listener);
    my ($n, %end) = (0);
    while (1) {
        for my $socket ($select->can_read) {
            if ($socket == $listener) {
                my $in = $listener->accept or next;
                my $out = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $to) or die "carrier: $!";
                open my $file, '>', sprintf('%s/%d.txt', $dir, ++$n) or die $!;
                $file->autoflush(1);
                $end{$in} = { other => $out, file => $file, way => 'O', held => '' };
                $end{$out} = { other => $in, file => $file, way => 'I', held => '' };
                $select->add($in, $out);
                next;
            }
            my $side = $end{$socket} or next;
            my $got = sysread $socket, my $bytes, 65536;
            if (!$got) {
                $select->remove($socket, $side->{other});
                delete @end{$socket, $side->{other}};
                close $_ for $socket, $side->{other};
                next;
            }
            write_down($side, $bytes);
            syswrite $side->{other}, $bytes;
        }
    }
}

sub write_down {
    my ($side, $bytes) = @_;
    $side->{held} .= $bytes;
    while (length $side->{held} >= 4 && length $side->{held} >= (my $length = unpack 'N', $side->{held})) {
        my $pdu = substr $side->{held}, 0, $length < 16 ? length $side->{held} : $length, '';
        my $now = time;
        printf { $side->{file} } "%s\n%s.%06d\n000000 %s\n\n", $side->{way}, strftime('%Y-%m-%d %H:%M:%S', gmtime $now), ($now - int $now) * 1e6,
            join ' ', unpack '(H2)*', $pdu;
    }
    return;
}

# What tshark makes of it: a list of [command, result of the fields asked for...], and everything that it complains of.
sub tshark {
    my ($self, @fields) = @_;
    my (@rows, @complaints);
    for my $text (glob "$self->{dir}/*.txt") {
        my $pcap = $text =~ s/txt$/pcap/r;
        my ($code, $out) = run_program(['text2pcap', '-q', '-D', '-t', '%Y-%m-%d %H:%M:%S.%f', '-4', '127.0.0.1,127.0.0.2', '-T', '2775,40000', $text, $pcap]);
        croak "text2pcap: $out" if $code;
        my @tshark = ('tshark', '-r', $pcap, '-d', 'tcp.port==2775,smpp', '-o', 'tcp.check_checksum:FALSE');
        ($code, $out) = run_program([@tshark, '-T', 'fields', '-E', 'occurrence=a', map { ('-e', $_) } 'smpp.command_id', '_ws.malformed', '_ws.expert.message', @fields], seconds => 60);
        croak "tshark: $out" if $code;
        for my $line (split /\n/, $out) {
            next unless $line =~ /\t/;
            my ($command, $malformed, $expert, @rest) = split /\t/, $line, -1;
            push @complaints, "$command: $malformed $expert" if length $malformed || length $expert || !length $command;
            push @rows, [$command, @rest];
        }
    }
    return (\@rows, \@complaints);
}

1;
