#!/usr/bin/perl
# A small carrier on Perl's Net::SMPP, whose reading and writing of SMPP nobody here wrote: what campaignd sends must make sense
# to it, and the other way round. Plain TCP; receipts as text only.
#
#	perl-carrier.pl --port-file FILE [--port N] [--books FILE] [--system-id maple] [--password secret]
#	    [--receipt-delay MS] [--max-seconds N]
#
# Delivers everything; 555-11NN is a landline, and from 555-40NN comes the reply STOP, as with the other carrier. The books
# have its columns (README), written on SIGUSR1 and at the end.
use strict;
use warnings;
use Digest::SHA 'sha256_hex';
use Encode ();
use Getopt::Long;
use IO::Select;
use Net::SMPP;
use POSIX 'strftime';
use Time::HiRes 'time';

my %option = ('port' => 0, 'system-id' => 'maple', 'password' => 'secret', 'receipt-delay' => 300, 'max-seconds' => 600);
GetOptions(\%option, 'port=i', 'port-file=s', 'books=s', 'system-id=s', 'password=s', 'receipt-delay=i', 'max-seconds=i') && !@ARGV
    or die "usage: perl-carrier.pl --port-file FILE; the options are at the top of this file\n";

my $start = time;
my ($ending, $write_now, $binds) = (0, 0, 0);
$SIG{TERM} = $SIG{INT} = sub { $ending = 1 };
$SIG{USR1} = sub { $write_now = 1 };
$SIG{PIPE} = 'IGNORE';

my (@parts, @deliveries, %tries);
my @later;    # [when, what to do]
my %peer;     # by fileno: { smpp, bind, receives, waiting => { sequence => delivery } }

my $listener = Net::SMPP->new_listen('127.0.0.1', port => $option{port}, async => 1, enquire_interval => 0) or die "listen: $!\n";
my $select = IO::Select->new($listener);

sub us { return int 1e6 * $_[0] }

sub write_file {
    my ($name, @lines) = @_;
    open my $out, '>', "$name.new" or die "$name: $!\n";
    print $out map { "$_\n" } @lines;
    close $out or die "$name: $!\n";
    rename "$name.new", $name or die "$name: $!\n";
    return;
}

