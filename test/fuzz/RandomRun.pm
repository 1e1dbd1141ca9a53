# RandomRun - runs cases of RandomQuery with the grouping node and without it, and compares.
package RandomRun;

use strict;
use warnings;

use RandomChoice;
use RandomQuery;
use RandomSession;

# What may show either of two numbers that are equal but of different scales, or order them either way.
my $ties = qr/ORDER BY \d|DISTINCT|UNION|EXCEPT|INTERSECT|AS q GROUP BY|LIMIT/;

my $switch = 'customer_profile.enable_customer_agg';

# to: host, port, user, database. Counts are in {count}; what differs is told to {report}, a function of a text.
# always: settings for both sides.
sub new
{
	my ($class, %self) = @_;
	my $self = bless { count => {}, errors => {}, always => [], %self }, $class;
	$self->{session} = RandomSession->connect(%{ $self->{to} });
	my $answer = $self->{session}->query("SHOW server_version_num; SELECT 1 FROM pg_available_extensions WHERE name = 'customer_profile'");
	$self->{server_version} = $answer->{rows}[0];
	return $self;
}

# Whether the case gave the same both ways.
sub run
{
	my ($self, $seed) = @_;
	my $case = RandomQuery->new($seed, server_version => $self->{server_version}, jit => $self->{jit})->case;
	my $count = $self->{count};

	# Now and then in a session that has not yet loaded the library.
	if ($seed % 20 == 0)
	{
		$self->{session}->close;
		$self->{session} = RandomSession->connect(%{ $self->{to} });
	}
	my @on = $self->_side($case, 'on');
	return $self->_differs($case, 'on', 'the server is gone', @on) if !defined $on[-1];

	# What the standard plans give depends on no setting either, but errors may come earlier or later.
	srand $seed;
	local $case->{settings} = [ grep { /ROLE/ } @{ $case->{settings} } ]
	  if !$case->{poison} && chance(0.35);
	my @off = $self->_side($case, 'off');
	return $self->_differs($case, 'off', 'the server is gone', @off) if !defined $off[-1];

	$count->{cases}++;
	$count->{ours}++ if $case->{ours};
	my $plan = join "\n", map { $_->{compare} eq 'plan' ? @{ $_->{rows} } : () } @on;
	if ($plan =~ /CustomerAgg/)
	{
		$count->{node}++;
		$count->{"node, $case->{kind}"}++;
		$count->{'node and ours'}++ if $case->{ours};
		$count->{'node below Gather'}++ if $plan =~ /Gather.*CustomerAgg/s;
		$count->{'node twice'}++ if $plan =~ /CustomerAgg.*CustomerAgg/s;
		$count->{'node in a SubPlan'}++ if $plan =~ /SubPlan.*CustomerAgg/s;
		$count->{'node below Append'}++ if $plan =~ /Append.*CustomerAgg/s;
		$count->{'node in a loop'}++ if $plan =~ /Nested Loop.*CustomerAgg/s;
		# Of the plans that were run; as text they only say so when they do.
		my $spills = $plan =~ /Spilled States: |Spilled.States\W+[1-9]/;
		$count->{'node spills'}++ if $spills;
		$count->{'node spills below Gather'}++ if $spills && $plan =~ /Gather.*CustomerAgg.*Spilled/s;
		$count->{'node spills timelines'}++ if $spills && $plan =~ /timeline/;
		$count->{'node is rescanned below Gather'}++ if $plan =~ /Limit.*Gather.*Parallel Custom Scan/s && $on[-1]{sql} =~ /AS d\(n\)/;
	}
	return $self->_differs($case, 'off', 'CustomerAgg in a plan though it is turned off', @off)
	  if grep { $_->{compare} eq 'plan' && "@{ $_->{rows} }" =~ /CustomerAgg/ } @off;
	foreach my $i (0 .. ($#on > $#off ? $#on : $#off))
	{
		my ($on, $off) = ($on[$i], $off[$i]);
		return $self->_differs($case, 'on', 'errors in one only', @on, { %{ $off // {} }, sql => 'off: ' . ($off ? $off->{error} ? "$off->{error} $off->{message}" : 'no error' : 'not reached') })
		  if !$on || !$off || ($on->{compare} ne 'nothing' && ($on->{error} // '') ne ($off->{error} // ''));
		return $self->_differs($case, 'on', "warning: @{ $on->{warnings} }", @on) if @{ $on->{warnings} } > @{ $off->{warnings} };
		return $self->_differs($case, 'on', "not what the cursor gave before: $on->{unexpected}", @on) if $on->{unexpected};
		return $self->_differs($case, 'off', "not what the cursor gave before: $off->{unexpected}", @off) if $off->{unexpected};
		if ($on->{error} && $on->{compare} ne 'nothing')
		{
			$count->{errors}++;
			$self->{errors}{"$on->{error} $on->{message}"} //= $seed;
			next;
		}
		$count->{rows} += @{ $on->{rows} };
		next if $on->{compare} !~ /rows|order/;
		my ($a, $b) = map { join "\n", $on->{compare} eq 'rows' ? sort @{ $_->{rows} } : @{ $_->{rows} } } $on, $off;
		next if $a eq $b || ($on->{sql} =~ $ties && _scaleless($a) eq _scaleless($b));
		return $self->_differs($case, 'on', _difference($on, $off), @on[ 0 .. $i ]);
	}
	return 1;
}

# The outcome of each step that was run: {sql, compare, rows, error, message, warnings}; a last undef: server gone.
sub _side
{
	my ($self, $case, $state) = @_;
	my $session = $self->{session};
	my @outcome;
	my @remembered;
	my $gone = sub {
		$self->{session} = RandomSession->connect(%{ $self->{to} });
		return (@outcome, undef);
	};
	foreach my $sql (join '; ', "SET statement_timeout = '120s'", "SET jit = off", "SET $switch = $state", @{ $self->{always} }, @{ $case->{settings} })
	{
		my $answer = $session->query($sql) or return $gone->();
		die "$sql: $answer->{message}\n" if $answer->{error};
	}
	foreach my $step (@{ $case->{steps} })
	{
		my $answer = $session->query($step->{sql}) or push(@outcome, { sql => $step->{sql}, compare => 'nothing' }), return $gone->();
		@remembered = @{ $answer->{rows} } if $step->{remember};
		if ($step->{expect} && !$answer->{error})
		{
			my ($is, $expected) = map { join "\n", @$_ } $answer->{rows}, [ $step->{expect}->(@remembered) ];
			$answer->{unexpected} = "$step->{sql} gave\n" . substr($is, 0, 500) . "\nafter\n" . substr($expected, 0, 500) if $is ne $expected;
		}
		push @outcome, { sql => $step->{sql}, compare => $step->{compare}, %$answer };
		last if $answer->{error} && $step->{compare} ne 'nothing' && $step->{compare} ne 'plan';
	}
	foreach my $sql ('ROLLBACK', 'RESET ROLE', @{ $case->{cleanup} }, 'DISCARD ALL')
	{
		my $answer = $session->query($sql) or return $gone->();
		die "$sql: $answer->{message}\n" if $answer->{error};
	}
	return @outcome;
}

# Numbers that are equal, of which one was shown, are shown as one.
sub _scaleless
{
	my ($rows) = @_;
	return join "\n", map { join "\t", map { /^-?\d+\.\d+$/ ? s/\.?0+$//r : $_ } split /\t/ } split /\n/, $rows;
}

sub _difference
{
	my ($on, $off) = @_;
	my (%off, %on);
	$off{$_}++ foreach @{ $off->{rows} };
	$on{$_}++ foreach @{ $on->{rows} };
	my $text = @{ $on->{rows} } . ' rows on, ' . @{ $off->{rows} } . ' rows off';
	my @more = grep { $on{$_} > ($off{$_} // 0) } sort keys %on;
	my @less = grep { $off{$_} > ($on{$_} // 0) } sort keys %off;
	$text .= "; the same rows in another order" if !@more && !@less;
	$text .= "\n  on:  " . substr($_, 0, 300) foreach @more[ 0 .. ($#more < 2 ? $#more : 2) ];
	$text .= "\n  off: " . substr($_, 0, 300) foreach @less[ 0 .. ($#less < 2 ? $#less : 2) ];
	return $text;
}

sub _differs
{
	my ($self, $case, $state, $what, @outcome) = @_;
	$self->{count}{different}++;
	my $text = "seed $case->{seed}, $case->{kind}: $what\n";
	$text .= "$_;\n" foreach "SET $switch = $state", @{ $self->{always} }, @{ $case->{settings} };
	foreach my $outcome (grep { defined } @outcome)
	{
		$text .= "$outcome->{sql};" . ($outcome->{error} ? " -- $outcome->{error} $outcome->{message}" : '') . "\n";
	}
	$self->{report}->($text);
	return 0;
}

# Counts and errors, for people.
sub summary
{
	my ($self) = @_;
	my $count = $self->{count};
	my $text = join ', ', map { "$_ $count->{$_}" } sort keys %$count;
	return "$text\n" . join '', map { "  error $_ (seed $self->{errors}{$_})\n" } sort keys %{ $self->{errors} };
}

1;
