#!/usr/bin/perl
# The simulated carrier itself, driven with Net::SMPP, which nobody here wrote: what it answers, what it sends, how it
# misbehaves, and that its books hold exactly that. The other tests believe these books.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
BEGIN { $ENV{CAMPAIGND_BUILD} //= $ENV{BUILDDIR} if defined $ENV{BUILDDIR} }
use Campaignd::Carrier;
use Campaignd::Process qw(run_program scratch_dir slurp wait_for);
use IO::Select;
use IPC::Open2;
use Net::SMPP;
use Test::More;
use Time::HiRes qw(sleep time);

use constant {
    SUBMIT => 0x04, DELIVER => 0x05, UNBIND => 0x06, ENQUIRE => 0x15, DATA => 0x103, NACK => 0x80000000, RESP => 0x80000000,
};

sub carrier { my @options = @_; return Campaignd::Carrier->new(options => \@options)->start }

# A connection without a bind.
sub connected {
    my ($carrier) = @_;
    # Without enquire_interval, or Net::SMPP sends one whenever it waits.
    return Net::SMPP->new_connect('127.0.0.1', port => $carrier->port, async => 1, enquire_interval => 0) // die "connect: $!";
}

# The next PDU that matches, within so many seconds; undef when none comes or the connection ends.
sub next_pdu {
    my ($smpp, %how) = @_;
    my $until = time + ($how{seconds} // 5);
    while ((my $left = $until - time) > 0) {
        IO::Select->new($smpp)->can_read($left) or return;
        local $SIG{__WARN__} = sub { };
        my $pdu = $smpp->read_pdu or return;
        return $pdu if !defined $how{cmd} || $pdu->{cmd} == $how{cmd};
    }
    return;
}

# Whether the connection ends; what still comes is passed over.
sub closed {
    my ($smpp, $seconds) = @_;
    my $until = time + ($seconds // 5);
    while ((my $left = $until - time) > 0) {
        return 1 if IO::Select->new($smpp)->can_read($left) && !sysread $smpp, my $rest, 4096;
    }
    return 0;
}

sub try_bind {
    my ($smpp, %how) = @_;
    my $kind = 'bind_' . ($how{as} // 'transceiver');
    $smpp->$kind(system_id => $how{system_id} // $Campaignd::Carrier::user, password => $how{password} // $Campaignd::Carrier::password);
    return next_pdu($smpp);
}

sub bound {
    my ($carrier, %how) = @_;
    my $smpp = connected($carrier);
    my $pdu = try_bind($smpp, %how);
    is($pdu && $pdu->{status}, 0, 'bound') or BAIL_OUT('no bind');
    return $smpp;
}

my $texts = 0;

# A submit_sm to "+1 206" and seven digits; its sequence number. A text of its own, unless one is given.
sub submit {
    my ($smpp, $digits, %how) = @_;
    return $smpp->submit_sm(
        source_addr_ton => 1, source_addr_npi => 1, source_addr => '12065550199', dest_addr_ton => 1, dest_addr_npi => 1,
        destination_addr => "1206$digits", registered_delivery => 1, short_message => 'Text ' . ++$texts, %how
    );
}

# Submits and reads the answer.
sub submitted {
    my ($smpp, @rest) = @_;
    my $seq = submit($smpp, @rest);
    while (my $pdu = next_pdu($smpp)) {
        return $pdu if ($pdu->{cmd} == (SUBMIT | RESP) || $pdu->{cmd} == NACK) && $pdu->{seq} == $seq;
    }
    return;
}

sub ack {
    my ($smpp, $pdu, $status) = @_;
    my $resp = $pdu->{cmd} == DATA ? 'data_sm_resp' : 'deliver_sm_resp';
    $smpp->$resp(seq => $pdu->{seq}, message_id => '', status => $status // 0);
    return $pdu;
}

# The next deliver_sm or data_sm, acknowledged.
sub delivered {
    my ($smpp, $seconds) = @_;
    while (my $pdu = next_pdu($smpp, seconds => $seconds)) {
        return ack($smpp, $pdu) if $pdu->{cmd} == DELIVER || $pdu->{cmd} == DATA;
    }
    return;
}

# Whether what was sent has arrived: the carrier answers in order.
sub in_step {
    my ($smpp) = @_;
    my $seq = $smpp->enquire_link;
    return !!next_pdu($smpp, cmd => ENQUIRE | RESP);
}

# A receipt's labels.
sub labels {
    my ($text) = @_;
    my %label = $text =~ /\b(id|sub|dlvrd|submit date|done date|stat|err):\s*(\S*)/gi;
    return { map { lc $_ => $label{$_} } keys %label };
}

sub receipt_of {
    my ($smpp, $digits, %how) = @_;
    my $resp = submitted($smpp, $digits, %how);
    my $pdu = delivered($smpp);
    return ($resp, $pdu, $pdu ? labels($pdu->{short_message} // '') : {});
}

subtest 'who may bind' => sub {
    my $carrier = carrier('--max-binds', 2);
    is(try_bind(connected($carrier), system_id => 'nobody')->{status}, 0x0f, 'a wrong system_id');
    my $wrong = connected($carrier);
    is(try_bind($wrong, password => 'wrong')->{status}, 0x0e, 'a wrong password');
    ok(closed($wrong), 'and the connection is closed');

    my $smpp = connected($carrier);
    my $bind = try_bind($smpp);
    is_deeply([@$bind{qw(cmd status seq system_id sc_interface_version)}], [0x80000009, 0, 1, 'carrier', chr 0x34], 'bind_transceiver_resp');
    is(try_bind($smpp)->{status}, 0x05, 'a second time on the same connection');
    my $rx = bound($carrier, as => 'receiver');
    is(try_bind(connected($carrier), as => 'transmitter')->{status}, 0x05, 'one bind too many');
    is(submitted($rx, '2000000')->{status}, 0x04, 'a receiver may not submit');
    my $unbound = connected($carrier);
    is(submitted($unbound, '2000000')->{status}, 0x04, 'who is not bound may not submit');

    $smpp->unbind;
    ok(next_pdu($smpp, cmd => UNBIND | RESP), 'unbind is answered');
    ok(closed($smpp), 'and the connection is closed');
    my $tx = bound($carrier, as => 'transmitter');

    $carrier->tell('refuse-bind 0x0d:1');
    $rx->unbind;
    ok(closed($rx), 'room for another');
    is(try_bind(connected($carrier))->{status}, 0x0d, 'refused as the control line says');
    bound($carrier);
    my %summary = %{ $carrier->summary };
    is_deeply([@summary{qw(binds binds_refused error_wrong_state)}], [4, 5, 3], 'all of it is counted');
    is_deeply([map { $_->{type} } $carrier->binds], [qw(transceiver receiver transmitter transceiver)], 'the binds are in the books');
    is(($carrier->binds)[0]{why}, 'unbind', 'with the reason of their end');

    is(try_bind(connected(carrier('--refuse-bind', '0x58:1')))->{status}, 0x58, 'refused as the option says');
};

subtest 'a text that is delivered' => sub {
    my $carrier = carrier('--first-id', 4711);
    my $smpp = bound($carrier);
    my $before = time;
    my $resp = submitted($smpp, '2000001', short_message => 'Hello, Ann!');
    is_deeply([@$resp{qw(status message_id)}], [0, '4711'], 'submit_sm_resp');
    my $pdu = delivered($smpp);
    is_deeply([@$pdu{qw(cmd esm_class source_addr destination_addr source_addr_ton)}], [DELIVER, 4, '12062000001', '12065550199', 1], 'the receipt');
    like($pdu->{short_message},
        qr/^id:4711 sub:001 dlvrd:001 submit date:\d{10} done date:\d{10} stat:DELIVRD err:000 text:Hello, Ann!$/, 'as text');
    is_deeply([@$pdu{qw(receipted_message_id message_state)}], ["4711\0", chr 2], 'and as optional parameters');
    ok(!exists $pdu->{network_error_code}, 'without an error');
    in_step($smpp);

    my @parts = $carrier->submits;
    is(@parts, 1, 'one part in the books');
    my %part = %{ $parts[0] };
    is_deeply(
        [@part{qw(part system_id bind sequence source destination data_coding esm_class registered_delivery octets ref total number try id answer)}],
        [0, 'maple', 0, 2, '12065550199', '12062000001', 0, '0x00', 1, 11, 0, 1, 1, 1, 4711, '0x00000000'], 'as it was sent'
    );
    is_deeply([@part{qw(stats receipts receipts_acked replies text)}], ['DELIVRD', 1, 1, 0, 'Hello, Ann!'], 'and what came of it');
    like($part{at}, qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/, 'wall time');
    cmp_ok($part{answered_us}, '>=', $part{at_us}, 'answered after it came');
    require Digest::SHA;
    is($part{text_hash}, substr(Digest::SHA::sha256_hex('Hello, Ann!'), 0, 16), 'the hash of its text');

    my ($delivery) = $carrier->deliveries;
    is_deeply([@$delivery{qw(kind part stat err source destination sends acks status)}],
        ['receipt', 0, 'DELIVRD', 0, '12062000001', '12065550199', 1, 1, '0x00000000'], 'the delivery');
    cmp_ok($delivery->{acked_us}, '>=', $delivery->{sent_us}, 'acknowledged after it was sent');
    my %summary = %{ $carrier->summary };
    is_deeply([@summary{qw(submits distinct duplicates accepted refused unanswered receipts receipts_acked protocol_errors)}],
        [1, 1, 0, 1, 0, 0, 1, 1, 0], 'the summary');
};

subtest 'what the digits choose' => sub {
    my $carrier = carrier('--receipt-delay', 1);
    my $smpp = bound($carrier);
    my %stat = (
        '2345678' => ['DELIVRD', '000'], '5550100' => ['DELIVRD', '000'], '5551000' => ['DELIVRD', '000'], '5551100' => ['UNDELIV', '4720'],
        '5551200' => ['EXPIRED', '000'], '5551300' => ['UNDELIV', '4702'], '5551400' => ['UNDELIV', '4721'], '5551500' => ['UNDELIV', '4770'],
        '5551600' => ['UNDELIV', '4775'], '5551700' => ['UNDELIV', '000'], '5551800' => ['REJECTD', '000'], '5551900' => ['DELETED', '000'],
        '5552000' => ['UNKNOWN', '000'], '5552100' => ['FAILED', '000'], '5552200' => ['WOBBLED', '000'], '5584750' => ['UNDELIV', '4750'],
    );
    for my $digits (sort keys %stat) {
        my ($resp, $pdu, $label) = receipt_of($smpp, $digits);
        is_deeply([@$label{qw(stat err)}], $stat{$digits}, "$digits: @{ $stat{$digits} }");
    }
    is(submitted($smpp, '5560011')->{status}, 0x0b, '556-0011 is refused with 0x0b');
    is(submitted($smpp, '5561024')->{status}, 0x400, '556-1024 with 0x400');
    for ([60, 0x58], [61, 0x14], [62, 0x08], [63, 0x64], [64, 0x45], [65, 0x0b], [66, 4775]) {
        my ($digits, $status) = @$_;
        is(submitted($smpp, "555${digits}00")->{status}, $status, sprintf '555-%d00 with 0x%x', @$_);
    }
    my @three = map { submitted($smpp, '5572100', short_message => 'again')->{status} } 1 .. 3;
    is_deeply(\@three, [0x64, 0x64, 0], '557-2100 twice with 0x64, then accepts');
    is(submitted($smpp, '5572100', short_message => 'another')->{status}, 0x64, 'another text to it starts again');
    is(submitted($smpp, '5556001', short_message => 'x')->{status}, 0x58, '555-6001 once');
    is(submitted($smpp, '5556001', short_message => 'x')->{status}, 0, 'then accepts');

    my ($resp, $pdu) = receipt_of(bound(carrier('--codes', 'gsm')), '5551100');
    like($pdu->{short_message}, qr/ stat:UNDELIV err:011 /, 'codes gsm: landline is 11');
    is($pdu->{network_error_code}, "\x03\x00\x0b", 'with its network type');
    my (undef, undef, $label) = receipt_of(bound(carrier('--ignore-digits')), '5551100');
    is($label->{stat}, 'DELIVRD', '--ignore-digits: numbers choose nothing');
};

subtest 'rules' => sub {
    my $carrier = Campaignd::Carrier->new(rules => <<'END')->start;
# the first that fits wins
12065551100   deliver
*1100         landline     # a comment
+12067*       refuse:0x45*1
*8888         undeliv:4470
*9999         stat:BUFFRED+receipt-twice
END
    my $smpp = bound($carrier);
    my $stat = sub { my (undef, undef, $label) = receipt_of($smpp, @_); return "$label->{stat} $label->{err}" };
    is($stat->('5551100'), 'DELIVRD 000', 'a whole number');
    is($stat->('2221100'), 'UNDELIV 4720', 'by its end');
    is(submitted($smpp, '7000000', short_message => 'x')->{status}, 0x45, 'by its beginning, once');
    is(submitted($smpp, '7000000', short_message => 'x')->{status}, 0, 'then accepted');
    delivered($smpp);
    is($stat->('2228888'), 'UNDELIV 4470', 'any code');
    is($stat->('2229999'), 'BUFFRED 000', 'any word');
    like(delivered($smpp)->{short_message}, qr/BUFFRED/, 'and a second behaviour');
    is($stat->('2222222'), 'DELIVRD 000', 'others are delivered');
    $carrier->tell('rule *2222222 landline');
    is($stat->('2222222'), 'UNDELIV 4720', 'a rule from the control line comes first');
    ok(!eval { $carrier->tell('rule *1 fly'); 1 }, 'an unknown behaviour is refused');
    like($@, qr/"fly" is no behaviour/, 'by name');

    my $dir = scratch_dir();
    open my $out, '>', "$dir/rules" or die;
    print $out "* deliver\n\n*1 fly\n";
    close $out;
    my ($code, $said) = run_program(["$Campaignd::Daemon::build/carrier", '--port', 0, '--rules', "$dir/rules"]);
    is($code, 78, 'a bad file stops it');
    like($said, qr/rules:3: "fly" is no behaviour/, 'with the line');
};

subtest 'shapes of receipts' => sub {
    my $carrier = carrier('--receipt-delay', 1, '--ids', 'hex8-dec10-HEX', '--first-id', 0xabcd);
    my $smpp = bound($carrier);
    my $pdu = sub { my (undef, $got) = receipt_of($smpp, @_); return $got };
    receipt_of($smpp, '2000000');
    my ($resp, $got, $label) = receipt_of($smpp, '2000000');
    is($resp->{message_id}, '0000abce', 'the id as hex in the answer');
    is($label->{id}, '0000043982', 'decimal in the text');
    is($got->{receipted_message_id}, "ABCE\0", 'and otherwise in the optional parameter');

    $got = $pdu->('5553100');
    ok($got->{short_message} =~ /stat:DELIVRD/ && !exists $got->{receipted_message_id}, 'only text');
    $got = $pdu->('5553200');
    ok($got->{short_message} eq '' && $got->{message_state} eq chr 2 && $got->{receipted_message_id} =~ /^ABD/, 'only optional parameters');
    $got = $pdu->('5553300');
    ok($got->{short_message} eq '' && $got->{message_payload} =~ /stat:DELIVRD/, 'in message_payload');
    $got = $pdu->('5553400');
    ok($got->{cmd} == DATA && $got->{esm_class} == 4 && $got->{message_payload} =~ /stat:DELIVRD/, 'in a data_sm');
    $got = $pdu->('5553500');
    my $wide = $got->{short_message} . ($got->{message_payload} // '');
    ok($got->{data_coding} == 8 && $wide =~ /^\0i\0d\0:/, 'in UCS-2');
    $got = $pdu->('5553600');
    ok($got->{esm_class} == 0 && $got->{short_message} =~ /stat:DELIVRD/ && !exists $got->{message_state}, 'with esm_class 0');
    $got = $pdu->('5553700');
    like($got->{short_message}, qr/^STAT: DELIVRD  Err:000 ID:  \d{10} Done Date:\d{10} SUBMIT DATE:\d{10}$/, 'in another order');
    in_step($smpp);
    is($carrier->summary->{receipts_acked}, 9, 'an answer to data_sm counts like one to deliver_sm');

    my %form = (dec => qr/^43981$/, dec12 => qr/^000000043981$/, hex => qr/^abcd$/, HEX => qr/^ABCD$/,
        uuid => qr/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/, UUID => qr/^[0-9A-F]{8}-.*-00000000ABCD$/, long => qr/^.{64}$/);
    for my $form (sort keys %form) {
        my ($answer, undef, $in) = receipt_of(bound(carrier('--ids', $form, '--first-id', 0xabcd)), '2000000');
        like($answer->{message_id}, $form{$form}, "--ids $form");
        is($in->{id}, $answer->{message_id}, 'and the receipt says the same');
    }
    (undef, $got) = receipt_of(bound(carrier('--receipts', 'text')), '2000000');
    ok(!exists $got->{message_state}, '--receipts text');
    my $long = submitted(bound(carrier('--long-answers', '--ids', 'long')), '2000000');
    ok(length $long->{message_id} == 64 && $long->{additional_status_info_text} =~ /nobody/, '--long-answers');
};

subtest 'when receipts come' => sub {
    my $carrier = carrier('--receipt-delay', 1);
    my $smpp = bound($carrier);
    my $sent = sub {
        my ($digits, $n) = @_;
        my @seen;
        my $seq = submit($smpp, $digits);
        while (@seen < $n && (my $pdu = next_pdu($smpp, seconds => 3))) {
            ack($smpp, $pdu) if $pdu->{cmd} == DELIVER;
            push @seen, $pdu->{cmd} == DELIVER ? labels($pdu->{short_message})->{stat} . ($pdu->{esm_class} == 0x20 ? ' note' : '') : 'answer';
        }
        return join ' ', @seen;
    };
    is($sent->('2000000', 2), 'answer DELIVRD', 'after the answer');
    is($sent->('5553000', 2), 'DELIVRD answer', 'early');
    is($sent->('5552500', 3), 'answer DELIVRD DELIVRD', 'twice');
    is($sent->('5552600', 3), 'answer UNDELIV DELIVRD', 'two finals');
    is($sent->('5552700', 3), 'answer EXPIRED DELIVRD', 'EXPIRED first');
    is($sent->('5552800', 3), 'answer ACCEPTD DELIVRD', 'ACCEPTD first');
    is($sent->('5552900', 3), 'answer ENROUTE note DELIVRD', 'an intermediate note first');
    is($sent->('5553800', 3), 'answer DELIVRD UNDELIV', 'UNDELIV after');
    my $at = time;
    is($sent->('5552401', 2), 'answer DELIVRD', 'late');
    cmp_ok(time - $at, '>=', 0.99, 'by a second');
    $at = time;
    is($sent->('5555101', 2), 'answer DELIVRD', 'a slow answer');
    cmp_ok(time - $at, '>=', 0.99, 'by a second');
    submitted($smpp, '5552300');
    is(delivered($smpp, 0.3), undef, 'none at all');
    submitted($smpp, '2000000', registered_delivery => 0);
    is(delivered($smpp, 0.3), undef, 'none that was not asked for');
    submitted($smpp, '2000000', registered_delivery => 2);
    is(delivered($smpp, 0.3), undef, 'asked for failures only: delivered');
    is($sent->('5551100', 2), 'answer UNDELIV', 'asked for all: failed');
    is(($carrier->submits)[3]{stats}, 'UNDELIV:4702,DELIVRD', 'the books hold both finals');

    $smpp = bound(carrier('--any-receipt', '--answer-delay', 200, '--receipt-delay', 200));
    $at = time;
    submitted($smpp, '2000000', registered_delivery => 0);
    cmp_ok(time - $at, '>=', 0.19, '--answer-delay');
    ok(delivered($smpp), '--any-receipt');
    cmp_ok(time - $at, '>=', 0.39, '--receipt-delay');
};

subtest 'replies' => sub {
    my $carrier = carrier('--receipt-delay', 1);
    my $smpp = bound($carrier);
    my %reply = (40 => 'STOP', 41 => 'START', 42 => 'HELP', 43 => 'Hello, can I come on Tuesday?', 44 => 'please stop texting me');
    for my $digits (sort keys %reply) {
        receipt_of($smpp, "555${digits}00");
        my $pdu = delivered($smpp);
        is($pdu->{short_message}, $reply{$digits}, "555-${digits}00 replies $reply{$digits}");
        is_deeply([@$pdu{qw(esm_class source_addr destination_addr)}], [0, "1206555${digits}00", '12065550199'], 'from the phone');
    }
    receipt_of($smpp, '5554500');
    my $pdu = delivered($smpp);
    is_deeply([$pdu->{data_coding}, $pdu->{short_message}], [8, "\0G\0r\0\xfc\0\xdf\0e\0 \xd8\x3d\xdc\x4d"], 'in UCS-2');
    receipt_of($smpp, '5554600');
    my @parts = map { delivered($smpp) } 1, 2;
    is_deeply([map { $_->{esm_class} } @parts], [0x40, 0x40], 'in two parts');
    my @headers = map { substr $_->{short_message}, 0, 6, '' } @parts;
    is_deeply([map { [unpack 'C3xC2', $_] } @headers], [[5, 0, 3, 2, 1], [5, 0, 3, 2, 2]], 'with their headers');
    like(join('', map { $_->{short_message} } @parts), qr/^I would like .* see you soon\.$/, 'that make one text');

    $carrier->tell('say 15551234567 12065550199 Please call me @ 5');
    $pdu = delivered($smpp);
    is_deeply([@$pdu{qw(source_addr source_addr_ton short_message)}], ['15551234567', 1, "Please call me \0 5"], 'said on the control line, in GSM 7-bit');
    $smpp->close;
    $carrier->tell('say 15551234567 12065550199 later');
    sleep 0.2;
    $smpp = bound($carrier);
    is(delivered($smpp)->{short_message}, 'later', 'what was said while nobody was bound comes at the next bind');
    in_step($smpp);
    my %summary = %{ $carrier->summary };
    is_deeply([@summary{qw(replies replies_acked)}], [10, 10], 'all are counted');
    my @replies = grep { $_->{kind} eq 'reply' } $carrier->deliveries;
    is_deeply([@{ $replies[0] }{qw(part source destination acks)}], [0, '12065554000', '12065550199', 1], 'and in the books');
};

subtest 'redelivery until it is answered with 0' => sub {
    my $carrier = carrier('--receipt-delay', 1, '--redeliver', 0.5);
    my $smpp = bound($carrier);
    submitted($smpp, '2000000');
    my $first = next_pdu($smpp, cmd => DELIVER);
    ack($smpp, $first, 0x64);
    my $at = time;
    my $second = next_pdu($smpp, cmd => DELIVER);
    cmp_ok(time - $at, '>=', 0.45, 'after 0x64 it comes again, later');
    is($second->{short_message}, $first->{short_message}, 'the same');
    isnt($second->{seq}, $first->{seq}, 'under another sequence number');
    my $third = next_pdu($smpp, cmd => DELIVER);
    ok($third, 'and again when it is not answered');
    my ($delivery) = $carrier->deliveries;
    is_deeply([@$delivery{qw(sends acks status)}], [3, 0, '0x00000064'], 'nobody has acknowledged it');
    is_deeply([@{ $carrier->summary }{qw(receipts receipts_acked)}], [1, 0], 'and the summary knows');

    $smpp->close;
    my $rx = bound($carrier, as => 'receiver');
    my $fourth = next_pdu($rx, cmd => DELIVER);
    is($fourth->{short_message}, $first->{short_message}, 'a lost connection: on another bind');
    ack($rx, $fourth);
    is(delivered($rx, 0.8), undef, 'once it is answered it stays away');
    ($delivery) = $carrier->deliveries;
    is_deeply([@$delivery{qw(sends acks status)}], [4, 1, '0x00000000'], 'the books know');
    is($carrier->summary->{redelivered}, 3, 'and count');

    # A late answer is an answer.
    my $tx = bound($carrier, as => 'transmitter');
    submitted($tx, '2000001');
    my $late = next_pdu($rx, cmd => DELIVER);
    my $again = next_pdu($rx, cmd => DELIVER, seconds => 2);
    is($again->{short_message}, $late->{short_message}, 'it comes again');
    ack($rx, $late);
    in_step($rx);
    is(($carrier->deliveries)[1]{acks}, 1, 'and the first is answered after that');
    ack($rx, $again);
    in_step($rx);
    is(($carrier->deliveries)[1]{acks}, 2, 'as is the second');
    is($carrier->summary->{protocol_errors}, 0, 'no offence');
    ack($rx, $again);
    in_step($rx);
    is($carrier->summary->{error_unmatched}, 1, 'but a second answer to the same is one');

    # One at a time: what is overdue waits behind the next, and is answered meanwhile.
    $carrier = carrier('--receipt-delay', 1, '--redeliver', 1, '--deliver-window', 1);
    $smpp = bound($carrier);
    submit($smpp, "200000$_") for 1, 2;
    my @two = map { next_pdu($smpp, cmd => DELIVER) } 1, 2;
    ack($smpp, $_) for @two;
    is(delivered($smpp, 1.3), undef, 'what was answered while it waited to be sent again is not sent');
};

subtest 'receipts go to all receiving binds in turn' => sub {
    my $carrier = carrier('--receipt-delay', 1);
    my ($trx, $rx, $tx) = map { bound($carrier, as => $_) } qw(transceiver receiver transmitter);
    submitted($tx, "200000$_") for 0 .. 5;
    for my $smpp ($trx, $rx) {
        is(scalar(grep { delivered($smpp) } 1 .. 3), 3, 'half to each');
        is(delivered($smpp, 0.2), undef, 'and no more');
    }

    my $small = carrier('--receipt-delay', 1, '--deliver-window', 2);
    my $smpp = bound($small);
    submit($smpp, "200000$_") for 0 .. 3;
    my @waiting = map { next_pdu($smpp, cmd => DELIVER, seconds => $_) } 5, 5, 0.4;
    is(scalar @waiting, 2, '--deliver-window: no more than two without an answer');
    ack($smpp, $waiting[0]);
    ok(next_pdu($smpp, cmd => DELIVER), 'an answer makes room');
};

subtest 'misbehaving' => sub {
    my $carrier = carrier();
    my $fresh = sub { return bound($carrier) };
    my $smpp = $fresh->();
    submit($smpp, '5555000');
    ok(in_step($smpp), 'no answer to one submit, but to what came after it');
    submit($smpp, '5555200');
    ok(closed($smpp), 'closed instead of an answer');

    $smpp = $fresh->();
    is(submitted($smpp, '5555300')->{status}, 0, 'an answer');
    ok(closed($smpp), 'and closed');

    $smpp = $fresh->();
    submit($smpp, '5555400');
    my $cut = '';
    1 while sysread $smpp, $cut, 100, length $cut;
    ok(length $cut >= 4 && length $cut < unpack('N', $cut), sprintf 'a cut PDU: %d of %d octets', length $cut, unpack 'N', $cut);

    $smpp = $fresh->();
    submit($smpp, '5555500');
    sysread $smpp, my $garbage, 100;
    cmp_ok(unpack('N', $garbage), '>', 1e9, 'garbage');

    $smpp = $fresh->();
    is(submitted($smpp, '5555600')->{cmd}, NACK, 'generic_nack');
    my $seq = submit($smpp, '5555700');
    my @stray = map { next_pdu($smpp, cmd => SUBMIT | RESP) } 1, 2;
    ok($stray[0]{seq} != $seq && $stray[1]{seq} == $seq, 'an answer to nothing first');
    $seq = submit($smpp, '5555800');
    is_deeply([map { next_pdu($smpp, cmd => SUBMIT | RESP)->{seq} } 1, 2], [$seq, $seq], 'an answer twice');
    my $empty = submitted($smpp, '5555900');
    is_deeply([@$empty{qw(status message_id)}], [0, ''], 'no id');

    is_deeply([map { $_->{answer} } $carrier->submits],
        [qw(none dropped 0x00000000 dropped dropped 0x00000003 0x00000000 0x00000000 0x00000000)], 'the books say what was answered');
    my %summary = %{ $carrier->summary };
    is_deeply([@summary{qw(submits accepted refused unanswered protocol_errors)}], [9, 4, 1, 4, 0], 'and the summary');
    is($summary{deliveries}, 3, 'what has no answer with an id has no receipt');
    $carrier->tell('rule *3000000 silent+stat:DELIVRD');
    submit($smpp, '3000000');
    like((delivered($smpp) // {})->{short_message}, qr/stat:DELIVRD/, 'unless a rule says so') while $summary{deliveries}++ < 4;
    my %why;
    $why{ $_->{why} }++ for $carrier->binds;
    is_deeply([@why{qw(drop-before drop-after cut)}], [1, 1, 1], 'and why connections ended');
};

subtest 'the whole carrier misbehaves' => sub {
    my $carrier = carrier('--drop-after', 3, '--answer-delay', 100);
    my ($one, $two) = (bound($carrier), bound($carrier));
    submit($one, "200000$_") for 0 .. 4;
    ok(closed($one) && closed($two), '--drop-after: all connections close');
    is_deeply([map { $_->{answer} } $carrier->submits], [('none') x 3], 'what came behind it was never received');
    sleep 0.2;
    is_deeply([map { $_->{answer} } $carrier->submits], [('lost') x 3], 'answers that had nobody to go to');
    is($carrier->summary->{unanswered}, 3, 'count as none');
    $one = bound($carrier);
    ok(submitted($one, "200000$_"), 'once only') for 0 .. 4;

    $carrier = carrier('--drop-every', 2);
    for (1, 2) {
        $one = bound($carrier);
        is(submitted($one, '2000000')->{status}, 0, 'an answer');
        is(submitted($one, '2000000')->{status}, 0, 'the one that closes it has its answer too');
        ok(closed($one), '--drop-every closes again');
    }

    $carrier = carrier('--silent');
    $one = bound($carrier);
    submit($one, '2000000');
    $one->enquire_link;
    is(next_pdu($one, seconds => 0.3), undef, '--silent says nothing');
    is($carrier->summary->{unanswered}, 1, 'but enters it in the books');
    $carrier->tell('silent off');
    ok(in_step($one), 'silent off');
    $carrier->tell('silent on');
    $one->enquire_link;
    is(next_pdu($one, seconds => 0.3), undef, 'silent on');
    $carrier = carrier('--answer-delay', 300);
    $one = bound($carrier);
    submit($one, '2000000');
    wait_for { $carrier->summary->{submits} } 'the submit', 5;
    $carrier->tell('silent on');
    is(next_pdu($one, seconds => 0.6), undef, 'it swallows answers that were on their way');
    $carrier->tell('silent off');
    ok(next_pdu($one, cmd => SUBMIT | RESP), 'until it speaks again');

    $carrier = carrier();
    $one = bound($carrier);
    $carrier->tell('pause');
    submit($one, '2000000');
    is(next_pdu($one, seconds => 0.3), undef, 'pause: nothing is answered');
    is($carrier->summary->{submits}, 0, 'or read');
    $carrier->tell('resume');
    ok(next_pdu($one, cmd => SUBMIT | RESP), 'resume');
    $carrier->tell('raw 000000100000001500000000000000ff');
    is(next_pdu($one, cmd => ENQUIRE)->{seq}, 255, 'raw bytes');
    $one->enquire_link_resp(seq => 255);
    $carrier->tell('unbind');
    my $unbind = next_pdu($one, cmd => UNBIND);
    $one->unbind_resp(seq => $unbind->{seq});
    ok(closed($one), 'unbind by the carrier');
    $one = bound($carrier);
    $carrier->tell('drop');
    ok(closed($one), 'drop');
    is_deeply([map { $_->{why} } $carrier->binds], ['unbound by the carrier', 'dropped'], 'the books know why');

    $carrier = carrier('--enquire-link', 0.3);
    $one = bound($carrier);
    my $enquiry = next_pdu($one, cmd => ENQUIRE);
    ok($enquiry, 'enquire_link from the carrier');
    $one->enquire_link_resp(seq => $enquiry->{seq});
    ok(next_pdu($one, cmd => ENQUIRE), 'and again');
    ok(closed($one, 3), 'who does not answer is closed');
    is($carrier->summary->{error_deaf}, 1, 'and counted');
};

subtest 'rates' => sub {
    my $carrier = carrier('--rate', 10);
    my $smpp = bound($carrier);
    my @status = map { submitted($smpp, sprintf '20000%02d', $_)->{status} } 1 .. 15;
    is_deeply(\@status, [(0) x 10, (0x58) x 5], '--rate 10: ten in a second, the rest is throttled');
    sleep 1.05;
    is(submitted($smpp, '2000099')->{status}, 0, 'a second later there is room');
    my %summary = %{ $carrier->summary };
    is_deeply([@summary{qw(accepted throttled max_per_second max_per_100ms)}], [11, 5, 15, 15], 'the books count all that came');

    # 5 in each half second: no second holds more than 10.
    $carrier = carrier();
    $smpp = bound($carrier);
    for (1 .. 3) {
        submitted($smpp, '2000000') for 1 .. 5;
        sleep 0.55;
    }
    %summary = %{ $carrier->summary };
    is_deeply([@summary{qw(submits max_per_second max_per_100ms)}], [15, 10, 5], 'any second, not only whole ones');
    $carrier->tell('rate 1');
    sleep 1.05;
    is_deeply([map { submitted($smpp, '2000000')->{status} } 1, 2], [0, 0x58], 'a rate from the control line');
};

subtest 'duplicates' => sub {
    my $carrier = carrier();
    my $smpp = bound($carrier);
    my $duplicates = sub { my $s = $carrier->summary; return "$s->{submits} $s->{distinct} $s->{duplicates}" };
    submitted($smpp, '2000001', short_message => 'A');
    submitted($smpp, '2000001', short_message => 'B');
    submitted($smpp, '2000002', short_message => 'A');
    is($duplicates->(), '3 3 0', 'another text, another phone');
    submitted($smpp, '2000001', short_message => 'A', source_addr => '12065550198');
    is($duplicates->(), '4 3 1', 'the same text to the same phone, from whatever number');
    submitted($smpp, '2000001', short_message => 'A');
    is($duplicates->(), '5 3 2', 'a third time');
    submitted($smpp, '5572100', short_message => 'A') for 1 .. 3;
    is($duplicates->(), '8 4 2', 'twice refused and then accepted is none');
    submitted($smpp, '5572100', short_message => 'A');
    is($duplicates->(), '9 4 3', 'once more is one');
    submit($smpp, '5555000', short_message => 'A') for 1 .. 2;
    in_step($smpp);
    is($duplicates->(), '11 5 4', 'what had no answer may have been delivered: again is one');
    my $part = sub { my ($ref, $n) = @_; return (esm_class => 0x40, short_message => "\5\0\3" . chr($ref) . "\2" . chr($n) . 'Z') };
    submitted($smpp, '2000003', $part->(1, $_)) for 1, 2;
    is($duplicates->(), '13 7 4', 'two parts that say the same are two');
    submitted($smpp, '2000003', $part->(2, 1));
    is($duplicates->(), '14 7 5', 'the same part under another reference is one');
    is_deeply([map { $_->{try} } ($carrier->submits)[4 .. 8]], [3, 1, 2, 3, 4], 'tries are numbered');
    my @parts = $carrier->submits;
    is_deeply([@{ $parts[12] }{qw(ref total number text esm_class octets)}], [1, 2, 2, 'Z', '0x40', 7], 'parts are told apart in the books');
    submitted($smpp, '2000004', short_message => 'sar', sar_msg_ref_num => pack('n', 258), sar_total_segments => chr 3, sar_segment_seqnum => chr 2);
    is_deeply([@{ ($carrier->submits)[14] }{qw(ref total number)}], [258, 3, 2], 'by sar_ parameters too');
    is($carrier->summary->{protocol_errors}, 0, 'no complaints');
};

subtest 'complaints' => sub {
    my $carrier = carrier('--window', 3);
    my $smpp = bound($carrier);
    my $before = {};
    my $complains = sub {
        my ($what, $wanted, $why) = @_;
        $what->();
        in_step($smpp);
        my $now = $carrier->summary;
        my %new = map { /^error_(.*)/ && $now->{$_} != ($before->{$_} // 0) ? ($1 => $now->{$_} - ($before->{$_} // 0)) : () } keys %$now;
        is_deeply(\%new, $wanted, $why);
        $before = $now;
    };
    my $text = sub { my ($octets, %how) = @_; return sub { submitted($smpp, '2000000', short_message => $octets, %how) } };
    my $udh = sub { my ($ref, $total, $part, $octets, %how) = @_; return $text->("\5\0\3" . chr($ref) . chr($total) . chr($part) . $octets, esm_class => 0x40, %how) };

    $complains->($text->('x' x 160), {}, '160 septets');
    $complains->($text->('x' x 161), { too_long => 1 }, '161 septets');
    $complains->($udh->(1, 2, 1, 'x' x 153), {}, '153 septets beside a header');
    $complains->($udh->(1, 2, 2, 'x' x 154), { too_long => 1 }, '154 septets beside one');
    $complains->($text->("\6\x08\4\1\1\2\1" . 'x' x 152, esm_class => 0x40), {}, '152 septets beside one of 7');
    $complains->($text->("\0x" x 70, data_coding => 8), {}, '70 units');
    $complains->($text->("\0x" x 71, data_coding => 8), { too_long => 1 }, '71 units');
    $complains->($udh->(3, 2, 1, "\0x" x 67, data_coding => 8), {}, '67 units beside a header');
    $complains->($udh->(3, 2, 2, "\0x" x 68, data_coding => 8), { too_long => 1 }, '68 units beside one');
    $complains->($text->('', message_payload => 'x' x 400), {}, 'message_payload may be long');
    $complains->($text->("caf\xe9"), { bit_8 => 1 }, 'an octet above 0x7f in GSM 7-bit');
    $complains->($text->("caf\xe9", data_coding => 3), {}, 'but not in Latin-1');
    $complains->($text->("\0x\0", data_coding => 8), { bad_ucs2 => 1 }, 'half a unit');
    $complains->($text->("x\x1b"), { cut_pair => 1 }, 'an escape at the end');
    $complains->($udh->(4, 2, 1, "\0x\xd8\x3d", data_coding => 8), { cut_pair => 1 }, 'half of a surrogate pair at the end');
    $complains->($udh->(4, 2, 2, "\xdc\x4d\0x", data_coding => 8), { cut_pair => 1 }, 'and at the beginning');
    $complains->($text->('x', registered_delivery => 0), { no_receipt => 1 }, 'no receipt asked for');
    $complains->($text->('x', destination_addr => '+12062000000'), { bad_address => 1 }, 'a plus sign');
    $complains->($text->('x', destination_addr => '123456'), { bad_address => 1 }, 'six digits');
    $complains->($text->('x', source_addr => ''), { bad_address => 1 }, 'no source');
    $complains->($udh->(5, 2, 3, 'x'), { bad_udh => 1 }, 'part 3 of 2');
    $complains->($udh->(5, 2, 0, 'x'), { bad_udh => 1 }, 'part 0');
    $complains->($text->("\x20\0\3\1\2\1x", esm_class => 0x40), { bad_udh => 1 }, 'a header that is longer than the text');
    $complains->($udh->(6, 3, 1, 'x'), {}, 'part 1 of 3');
    $complains->($udh->(6, 2, 2, 'x'), { bad_parts => 1 }, 'then 2 of 2 of the same reference');
    $complains->($udh->(7, 2, 1, 'x'), {}, 'part 1');
    $complains->($udh->(7, 2, 1, 'x'), {}, 'again: a second try');
    $complains->($udh->(7, 2, 1, 'y'), { bad_parts => 1 }, 'again with another text');
    $complains->($udh->(8, 2, $_, 'x'), {}, "part $_") for 1, 2;
    $complains->($udh->(8, 2, 1, 'y'), {}, 'the reference may be used again after all parts');
    $complains->(sub { submit($smpp, '5555000') for 1 .. 3 }, {}, 'three submits without an answer');
    $complains->(sub { submit($smpp, '5555000') }, { window => 1 }, 'a fourth is beyond the window');
    my %summary = %{ $carrier->summary };
    is($summary{max_outstanding}, 4, 'and the most there were is known');
    is(($carrier->binds)[0]{max_outstanding}, 4, 'per bind too');
    $complains->(sub { $smpp->deliver_sm_resp(seq => 77, message_id => '') }, { unmatched => 1 }, 'an answer to nothing');
    $complains->(sub { $smpp->query_sm(message_id => 'x', source_addr => 'x'); next_pdu($smpp, cmd => NACK) }, { unknown_command => 1 }, 'a command that is not offered');
    $complains->(sub { syswrite $smpp, pack 'N4', 16, SUBMIT, 0, ++${*$smpp}{seq}; next_pdu($smpp, cmd => NACK) }, { bad_pdu => 1 }, 'a submit_sm without its fields');
    ${*$smpp}{seq} += 10;
    $complains->(sub { }, { bad_sequence => 1 }, 'a gap in the sequence');
    is($summary{protocol_errors} + 4, $carrier->summary->{protocol_errors}, 'the sum');

    syswrite $smpp, pack 'N4', 0x7fffffff, SUBMIT, 0, 1;
    ok(closed($smpp), 'an absurd length closes the connection');
    is($carrier->summary->{error_bad_frame}, 1, 'and is counted');
    my $said = slurp($carrier->{log});
    like($said, qr/^carrier: too_long: connection \d+: 161 octets where 160 fit$/m, 'each is said on standard error');
    unlike($said, qr/2062000000/, 'without a whole phone number');
    my $latin = carrier('--charset0', 'latin1');
    submitted(bound($latin), '2000000', short_message => "caf\xe9");
    is($latin->summary->{protocol_errors}, 0, '--charset0 latin1: the same octet is fine');
    is(($latin->submits)[0]{text}, "caf\xc3\xa9", 'and read as such');
};

subtest 'the window that an ESME used' => sub {
    my $carrier = carrier('--answer-delay', 50);
    my $smpp = bound($carrier);
    submit($smpp, '2000000') for 1 .. 7;
    next_pdu($smpp, cmd => SUBMIT | RESP) for 1 .. 7;
    submitted($smpp, '2000000') for 1 .. 3;
    is($carrier->summary->{max_outstanding}, 7, 'seven at once');
    # Answered at once, they were outstanding all the same while they were read.
    $carrier = carrier('--window', 40);
    $smpp = bound($carrier);
    $carrier->tell('pause');
    submit($smpp, '2000000', short_message => 'x' x 150) for 1 .. 50;
    sleep 0.2; # the last of them may wait for an acknowledgement of TCP
    $carrier->tell('resume');
    next_pdu($smpp, cmd => SUBMIT | RESP) for 1 .. 50;
    my %summary = %{ $carrier->summary };
    is_deeply([@summary{qw(max_outstanding error_window)}], [50, 10], 'fifty in one go');
};

subtest 'several accounts' => sub {
    my $carrier = carrier('--receipt-delay', 1, '--system-id', 'oak', '--password', 'p2');
    my $maple = bound($carrier);
    my $oak = bound($carrier, system_id => 'oak', password => 'p2');
    is(try_bind(connected($carrier), password => 'p2')->{status}, 0x0e, 'each has its own password');
    submitted($oak, '2000000');
    is(delivered($maple, 0.3), undef, 'one does not get the receipts of the other');
    ok(delivered($oak), 'who gets its own');
    is(($carrier->submits)[0]{system_id}, 'oak', 'the books tell them apart');
};

subtest 'TLS' => sub {
    my $dir = scratch_dir();
    my $certs = Campaignd::Carrier::certs();
    my $carrier = carrier('--tls-port', 0, '--cert', "$certs/good.pem", '--key', "$certs/good.key");
    my ($plain, $tls) = slurp("$carrier->{dir}/port") =~ /^plain=(\d+) tls=(\d+)$/ or die;
    my $s_client = sub {
        my ($port, @options) = @_;
        return run_program(['openssl', 's_client', '-connect', "localhost:$port", '-verify_return_error', '-verify_hostname', 'localhost', '-CAfile', "$certs/ca.pem", @options]);
    };
    is(($s_client->($tls))[0], 0, 'a good certificate');
    isnt(($s_client->($plain))[0], 0, 'the other port is not TLS');
    bound($carrier);

    my $pid = open2(my $from, my $to, "openssl s_client -quiet -verify_quiet -connect localhost:$tls -CAfile $certs/ca.pem 2>/dev/null");
    my $body = "$Campaignd::Carrier::user\0$Campaignd::Carrier::password\0\0\x34\0\0\0";
    syswrite $to, pack('N4', 16 + length $body, 9, 0, 1) . $body;
    sysread $from, my $resp, 100;
    is_deeply([unpack 'N4', $resp], [29, 0x80000009, 0, 1], 'a bind over TLS');
    kill 'TERM', $pid;
    waitpid $pid, 0;
    my @binds = $carrier->binds;
    is_deeply([map { $_->{security} } @binds], ['plain', 'TLSv1.3'], 'the books know how each came');

    my %verify = (other => 20, wrong => 62, expired => 10);
    for my $cert (sort keys %verify) {
        my $bad = Campaignd::Carrier->new(tls => 1, cert => $cert)->start;
        my ($code, $said) = $s_client->($bad->port);
        ok($code && $said =~ /error:num=$verify{$cert}:|Verify return code: $verify{$cert} /i, "certs.sh: $cert is refused for its own reason");
    }
    my $old = Campaignd::Carrier->new(tls => 1, options => ['--tls-max', '1.1'])->start;
    isnt(($s_client->($old->port))[0], 0, '--tls-max 1.1 is too old');
    is(($s_client->($old->port, '-tls1_1', '-cipher', 'ALL:@SECLEVEL=0'))[0], 0, 'unless one wants it');
    my $strict = Campaignd::Carrier->new(tls => 1, options => ['--client-ca', "$certs/ca.pem"])->start;
    my $asks = sub { my ($code, $said) = $s_client->($strict->port, '-tls1_2', @_); return $code };
    isnt($asks->(), 0, '--client-ca wants a certificate');
    is($asks->('-cert', "$certs/client.pem", '-key', "$certs/client.key"), 0, 'and takes a good one');
};

# The bytes as Wireshark's dissector sees them: what the carrier says is SMPP by somebody else's book too.
subtest 'tshark agrees' => sub {
    plan skip_all => 'no tshark' if system 'tshark --version >/dev/null 2>&1 && text2pcap --version >/dev/null 2>&1';
    my $carrier = carrier('--receipt-delay', 1, '--long-answers', '--codes', 'gsm', '--enquire-link', 0.5);
    my $smpp = bound($carrier);
    my @digits = qw(2000000 5551100 5551200 5552200 5552900 5553000 5553100 5553200 5553300 5553400 5553500 5553600 5553700 5554000 5554500 5554600 5560088
        5555600);
    submit($smpp, $_) for @digits;
    my ($bytes, @pdus) = ('');
    sysread $smpp, $bytes, 65536, length $bytes while IO::Select->new($smpp)->can_read(0.8);
    push @pdus, substr $bytes, 0, unpack('N', $bytes), '' while length $bytes >= 4;
    my $dir = scratch_dir();
    my $dissect = sub {
        open my $out, '>', "$dir/hex" or die;
        print $out '000000 ', unpack('H*', $_) =~ s/(..)/$1 /gr, "\n" for @_;
        close $out;
        my ($code, $said) = run_program(['text2pcap', '-q', '-T', '2775,40000', "$dir/hex", "$dir/pcap"]);
        die $said if $code;
        my @tshark = ('tshark', '-r', "$dir/pcap", '-d', 'tcp.port==2775,smpp', '-T', 'fields');
        my ($ids, $bad) = map { (run_program([@tshark, @$_]))[1] =~ s/^Running as user.*\n//r } ['-e', 'smpp.command_id'],
            ['-e', 'frame.number', '-Y', 'smpp && (_ws.malformed || _ws.expert.severity == "Error" || _ws.expert.severity == "Warning")'];
        return ($bad, $ids =~ /^(0x\w+)$/mg);
    };
    my ($bad, @ids) = $dissect->(@pdus);
    my @wanted = map { sprintf '0x%08x', unpack 'x4N', $_ } @pdus;
    cmp_ok(scalar @wanted, '>', 30, scalar(@wanted) . ' PDUs');
    is_deeply(\@ids, \@wanted, 'each is the command that it says it is');
    is($bad, '', 'nothing is malformed');
    ($bad) = $dissect->($pdus[0], pack('N4', 20, DELIVER, 0, 1) . "\0\1\1\0");
    is($bad, "2\n", 'what is would be seen');
};

# What Net::SMPP makes of the same: the small carrier in Perl, with our own coder at the other end.
subtest 'perl-carrier.pl' => sub {
    my $dir = scratch_dir();
    my $perl = Campaignd::Process->start(
        [$^X, "$Campaignd::Cluster::top/tests/carrier/perl-carrier.pl", '--port-file', "$dir/port", '--books', "$dir/books", '--receipt-delay', 50, '--max-seconds', 60]);
    wait_for { -s "$dir/port" } 'its port', 10;
    my ($port) = slurp("$dir/port") =~ /^plain=(\d+)/;
    my ($code, $said) = run_program(["$Campaignd::Daemon::build/carrier-flood", $port, 'plain', 2, 10, 100]);
    like($said, qr/^submits=100 refused=0 receipts=100 /, 'takes a hundred texts and sends their receipts');
    my $smpp = Net::SMPP->new_connect('127.0.0.1', port => $port, async => 1, enquire_interval => 0);
    is(try_bind($smpp, password => 'wrong')->{status}, 0x0e, 'asks for the password');
    is(try_bind($smpp, password => 'secret')->{status}, 0, 'and takes the right one');
    my (undef, undef, $label) = receipt_of($smpp, '5551100');
    is($label->{stat}, 'UNDELIV', 'a landline');
    receipt_of($smpp, '5554000');
    is(delivered($smpp)->{short_message}, 'STOP', 'a reply');
    ok(in_step($smpp), 'enquire_link');
    $smpp->unbind;
    ok(next_pdu($smpp, cmd => UNBIND | RESP) && closed($smpp), 'unbind');
    is($perl->stop, 0, 'ends cleanly');

    my $head = sub { return (split /\n/, slurp($_[0]))[0] };
    my $carrier = carrier();
    my $file = $carrier->books_file;
    is($head->("$dir/books$_"), $head->("$file$_"), "the columns of books$_ are those of the other carrier") for '', '.deliveries';
    my @parts = Campaignd::Carrier::read_table("$dir/books");
    is_deeply([@{ $parts[100] }{qw(destination sequence answer stats receipts_acked)}], ['12065551100', 3, '0x00000000', 'UNDELIV:4720', 1], 'what is in them');
    is(scalar(grep { $_->{stats} eq 'DELIVRD' && $_->{receipts_acked} == 1 } @parts), 101, 'all the others are delivered and acknowledged');
    is_deeply([map { "$_->{kind} $_->{acks}" } (Campaignd::Carrier::read_table("$dir/books.deliveries"))[100 .. 102]], ['receipt 1', 'receipt 1', 'reply 1'], 'and the reply');
};

subtest 'starting and ending' => sub {
    my $carrier = carrier();
    my $smpp = bound($carrier);
    submitted($smpp, '2000000');
    my $file = "$carrier->{dir}/books";
    ok(!-e $file, 'no books yet');
    $carrier->process->signal('USR1');
    wait_for { -e "$file.summary" } 'the books', 5;
    is(scalar(Campaignd::Carrier::read_table($file)), 1, 'SIGUSR1 writes them');
    submitted($smpp, '2000000');
    is($carrier->stop, 0, 'SIGTERM ends it');
    is(scalar(Campaignd::Carrier::read_table($file)), 2, 'and writes them');
    ok(!glob("$file*.new"), 'nothing half-written is left');
    ok(!-e "$carrier->{dir}/control", 'nor the socket');
    ok(closed($smpp), 'connections are closed');

    my $program = "$Campaignd::Daemon::build/carrier";
    my $dir = scratch_dir();
    my $quits = carrier();
    $quits->tell('quit');
    is($quits->process->wait(5), 0, 'quit');
    my $at = time;
    is((run_program([$program, '--port', 0, '--max-seconds', 1]))[0], 0, '--max-seconds');
    cmp_ok(time - $at, '>=', 0.9, 'not before');
    my $parent = Campaignd::Process->start(['sh', '-c', "$program --port 0 --port-file $dir/port --books $dir/books --die-with-parent --max-seconds 30 & wait"]);
    wait_for { -s "$dir/port" } 'its port', 5;
    $parent->stop('KILL');
    wait_for { -e "$dir/books" } 'its books', 5;
    pass('--die-with-parent: it ends and writes its books');

    my @wrong = (['--port'], ['--prot', 1], ['--port', 'x'], ['--port', 0, 'x'], [], ['--tls-port', 0], ['--port', 0, '--ids', 'octal'], ['--port', 0, '--redeliver', 'soon']);
    is((run_program([$program, @$_]))[0], 64, "refused: carrier @$_") for @wrong;
    my ($code, $help) = run_program([$program, '--help']);
    is($code, 0, '--help');
    like($help, qr/^  11  landline .*^  40  stop /ms, 'holds the table of behaviours');
    like(carrier()->tell('help'), qr/^say FROM TO/m, 'the control line has its own');
    ok(!eval { carrier()->tell('dance'); 1 }, 'and refuses what it does not know');
};

done_testing;
