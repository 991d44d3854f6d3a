#!/usr/bin/perl
# A whole campaign to the contacts of a clinic's export, over TLS, with everything that becomes of texts: every message ends with
# the right status and reason, and the carrier's books agree message by message.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Campaignd::World;
use Test::More;

my $top = $Campaignd::Cluster::top;
my $world = Campaignd::World->new(
    keys => { binds => 2, throughput => 150 },
    carrier => { tls => 1, rules_file => "$top/tests/demo/outcomes.rules", options => ['--redeliver', 2] },
    daemon => { format => 'logfmt' },
);
my $db = $world->db;
$world->staff->do(q{select campaign.create_group('maple', 'patients'), campaign.create_group('maple', 'newsletter'), campaign.create_group('maple', 'staff', is_staff => true),
    campaign.create_phase('maple', 'Active')});
my @imported = $world->staff->row(qq{\\copy campaign.contact_import(external_id, last_name, first_name, phone, region, phase, groups) from '$top/tests/demo/contacts.csv' (format csv, header)
    select imported, updated, rejected from campaign.import_contacts('maple', 'intake form');});
my $people = () = Campaignd::Process::slurp("$top/tests/demo/contacts.csv") =~ /^\d/mg;
is_deeply(\@imported, [$people, 0, 0], "all $people contacts of the export were imported");

# By the last two digits of the number (outcomes.rules); all others are delivered.
my %because = (11 => 'Aborted landline', 12 => 'Aborted landline', 13 => 'Aborted unreachable', 14 => 'Aborted not_in_service', 15 => 'Aborted blocked_spam', 16 => 'Aborted opted_out',
    17 => 'Aborted undelivered', 18 => 'Aborted rejected', 20 => 'Unknown unconfirmed', 65 => 'Aborted invalid_number');

my $campaign = $world->text_campaign('Hi [Contact.FirstName|there], it has been a while! [Practice.Name] can see you this week. Call [Practice.Phone]. Reply STOP to opt out.', group => 'patients');
$world->start->finished($campaign, 90);

my $rows = $db->rows(qq{select k.external_id, k.phone, k.phone_problem, concat_ws(' ', m.status, r.reason), m.id
    from campaign_store.message m join campaign_store.contact k on k.id = m.contact_id left join campaign_store.reason r on r.id = m.reason
    where m.campaign_id = $campaign order by m.id});
cmp_ok(scalar @$rows, '>=', 300, @$rows . ' messages');
my (@wrong, %seen, %first);
for (@$rows) {
    my ($chart, $phone, $problem, $got) = @$_;
    my $wanted = defined $problem ? "Aborted $problem" : $because{ substr $phone, -2 } // 'Delivered';
    # The second person on a phone: not texted again, or known by then not to be reachable by text.
    my $second = defined $phone && $first{$phone}++;
    my $fits = $second ? $got eq 'Aborted duplicate_number' || ($wanted =~ /landline|not_in_service|opted_out/ && $got eq $wanted) : $got eq $wanted;
    push @wrong, "chart $chart: $got instead of $wanted" unless $fits;
    $seen{$got}++;
}
is(join("\n", @wrong), '', 'every message has the status and the reason that fit its cause');
note join ', ', map { "$seen{$_} $_" } sort keys %seen;
cmp_ok($seen{"Aborted $_"} // 0, '>=', 1, "one of the four causes of the FAQ: $_") for qw(landline unreachable no_number invalid_number);
ok($seen{'Aborted duplicate_number'}, 'two people on one phone: one text');

my ($landline) = map { $_->[4] } grep { $_->[3] eq 'Aborted landline' } @$rows;
my $story = $world->staff->rows("select status, reason, sentence, carrier_code from campaign.explain_message($landline)");
is_deeply([@{ $story->[-1] }[0 .. 2]], ['Aborted', 'landline', 'This number cannot receive text messages; it may be a landline.'], 'explain_message says why in plain words');
ok((grep { ($_->[3] // '') =~ /4720/ } @$story), 'and keeps the carrier\'s own code');
ok($db->value(q{select count(*) from campaign_store.opt_out where source = 'carrier'}), 'an opt-out that the carrier knows of is recorded');

$world->agrees;
is($world->carrier->summary->{duplicates}, 0, 'no duplicate submit');
is((grep { $_->{security} =~ /^TLSv1\.[23]$/ } $world->carrier->binds), 2, 'both binds over TLS');
is($world->daemon->stop, 0);

# What failed is one line each in the log, with the last digits only; what went well is none at level info.
my @outcomes = $world->daemon->events('msg.outcome');
my $failed = () = grep { /^(Aborted|Unknown)/ } map { $_->[3] } grep { defined $_->[1] && $_->[3] !~ /duplicate/ } @$rows;
my %lines;
$lines{ $_->{msg} }++ for grep { $_->{status} eq 'Aborted' } @outcomes;
cmp_ok(scalar keys %lines, '>=', $failed - 3, 'the log has a line for each text that failed');
is_deeply([grep { $lines{$_} > 1 } sort keys %lines], [], 'and one only, however many parts it had');
is((grep { ($_->{to} // '*0000') !~ /^\*\d{4}$/ } @outcomes), 0, 'with a masked number');

done_testing;
