package Campaignd::World;
# What nearly every test needs: a database with a practice, a carrier, and a campaignd between them.
#
#	my $world = Campaignd::World->new(keys => { window => 20 }, carrier => { options => ['--answer-delay', 5] });
#	$world->contacts(300);
#	my $campaign = $world->text_campaign('Hi [Contact.FirstName|there]');
#	$world->finished($campaign);
#	$world->agrees;
use strict;
use warnings;
use Carp;
use Campaignd::Carrier;
use Campaignd::Cluster;
use Campaignd::Daemon;
use Campaignd::Process qw(scratch_dir wait_for);
use POSIX 'strftime';
use Test::More;

our $number = '+12065550199';

my $logins_made = 0;

sub new {
    my ($class, %how) = @_;
    my $self = bless { dir => scratch_dir(), keys => $how{keys} // {} }, $class;
    $self->{cluster} = $how{cluster} // Campaignd::Cluster->shared;
    $self->{db} = $how{db} // $self->{cluster}->database(raw => $how{raw});
    $self->logins;
    $self->practice(%{ $how{practice} // {} });
    $self->{carrier} = Campaignd::Carrier->new(%{ $how{carrier} // {} })->start unless $how{without_carrier};
    $self->{daemon} = Campaignd::Daemon->new(conf => $self->conf, %{ $how{daemon} // {} });
    push @{ $Campaignd::World::all //= [] }, $self;
    return $self;
}

sub db { return $_[0]{db} }
sub cluster { return $_[0]{cluster} }
sub carrier { return $_[0]{carrier} }
sub daemon { return $_[0]{daemon} }
sub dir { return "$_[0]{dir}" }

# People's own logins, so that what a test does is done with their privileges.
sub staff { return $_[0]{db}->as('maple_staff') }
sub operator { return $_[0]{db}->as('op') }

sub logins {
    my ($self) = @_;
    for (['maple_staff', 'campaign_staff'], ['op', 'campaign_operator']) {
        my ($login, $group) = @$_;
        $self->{db}->do("do \$\$ begin create role $login login in role $group; exception when duplicate_object or unique_violation then null; end \$\$");
    }
    return;
}

# No daylight saving time there: the local times that tests start campaigns at are there once, on every day.
my ($zone, $zone_offset) = ('America/Phoenix', -7 * 3600);

# Open at any hour: tests must pass at night.
sub practice {
    my ($self, %how) = @_;
    my $operator = $self->operator;
    $operator->do(q{select campaign.create_practice(practice => 'maple', name => 'Maple PT', time_zone => :'zone', phone => '(206) 555-0100',
        opens => '00:00', closes => '24:00')}, zone => $zone);
    $operator->do(q{select campaign.add_sender(practice => 'maple', number => :'number', carrier => 'acme')}, number => $number);
    $operator->do(q{select campaign.set_practice('maple', :'setting', :'value')}, setting => $_, value => $how{$_}) for sort keys %how;
    $operator->do(q{select campaign.add_staff('maple', 'maple_staff')});
    $self->staff->do(q{select campaign.create_group('maple', 'all')});
    $self->{db}->do('delete from campaign_store.legal_window');
    return;
}

sub password_file {
    my ($self, $password) = @_;
    my $file = "$self->{dir}/password";
    open my $out, '>', $file or croak $!;
    chmod 0600, $file;
    print $out ($password // $Campaignd::Carrier::password), "\n";
    close $out or croak $!;
    return $file;
}

# The configuration for this world's carrier; keys come on top.
sub conf {
    my ($self, %keys) = @_;
    my $carrier = $self->{carrier};
    my %acme = (
        name => 'acme',
        hosts => ['localhost:' . ($carrier ? $carrier->port : 1)],
        tls => $carrier && $carrier->{tls} ? { ca_file => Campaignd::Carrier::certs() . '/ca.pem' } : { enable => \'false' },
        system_id => $Campaignd::Carrier::user,
        password_file => $self->password_file,
        codes => 'bandwidth',
        window => 10,
        throughput => 1000,
        binds => 1,
        reconnect_max => '1s',
        retry => ['1s', '1s', '2s', '2s'],
        %{ $self->{keys} },
        %keys,
    );
    return { database => { conninfo => $self->{db}->conninfo }, carriers => [\%acme] };
}

sub start { my ($self, @options) = @_; $self->{daemon}->start(@options); return $self }

# A phone that nobody has: 555-0100 to 555-0199 in one area code after another. The carrier delivers to all of them.
my @area;

sub phone {
    my ($i) = @_;
    @area = map { /^(\d{3}),/ ? $1 : () } split /\n/, Campaignd::Process::slurp("$Campaignd::Cluster::top/sql/data/area_codes.csv") unless @area;
    my $area = $area[$i / 100] // croak "only " . 100 * @area . " phones";
    return sprintf '+1%s555%04d', $area, 100 + $i % 100;
}

# Imports contacts as staff do: each { external_id, first_name, last_name, phone, phase, region, time_zone, groups }.
sub import_contacts {
    my ($self, @contacts) = @_;
    my @columns = qw(external_id first_name last_name phone phase region time_zone groups);
    my $file = "$self->{dir}/import.tsv";
    open my $out, '>:utf8', $file or croak $!;
    print $out join("\t", map { $_ // '\N' } @$_{@columns}), "\n" for @contacts;
    close $out or croak $!;
    my ($imported, $updated, $rejected) = $self->staff->row(sprintf q{\copy campaign.contact_import(%s) from '%s'
        select imported, updated, rejected from campaign.import_contacts('maple', 'intake form');}, join(',', @columns), $file);
    is($imported, scalar @contacts, "$imported contacts were imported, $rejected rejected") if $imported != @contacts;
    return;
}

# That many ordinary people, all in the group "all".
sub contacts {
    my ($self, $n, $from) = @_;
    $self->import_contacts(map { { external_id => "c$_", first_name => "Ann$_", last_name => 'Smith', phone => phone($_), groups => 'all' } } ($from // 0) .. ($from // 0) + $n - 1);
    return;
}

# The practice's local time in so many seconds, as a campaign's start takes it.
sub local_time_in {
    my ($self, $seconds) = @_;
    return strftime('%Y-%m-%d %H:%M:%S', gmtime(time + $seconds + $zone_offset));
}

my $campaigns = 0;

# A campaign to the group "all", now or at start => 'YYYY-MM-DD HH:MM:SS'; its id.
sub text_campaign {
    my ($self, $message, %how) = @_;
    return $self->staff->value(
        q{select campaign_id from campaign.create_text_campaign(practice => 'maple', name => :'name', message => :'message', groups => array[:'group'],
            start_at => nullif(:'start', ''))},
        name => $how{name} // 'Campaign ' . ++$campaigns,
        message => $message,
        group => $how{group} // 'all',
        start => $how{start} // ''
    );
}

sub state { my ($self, $id) = @_; return $self->{db}->value('select state from campaign_store.campaign where id = ' . $id) }

# Waits until nothing of the campaign waits for a hand-over or for a receipt.
sub finished {
    my ($self, $id, $seconds) = @_;
    wait_for {
        # A test may let nobody run meanwhile, but not one that has given up.
        my $process = $self->{daemon}->process;
        croak 'campaignd ended: ' . $self->{daemon}->tail if $process && !$process->runs && !$process->{asked};
        $self->{db}->value("select state = 'Finished' and not exists (select 1 from campaign_store.message where campaign_id = $id
            and status in ('Scheduled', 'Queued', 'Sending', 'Sent')) from campaign_store.campaign where id = $id") eq 't'
    }
    "campaign $id to be finished", $seconds;
    return;
}

# A daemon that was killed counts as dead after two minutes; this lets them pass for all but the living.
sub swept_at_once {
    my ($self, $living) = @_;
    wait_for {
        $self->{db}->value(q{
            update campaign_store.run set lost_at = clock_timestamp() - interval '3 minutes' where id in (
                select r.id from campaign_store.run r where r.closed_at is null and not exists (
                    select 1 from pg_locks l join pg_database d on d.oid = l.database where d.datname = current_database() and l.locktype = 'advisory'
                    and l.objsubid = 1 and l.granted and (l.classid::bigint << 32 | l.objid::bigint) = r.id)
                for update skip locked);
            select count(*) from campaign_store.run where closed_at is null}) <= ($living // 1)
    }
    'the dead to be cleared up', 60;
    return;
}

# How many messages have each status, or "status reason".
sub outcomes {
    my ($self, $id) = @_;
    return $self->{db}->hash("select concat_ws(' ', m.status, r.reason), count(*) from campaign_store.message m
        left join campaign_store.reason r on r.id = m.reason where m.campaign_id = $id group by 1");
}

# The carrier's books and the database say the same about every text (tests/lib/agree.sql).
sub disagreements {
    my ($self, $in_doubt) = @_;
    my $books = $self->{carrier}->books_file;
    my $lib = "$Campaignd::Cluster::top/tests/lib";
    return @{ $self->{db}->rows("\\i $lib/books.sql
        \\copy book from '$books' with (format text, header match, null '')
        \\copy book_delivery from '$books.deliveries' with (format text, header match, null '')
        \\set in_doubt " . ($in_doubt // 0) . "
        \\i $lib/agree.sql") };
}

sub agrees {
    my ($self, %how) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my @complaints = map { join ' | ', map { $_ // '' } @$_ } $self->disagreements($how{in_doubt});
    is(join("\n", splice @complaints, 0, 20), '', 'the database and the carrier\'s books agree about every text');
    is($self->{carrier}->summary->{protocol_errors}, 0, 'the carrier has nothing to complain of') unless $how{complaints} || $self->{carrier}{perl};
    return;
}

# For tests/integration/privacy.t: what must not be in the logs of this test.
sub note_secrets {
    my ($self) = @_;
    my $file = Campaignd::Daemon::new_log('secrets') =~ s/\.log$//r;
    open my $out, '>:utf8', $file or return;
    print $out "password\t$Campaignd::Carrier::password\n";
    print $out "$_->[0]\t", ($_->[1] // '') =~ s/\s+/ /gr, "\n" for @{
        $self->{db}->rows(q{select 'phone', phone from campaign_store.contact where phone is not null union select 'phone', from_phone from campaign_store.inbound
            union select 'text', body from campaign_store.attempt union select 'text', body from campaign_store.inbound}) };
    return close $out;
}

END {
    my $code = $?;
    our $all;
    for my $world (@{ $all // [] }) {
        eval { $world->note_secrets } or warn "secrets: $@";
    }
    $? = $code;
}

1;
