#!/usr/bin/perl
# A transaction that staff leave open, with whatever locks it holds, stops neither the other campaigns nor the storing of outcomes.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Campaignd::Process qw(wait_for);
use Campaignd::World;
use Test::More;

# A psql of a login that stays in its transaction.
package Session {
    use IO::Handle;

    sub open {
        my ($class, $database, $sql) = @_;
        my $self = bless {}, $class;
        my @command = ('psql', '-XAtq', '-h', $database->cluster->dir, '-p', $database->cluster->port, '-U', $database->{login}, '-d', $database->name, '-v', 'ON_ERROR_STOP=1');
        $self->{pid} = CORE::open($self->{in}, '|-', @command) // die "psql: $!";
        $self->{in}->autoflush(1);
        $self->{in}->print("\\o /dev/null\nbegin;\n$sql\nselect 'in transaction';\n");
        return $self;
    }

    sub close { my ($self) = @_; $self->{in}->print("rollback;\n"); return CORE::close(delete $self->{in}) }
}

my $world = Campaignd::World->new(keys => { throughput => 300 }, carrier => { options => ['--receipt-delay', 500] });
my $db = $world->db;
my $idle = q{select count(*) from pg_stat_activity where datname = current_database() and usename = 'maple_staff' and state = 'idle in transaction'};
$world->contacts(400);
my $text = 'Hi [Contact.FirstName|there], [Practice.Name] has openings.';

# One that is ready but for its first text, one that is under way, one that is about to start: held in each state.
$world->carrier->stop;
$world->start;
my $ready = $world->text_campaign($text);
wait_for { $world->state($ready) eq 'Sending' } 'the first to be prepared';
my $first = Session->open($world->staff, "select * from campaign.pause_campaign($ready);");
wait_for { $db->value($idle) == 1 } 'the first transaction to be open';
$world->carrier->start; # on the same port

my $held = $world->text_campaign($text);
wait_for { $world->carrier->summary->{submits} >= 50 } 'the next to be under way', 20;
my $start = $world->local_time_in(4);
my $about_to_start = $world->text_campaign($text, start => $start);
my $session = Session->open($world->staff, "select * from campaign.pause_campaign($held), campaign.reschedule_campaign($about_to_start, '$start'); select campaign.delete_contact(min(id)) from campaign.contacts;");
wait_for { $db->value($idle) == 2 } 'the second transaction to be open';

wait_for { $db->value("select clock_timestamp() > start_at + interval '1 second' from campaign_store.campaign where id = $about_to_start") eq 't' } 'the second to be due', 20;
is($world->state($about_to_start), 'Scheduled', 'the campaign that is held before its start has to wait');
my $other = $world->text_campaign($text);
wait_for { $db->value("select count(*) from campaign_store.message where campaign_id = $other and status = 'Delivered'") >= 390 } 'another campaign to go out', 60;
pass('another campaign goes out');
my $sent = $db->value("select count(*) from campaign_store.message where campaign_id = $held and status = 'Sent'");
wait_for { $db->value("select count(*) from campaign_store.message where campaign_id = $held and status in ('Sent', 'Sending')") eq '0' || $db->value("select count(*) from campaign_store.message where campaign_id = $held and status = 'Delivered'") > 50 } 'the outcomes', 20;
pass('what was sent of it gets its outcomes');
is($db->value("select started_at is null from campaign_store.campaign where id = $ready"), 't', 'the one without a first text has to wait');
is($db->value($idle), 2, 'all that time the transactions were open');
$_->close for $first, $session;
$world->finished($_, 60) for $ready, $held, $about_to_start;
is_deeply($world->outcomes($_), { Delivered => 400 }, 'and then those that were held go on') for $ready, $held, $about_to_start;
$world->agrees;
is($world->daemon->stop, 0);

done_testing;
