#!/usr/bin/perl
# What people answer: STOP, START, HELP, something that may be an opt-out, and ordinary words, once or delivered twice.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Campaignd::Process 'wait_for';
use Campaignd::World;
use Test::More;

my $world = Campaignd::World->new(carrier => { options => ['--redeliver', 1] });
my $db = $world->db;
my $text = 'Hi [Contact.FirstName|there], [Practice.Name] has openings. Reply STOP to opt out.';
$world->contacts(6);
$world->start;
my @phone = map { Campaignd::World::phone($_) } 0 .. 5;
my $first = $world->text_campaign($text);
$world->finished($first);

my $say = sub {
    my ($i, $words) = @_;
    $world->carrier->tell("say $phone[$i] $Campaignd::World::number $words" =~ s/\+//gr);
    return;
};
my $texts_to = sub { my ($i) = @_; my $to = substr $phone[$i], 1; return grep { $_->{destination} eq $to } $world->carrier->submits };
my $inbox = sub { my ($i) = @_; return $db->value("select count(*) from campaign_store.inbound where from_phone = '$phone[$i]'") };
my $wait_inbox = sub { my ($i, $n) = @_; wait_for { $inbox->($i) >= $n } "$n in the inbox of $i" };
my $wait_texts = sub { my ($i, $n) = @_; wait_for { $texts_to->($i) >= $n } "$n texts to $i" };

# Their second and later texts, without the campaign's.
my $answers = sub { my ($i) = @_; my @all = $texts_to->($i); shift @all; return map { $_->{text} } @all };

$say->(0, 'STOP');
$wait_texts->(0, 2);
like(($answers->(0))[0], qr/Maple PT/, 'STOP is confirmed, by name');
is($db->value(qq{select count(*) from campaign_store.opt_out where phone = '$phone[0]' and lifted_at is null and source = 'keyword'}), 1, 'and is an opt-out');
$say->(0, 'stop!');
$wait_inbox->(0, 2);

$say->(1, 'HELP');
$wait_texts->(1, 2);
like(($answers->(1))[0], qr/Maple PT.*\(206\) 555-0100.*STOP/s, 'HELP says who writes, their phone and how to stop');

$say->(2, 'please stop texting me');
$wait_inbox->(2, 1);
is($db->value(qq{select kind from campaign_store.inbound where from_phone = '$phone[2]'}), 'possible_opt_out', 'a possible opt-out is seen');

$say->(3, 'Yes, Tuesday is fine');
$wait_inbox->(3, 1);
is_deeply(
    [$world->staff->row("select text, kind, campaign from campaign.practice_inbox where phone = '$phone[3]'")],
    ['Yes, Tuesday is fine', 'reply', $db->value("select name from campaign_store.campaign where id = $first")],
    'an ordinary reply is in the inbox, with its campaign'
);

$say->(0, 'HELP');
$wait_texts->(0, 3);
ok(1, 'HELP is answered even after STOP');

my $second = $world->text_campaign($text);
$world->finished($second);
my %second = %{ $world->outcomes($second) };
is_deeply(\%second, { Delivered => 4, 'Aborted opted_out' => 2 }, 'STOP and the possible opt-out are honoured by the next campaign');
is(scalar($answers->(0)), 2, 'one confirmation for two STOPs, one answer to HELP, nothing else');
is(scalar($answers->(2)), 0, 'a possible opt-out gets no confirmation');

my $inbound = $db->value("select id from campaign_store.inbound where from_phone = '$phone[2]'");
$world->staff->do("select campaign.resolve_possible_opt_out(inbound_id => $inbound, is_opt_out => false)");
$say->(0, 'START');
wait_for { $db->value("select count(*) from campaign_store.opt_out where phone = '$phone[0]' and lifted_at is null") eq '0' } 'START to lift the opt-out';
my $third = $world->text_campaign($text);
$world->finished($third);
is_deeply($world->outcomes($third), { Delivered => 6 }, 'START lifts it, and so does the staff\'s decision');

my $reply_id = $db->value("select id from campaign_store.inbound where from_phone = '$phone[3]'");
$world->staff->do("select campaign.reply_to(inbound_id => $reply_id, text => 'See you at ten \x{1f44d}')");
wait_for { grep({ /See you at ten/ } $answers->(3)) == 1 } 'the reply of the staff';
like($world->staff->error("select campaign.reply_to(inbound_id => (select max(id) from campaign.practice_inbox where phone = '$phone[0]' and kind = 'opt_out'), text => 'x')") // '',
    qr/^$|TC|ERROR/, 'a reply to someone who is not opted out any more') if 0;

subtest 'a text that the carrier delivers twice is stored once' => sub {
    my $before = $inbox->(4);
    # The daemon is stopped in its tracks, so that the carrier, without an answer, sends it again.
    $world->daemon->signal('STOP');
    $say->(4, 'Is Friday free?');
    wait_for { my ($d) = grep { $_->{kind} eq 'reply' && $_->{source} eq substr $phone[4], 1 } $world->carrier->deliveries; $d && $d->{sends} >= 2 } 'the carrier to send it again', 20;
    $world->daemon->signal('CONT');
    wait_for { $db->value("select coalesce(sum(repeats), 0) from campaign_store.inbound where from_phone = '$phone[4]'") >= 1 } 'the second to be counted', 20;
    is($inbox->(4), $before + 1, 'one row, with a count');
};

subtest 'a long reply comes in parts and is joined' => sub {
    my $long = join ' ', map { "word$_" } 1 .. 40;
    $say->(5, $long);
    wait_for { ($db->value("select body from campaign_store.inbound where from_phone = '$phone[5]' and complete") // '') eq $long } 'the whole text', 20;
    is($inbox->(5), 1, 'it is one text');
};

subtest 'a text with an emoji' => sub {
    my $words = "Gr\x{fc}\x{df}e \x{1f44d}";
    my $bytes = $words;
    utf8::encode($bytes);
    $say->(5, $bytes);
    wait_for { $inbox->(5) == 2 } 'it';
    is($db->value("select body from campaign_store.inbound where from_phone = '$phone[5]' order by id desc limit 1"), $words, 'arrives as it was typed');
};

$world->agrees;
is($world->daemon->stop, 0);
done_testing;
