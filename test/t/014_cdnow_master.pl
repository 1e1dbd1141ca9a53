# The CDNOW master data, 23,570 customers: the fits against likelihoods written out in SQL, and the holdout.
#
# The test runs where cdnow_master.csv.gz is found: in the directory that CUSTOMER_PROFILE_DATA names, or in ../shared/data
# beside the repository.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use CustomerProfileTest;
use Test::More;
use Time::HiRes 'time';

my $file = data_file('cdnow_master.csv.gz');

my $node = start_server('cdnow_master');

sub answer
{
	my ($sql) = @_;
	return $node->safe_psql('shop', $sql);
}

$node->safe_psql(
	'shop', qq{
	CREATE TABLE purchase (customer_id int, ordered_on date, quantity int, amount numeric);
	COPY purchase FROM PROGRAM \$\$gzip -dc '$file'\$\$ (FORMAT csv, HEADER);
	CREATE TABLE customer AS SELECT customer_id, timeline(ordered_on, amount) AS history FROM purchase GROUP BY customer_id;
	CREATE TABLE fitted (name text, value ltv_model)});
is(answer('SELECT count(*), sum(events(history)) FROM customer'), '23570|69659', 'all is there');

foreach my $model ('mbg/nbd', 'bg/nbd', 'pareto/nbd', 'mbg/cnbd-k', 'bg/bb')
{
	my $start = time;
	$node->safe_psql('shop', qq{INSERT INTO fitted SELECT '$model', fit_ltv(history, '1997-10-01', '{"model": "$model"}') FROM customer});
	note(sprintf '%s: %.2f s', $model, time - $start);
}
note(answer('SELECT name, round(d.log_likelihood::numeric, 4), d.groups, d.iterations FROM fitted, ltv_diagnostics(value) AS d ORDER BY 1'));
note(answer(q{SELECT name, parameter, round(p.value::numeric, 6), round(se::numeric, 6), round(se_robust::numeric, 6) FROM fitted, ltv_parameters(value) AS p WHERE part = 'purchase' OR name = 'mbg/nbd' ORDER BY 1, part, 2}));
is(answer(q{SELECT count(*) FROM fitted, ltv_diagnostics(value) AS d WHERE status = 'ok' AND converged AND NOT at_boundary AND gradient_norm < 1e-7 AND customers = 23570}),
	5, 'every model converges');

# ln L of BG/NBD (Fader, Hardie & Lee 2005, equation 6) and of MBG/NBD (Batislam, Denizel & Filiztekin 2007), with sums of
# logs in place of log Gamma functions.
$node->safe_psql(
	'shop', q{
	CREATE TABLE history AS
	SELECT x, t_x, age, count(*) AS customers
	FROM (SELECT count(DISTINCT ordered_on) - 1 AS x, (max(ordered_on) - min(ordered_on)) / 7.0::float8 AS t_x, (DATE '1997-10-01' - 1 - min(ordered_on)) / 7.0::float8 AS age
		FROM purchase WHERE ordered_on < '1997-10-01' GROUP BY customer_id) AS h GROUP BY 1, 2, 3;
	CREATE FUNCTION log_likelihood(first int, r float8, alpha float8, a float8, b float8) RETURNS float8 LANGUAGE sql AS $$
		WITH sums AS (
			SELECT x, coalesce((SELECT sum(ln(r + j)) FROM generate_series(0, x - 1) AS j), 0) + coalesce((SELECT sum(ln((b + j) / (a + b + j))) FROM generate_series(0, x - 1 + first) AS j), 0) AS sum
			FROM (SELECT DISTINCT x FROM history) AS d)
		SELECT sum(customers * (sum + r * ln(alpha) - (r + x) * ln(alpha + age)
			+ CASE WHEN x + first > 0 THEN ln(1 + a / (b + x - 1 + first) * ((alpha + age) / (alpha + t_x)) ^ (r + x)) ELSE 0 END))
		FROM history JOIN sums USING (x) $$});
foreach my $case ([ 'mbg/nbd', 1 ], [ 'bg/nbd', 0 ])
{
	my ($name, $first) = @$case;
	my %p = map { split /\|/ } split /\n/, answer("SELECT parameter, p.value FROM fitted, ltv_parameters(value) AS p WHERE name = '$name' AND part = 'purchase'");
	my $best = answer("SELECT log_likelihood($first, $p{r}, $p{alpha}, $p{a}, $p{b})");
	my $said = answer("SELECT log_likelihood FROM fitted, ltv_diagnostics(value) WHERE name = '$name'");
	cmp_ok(abs($best / $said - 1), '<', 1e-12, "$name: the log-likelihood");
	my $higher = 0;
	foreach my $parameter (sort keys %p)
	{
		foreach my $factor (0.999, 1.001)
		{
			my %q = (%p, $parameter => $p{$parameter} * $factor);
			$higher++ if answer("SELECT log_likelihood($first, $q{r}, $q{alpha}, $q{a}, $q{b})") >= $best;
		}
	}
	is($higher, 0, "$name: nothing beside it is higher");
}

# The sample is a systematic one in ten of these: its published parameters are within four of its standard errors.
is(answer(q{
	SELECT count(*) FROM (VALUES ('r', .2425945, .0125574), ('alpha', 4.413602, .378224), ('a', .7929220, .185734), ('b', 2.425907, .705414)) AS s (parameter, value, se)
	JOIN (SELECT parameter, p.value FROM fitted, ltv_parameters(value) AS p WHERE name = 'bg/nbd' AND part = 'purchase') AS m USING (parameter) WHERE abs(m.value - s.value) < 4 * s.se}),
	4, 'the sample is one of this population');

my $start = time;
$node->safe_psql('shop', q{CREATE TABLE holdout AS SELECT ltv_holdout(history, '1997-10-01', '1998-07-01') AS value FROM customer});
note(sprintf 'holdout: %.2f s', time - $start);
is(answer('SELECT customers, actual_purchases, purchases_mae < naive_purchases_mae, purchases_rmse < naive_purchases_rmse, abs(predicted_purchases / actual_purchases - 1) < 0.2 FROM holdout, holdout_summary(value)'),
	'23570|' . answer(q{SELECT count(*) FROM (SELECT DISTINCT customer_id, ordered_on FROM purchase WHERE ordered_on >= '1997-10-01') AS d}) . '|t|t|t', 'the holdout');
note(answer('SELECT round(predicted_purchases::numeric, 1), actual_purchases, naive_purchases, round(purchases_mae::numeric, 4), round(naive_purchases_mae::numeric, 4), round(purchases_rmse::numeric, 4), round(naive_purchases_rmse::numeric, 4) FROM holdout, holdout_summary(value)'));
$start = time;
$node->safe_psql('shop', q{CREATE TABLE tracking AS SELECT ltv_tracking(f.value, history, '1998-07-01') AS value FROM customer, fitted AS f WHERE name = 'mbg/nbd'});
note(sprintf 'tracking: %.2f s', time - $start);
is(answer(q{SELECT count(*), max(actual_cumulative), bool_and(abs(expected_cumulative / actual_cumulative - 1) < 0.2) FILTER (WHERE period_end > '1997-04-01') FROM tracking, tracking_periods(value)}),
	'78|' . answer('SELECT count(*) - 23570 FROM (SELECT DISTINCT customer_id, ordered_on FROM purchase) AS d') . '|t', 'the tracking');

$node->stop;
done_testing();
