package Campaignd::Process;
# Programs that a test starts, and waiting. Whatever is still running when the test ends, however it ends, is killed then.
use strict;
use warnings;
use Carp;
use Exporter 'import';
use File::Temp ();
use POSIX ':sys_wait_h';
use Time::HiRes qw(sleep time);

our @EXPORT_OK = qw(wait_for run_program slurp scratch_dir);

my $owner = $$;
my %running;

$SIG{$_} = sub { exit 128 } for qw(INT TERM HUP);
# A test that hangs must not take the others with it.
$SIG{ALRM} = sub { confess "took too long" };
alarm($ENV{CAMPAIGND_TEST_SECONDS} // 300);

# Waits until the code returns something true, and returns that; dies after so many seconds, saying what it waited for.
sub wait_for(&$;$) {
    my ($code, $what, $seconds) = @_;
    my $until = time + ($seconds // 30);
    while (1) {
        my $result = $code->();
        return $result if $result;
        croak "waited in vain for $what" if time > $until;
        sleep 0.03;
    }
}

sub slurp {
    my ($file) = @_;
    open my $in, '<:raw', $file or croak "$file: $!";
    local $/;
    return scalar <$in> // '';
}

# A directory that goes away with the test.
sub scratch_dir {
    return File::Temp::tempdir('campaignd-test.XXXXXX', TMPDIR => 1, CLEANUP => 1);
}

# Runs to its end: (exit code, or 128 + signal; what it printed, errors among it).
sub run_program {
    my ($command, %how) = @_;
    my $out = File::Temp->new;
    my $process = Campaignd::Process->start($command, stdout => "$out", stderr => "$out", %how);
    my $code = $process->wait($how{seconds} // 60);
    return ($code, slurp("$out"));
}

# start([command, argument...], stdin => file, stdout => file, stderr => file, env => {}): files are appended to.
sub start {
    my ($class, $command, %how) = @_;
    my $pid = fork // croak "fork: $!";
    if ($pid == 0) {
        $SIG{$_} = 'DEFAULT' for qw(INT TERM HUP ALRM);
        alarm 0;
        my %to = (stdout => '/dev/null', stderr => '/dev/null', %how);
        # Under prove a test's own output is a pipe that must not be held open by what it leaves behind.
        open STDIN, '<', $how{stdin} // '/dev/null' or POSIX::_exit(127);
        open STDOUT, '>>', $to{stdout} or POSIX::_exit(127);
        open STDERR, '>>', $to{stderr} or POSIX::_exit(127);
        %ENV = (%ENV, %{ $how{env} // {} });
        exec { $command->[0] } @$command or POSIX::_exit(127);
    }
    my $self = bless { pid => $pid, command => $command }, $class;
    $running{$pid} = $self;
    return $self;
}

sub pid { return $_[0]{pid} }

# undef while it runs; then its exit code, or 128 + signal.
sub code {
    my ($self) = @_;
    if (!defined $self->{code} && waitpid($self->{pid}, WNOHANG) == $self->{pid}) {
        $self->{code} = WIFSIGNALED($?) ? 128 + WTERMSIG($?) : WEXITSTATUS($?);
        delete $running{ $self->{pid} };
    }
    return $self->{code};
}

sub runs { return !defined $_[0]->code }

sub wait {
    my ($self, $seconds) = @_;
    wait_for { defined $self->code } "the end of $self->{command}[0]", $seconds;
    return $self->{code};
}

sub signal {
    my ($self, $name) = @_;
    $self->{asked} = 1;
    kill $name => $self->{pid} if $self->runs;
    return;
}

# Ends it and returns its code. What does not end by itself is killed.
sub stop {
    my ($self, $signal, $seconds) = @_;
    $self->signal($signal // 'TERM');
    eval { $self->wait($seconds // 30) } // do { $self->signal('KILL'); $self->wait(10) };
    return $self->{code};
}

END {
    my $code = $?;
    if ($$ == $owner) {
        alarm 0;
        $_->stop('KILL', 10) for values %running;
    }
    $? = $code;
}

1;
