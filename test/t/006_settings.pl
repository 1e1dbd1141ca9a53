# No setting changes a result: not DateStyle, IntervalStyle, TimeZone or extra_float_digits, nor
# JIT, nor the plan. Results are compared as the bytes a driver gets, ours also as text.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use CustomerProfileTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = start_server('settings');
create_values($node, 'shop');

# Instants around the changes of the clocks in Europe and America, and amounts of all lengths.
$node->safe_psql(
	'shop', q{
	CREATE TABLE sale AS
	SELECT i % 400 AS customer_id,
		timestamptz '2024-01-01 00:00+00' + (i * 7919 % 365) * interval '1 day'
			+ (i * 104729 % 86400) * interval '1 second' AS at,
		((i * 31 % 5000) - 100) / 7.0 AS amount
	FROM generate_series(1, 4000) AS i
	UNION ALL
	SELECT i % 400, t + i * interval '10 minutes', i + 0.5
	FROM generate_series(-30, 30) AS i,
		unnest('{2024-03-10 07:00+00,2024-03-31 01:00+00,2024-10-27 01:00+00,2024-11-03 06:00+00}'::timestamptz[]) AS t;
	ANALYZE sale;});

my $by_customer = 'FROM sale GROUP BY customer_id';
my %query = (
	summary => qq{SELECT customer_id, purchase_summary(at, amount) AS a, purchase_summary(at, amount)::text AS b,
		purchase_summary(at, amount::float8) AS c, purchase_summary(at AT TIME ZONE 'UTC', amount) AS d,
		purchase_summary((at AT TIME ZONE 'UTC')::date, amount) AS e, revenue(purchase_summary(at, amount)) AS f $by_customer},
	days => qq{SELECT customer_id, recency_days(s, '2025-01-01') AS a, recency_days(s, '2025-01-01', 'America/New_York') AS b,
		tenure_days(s, '2025-01-01', 'Europe/Istanbul') AS c, average_order(s) AS d, last_purchase_at(s) AS e
		FROM (SELECT customer_id, purchase_summary(at, amount) AS s $by_customer) AS x},
	timeline => qq{SELECT customer_id, timeline(at, amount) AS a, timeline(at, amount)::text AS b,
		purchase_days(timeline(at, amount)) AS c, purchase_days(timeline(at, amount), 'Europe/Berlin') AS d,
		summarize(timeline(at, amount), '2024-10-27', 'Europe/Berlin') AS e $by_customer},
	events => q{SELECT u.* FROM (SELECT timeline(at, amount) AS t FROM sale) AS x, unnest(t) AS u},
	labels => qq{SELECT customer_id, t AS a, t::text AS b, labels(t) AS c, total(t) AS d, recency(t, '2024-07-01Z') AS e,
		tenure_days(t, '2024-07-01', 'Europe/Berlin') AS f, typical_gap_days(t, 'America/New_York') AS g, preferred_label(t, '2024-07-01Z') AS h,
		(SELECT array_agg(s) FROM label_share(t, '2024-07-01Z', '{"weigh": "amount"}') AS s) AS i, (SELECT array_agg(s) FROM hour_share(t, 'Europe/Berlin') AS s) AS j,
		repeats(t, '7 days', '2024-07-01Z') AS k, densest(t, '36 hours') AS l, (SELECT array_agg(s) FROM sessions(t, '12 hours') AS s) AS m,
		stage(t, '{a,b,c}', '2024-07-01Z') AS n, (SELECT array_agg(s) FROM stage_durations(t, '{a,b,c}', '2024-07-01Z') AS s) AS o,
		trend(t, '30 days', '2024-12-01', 11) AS p, due(t, 500, '2024-07-01Z') AS q, lifecycle(t, '2024-07-01', '{"timezone": "America/New_York"}') AS r,
		balance(t, '2024-07-01Z', '90 days') AS s, slice(t, '[2024-03-01Z,2024-11-01Z)') AS u, with_label(t, 'a') AS v
		FROM (SELECT customer_id, timeline(at, chr(97 + amount::int % 3), amount) AS t $by_customer) AS x},
	rollup => qq{SELECT rollup(s) AS a, rollup(t) AS b, rollup(t)::text AS c
		FROM (SELECT purchase_summary(at, amount) AS s, timeline(at, amount) AS t $by_customer) AS x},
	rfm => q{WITH m AS (SELECT fit_rfm(summary, '1998-07-01', '{"timezone": "America/New_York"}') AS model FROM customer)
		SELECT customer_id, model::text AS a, rfm_score(model, summary) AS b, rfm_segment(rfm_score(model, summary)) AS c
		FROM customer, m},
	rfm_breaks => q{SELECT b.*, d.* FROM (SELECT fit_rfm(summary, '1998-07-01') AS model FROM customer) AS m,
		rfm_breaks(model) AS b, rfm_diagnostics(model) AS d},
	ltv => q{WITH m AS (SELECT fit_ltv(history, '1997-10-01', '{"timezone": "Europe/Istanbul"}') AS model FROM customer)
		SELECT customer_id, model AS a, model::text AS b, p_alive(model, history) AS c,
			expected_purchases(model, history, '39 weeks') AS d, expected_spend(model, history) AS e, ltv(model, history) AS f
		FROM customer, m},
	ltv_parameters => q{SELECT p.*, d.* FROM (SELECT fit_ltv(history, '1997-10-01') AS model FROM customer) AS m,
		ltv_parameters(model) AS p, ltv_diagnostics(model) AS d},
	profile => q{SELECT * FROM customer_profile('orders', 'customer_id', 'ordered_on', 'amount', as_of => '1998-07-01')},
	profile_of_instants => q{SELECT * FROM customer_profile('sale', 'customer_id', 'at', 'amount',
		as_of => '2025-01-01', timezone => 'America/New_York')},);

