# RandomQuery - random queries that group sales by customer, over the tables of tables.sql; the same for the same seed.
#
# A case has settings, and steps to run with them: {sql, compare}, where compare says what must not depend on
# the plan: 'rows' in any order, 'order' too, 'plan' (an EXPLAIN; only that it works), 'error' (rows do not matter).
# So whatever a query shows is made independent of the plan here: keys that are equal but look different
# (1.0 and 1.00, 'A' and 'a' without case) are shown in one form, LIMIT comes with an order of all columns
# or has its rows counted, and a row that is an error is never behind anything that may stop early.
package RandomQuery;

use strict;
use warnings;

use parent 'RandomTop';
use RandomChoice;

# ours: the aggregates are ours alone; used to say how often the node could have served.
sub new
{
	my ($class, $seed, %with) = @_;
	return bless { seed => $seed, server_version => 150000, %with }, $class;
}

sub case
{
	my ($self) = @_;
	srand $self->{seed};
	@$self{ 'ours', 'role', 'parameters', 'workers' } = (1, '', undef, 0);
	$self->{poison} = weighted([ 60, '' ], [ 1, 'amount' ], [ 1, 'float' ], [ 1, 'time' ], [ 1, 'sum' ]);
	# States that do not fit into memory: many groups, or much in one, and next to no memory.
	$self->{spill} = !$self->{poison} && chance(0.4);
	my @settings = $self->settings;
	push @settings, "SET work_mem = '64kB'", 'SET hash_mem_multiplier = 1' if $self->{spill};
	push @settings, 'SET enable_hashagg = off', 'SET enable_sort = off' if $self->{spill} && chance(0.7);
	my $steps = weighted(
		[ 60, 'plain' ], [ 10, 'prepared' ], [ 8, 'cursor' ], [ 4, 'table_as' ], [ 4, 'insert' ], [ 3, 'view' ],
		[ 3, 'update' ], [ 3, 'loop' ], [ 4, 'analyze' ], [ 1, 'limits' ]);
	$steps = 'plain' if $self->{poison};
	my $case = { seed => $self->{seed}, kind => $steps, settings => \@settings, cleanup => [] };
	$steps = "_steps_$steps";
	$case->{steps} = $self->$steps($case);
	push @settings, map { "SET $_" } _workers() if $self->{workers};
	push @settings, "SET ROLE $self->{role}" if $self->{role} && $case->{kind} =~ /^(plain|prepared|cursor|loop|analyze)$/;
	@$case{ 'ours', 'poison' } = @$self{ 'ours', 'poison' };
	return $case;
}

# Settings.

