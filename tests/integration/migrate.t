#!/usr/bin/perl
# campaignd-migrate: what is missing is put in once, what changed again, and nothing else is touched.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Campaignd::Cluster;
use Campaignd::Process qw(run_program scratch_dir slurp);
use Test::More;

my $cluster = Campaignd::Cluster->shared;
my $admin = $cluster->connect('postgres');
my $name = "migrate_$$";
$admin->do("create database $name");
my $database = $cluster->connect($name);

# A copy of the files, to be changed.
my $sql = scratch_dir();
run_program(['cp', '-R', "$Campaignd::Cluster::top/sql/.", $sql]);

sub migrate {
    my (@arguments) = @_;
    my $user = $arguments[0] && $arguments[0] =~ /^user=/ ? shift @arguments : 'user=postgres';
    my $in = $arguments[0] && $arguments[0] =~ /^dbname=/ ? shift @arguments : "dbname=$name";
    return run_program(['sh', "$sql/campaignd-migrate", '-d', join(' ', 'host=' . $cluster->dir, 'port=' . $cluster->port, $in, $user), @arguments], seconds => 120);
}

sub spoil {
    my ($file, $change) = @_;
    my $text = slurp("$sql/$file");
    $change->() for $text;
    open my $out, '>:raw', "$sql/$file" or die $!;
    print $out $text;
    close $out or die $!;
    return;
}

# A fingerprint of everything in the two schemas but when it was done.
sub state_of {
    return $database->value(q{
        select md5(string_agg(x, E'\n' order by x)) from (
            select format('%s %s %s', p.oid::regprocedure, p.prosrc, p.proacl) as x from pg_proc p where p.pronamespace::regnamespace::text ~ '^campaign'
            union all select format('%s %s %s', c.oid::regclass, c.relacl, c.relfilenode) from pg_class c where c.relnamespace::regnamespace::text ~ '^campaign'
            union all select to_jsonb(c)::text from campaign_store.carrier_code c) y});
}

my ($code, $out) = migrate('--dry-run');
is($code, 0, 'a rehearsal');
like($out, qr/would apply migration 001-store/, 'says what would be done');
is($database->value("select count(*) from pg_namespace where nspname ~ '^campaign'"), 0, 'and does nothing');

($code, $out) = migrate();
is($code, 0, 'the first time') or diag $out;
like($out, qr/$_/, "it does: $_") for 'apply migration 001-store', 'put in functions and views', 'load data/reasons.csv', 'note where this database lives';
is($database->value("select string_agg(rolname || rolcanlogin, ' ' order by rolname) from pg_roles where rolname ~ '^campaign'"),
    'campaign_operatorfalse campaign_ownerfalse campaign_reportingfalse campaign_stafffalse campaigndtrue', 'the roles are there');
is($database->value("select string_agg(nspowner::regrole::text, ' ') from pg_namespace where nspname ~ '^campaign'"), 'campaign_owner campaign_owner', 'and own the schemas');
is($database->value('show statement_timeout'), '1min', 'long questions are cut off');
is($database->as('campaignd')->value('show statement_timeout'), '0', 'but not those of the daemon');
is($database->value('select count(*) from campaign_store.reason where reason = \'no_number\' and id = 1'), 1, 'reasons have their position as id');

my $state = state_of();
($code, $out) = migrate();
is($code, 0, 'the second time');
is($out, "campaignd-migrate: nothing to do\n", 'there is nothing to do');
is(state_of(), $state, 'and nothing is done');

