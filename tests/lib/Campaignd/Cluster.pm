package Campaignd::Cluster;
# A PostgreSQL of one's own (tests/lib/cluster.sh), and databases in it.
use strict;
use warnings;
use Carp;
use Campaignd::Database;
use Campaignd::Process qw(run_program);
use File::Basename 'dirname';
use File::Spec;
use IO::Socket::INET;

my $owner = $$;
my @mine;
my $shared;
my $databases = 0;

our $top = File::Spec->rel2abs(dirname(__FILE__) . '/../../..');

sub script {
    my ($verb, @rest) = @_;
    my ($code, $out) = run_program(['sh', "$top/tests/lib/cluster.sh", $verb, @rest], seconds => 120);
    croak "cluster.sh $verb: $out" if $code;
    return $out;
}

# The one that tests/check.sh started for all tests, else one of this test's own.
sub shared {
    my ($class) = @_;
    return $shared //= defined $ENV{CAMPAIGND_CLUSTER} ? bless({ dir => $ENV{CAMPAIGND_CLUSTER}, port => 5432 }, $class) : $class->new;
}

# new(tcp => 1) listens on 127.0.0.1 as well, on a free port.
sub new {
    my ($class, %how) = @_;
    my $self = bless { port => 5432 }, $class;
    $self->{port} = free_port() if $how{tcp};
    ($self->{dir}) = script('start', $how{tcp} ? ('--port', $self->{port}) : ()) =~ m{^(/.*)$}m;
    push @mine, $self;
    return $self;
}

# A port that nobody listened on a moment ago.
sub free_port {
    my $socket = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1', LocalPort => 0) or croak "no free port: $!";
    return $socket->sockport;
}

sub dir { return $_[0]{dir} }
sub port { return $_[0]{port} }

sub restart { my ($self, $mode) = @_; script('restart', $self->{dir}, $mode // 'fast'); return }
sub halt { my ($self, $mode) = @_; script('halt', $self->{dir}, $mode // 'fast'); return }
sub up { my ($self) = @_; script('up', $self->{dir}); return }

# The name of a database that campaignd-migrate has filled; made once, the others are copies of it.
sub template {
    my ($self) = @_;
    my $name = 'campaignd_template';
    my $admin = $self->connect('postgres');
    return $name if $admin->value("select count(*) from pg_database where datname = '$name' and datistemplate");
    $admin->do("create database $name");
    $self->connect($name)->migrate;
    $admin->do("alter database $name is_template true");
    return $name;
}

sub connect { my ($self, $name) = @_; return Campaignd::Database->new(cluster => $self, name => $name) }

# An empty database, migrated and confirmed. With raw => 1 as it was copied: it knows that it is a copy, and sends nothing.
sub database {
    my ($self, %how) = @_;
    my $name = sprintf 'test_%d_%d', $$, ++$databases;
    $self->connect('postgres')->do("create database $name template " . $self->template);
    my $database = $self->connect($name);
    $database->do('delete from campaign_store.installation') unless $how{raw};
    return $database;
}

END {
    my $code = $?;
    if ($$ == $owner) {
        eval { script('stop', $_->{dir}); 1 } or warn $@ for @mine;
    }
    $? = $code;
}

1;
