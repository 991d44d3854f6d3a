#!/usr/bin/perl
# Stopping and reloading: the first SIGTERM drains, a second one leaves at once, SIGHUP reads the configuration again.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Campaignd::Process 'wait_for';
use Campaignd::World;
use Test::More;
use Time::HiRes 'time';

my $text = 'Hi [Contact.FirstName|there], [Practice.Name] has openings.';

subtest 'SIGTERM under load: what is written gets its answer, the rest stays queued' => sub {
    my $world = Campaignd::World->new(
        keys => { throughput => 400, window => 20 },
        carrier => { options => ['--answer-delay', 300, '--receipt-delay', 20] },
    );
    $world->contacts(800);
    my $campaign = $world->text_campaign($text);
    $world->start;
    wait_for { $world->carrier->summary->{submits} >= 60 } 'texts to be sent';
    is($world->daemon->stop, 0, 'exit code 0');
    my %outcomes = %{ $world->outcomes($campaign) };
    note join ', ', map { "$outcomes{$_} $_" } sort keys %outcomes;
    ok(!grep({ /Unknown|Sending/ } keys %outcomes), 'nothing is in doubt, nothing is still being sent');
    cmp_ok($outcomes{Queued}, '>', 0, 'something is left');
    ok($world->daemon->events('daemon.stopping') && $world->daemon->events('daemon.exit'), 'it says that it stops, and that it has');
    my @binds = $world->carrier->binds;
    like($binds[-1]{why}, qr/unbind/, 'it unbound');

    $world->start;
    $world->finished($campaign, 60);
    is($world->daemon->stop, 0);
    is_deeply($world->outcomes($campaign), { Delivered => 800 }, 'the next one sends the rest');
    $world->agrees;
};

subtest 'a second SIGTERM does not wait' => sub {
    my $world = Campaignd::World->new(keys => { response_timeout => '60s' }, carrier => { rules => "* silent\n" });
    $world->contacts(3);
    $world->text_campaign($text);
    $world->start;
    wait_for { $world->carrier->summary->{submits} >= 3 } 'texts to be sent';
    $world->daemon->signal('TERM');
    $world->daemon->wait_event('daemon.stopping');
    ok($world->daemon->process->runs, 'after the first it waits for the answers');
    my $at = time;
    $world->daemon->signal('TERM');
    $world->daemon->process->wait(10);
    cmp_ok(time - $at, '<', 5, 'after the second it is gone');
};

subtest 'SIGHUP' => sub {
    my $world = Campaignd::World->new(keys => { throughput => 5 });
    $world->start;
    $world->daemon->bound;
    $world->daemon->configure($world->conf(throughput => 900));
    $world->daemon->signal('HUP');
    $world->daemon->wait_event('conf.reloaded');
    $world->contacts(300);
    my $at = time;
    $world->finished($world->text_campaign($text), 40);
    cmp_ok(time - $at, '<', 20, 'the new rate counts at once');

    $world->daemon->write_conf("carriers = ( { nmae = \"acme\" } );\n");
    $world->daemon->signal('HUP');
    my $event = $world->daemon->wait_event('conf.invalid');
    like(join(' ', %$event), qr/nmae/, 'a bad file is refused, and the key is named');
    $world->daemon->configure($world->conf(throughput => 900, window => 33));
    $world->daemon->signal('HUP');
    like($world->daemon->wait_event('conf.restart')->{key}, qr/window/, 'what counts only after a restart is said so');
    ok($world->daemon->process->runs, 'it runs on');
    is($world->daemon->stop, 0, 'and stops cleanly');
};

done_testing;