# Functions whose result has another type, and one that is gone.
spoil('functions/10-base.sql', sub { $_ .= "create function campaign_store.gone() returns int language sql as 'select 1';\n" });
migrate();
is($database->value('select campaign_store.gone()'), 1, 'a new function is put in');
spoil('functions/10-base.sql', sub { s/gone\(\) returns int language sql as 'select 1'/gone() returns text language sql as 'select ''x''::text'/ });
($code, $out) = migrate();
is($code, 0, 'one with another result replaces it') or diag $out;
is($database->value('select campaign_store.gone()'), 'x', 'really');
spoil('functions/10-base.sql', sub { s/create function campaign_store.gone.*\n// });
migrate();
is($database->value("select to_regprocedure('campaign_store.gone()')"), undef, 'one that is gone goes');
is(state_of(), $state, 'and all is as before');

# What people have made on top of it stays.
$database->do('create view public.mine as select id, status from campaign.message_log; create table public.seen as select campaign_store.now() as at;
    alter table public.seen alter at set default campaign_store.now()');
spoil('functions/10-base.sql', sub { $_ .= "-- changed\n" });
($code, $out) = migrate();
is($code, 0, 'an upgrade while something depends on the interface') or diag $out;
is($database->value('select count(*) from public.mine'), 0, 'which goes on');

# A file that does not work changes nothing.
$state = state_of();
spoil('functions/99-grants.sql', sub { $_ .= "select 1/0;\n" });
($code, $out) = migrate();
is($code, 1, 'a file that fails');
like($out, qr/division by zero.*all else is unchanged/s, 'says so');
is(state_of(), $state, 'and nothing was changed');
spoil('functions/99-grants.sql', sub { s{select 1/0;\n}{} });

# Carrier codes: shipped ones follow the file, those of operators stay.
$database->do(q{select campaign.set_carrier_code('command_status', '0x00000001', 'ours', 'Aborted', 'rejected', 'no');
    select campaign.set_carrier_code('acme', '77', 'ours', 'Aborted', 'rejected', 'no')});
spoil('data/carrier_errors.csv', sub { s/(command_status,0x0000000[12],)[^,]*/$1changed/g; s/^command_status,0x00000003.*\n//m });
($code, $out) = migrate();
is($out, "campaignd-migrate: load data/carrier_errors.csv\n", 'a changed file is loaded');
is($database->value(q{select string_agg(concat_ws(' ', source, code, meaning), ', ' order by source desc, code) from campaign_store.carrier_code
    where source in ('acme', 'command_status') and code in ('77', '0x00000001', '0x00000002', '0x00000003')}), 'command_status 0x00000001 ours, command_status 0x00000002 changed, acme 77 ours',
    'what is shipped follows it, what is an operator\'s stays');

# What must not happen.
spoil('data/reasons.csv', sub { s/^(no_number.*\n)(invalid_number.*\n)/$2$1/m });
($code, $out) = migrate();
is($code, 1, 'reasons that were moved are refused');
like($out, qr/lost or moved a reason.*only ever appended/s, 'with what to do');
spoil('data/reasons.csv', sub { s/^(invalid_number.*\n)(no_number.*\n)/$2$1/m });
spoil('001-store.sql', sub { $_ .= "-- changed\n" });
($code, $out) = migrate();
is($code, 1, 'a numbered file that was changed is refused');
like($out, qr/Migration 001-store was applied in another form.*never edited/s, 'with what to do');
spoil('001-store.sql', sub { s/-- changed\n// });
$database->do(q{insert into campaign_store.migration(no, name, sha256) values (999, '999-future', '')});
($code, $out) = migrate();
is($code, 1, 'a database of a newer version is refused');
like($out, qr/newer version/, 'and says so');
$database->do('delete from campaign_store.migration where no = 999');
is((migrate())[1], "campaignd-migrate: nothing to do\n", 'all is well again');

# A numbered file is applied once.
open my $new, '>', "$sql/002-more.sql" or die $!;
print $new "create table campaign_store.more (id int);\n";
close $new or die $!;
is((migrate())[1], "campaignd-migrate: apply migration 002-more\n", 'another migration');
is($database->value(q{select string_agg(no || tableowner, ' ') from campaign_store.migration, pg_tables where no = 2 and tablename = 'more'}), '2campaign_owner', 'is of the owner, and recorded');
is((migrate())[1], "campaignd-migrate: nothing to do\n", 'once');

# Who may, and where.
$admin->do('create role migrate_nobody login');
($code, $out) = migrate('user=migrate_nobody');
is($code, 1, 'who has no rights is refused');
like($out, qr/may not give rights in the database.*superuser or as the owner/s, 'with what to do');
$admin->do('grant campaign_owner to migrate_nobody');
is((migrate('user=migrate_nobody'))[1], "campaignd-migrate: nothing to do\n", 'a member of campaign_owner may run it later');
($code, $out) = migrate('dbname=no_such_database');
is($code, 1, 'no such database');
like($out, qr/no connection to the database.*createdb/s, 'says so');
$admin->do("create database ${name}_latin template template0 encoding 'LATIN1' locale 'C'");
($code, $out) = migrate("dbname=${name}_latin");
is($code, 1, 'a database of another encoding is refused');
like($out, qr/must have the encoding UTF8/, 'and says so');
is((run_program(['sh', "$sql/campaignd-migrate", '--nonsense']))[0], 64, 'an unknown option is wrong usage');
like((run_program(['sh', "$sql/campaignd-migrate", '--help']))[1], qr/--dry-run/, 'help');

# Two at once: one waits, and finds it done.
spoil('functions/10-base.sql', sub { $_ .= "-- once more\n" });
my @both = map { my $pid = open(my $from, '-|') // die $!; $pid || do { print +(migrate())[1]; exit }; $from } 1, 2;
my $said = join '', map { local $/ = undef; scalar readline $_ } @both;
is(() = $said =~ /put in functions and views/g, 1, 'of two at once one does it');
unlike($said, qr/ERROR|stopped/, 'and the other is not disturbed');

$admin->do("drop database $name with (force); drop database ${name}_latin with (force); drop role migrate_nobody");
done_testing;
