# CustomerProfileTest - what the TAP tests share: a server, values of every type, and a driver.
package CustomerProfileTest;

use strict;
use warnings;

use Cwd 'abs_path';
use Exporter 'import';
use FindBin;
use IO::Socket::UNIX;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

our @EXPORT = qw(data_file start_server run_sql_file create_values extension_types fingerprints);

my $library = "$FindBin::Bin/../lib";
my $data = "$FindBin::Bin/../data";

# The path of a real data set that is too large for the repository; without it the test is skipped. It is looked for in
# the directory that CUSTOMER_PROFILE_DATA names, or in ../shared/data beside the repository.
sub data_file
{
	my ($name) = @_;
	my $directory = $ENV{CUSTOMER_PROFILE_DATA} || "$FindBin::Bin/../../../shared/data";
	my $file = "$directory/$name";
	plan skip_all => "there is no $file (CUSTOMER_PROFILE_DATA names its directory)" if !-r $file;
	return abs_path($file);
}

# A running server with a database 'shop' that has the extension in a schema of its own.
sub start_server
{
	my ($name) = @_;
	my $node = PostgreSQL::Test::Cluster->new($name);
	$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
	$node->start;
	$node->safe_psql(
		'postgres', q{
		CREATE DATABASE shop;
		ALTER DATABASE shop SET search_path = public, customer_profile;});
	$node->safe_psql(
		'shop', q{
		CREATE SCHEMA customer_profile;
		CREATE EXTENSION customer_profile SCHEMA customer_profile;});
	return $node;
}

# Runs a file of test/lib; psql variable data names test/data.
sub run_sql_file
{
	my ($node, $database, $file) = @_;
	$node->command_ok(
		[
			'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-v', "data=$data",
			'-d', $node->connstr($database), '-f', "$library/$file"
		],
		"run $file");
	return;
}

# The tables value_TYPE of values.sql, which must leave no type of ours out.
sub create_values
{
	my ($node, $database) = @_;
	run_sql_file($node, $database, 'values.sql');
	foreach my $type (extension_types($node, $database))
	{
		cmp_ok($node->safe_psql($database, "SELECT count(value) FROM value_$type"),
			'>', 0, "there are values of $type");
	}
	return;
}

sub extension_types
{
	my ($node, $database) = @_;
	return split /\n/, $node->safe_psql(
		$database, q{
		SELECT t.typname
		FROM pg_depend AS d
		JOIN pg_extension AS e ON e.oid = d.refobjid AND d.refclassid = 'pg_extension'::regclass
		JOIN pg_type AS t ON t.oid = d.objid AND d.classid = 'pg_type'::regclass
		WHERE e.extname = 'customer_profile' AND t.typtype = 'b' AND t.typcategory <> 'A'
		ORDER BY 1});
}

# For every type, a digest of the bytes and the text of all its values.
sub fingerprints
{
	my ($node, $database) = @_;
	return join "\n", map {
		my $type = $_;
		$type . ' '
		  . $node->safe_psql(
			$database, qq{
			SELECT count(*), md5(string_agg(
				id || encode(${type}_send(value), 'hex') || value::text, '|' ORDER BY id))
			FROM value_$type})
	} extension_types($node, $database);
}

# A driver of few words: one statement with one binary parameter of type $oid, over the socket.
package CustomerProfileTest::Driver;

sub connect
{
	my ($class, $node, $database) = @_;
	my $path = $node->host . '/.s.PGSQL.' . $node->port;
	my $socket = IO::Socket::UNIX->new(Peer => $path) or die "cannot connect to $path: $!";
	my $self = bless { socket => $socket }, $class;
	my $user = getpwuid $<;
	my $startup = pack 'N (Z*)4 C', 196608, 'user', $user, 'database', $database, 0;
	print $socket pack('N', 4 + length $startup), $startup;
	$socket->flush;
	$self->_wait or die "cannot start a session";
	return $self;
}

sub prepare
{
	my ($self, $sql, $oid) = @_;
	$self->_send(P => pack 'Z* Z* n N', '', $sql, 1, $oid);
	$self->_send(S => '');
	my $answer = $self->_wait;
	die "$sql: $answer->{error}" if $answer->{error};
	return;
}

# {row => [fields as binary]}, {error => SQLSTATE, message => ...}, or undef when the server is gone.
sub execute
{
	my ($self, $bytes) = @_;
	$self->_send(B => pack 'Z* Z* n n n N/a* n n', '', '', 1, 1, 1, $bytes, 1, 1);
	$self->_send(E => pack 'Z* N', '', 0);
	$self->_send(S => '');
	return $self->_wait;
}

sub _send
{
	my ($self, $kind, $body) = @_;
	print { $self->{socket} } $kind, pack('N', 4 + length $body), $body;
	return;
}

# Everything up to ReadyForQuery.
sub _wait
{
	my ($self) = @_;
	my %answer;
	$self->{socket}->flush;
	while (read($self->{socket}, my $head, 5) == 5)
	{
		my ($kind, $length) = unpack 'a N', $head;
		my $body = '';
		$length == 4 || read($self->{socket}, $body, $length - 4) == $length - 4 or return;
		return \%answer if $kind eq 'Z';
		$answer{row} = _fields($body) if $kind eq 'D';
		next if $kind ne 'E';
		my %field = map { /^(.)(.*)/s ? ($1, $2) : () } split /\0/, $body;
		@answer{ 'error', 'message' } = @field{ 'C', 'M' };
	}
	return;
}

sub _fields
{
	my ($body) = @_;
	my ($count, $rest) = unpack 'n a*', $body;
	my @fields;
	foreach (1 .. $count)
	{
		(my $length, $rest) = unpack 'N a*', $rest;
		push @fields, $length == 0xFFFFFFFF ? undef : substr $rest, 0, $length, '';
	}
	return \@fields;
}

1;