sub table {
    my ($columns, @rows) = @_;
    my %escape = ("\t" => '\t', "\n" => '\n', "\r" => '\r', '\\' => '\\\\');
    return join("\t", @$columns), map { my $row = $_; join "\t", map { ($row->{$_} // '') =~ s/([\t\n\r\\])/$escape{$1}/gr } @$columns } @rows;
}

sub write_books {
    $write_now = 0;
    return unless defined $option{books};
    my @of_delivery = qw(delivery kind part stat err source destination sent_us sends acks status acked_us);
    my @of_part = qw(part at_us at system_id bind sequence source destination data_coding esm_class registered_delivery octets
        text_hash ref total number try id answer answered_us stats receipts receipts_acked replies text);
    write_file("$option{books}.deliveries", table(\@of_delivery, @deliveries));
    write_file($option{books}, table(\@of_part, @parts));
    return;
}

# The user data header's reference, total and number; the text without it.
sub concatenated {
    my ($pdu) = @_;
    my $text = $pdu->{short_message};
    $text = $pdu->{message_payload} if $text eq '' && defined $pdu->{message_payload};
    return (0, 1, 1, $text) unless $pdu->{esm_class} & 0x40;
    my ($length, $id) = unpack 'CC', $text;
    my $header = substr $text, 0, $length + 1, '';
    return ($id == 8 ? unpack 'x3nCC', $header : unpack('x3CCC', $header), $text);
}

# What can be read without tables: UCS-2, and GSM 7-bit that looks like ASCII.
sub readable {
    my ($text, $data_coding) = @_;
    return Encode::encode('UTF-8', Encode::decode('UTF-16BE', $text)) if $data_coding == 8;
    return $text =~ /^[\n\r !"#%-?A-Za-z]*$/ ? $text : '';
}

sub receiver {
    my @all = sort { $a->{posts} <=> $b->{posts} } grep { $_->{receives} } values %peer;
    return $all[0];
}

sub post {
    my ($delivery, %fields) = @_;
    my $peer = receiver() or return push @later, [time + 1, sub { post($delivery, %fields) }];
    my $seq = $peer->{smpp}->deliver_sm(
        source_addr_ton => 1, source_addr_npi => 1, dest_addr_ton => 1, dest_addr_npi => 1,
        source_addr => $delivery->{source}, destination_addr => $delivery->{destination}, %fields
    );
    $peer->{posts}++;
    $peer->{waiting}{$seq} = [$delivery, \%fields];
    $delivery->{sent_us} ||= us(time);
    $delivery->{sends}++;
    return;
}

sub new_delivery {
    my ($part, $kind, %more) = @_;
    push @deliveries, my $delivery = {
        delivery => scalar @deliveries, kind => $kind, part => $part->{part}, source => $part->{destination},
        destination => $part->{source}, sends => 0, acks => 0, acked_us => 0, sent_us => 0, err => 0, %more
    };
    return $delivery;
}

sub send_receipt {
    my ($part) = @_;
    my ($stat, $err) = $part->{destination} =~ /55511\d\d$/ ? ('UNDELIV', 4720) : ('DELIVRD', 0);
    my $date = strftime('%y%m%d%H%M', gmtime);
    $part->{stats} = $err ? "$stat:$err" : $stat;
    $part->{receipts}++;
    post(
        new_delivery($part, 'receipt', stat => $stat, err => $err),
        esm_class => 4,
        short_message => sprintf 'id:%s sub:001 dlvrd:%03d submit date:%s done date:%s stat:%s err:%03d text:', $part->{id}, !$err, $date, $date, $stat, $err
    );
    if ($part->{destination} =~ /55540\d\d$/ && $part->{number} == 1) {
        $part->{replies}++;
        post(new_delivery($part, 'reply'), short_message => 'STOP');
    }
    return;
}

sub take_submit {
    my ($peer, $pdu) = @_;
    my $smpp = $peer->{smpp};
    return $smpp->submit_sm_resp(seq => $pdu->{seq}, status => 0x04, message_id => '') unless defined $peer->{bind};
    my ($ref, $total, $number, $text) = concatenated($pdu);
    my $now = time;
    push @parts, my $part = {
        part => scalar @parts, at_us => us($now), at => strftime('%Y-%m-%dT%H:%M:%SZ', gmtime $now), system_id => $option{'system-id'},
        bind => $peer->{bind}, sequence => $pdu->{seq}, source => $pdu->{source_addr}, destination => $pdu->{destination_addr},
        data_coding => $pdu->{data_coding}, esm_class => sprintf('0x%02x', $pdu->{esm_class}), registered_delivery => $pdu->{registered_delivery},
        octets => length $pdu->{short_message}, text_hash => substr(sha256_hex($text), 0, 16), ref => $ref, total => $total, number => $number,
        id => sprintf('%d%06d', $start, scalar @parts), answer => '0x00000000', answered_us => us($now), receipts => 0, receipts_acked => 0,
        replies => 0, text => readable($text, $pdu->{data_coding})
    };
    $part->{try} = ++$tries{"$part->{destination} $number $part->{text_hash}"};
    $smpp->submit_sm_resp(seq => $pdu->{seq}, message_id => $part->{id});
    push @later, [$now + $option{'receipt-delay'} / 1000, sub { send_receipt($part) }] if $pdu->{registered_delivery} & 3;
    return;
}

sub take_bind {
    my ($peer, $pdu) = @_;
    my $status = $pdu->{system_id} ne $option{'system-id'} ? 0x0f : $pdu->{password} ne $option{password} ? 0x0e : 0;
    my $kind = { 1 => 'receiver', 2 => 'transmitter', 9 => 'transceiver' }->{ $pdu->{cmd} };
    my $resp = "bind_${kind}_resp";
    $peer->{smpp}->$resp(seq => $pdu->{seq}, status => $status, system_id => 'perl', sc_interface_version => chr 0x34);
    return if $status;
    $peer->{bind} = $binds++;
    $peer->{receives} = $kind ne 'transmitter';
    return;
}

# An answer of 0 ends a delivery; after any other it comes again.
sub take_answer {
    my ($peer, $pdu) = @_;
    my $waiting = delete $peer->{waiting}{ $pdu->{seq} } or return warn "perl-carrier: an answer to nothing\n";
    my ($delivery, $fields) = @$waiting;
    $delivery->{status} = sprintf '0x%08x', $pdu->{status};
    return push @later, [time + 1, sub { post($delivery, %$fields) }] if $pdu->{status};
    $delivery->{acked_us} ||= us(time);
    $parts[$delivery->{part}]{receipts_acked}++ if !$delivery->{acks}++ && $delivery->{kind} eq 'receipt';
    return;
}

sub lost {
    my ($fileno) = @_;
    my $peer = delete $peer{$fileno} or return;
    $select->remove($peer->{smpp});
    $peer->{smpp}->close;
    for my $waiting (values %{ $peer->{waiting} }) {
        my ($delivery, $fields) = @$waiting;
        push @later, [time + 0.1, sub { post($delivery, %$fields) }];
    }
    return;
}

my %take = (
    1 => \&take_bind, 2 => \&take_bind, 9 => \&take_bind,
    0x04 => \&take_submit,
    0x15 => sub { my ($peer, $pdu) = @_; $peer->{smpp}->enquire_link_resp(seq => $pdu->{seq}) },
    0x06 => sub { my ($peer, $pdu) = @_; $peer->{smpp}->unbind_resp(seq => $pdu->{seq}); lost(fileno $peer->{smpp}) },
    0x80000005 => \&take_answer,
    0x80000015 => sub { },
);

sub take_pdu {
    my ($peer) = @_;
    local $SIG{__WARN__} = sub { };
    my $pdu = $peer->{smpp}->read_pdu or return lost(fileno $peer->{smpp});
    my $take = $take{ $pdu->{cmd} };
    return $take->($peer, $pdu) if $take;
    $peer->{smpp}->generic_nack(seq => $pdu->{seq}, status => 3) unless $pdu->{cmd} & 0x80000000;
    return;
}

write_file($option{'port-file'}, 'plain=' . $listener->sockport . ' tls=-1') if defined $option{'port-file'};
until ($ending || time > $start + $option{'max-seconds'}) {
    for my $ready ($select->can_read(0.05)) {
        if ($ready != $listener) {
            take_pdu($peer{ fileno $ready }) if $peer{ fileno $ready };
        } elsif (my $smpp = $listener->accept) {
            $peer{ fileno $smpp } = { smpp => $smpp, receives => 0, posts => 0, waiting => {} };
            $select->add($smpp);
        }
    }
    my @due = grep { $_->[0] <= time } @later;
    @later = grep { my $item = $_; !grep { $_ == $item } @due } @later;
    $_->[1]->() for @due;
    write_books() if $write_now;
}
write_books();
