# The grouping node needs no preloading: the first statement of a new session that groups with one of our
# aggregates already uses it. Nor do prepared settings of the extension get lost before it is loaded.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use CustomerProfileTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = start_server('loading');
$node->safe_psql(
	'shop', q{
	CREATE TABLE orders AS SELECT g % 100 AS customer_id, now() AS ordered_at, 1.5 AS amount FROM generate_series(1, 1000) AS g;
	CREATE TABLE stored AS SELECT customer_id % 5 AS account, purchase_summary(ordered_at, amount) AS summary FROM orders GROUP BY customer_id;
	CREATE VIEW view AS SELECT customer_id, timeline(ordered_at, amount) AS history FROM orders GROUP BY customer_id;
	ANALYZE orders, stored;});

my $grouping = 'SELECT customer_id, purchase_summary(ordered_at, amount) FROM orders GROUP BY customer_id';
my %first = (
	'a query' => "EXPLAIN (COSTS OFF) $grouping",
	'a rollup' => 'EXPLAIN (COSTS OFF) SELECT account, rollup(summary) FROM stored GROUP BY account',
	'a view' => 'EXPLAIN (COSTS OFF) SELECT * FROM view',
	'a subquery' => "EXPLAIN (COSTS OFF) SELECT count(s) FROM ($grouping) AS x(c, s)",
	'CREATE TABLE AS' => "EXPLAIN (COSTS OFF) CREATE TABLE summaries AS $grouping",
);

# Each psql is a new session.
for my $what (sort keys %first)
{
	like($node->safe_psql('shop', $first{$what}),
		qr/Custom Scan \(CustomerAgg\)/, "$what as the first statement");
}
like(
	$node->safe_psql('shop', "PREPARE p AS $grouping; EXPLAIN (COSTS OFF) EXECUTE p"),
	qr/Custom Scan \(CustomerAgg\)/,
	'a prepared statement as the first one');
like(
	$node->safe_psql(
		'shop', "SET customer_profile.enable_customer_agg = off; EXPLAIN (COSTS OFF) $grouping"),
	qr/HashAggregate/,
	'a setting from before the library was loaded holds');
unlike(
	$node->safe_psql('shop', 'EXPLAIN (COSTS OFF) SELECT customer_id, count(*) FROM orders GROUP BY customer_id'),
	qr/CustomerAgg/,
	'other queries are left alone');

# With preloading it is there as well, and its settings are known from the start.
for my $setting ('session_preload_libraries', 'shared_preload_libraries')
{
	$node->append_conf('postgresql.conf', "$setting = 'customer_profile'");
	$node->restart;
	like($node->safe_psql('shop', "EXPLAIN (COSTS OFF) $grouping"),
		qr/Custom Scan \(CustomerAgg\)/, $setting);
	is($node->safe_psql('shop', 'SHOW customer_profile.enable_customer_agg'),
		'on', "$setting: the setting is known");
	my ($status, $out, $error) = $node->psql('shop', 'SET customer_profile.enable_all = on');
	like($error, qr/reserved prefix/, "$setting: no other setting may have the prefix");
	$node->append_conf('postgresql.conf', "$setting = ''");
}

# A database without the extension is none of its business.
like(
	$node->safe_psql('postgres', 'EXPLAIN (COSTS OFF) SELECT relkind, count(*) FROM pg_class GROUP BY relkind'),
	qr/Aggregate/,
	'a database without the extension');

done_testing();