sub results
{
	my ($settings) = @_;
	my $sql = "$settings; ";
	foreach my $name (sort keys %query)
	{
		$sql .= "SELECT '$name', count(*), md5(string_agg(row, '|' ORDER BY row)) "
		  . "FROM (SELECT encode(record_send(q), 'hex') AS row FROM ($query{$name}) AS q) AS r; ";
	}
	return $node->safe_psql('shop', $sql) . "\n" . join "\n", map {
		my $text = $node->safe_psql('shop', "$settings; COPY (SELECT id, value FROM value_$_ ORDER BY id) TO STDOUT");
		"$_: " . unpack('%32C*', $text) . ' ' . length $text
	} extension_types($node, 'shop');
}

my $serial = 'SET max_parallel_workers_per_gather = 0; SET jit = off';
my $expected = results("$serial; SET TimeZone = 'UTC'");
note($expected);
unlike($expected, qr/\|0\|/, 'every query has rows');

my $force = $node->safe_psql('shop', "SELECT current_setting('server_version_num')::int >= 160000") eq 't'
  ? 'debug_parallel_query' : 'force_parallel_mode';
my $parallel = 'SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;'
  . ' SET max_parallel_workers_per_gather = 4; SET enable_indexscan = off; SET jit = off';
my $without_node = 'SET customer_profile.enable_customer_agg = off';
my $grouping = "EXPLAIN SELECT customer_id, purchase_summary(at, amount), timeline(at, amount) $by_customer";
like($node->safe_psql('shop', "$parallel; $grouping"),
	qr/Parallel Custom Scan \(CustomerAgg\)/, 'the parallel plan is one');
like($node->safe_psql('shop', "$without_node; $parallel; $grouping"),
	qr/Partial .*Aggregate/, 'so it is without CustomerAgg');

foreach my $settings (
	"$serial; SET DateStyle = 'German, DMY'; SET TimeZone = 'Europe/Berlin'",
	"$serial; SET DateStyle = 'SQL, DMY'; SET TimeZone = 'America/New_York'",
	"$serial; SET DateStyle = 'Postgres, MDY'; SET TimeZone = 'Asia/Kathmandu'; SET extra_float_digits = -15",
	"$serial; SET IntervalStyle = 'sql_standard'; SET extra_float_digits = 3; SET TimeZone = 'Pacific/Apia'",
	"$serial; SET IntervalStyle = 'iso_8601'; SET extra_float_digits = 0; SET bytea_output = 'escape'",
	"$serial; SET standard_conforming_strings = off; SET backslash_quote = off; SET escape_string_warning = off",
	"$serial; SET enable_hashagg = off; SET work_mem = '64kB'",
	"$serial; SET enable_sort = off; SET hash_mem_multiplier = 1; SET work_mem = '64kB'",
	'SET jit = on; SET jit_above_cost = 0; SET jit_inline_above_cost = 0; SET jit_optimize_above_cost = 0',
	$without_node,
	$parallel,
	"$parallel; $without_node",
	"$parallel; SET $force = 'on'")
{
	is(results($settings), $expected, $settings);
}

$node->stop;
done_testing();
