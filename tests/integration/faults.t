#!/usr/bin/perl
# Whatever is wrong around it: one line in the log that says what, and the daemon keeps trying, or ends with the exit code of
# sysexits.h that fits. It never crashes.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Campaignd::Process 'wait_for';
use Campaignd::World;
use Test::More;

my %sysexits = (usage => 64, noinput => 66, config => 78);
my $world = Campaignd::World->new(carrier => { tls => 1 });
my $certs = Campaignd::Carrier::certs();

# Runs campaignd with these keys of its carrier until the event has come; checks that it tries again and survives.
sub keeps_trying {
    my ($name, $conf, $event, $pattern, %how) = @_;
    subtest $name => sub {
        my $daemon = Campaignd::Daemon->new(conf => $conf)->start;
        my $first = $daemon->wait_event($event, {}, seconds => $how{seconds} // 20);
        like(join(' ', map { "$_=$first->{$_}" } sort keys %$first), $pattern, "$event says why");
        is($first->{level}, $how{level}, "its level is $how{level}") if $how{level};
        $daemon->wait_event($event, {}, seconds => 20, count => 2) unless $how{once};
        $how{heal}->($daemon) if $how{heal};
        ok($daemon->process->runs, 'it goes on');
        is($daemon->stop, 0, 'and can be stopped');
    };
    return;
}

# Ends at once, with this exit code and words.
sub ends {
    my ($name, $daemon, $code, $pattern, @options) = @_;
    subtest $name => sub {
        my ($got, $out) = $daemon->run(@options);
        is($got, $code, "exit code $code");
        like($out, $pattern, 'it says why');
        cmp_ok(scalar(split /\n/, $out), '<=', $code == $sysexits{usage} ? 20 : 3, 'in few words') or diag $out;
    };
    return;
}

my $carrier_of = sub { my ($conf, %keys) = @_; my $acme = $conf->{carriers}[0]; @$acme{ keys %keys } = values %keys; return $conf };
my $with_port = sub { my ($port) = @_; return $carrier_of->($world->conf, hosts => ["localhost:$port"]) };

# The carrier.
keeps_trying('a CA that is not trusted', $carrier_of->($world->conf, tls => { ca_file => "$certs/other-ca.pem" }), 'bind.failed', qr/certificate/i);
for (['another host name', 'wrong', qr/name|match/i], ['a certificate that has expired', 'expired', qr/expired/i], ['a certificate of an unknown CA', 'other', qr/certificate|issuer/i]) {
    my ($name, $cert, $pattern) = @$_;
    my $bad = Campaignd::Carrier->new(tls => 1, cert => $cert)->start;
    keeps_trying($name, $with_port->($bad->port), 'bind.failed', $pattern);
    is($bad->summary->{binds}, 0, 'and the password was never sent');
}
{
    my $bad = Campaignd::Carrier->new(tls => 1, cert => 'wrong')->start;
    my $daemon = Campaignd::Daemon->new(conf => $carrier_of->($world->conf, hosts => ['localhost:' . $bad->port], tls => { ca_file => "$certs/ca.pem", verify => \'false' }))->start;
    ok($daemon->bound, 'verify = false accepts it, as it says in so many words');
    $daemon->stop;
    my $named = Campaignd::Daemon->new(
        conf => $carrier_of->($world->conf, hosts => ['localhost:' . $bad->port], tls => { ca_file => "$certs/ca.pem", server_name => 'elsewhere.example' }))->start;
    ok($named->bound, 'server_name names what the certificate must say');
    $named->stop;
    my $old = Campaignd::Carrier->new(tls => 1, options => ['--tls-max', '1.2'])->start;
    keeps_trying('a TLS that is too old', $carrier_of->($world->conf, hosts => ['localhost:' . $old->port], tls => { ca_file => "$certs/ca.pem", min_version => \'"1.3"' }),
        'bind.failed', qr/version|protocol/i);
}
{
    my $conf = $carrier_of->($world->conf, password_file => $world->password_file('wrong'));
    keeps_trying('a wrong password', $conf, 'bind.refused', qr/password|0x0000000e|RINVPASWD/i, once => 1, level => 'error');
    $world->password_file;
}
keeps_trying('a port where nobody listens', $with_port->(Campaignd::Cluster::free_port()), 'bind.failed', qr/refused/i);
keeps_trying('a host that does not exist', $carrier_of->($world->conf, hosts => ['no-such-host.invalid:2775']), 'bind.failed', qr/no-such-host|name|resolve/i);
{
    my $plain = Campaignd::Carrier->new->start;
    keeps_trying('TLS where the carrier speaks none', $with_port->($plain->port), 'bind.failed', qr/./);
    keeps_trying('no TLS where the carrier speaks it', $carrier_of->($world->conf, tls => { enable => \'false' }), 'bind.failed', qr/./) ;
    my $silent = Campaignd::Carrier->new(options => ['--silent'])->start;
    keeps_trying('a carrier that falls silent', $carrier_of->($world->conf, hosts => ['localhost:' . $silent->port], tls => { enable => \'false' },
        enquire_link => '1s', response_timeout => '1s'), 'bind.closed', qr/silent/i);
    my $full = Campaignd::Carrier->new(options => ['--refuse-bind', '0x0d:1'])->start;
    my $busy = Campaignd::Daemon->new(conf => $carrier_of->($world->conf, hosts => ['localhost:' . $full->port], tls => { enable => \'false' }))->start;
    like(join(' ', %{ $busy->wait_event('bind.failed') }), qr/0x0000000d|RBINDFAIL|bind/i, 'a bind that is refused for another reason is tried again');
    ok($busy->process->runs);
    $busy->stop;
}

# The database.
my $database = sub { my ($also, %with) = @_; my $conf = $world->conf; $conf->{database}{conninfo} = $world->db->conninfo(%$also); return $conf };
keeps_trying('a database that does not exist', $database->({ dbname => 'nowhere' }), 'db.failed', qr/nowhere.*does not exist/, once => 1, level => 'error', heal => sub {
    my ($daemon) = @_;
    # Repeats are not logged; that it keeps trying shows when it succeeds.
    $world->cluster->connect('postgres')->do('create database nowhere');
    ok($daemon->wait_event('db.schema', {}, seconds => 30), 'it finds the database once it is there');
    $world->cluster->connect('postgres')->do('drop database nowhere with (force)');
});
keeps_trying('a role that does not exist', $database->({ user => 'nobody_here' }), 'db.failed', qr/nobody_here/, once => 1);
keeps_trying('no PostgreSQL there', $database->({ host => '/nonexistent' }), 'db.failed', qr/nonexistent/, once => 1);
{
    my $old = $world->cluster->database;
    my $newest = $old->value('select max(no) from campaign_store.migration');
    $old->do('delete from campaign_store.migration where no = :newest; insert into campaign_store.migration(no, name, sha256) values (:newest + 1, $$x$$, $$x$$)', newest => $newest);
    my $conf = $world->conf;
    $conf->{database}{conninfo} = $old->conninfo;
    keeps_trying('a schema of another version', $conf, 'db.schema', qr/migrate|schema/i, once => 1, level => 'error', heal => sub {
        my ($daemon) = @_;
        $old->do('update campaign_store.migration set no = :newest where no = :newest + 1', newest => $newest);
        ok($daemon->bound, 'and once it is migrated it goes on by itself') if eval { $daemon->wait_event('db.connected', {}, seconds => 70); 1 };
    });
    my $empty = 'empty_' . $$;
    $world->cluster->connect('postgres')->do("create database $empty");
    keeps_trying('an empty database', $database->({ dbname => $empty }), 'db.schema', qr/migrate|schema/i, once => 1, level => 'error');
}
{
    my $conf = $world->conf;
    $conf->{carriers}[0]{name} = 'other';
    keeps_trying('a sender whose carrier is not configured', $conf, 'carrier.absent', qr/acme/, once => 1, seconds => 45, level => 'error');
}

# The configuration.
my $daemon = Campaignd::Daemon->new(conf => $world->conf);
my $written = Campaignd::Process::slurp($daemon->file);
my $edited = sub { my ($from, $to) = @_; my $text = $written; $text =~ s/$from/$to/ or die $from; $daemon->write_conf($text); return $daemon };
ends('an unknown key', $edited->(qr/window/, 'windwo'), $sysexits{config}, qr/campaignd\.conf:\d+.*windwo.*window/s);
ends('a value out of bounds', $edited->(qr/window = 10/, 'window = 0'), $sysexits{config}, qr/:\d+.*window/);
ends('a duration without a unit', $edited->(qr/reconnect_max = "1s"/, 'reconnect_max = "1"'), $sysexits{config}, qr/reconnect_max/);
ends('what is no libconfig', $edited->(qr/ = /, ' = = '), $sysexits{config}, qr/campaignd\.conf:\d+/);
ends('a password file that does not exist', $edited->(qr/password_file = "[^"]*"/, 'password_file = "/nonexistent/password"'), $sysexits{config}, qr{/nonexistent/password.*No such file});
ends('a CA file that does not exist', $edited->(qr/ca_file = "[^"]*"/, 'ca_file = "/nonexistent/ca.pem"'), $sysexits{config}, qr{/nonexistent/ca\.pem});
ends('a conninfo that cannot be read', $edited->(qr/conninfo = "[^"]*"/, 'conninfo = "hots=x"'), $sysexits{config}, qr/hots/);
$daemon->write_conf($written);
ends('an unknown option', $daemon, $sysexits{usage}, qr/frobnicate/, '--frobnicate');
{
    my $nowhere = Campaignd::Daemon->new(conf => $world->conf);
    unlink $nowhere->file;
    my ($code, $out) = $nowhere->run;
    ok($code == $sysexits{config} || $code == $sysexits{noinput}, "a configuration that is not there: exit code $code");
    like($out, qr/campaignd\.conf.*No such file/, 'it says why');
}

subtest 'options that only tell' => sub {
    my ($code, $out) = $daemon->run('--check-config');
    is($code, 0, 'a good configuration') or diag $out;
    ($code, $out) = $daemon->run('--print-config');
    is($code, 0);
    like($out, qr/enquire_link = "20s"/, 'the effective values are printed, defaults among them');
    unlike($out, qr/$Campaignd::Carrier::password/, 'but no password');
    $daemon->write_conf($out);
    is_deeply([$daemon->run('--print-config')], [0, $out], 'what is printed can be read again');
    $daemon->write_conf($written);
    ($code, $out) = $daemon->run('--check-db');
    is($code, 0, 'the database is fine') or diag $out;
    ($code, $out) = $daemon->run('--version');
    like($out, qr/^campaignd \d+\.\d+/);
    is(($daemon->run('--help'))[0], 0);
    $daemon->configure($database->({ dbname => 'nowhere' }));
    ($code, $out) = $daemon->run('--check-db');
    cmp_ok($code, '>', 0, 'a database that is not there');
    like($out, qr/nowhere/);
};

done_testing;
