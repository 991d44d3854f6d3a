#!/usr/bin/perl
# End-to-end rate against the limit of PostgreSQL, and idle cost: see README beside this file.
use strict;
use warnings;
use Campaignd::Cluster;
use Campaignd::Process qw(run_program wait_for);
use Campaignd::World;
use Getopt::Long;
use Test::More; # the library reports through it

GetOptions('messages=i' => \(my $messages = 30000), 'runs=i' => \(my $runs = 3), 'window=i' => \(my $window = 100),
    'binds=i' => \(my $binds = 1), 'idle=i' => \(my $idle = 60), 'limit!' => \(my $with_limit = 1)) or die "see README\n";

my $build = $ENV{CAMPAIGND_BUILD} or die "make bench calls this\n";
my $top = $Campaignd::Cluster::top;
$| = 1;

sub median { my @s = sort { $a <=> $b } @_; return $s[$#s / 2] }

# The conditions of the recorded limit: durable, room for the working set, no checkpoint in the middle.
my $cluster = Campaignd::Cluster->new;
my $admin = $cluster->connect('postgres');
$admin->do("alter system set $_") for "shared_buffers = '512MB'", "max_wal_size = '4GB'", 'fsync = on', 'synchronous_commit = on', split(/;/, $ENV{BENCH_SETTINGS} // '');
$cluster->restart;
$admin->do('create database pglimit');

sub limit {
    my ($code, $out) = run_program(["$build/tests/bench/pglimit", '-c', 'host=' . $cluster->dir . ' user=postgres dbname=pglimit',
        '-d', "$top/tests/bench/d6h.sql", '-m', 'serial', '-b', 200, '-n', $messages], seconds => 120);
    die "pglimit: $out" if $code;
    my ($rate) = $out =~ / rate=(\d+)/ or die "pglimit printed: $out";
    return $rate;
}

sub cpu_of {
    my ($pid) = @_;
    my @f = split ' ', Campaignd::Process::slurp("/proc/$pid/stat") =~ s/^.*\) //sr;
    return ($f[11] + $f[12]) / 100;
}

sub status_of { my ($pid, $key) = @_; return Campaignd::Process::slurp("/proc/$pid/status") =~ /^$key:\s+(\d+)/m ? $1 : 0 }

# Contacts straight into the table: the bench measures the sending, not the import.
sub fill {
    my ($world) = @_;
    $world->db->do("insert into campaign_store.contact(practice_id, phase_id, place, consent, phone, first_name, last_name, external_id)
        select p.id, f.id, pl.id, true, '+1206' || (2000000 + i), 'Ann' || i, 'Smith', 'b' || i
        from campaign_store.practice p join campaign_store.phase f on f.practice_id = p.id and f.name = 'Pending'
            cross join lateral (select campaign_store.place_of(null, null, '+12062000000') as id) pl, generate_series(1, $messages) i
        where p.short_name = 'maple'");
    $world->db->do("insert into campaign_store.group_member select g.id, c.id from campaign_store.contact_group g join campaign_store.contact c using (practice_id) where g.name = 'all'");
    return;
}

sub end_to_end {
    my $world = Campaignd::World->new(cluster => $cluster, keys => { window => $window, binds => $binds, throughput => 0 },
        carrier => { tls => 1, options => ['--ignore-digits', '--receipt-delay', 100] }, daemon => { level => 'info', format => 'logfmt' });
    fill($world);
    $world->start;
    $world->daemon->bound($binds);
    my $pid = $world->daemon->process->pid;
    my $cpu = cpu_of($pid);
    my $id = $world->text_campaign('Hi [Contact.FirstName|there], it has been a while! [Practice.Name] can see you this week. Call [Practice.Phone] to book. Reply STOP to opt out.');
    $world->finished($id, 300);
    my ($delivered, $seconds) = $world->db->row("select count(*) filter (where m.status = 'Delivered'),
        extract(epoch from max(m.final_at) - min(m.claimed_at)) from campaign_store.message m where m.campaign_id = $id");
    die "only $delivered of $messages were delivered\n" if $delivered != $messages;
    $cpu = (cpu_of($pid) - $cpu) / $messages * 1e6;
    my $rss = status_of($pid, 'VmHWM');
    die "duplicates at the carrier\n" if $world->carrier->summary->{duplicates};
    $world->daemon->stop;
    $world->carrier->stop;
    return ($delivered / $seconds, $cpu, $rss);
}

sub idle {
    my $world = Campaignd::World->new(cluster => $cluster, keys => { binds => 2 }, carrier => { tls => 1 }, daemon => { level => 'info', format => 'logfmt' });
    $world->start;
    $world->daemon->bound(2);
    sleep 5;
    my $pid = $world->daemon->process->pid;
    my $before = status_of($pid, 'voluntary_ctxt_switches');
    sleep $idle;
    my $after = status_of($pid, 'voluntary_ctxt_switches');
    my $rss = status_of($pid, 'VmRSS');
    $world->daemon->stop;
    return (($after - $before) * 60 / $idle, $rss);
}

my (@limit, @rate, @cpu, @rss);
for my $run (1 .. $runs) {
    push @limit, limit() if $with_limit;
    my ($rate, $cpu, $rss) = end_to_end();
    push @rate, $rate;
    push @cpu, $cpu;
    push @rss, $rss;
    printf "run %d: %slimit, end to end %.0f msg/s, daemon %.1f us a message, peak %.1f MB\n", $run,
        $with_limit ? sprintf('%.0f msg/s ', $limit[-1]) : 'no ', $rate, $cpu, $rss / 1024;
}
printf "limit (median)            %10.0f msg/s\n", median(@limit) if $with_limit;
printf "end to end (median)       %10.0f msg/s over TLS, window %d x %d\n", median(@rate), $binds, $window;
printf "end to end / limit        %10.2f       at least 0.10, aim 0.20\n", median(@rate) / median(@limit) if $with_limit;
printf "daemon CPU                %10.1f us a message\n", median(@cpu);
printf "daemon peak memory        %10.1f MB\n", median(@rss) / 1024;
if ($idle) {
    my ($wakeups, $rss) = idle();
    printf "idle, two TLS binds       %10.1f wake-ups a minute, %.1f MB resident\n", $wakeups, $rss / 1024;
}
done_testing(0) if 0;
