# The grouping node gives what the standard plans give: random queries, each with it and without it.
# QUERIES=10000 makes a long run of it, SEED=... another one; what differs names its seed.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib", "$FindBin::Bin/../fuzz";
use CustomerProfileTest;
use PostgreSQL::Test::Utils;
use RandomRun;
use Test::More;

my $queries = $ENV{QUERIES} // 250;
my $first = $ENV{SEED} // 1;

# Of the queries whose aggregates are all ours, how many per cent must have the node in their plans.
my $least = $ENV{LEAST_SHARE} // 50;

# Of all queries, how many per cent must have shown a plan that put states aside, and such a one below Gather.
my $least_spills = $ENV{LEAST_SPILLS} // 5;

my $node = start_server('random');
$node->command_ok([ 'psql', '-X', '-q', '-d', $node->connstr('shop'), '-f', "$FindBin::Bin/../fuzz/tables.sql" ], 'the tables are made');

my $run = RandomRun->new(
	to => { host => $node->host, port => $node->port, user => scalar getpwuid $<, database => 'shop' },
	jit => 0.005,
	report => sub { diag($_[0]) });
my $different = 0;
foreach my $seed ($first .. $first + $queries - 1)
{
	$different++ if !$run->run($seed);
	last if $different >= 5;
}
is($different, 0, "$queries queries from seed $first on give the same with the node and without it");
note($run->summary);

my $count = $run->{count};
cmp_ok($count->{errors} // 0, '<', 0.15 * $queries + 5, 'few of them are errors');
cmp_ok(100 * ($count->{'node and ours'} // 0), '>=', $least * $count->{ours}, "at least $least per cent of what it can serve has the node");
cmp_ok($count->{'node spills'} // 0, '>=', $least_spills * $queries / 100, "at least $least_spills per cent put states aside");
cmp_ok($count->{'node spills below Gather'} // 0, '>', 0, 'some of them in parallel');
cmp_ok($count->{'node is rescanned below Gather'} // 0, '>', 0, 'some plans are run again below Gather');
is($node->safe_psql('shop', 'SELECT count(*) FROM pg_ls_tmpdir()'), '0', 'no temporary file is left');

# A server with assertions says here what it did not say to a client.
my $log = slurp_file($node->logfile);
unlike($log, qr/TRAP: |PANIC: |terminated by signal|leak|problem in alloc set/, 'nothing is wrong in the log of the server');

$node->stop;
done_testing();
