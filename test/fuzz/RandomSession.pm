# RandomSession - a session that speaks the simple protocol over a socket: statements go out, rows, SQLSTATEs
# and warnings come back, and the loss of the server is noticed. Without a driver to install.
package RandomSession;

use strict;
use warnings;

use IO::Socket::UNIX;
use Time::HiRes qw(sleep);

# host: the directory of the socket. Waits for a server that is starting or recovering.
sub connect
{
	my ($class, %to) = @_;
	foreach my $try (1 .. 300)
	{
		my $socket = IO::Socket::UNIX->new(Peer => "$to{host}/.s.PGSQL.$to{port}");
		if ($socket)
		{
			my $self = bless { socket => $socket }, $class;
			$self->_send('', pack 'N (Z*)6 C', 196608, 'user', $to{user}, 'database', $to{database},
				'application_name', 'random queries', 0);
			my $answer = $self->_answer;
			return $self if $answer && !$answer->{error};
			die "cannot connect: $answer->{message}\n" if $answer && $answer->{error} !~ /^57P0/;
		}
		sleep 0.2;
	}
	die "no server at $to{host} port $to{port}\n";
}

# {rows => [texts], error => SQLSTATE, message => ..., warnings => [...]}; undef when the server is gone.
sub query
{
	my ($self, $sql) = @_;
	local $SIG{PIPE} = 'IGNORE';
	$self->_send('Q', "$sql\0");
	return $self->_answer;
}

sub close
{
	my ($self) = @_;
	local $SIG{PIPE} = 'IGNORE';
	$self->_send('X', '');
	return close $self->{socket};
}

sub _send
{
	my ($self, $kind, $body) = @_;
	print { $self->{socket} } $kind, pack('N', 4 + length $body), $body;
	$self->{socket}->flush;
	return;
}

# Everything up to ReadyForQuery. A row is one text, fields apart by tabs, NULL as \N.
sub _answer
{
	my ($self) = @_;
	my %answer = (rows => [], warnings => []);
	while ((read($self->{socket}, my $head, 5) // 0) == 5)
	{
		my ($kind, $length) = unpack 'a N', $head;
		my $body = '';
		$length == 4 || read($self->{socket}, $body, $length - 4) == $length - 4 or return;
		return \%answer if $kind eq 'Z';
		push @{ $answer{rows} }, _row($body) if $kind eq 'D';
		next if $kind ne 'E' && $kind ne 'N';
		my %field = map { /^(.)(.*)/s ? ($1, $2) : () } split /\0/, $body;
		if ($kind eq 'N')
		{
			push @{ $answer{warnings} }, $field{M} if $field{V} eq 'WARNING';
			next;
		}
		@answer{ 'error', 'message' } = @field{ 'C', 'M' };
		return if $field{V} eq 'FATAL' && $field{C} !~ /^57P03/ || $field{V} eq 'PANIC';
		return \%answer if $field{V} eq 'FATAL';
	}
	return;
}

sub _row
{
	my ($body) = @_;
	my ($count, $rest) = unpack 'n a*', $body;
	my ($at, @fields) = (0);
	foreach (1 .. $count)
	{
		my $length = unpack 'N', substr $rest, $at, 4;
		$at += 4;
		push @fields, $length == 0xFFFFFFFF ? '\N' : substr $rest, $at, $length;
		$at += $length if $length != 0xFFFFFFFF;
	}
	return join "\t", @fields;
}

1;