sub settings
{
	my ($self) = @_;
	my @set;
	if (chance(0.4))
	{
		push @set, _workers();
		push @set, 'parallel_leader_participation = off' if chance(0.3);
		push @set, "enable_$_ = off" foreach grep { chance(0.2) } 'parallel_append', 'parallel_hash', 'gathermerge';
		push @set, ($self->{server_version} < 160000 ? 'force_parallel_mode' : 'debug_parallel_query') . ' = ' . pick('on', 'regress')
		  if chance(0.15);
	}
	elsif (chance(0.6))
	{
		push @set, 'max_parallel_workers_per_gather = 0';
	}
	push @set, "work_mem = '64kB'" if chance(0.45);
	push @set, 'hash_mem_multiplier = ' . pick(1, 1, 1.5, 100) if chance(0.5);
	# Then whatever the costs say, the standard plans are the last resort.
	my $force = chance(0.4);
	foreach my $plan (qw(hashagg sort hashjoin mergejoin nestloop material memoize incremental_sort indexscan indexonlyscan bitmapscan seqscan))
	{
		push @set, "enable_$plan = off" if $force && $plan =~ /hashagg|sort/ || chance(0.1);
	}
	push @set, 'enable_partitionwise_aggregate = on' if chance(0.5);
	push @set, 'enable_partitionwise_join = on' if chance(0.3);
	push @set, 'from_collapse_limit = 1', 'join_collapse_limit = 1' if chance(0.1);
	push @set, 'geqo_threshold = 2' if chance(0.05);
	push @set, 'cpu_tuple_cost = 1' if chance(0.05);
	push @set, 'cursor_tuple_fraction = 1' if chance(0.1);
	push @set, 'plan_cache_mode = ' . pick('force_generic_plan', 'force_custom_plan') if chance(0.6);
	# Costs of what is turned off would start it.
	push @set, chance($self->{jit} // 0.02) ? ('jit = on', 'jit_above_cost = 0', 'jit_inline_above_cost = 0', 'jit_optimize_above_cost = 0') : 'jit = off';
	return map { "SET $_" } @set;
}

# Workers, whatever they cost.
sub _workers
{
	return (map { "$_ = 0" } qw(parallel_setup_cost parallel_tuple_cost min_parallel_table_scan_size min_parallel_index_scan_size)),
	  'max_parallel_workers_per_gather = ' . between(1, 3);
}

# Ways to run a query.

sub _steps_plain
{
	my ($self) = @_;
	my ($sql, $compare) = $self->query;
	my $options = 'VERBOSE, COSTS OFF' . ($self->{spill} ? ', ANALYZE, TIMING OFF, SUMMARY OFF' : '');
	return [ { sql => "EXPLAIN ($options) $sql", compare => 'plan' }, { sql => $sql, compare => $compare } ];
}

# What EXPLAIN says of a run, in all its forms, must not stop the query.
sub _steps_analyze
{
	my ($self) = @_;
	my ($sql, $compare) = $self->query;
	my $options = join ', ', 'ANALYZE', grep { chance(0.5) } 'VERBOSE', 'BUFFERS', 'TIMING off', 'SUMMARY off', 'SETTINGS', 'WAL', 'COSTS off';
	return [
		{ sql => "EXPLAIN ($options, FORMAT " . pick('text', 'text', 'json', 'xml', 'yaml') . ") $sql", compare => 'plan' },
		{ sql => $sql, compare => $compare } ];
}

sub _steps_prepared
{
	my ($self) = @_;
	$self->{parameters} = [];
	my ($sql, $compare) = $self->query;
	my @ranges = @{ $self->{parameters} };
	my $execute = sub { 'EXECUTE p' . (@ranges ? '(' . join(', ', map { chance(0.07) ? 'NULL' : between(@$_) } @ranges) . ')' : '') };
	my @executions = map { { sql => $execute->(), compare => $compare } } 1 .. pick(2, 3, 7);
	splice @executions, 1, 0, { sql => 'ANALYZE none', compare => 'error' } if chance(0.2) && !$self->{role};
	return [
		{ sql => 'PREPARE p' . (@ranges ? '(' . join(', ', map { 'int' } @ranges) . ')' : '') . " AS $sql", compare => 'error' },
		{ sql => 'EXPLAIN (VERBOSE, COSTS OFF) ' . $execute->(), compare => 'plan' }, @executions ];
}

# A cursor gives the same rows in any direction as it gave at first.
sub _steps_cursor
{
	my ($self) = @_;
	my ($sql, $compare) = $self->query;
	my $hold = chance(0.2);
	my @steps = (
		{ sql => "EXPLAIN (VERBOSE, COSTS OFF) DECLARE c SCROLL CURSOR FOR $sql", compare => 'plan' },
		{ sql => 'BEGIN', compare => 'error' },
		{ sql => 'DECLARE c ' . pick('', 'BINARY ') . 'SCROLL CURSOR ' . ($hold ? 'WITH HOLD ' : '') . "FOR $sql", compare => 'error' });
	$steps[2]{sql} =~ s/BINARY // if $compare ne 'rows';
	push @steps, { sql => 'FETCH ' . between(1, 5) . ' FROM c; MOVE ABSOLUTE 0 FROM c', compare => 'error' } if chance(0.5);
	push @steps, { sql => 'COMMIT', compare => 'error' } if $hold;
	push @steps, { sql => 'FETCH ALL FROM c', compare => $compare, remember => 1 };
	my ($at, $count) = (between(1, 30), between(1, 20));
	push @steps,
	  { sql => 'FETCH BACKWARD ALL FROM c', compare => 'error', expect => sub { reverse @_ } },
	  { sql => "FETCH ABSOLUTE $at FROM c", compare => 'error', expect => sub { $at > @_ ? () : $_[ $at - 1 ] } },
	  { sql => "FETCH BACKWARD $count FROM c", compare => 'error',
		expect => sub { my $end = $at > @_ ? @_ : $at - 1; my $from = $end > $count ? $end - $count : 0; reverse @_[ $from .. $end - 1 ] } },
	  { sql => 'FETCH LAST FROM c', compare => 'error', expect => sub { @_ ? $_[-1] : () } },
	  { sql => 'MOVE FIRST FROM c; FETCH RELATIVE 0 FROM c', compare => 'error', expect => sub { @_ ? $_[0] : () } },
	  { sql => 'FETCH FORWARD ALL FROM c', compare => 'error', expect => sub { @_ ? @_[ 1 .. $#_ ] : () } };
	push @steps, { sql => 'CLOSE c', compare => 'error' } if chance(0.7);
	push @steps, { sql => $hold ? 'SELECT 1' : pick('COMMIT', 'ROLLBACK'), compare => 'error' };
	return \@steps;
}

sub _steps_table_as
{
	my ($self) = @_;
	my ($sql) = $self->query;
	my $create = pick('CREATE TEMP TABLE made', 'CREATE UNLOGGED TABLE made', 'CREATE TEMP TABLE made WITH (fillfactor = 50)', 'SELECT');
	my $made = $create eq 'SELECT' ? "SELECT * INTO TEMP TABLE made FROM ($sql) AS q" : "$create AS $sql";
	$_[1]{cleanup} = ['DROP TABLE IF EXISTS made'];
	return [
		{ sql => "EXPLAIN (VERBOSE, COSTS OFF) $made", compare => 'plan' }, { sql => $made, compare => 'error' },
		{ sql => 'SELECT * FROM made', compare => 'rows' } ];
}

sub _steps_insert
{
	my ($self) = @_;
	my ($sql) = $self->query;
	my $insert = chance(0.5) ? "INSERT INTO result SELECT 1, q::text FROM ($sql) AS q" : "INSERT INTO made $sql";
	$_[1]{cleanup} = ['DROP TABLE IF EXISTS made'];
	return [
		{ sql => 'BEGIN', compare => 'error' }, { sql => "CREATE TEMP TABLE made AS $sql WITH NO DATA", compare => 'error' },
		{ sql => "EXPLAIN (VERBOSE, COSTS OFF) $insert", compare => 'plan' }, { sql => "$insert RETURNING *", compare => 'rows' },
		{ sql => 'SELECT * FROM made', compare => 'rows' }, { sql => 'ROLLBACK', compare => 'error' } ];
}

sub _steps_view
{
	my ($self) = @_;
	my ($sql) = $self->query;
	my $materialized = chance(0.7);
	my $kind = $materialized ? 'MATERIALIZED VIEW' : 'VIEW';
	$_[1]{cleanup} = ["DROP $kind IF EXISTS seen"];
	my @steps = ({ sql => "CREATE $kind seen AS $sql" . ($materialized && chance(0.5) ? ' WITH NO DATA' : ''), compare => 'error' });
	unshift @steps, { sql => "EXPLAIN (VERBOSE, COSTS OFF) $sql", compare => 'plan' };
	push @steps, { sql => "REFRESH $kind seen", compare => 'error' } if $materialized;
	return [ @steps, { sql => 'SELECT * FROM seen', compare => 'rows' } ];
}

# Data that are changed by what grouping says, and rolled back.
sub _steps_update
{
	my ($self) = @_;
	$self->{outer} = 'd';
	my $one = $self->_one_value;
	$self->{outer} = undef;
	my $sql = weighted(
		[ 3, "UPDATE customer AS d SET discount = ($one) RETURNING *" ],
		[ 1, "DELETE FROM customer AS d WHERE ($one) > 10 RETURNING *" ],
		[ 1, "WITH changed AS (UPDATE customer AS d SET discount = discount + 1 RETURNING *) SELECT d.*, ($one) FROM changed AS d" ],
		[ 1, "INSERT INTO customer (k_few, discount) SELECT d.k_few + 100, ($one) FROM customer AS d RETURNING *" ]);
	return [
		{ sql => 'BEGIN', compare => 'error' }, { sql => "EXPLAIN (VERBOSE, COSTS OFF) $sql", compare => 'plan' },
		{ sql => $sql, compare => 'rows' }, { sql => 'ROLLBACK', compare => 'error' } ];
}

sub _steps_loop
{
	my ($self) = @_;
	my ($sql) = $self->query;
	(my $text = $sql) =~ s/'/''/g;
	return [
		{ sql => "EXPLAIN (VERBOSE, COSTS OFF) $sql", compare => 'plan' },
		{ sql => "SELECT first_rows('$text', " . between(0, 4) . ')', compare => 'rows' },
		{ sql => "SELECT rows_within_rows('$text')", compare => 'rows' }, { sql => $sql, compare => 'rows' } ];
}

# Stopped in the middle: by time or by the space of temporary files. When and whether is left to luck; afterwards
# the session must be sound.
sub _steps_limits
{
	my ($self) = @_;
	my ($sql) = $self->query;
	my $limit = pick('statement_timeout = ' . between(5, 40), "temp_file_limit = '" . pick('8kB', '100kB', '1MB') . "'");
	return [
		{ sql => "EXPLAIN (VERBOSE, COSTS OFF) $sql", compare => 'plan' }, { sql => 'BEGIN; SAVEPOINT a', compare => 'error' },
		{ sql => "SET LOCAL $limit", compare => 'error' }, { sql => $sql, compare => 'nothing' },
		# The little time there was is also that of these, until one of them is done.
		({ sql => 'ROLLBACK TO a', compare => 'nothing' }) x 3, { sql => "SET LOCAL statement_timeout = '120s'", compare => 'error' },
		{ sql => 'SELECT k_few, purchase_summary(t_zone, a_num) FROM sale GROUP BY k_few', compare => 'rows' },
		{ sql => 'COMMIT', compare => 'error' } ];
}

1;
