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
        $self->{in}->print("begin;\n$sql\n\\o /dev/null\nselect 'in transaction';\n");
        return $self;
    }

    sub close { my ($self) = @_; $self->{in}->print("rollback;\n"); return CORE::close(delete $self->{in}) }
}

my $world = Campaignd::World->new(keys => { throughput => 300 }, carrier => { options => ['--receipt-delay', 500] });
my $db = $world->db;
$world->contacts(400);
my $text = 'Hi [Contact.FirstName|there], [Practice.Name] has openings.';
my $held = $world->text_campaign($text);
$world->start;
wait_for { $world->carrier->summary->{submits} >= 50 } 'the first campaign to be under way';
my $session = Session->open($world->staff, "\\o /dev/null\nselect * from campaign.pause_campaign($held); select campaign.delete_contact(min(id)) from campaign.contacts;");
wait_for { $db->value("select count(*) from pg_stat_activity where datname = current_database() and state = 'idle in transaction'") } 'the transaction to be open';

my $other = $world->text_campaign($text);
wait_for { $db->value("select count(*) from campaign_store.message where campaign_id = $other and status = 'Delivered'") >= 390 } 'another campaign to go out', 60;
pass('another campaign goes out');
my $sent = $db->value("select count(*) from campaign_store.message where campaign_id = $held and status = 'Sent'");
wait_for { $db->value("select count(*) from campaign_store.message where campaign_id = $held and status in ('Sent', 'Sending')") eq '0' || $db->value("select count(*) from campaign_store.message where campaign_id = $held and status = 'Delivered'") > 50 } 'the outcomes', 20;
pass('what was sent of the first gets its outcomes');
is($db->value("select count(*) from pg_stat_activity where datname = current_database() and state = 'idle in transaction'"), 1, 'all that time the transaction was open');
$session->close;
$world->finished($held, 60);
is_deeply($world->outcomes($held), { Delivered => 400 }, 'and the first goes on');
$world->agrees;
is($world->daemon->stop, 0);

done_testing;
