package Campaignd::Database;
# A database, through psql: each call is a session of its own, as people's are.
use strict;
use warnings;
use Carp;
use Campaignd::Process qw(run_program slurp wait_for);
use File::Temp ();

my $null = "\x{1}NULL";

sub new {
    my ($class, %how) = @_;
    return bless {%how}, $class;
}

sub name { return $_[0]{name} }
sub cluster { return $_[0]{cluster} }

# For campaignd's configuration.
sub conninfo {
    my ($self, %also) = @_;
    my %all = (host => $self->{cluster}->dir, port => $self->{cluster}->port, dbname => $self->{name}, user => 'campaignd', %also);
    return join ' ', map { "$_=$all{$_}" } sort keys %all;
}

# The same database as another login.
sub as {
    my ($self, $login) = @_;
    return bless { %$self, login => $login }, ref $self;
}

sub psql {
    my ($self, $sql, %how) = @_;
    my $script = File::Temp->new;
    binmode $script, ':utf8';
    print $script $sql;
    close $script;
    my @variables = map { ('-v', "$_=$how{with}{$_}") } sort keys %{ $how{with} // {} };
    my $out = File::Temp->new;
    my $err = File::Temp->new;
    my $process = Campaignd::Process->start(
        [
            'psql', '-XAtq', '-h', $self->{cluster}->dir, '-p', $self->{cluster}->port, '-U', $self->{login} // 'postgres', '-d', $self->{name},
            '-v', 'ON_ERROR_STOP=1', '-v', 'VERBOSITY=verbose', '-F', "\x1f", '-R', "\x1e", '-P', "null=$null", @variables, '-f', "$script"
        ],
        stdout => "$out",
        stderr => "$err",
        env => { PGCLIENTENCODING => 'UTF8', PGOPTIONS => '' },
    );
    my $code = $process->wait($how{seconds} // 60);
    return ($code, slurp("$out"), slurp("$err"));
}

# do($sql, name => value...): :'name' in the text is the value, quoted. Dies with psql's own words.
sub do {
    my ($self, $sql, %with) = @_;
    my ($code, $out, $err) = $self->psql($sql, with => \%with);
    croak "$err in: $sql" if $code;
    return $out;
}

# The error that a statement must raise, as psql says it ("ERROR:  TC006: ..."); undef when it raises none.
sub error {
    my ($self, $sql, %with) = @_;
    my ($code, undef, $err) = $self->psql($sql, with => \%with);
    return $code ? $err : undef;
}

# A list of rows, each a list of strings; undef for NULL.
sub rows {
    my ($self, $sql, %with) = @_;
    my $out = $self->do($sql, %with);
    utf8::decode($out);
    $out =~ s/\n\z//;
    return [map { [map { $_ eq $null ? undef : $_ } split /\x1f/, $_, -1] } split /\x1e/, $out];
}

sub row { my ($self, @rest) = @_; return @{ $self->rows(@rest)->[0] // [] } }
sub value { my ($self, @rest) = @_; return ($self->row(@rest))[0] }

# Two columns as a hash.
sub hash { my ($self, @rest) = @_; return { map { $_->[0] => $_->[1] } @{ $self->rows(@rest) } } }

sub wait_for_value {
    my ($self, $sql, $wanted, $seconds) = @_;
    my $value;
    eval { wait_for { $value = $self->value($sql); defined $value && $value eq $wanted } "$sql to be $wanted", $seconds; 1 }
        or croak(($@ =~ /^(.*?) at /s)[0] . '; it is ' . ($value // 'NULL'));
    return;
}

sub migrate {
    my ($self, @options) = @_;
    my ($code, $out) = run_program(
        ["$Campaignd::Cluster::top/sql/campaignd-migrate", @options],
        seconds => 120,
        env => { PGHOST => $self->{cluster}->dir, PGPORT => $self->{cluster}->port, PGUSER => 'postgres', PGDATABASE => $self->{name} }
    );
    croak "campaignd-migrate: $out" if $code;
    return $out;
}

1;
