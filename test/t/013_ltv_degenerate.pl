# A thousand small and degenerate populations: every fit converges or says precisely why it did not, and whatever a model
# answers is a number in range. POPULATIONS and RANDOM_MODELS make a longer run.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use CustomerProfileTest;
use PostgreSQL::Test::Utils;
use Simulation;
use Test::More;

my $populations = $ENV{POPULATIONS} // 1000;
my $random = $ENV{RANDOM_MODELS} // 7;
my @models = ('mbg/nbd', 'bg/nbd', 'pareto/nbd');

sub pick
{
	return $_[ rand @_ ];
}

# Ways in which all customers of a population are odd: each returns a function that draws one, as (x, t_x, age).
my @kinds = (
	# From a model, with parameters from one end of their range to the other, and mixtures of two.
	sub {
		my @p = map { exp(8 * rand() - 4) } 1 .. 4;
		my ($model, $age) = (pick(@models), exp(6 * rand()));
		# Not more purchases than are worth waiting for.
		$p[1] = $p[0] * $age / 50 if $p[0] * $age / $p[1] > 50;
		return sub { draw_customer($model, $age * (0.2 + 0.8 * rand()), @p) };
	},
	sub {
		my ($few, $many) = (0.01 * rand(), 0.1 + rand());
		return sub { draw_customer(pick('mbg/nbd', 'bg/nbd'), 50, 20, 20 / pick($few, $many), pick(0.1, 20), 1) };
	},
	# Only those who never came again; the same but for a few.
	sub {
		my $share = pick(0, 0, 0.02, 0.2);
		return sub { my $age = 52 * rand(); return rand() < $share ? (1, $age / 2, $age) : (0, 0, $age) };
	},
	# All alike: one history, of whatever number.
	sub {
		my ($x, $t_x) = (int exp(9 * rand()) - 1, 1 + 50 * rand());
		my $age = $t_x + pick(0, 0, 1e-9, 1, 100);
		return sub { $x ? ($x, $t_x, $age) : (0, 0, $age) };
	},
	# The last purchase on the last day; or all purchases at once, long ago.
	sub { return sub { my $age = 1 + 52 * rand(); my $x = 1 + int 5 * rand(); return ($x, $age, $age) } },
	sub { return sub { my $age = 1 + 52 * rand(); my $x = 1 + int 5 * rand(); return ($x, 1e-3 * $age, $age) } },
	# Everybody came today.
	sub { return sub { return (0, 0, 0) } },
	# As regular as a clock.
	sub {
		my $gap = 0.5 + 8 * rand();
		return sub { my $age = 5 + 52 * rand(); my $x = int $age / $gap; return $x ? ($x, $x * $gap, $age) : (0, 0, $age) };
	},
	# One who buys all the time among those who do not.
	sub {
		my $left = 1;
		return sub { return $left-- > 0 ? (5000, 300, 301) : draw_customer('mbg/nbd', 52, 0.5, 6, 0.9, 1.6) };
	},
	# Tiny and enormous units of time.
	sub {
		my $unit = pick(1e-6, 1e-3, 1e3, 1e6);
		return sub { my ($x, $t_x, $age) = draw_customer('mbg/nbd', 52, 0.5, 6, 0.9, 1.6); return ($x, $t_x * $unit, $age * $unit) };
	},
	# No sense at all.
	sub {
		return sub { my $age = exp(10 * rand() - 3); my $x = rand() < 0.3 ? 0 : int exp(5 * rand()); return $x ? ($x, $age * (1e-9 + (1 - 1e-9) * rand()), $age) : (0, 0, $age) };
	});

my $node = start_server('degenerate');
my $file = PostgreSQL::Test::Utils::tempdir . '/customers';
srand 20240301;
open my $out, '>', $file or die $!;
foreach my $population (1 .. $populations)
{
	my $kind = $population % @kinds;
	my $draw = $kinds[$kind]->();
	my $size = int exp(1.5 + 4 * rand());
	print $out join("\t", $population, $kind, $draw->()), "\n" foreach 1 .. $size;
}
close $out or die $!;
$node->safe_psql(
	'shop', qq{
	CREATE TABLE customer (population int, kind int, x int, t_x float8, age float8);
	COPY customer FROM '$file';
	CREATE INDEX ON customer (population);
	CREATE TABLE fitted (population int, kind int, model text, value ltv_model);
	CREATE TABLE error (population int, model text, state text, message text)});

# Each fit on its own, so that an error would be that of one.
foreach my $model (@models)
{
	$node->safe_psql(
		'shop', qq{
		SET client_min_messages = error;
		DO \$\$
		DECLARE
			p record;
		BEGIN
			FOR p IN SELECT DISTINCT population, kind FROM customer ORDER BY 1 LOOP
				BEGIN
					INSERT INTO fitted
					SELECT p.population, p.kind, '$model', fit_ltv_summary(x, t_x, age, NULL, 1, '{"model": "$model", "strict": false}')
					FROM customer WHERE population = p.population;
				EXCEPTION WHEN OTHERS THEN
					INSERT INTO error VALUES (p.population, '$model', SQLSTATE, SQLERRM);
				END;
			END LOOP;
		END
		\$\$});
}
is($node->safe_psql('shop', 'SELECT DISTINCT message FROM error'), '', 'no fit fails');
is($node->safe_psql('shop', 'SELECT count(*) FROM fitted'), @models * $node->safe_psql('shop', 'SELECT count(DISTINCT population) FROM customer'), 'each has a model');

# The status of purchases, which comes before that of spend.
$node->safe_psql(
	'shop', q{
	CREATE TABLE ended AS
	SELECT f.*, d.converged, d.at_boundary, d.meaning, split_part(d.status, ';', 1) AS status,
		CASE WHEN d.status ~ '^not fitted' THEN 'not fitted' WHEN d.status ~ '^not converged' THEN 'not converged'
			WHEN d.status ~ '^at boundary' THEN 'at boundary' WHEN d.status ~ '^(ok|spend )' THEN 'ok' ELSE 'other' END AS ending
	FROM fitted AS f, ltv_diagnostics(value) AS d});
note($node->safe_psql('shop', 'SELECT model, ending, count(*) FROM ended GROUP BY 1, 2 ORDER BY 1, 2'));
is($node->safe_psql('shop', q{SELECT DISTINCT status FROM ended WHERE ending = 'other'}), '', 'each end has a known name');
is($node->safe_psql('shop', q{
	SELECT count(*) FROM ended AS e JOIN (SELECT population, count(*) FILTER (WHERE x > 0) AS repeat FROM customer GROUP BY 1) AS c USING (population)
	WHERE (ending = 'not fitted') <> (repeat < 10)}), 0, 'what is not fitted has less than ten customers with a repeat purchase, and nothing else');
is($node->safe_psql('shop', q{
	SELECT count(*) FROM ended, ltv_parameters(value) AS p
	WHERE ending = 'ok' AND part = 'purchase' AND (se IS NULL OR se <= 0 OR se_robust IS NULL OR p.value <= 0)}), 0, 'what is well has standard errors');
my ($fitted, $failed) = split /\|/, $node->safe_psql('shop', q{SELECT count(*) FILTER (WHERE ending <> 'not fitted'), count(*) FILTER (WHERE ending = 'not converged') FROM ended});
note("$failed of $fitted fits did not converge");
note($node->safe_psql('shop', q{SELECT kind, model, population, status FROM ended WHERE ending = 'not converged' ORDER BY 1, 2, 3 LIMIT 40}));
is($failed, 0, 'each fit converges, to a maximum or along a ridge');
is($node->safe_psql('shop', q{SELECT count(*) FROM ended WHERE ending = 'at boundary' AND meaning !~ '^[A-Z].*\.$'}), 0, 'and a ridge has a meaning, in sentences');
# What it says is so: of those who bought all the time and never stopped, nobody drops out; of customers all alike, all buy at one rate.
is($node->safe_psql('shop', q{
	SELECT count(*) FROM (SELECT *, CASE model WHEN 'pareto/nbd' THEN 's' ELSE 'a' END AS first, CASE model WHEN 'pareto/nbd' THEN 'beta' ELSE 'b' END AS second FROM ended WHERE ending = 'at boundary') AS e,
		LATERAL (SELECT max(p.value) FILTER (WHERE parameter = first) AS first, max(p.value) FILTER (WHERE parameter = second) AS second FROM ltv_parameters(e.value) AS p) AS d
	WHERE meaning ~ 'Nobody seems to drop out' AND d.first / d.second > 1e-3 OR meaning ~ 'Everybody drops out' AND d.first / d.second < 1e3
		OR meaning ~ 'all customers drop out with the same' AND least(d.first, d.second) < 1e3 OR meaning ~ 'at once or never' AND greatest(d.first, d.second) > 1}),
	0, 'which the parameters bear out');

# Whatever a model answers is a number in its range, and the answers fit together: of every model that converged, and of random ones
# far out on all sides (ten decades for each parameter), about customers of one purchase to thousands, near and far, in days and in decades.
$node->safe_psql(
	'shop', q{
	CREATE TABLE history AS
	SELECT n, step, timeline('2024-01-01'::date + d * step, 10) AS t
	FROM (VALUES (1, 1), (2, 7), (3, 30), (40, 1), (300, 1), (3000, 1)) AS v (n, step), generate_series(0, n - 1) AS d GROUP BY n, step;
	CREATE TABLE moment AS
	SELECT as_of, horizon FROM (VALUES (DATE '2024-01-02'), ('2024-11-01'), ('2034-01-01')) AS a (as_of), (VALUES (interval '1 day'), ('39 weeks'), ('20 years')) AS h (horizon);
	CREATE TABLE shop_fit AS
	SELECT name, fit_ltv(h, '2025-01-01', jsonb_build_object('model', name)) AS value
	FROM (SELECT timeline('2024-01-01'::date + i % 97 + d * (5 + i % 31), 1 + i % 7 + d % 3) AS h FROM generate_series(1, 200) AS i, generate_series(0, i % 6) AS d GROUP BY i) AS s,
		unnest('{mbg/nbd,bg/nbd,pareto/nbd,mbg/cnbd-k,bg/bb}'::text[]) AS name GROUP BY name;
	SELECT setseed(0.5);
	CREATE TABLE anything AS
	SELECT name, i, regexp_replace(value::text, '"parameters": \[[^,]*, [^,]*, [^,]*, [^],]*',
		format('"parameters": [%s, %s, %s, %s', 10 ^ (w * (random() - 0.4)), 10 ^ (w * (random() - 0.4)), 10 ^ (w * (random() - 0.4)), 10 ^ (w * (random() - 0.4))))::ltv_model AS value
	FROM shop_fit, generate_series(1, $random) AS i, (VALUES (10)) AS w (w)
	UNION ALL SELECT model, population, value FROM ended WHERE converged AND population % 40 = 0
	UNION ALL SELECT name, 0, value FROM shop_fit} =~ s/\$random/$random/r);
$node->safe_psql(
	'shop', q{
	CREATE FUNCTION answers(value ltv_model, t timeline, as_of date, horizon interval, OUT alive float8, OUT later float8, OUT expected float8, OUT nothing float8, OUT total float8,
		OUT lo int, OUT hi int, OUT days float8, OUT ever float8, OUT plain float8, OUT discounted float8, OUT forever float8, OUT fault text)
	LANGUAGE plpgsql AS $$
	BEGIN
		alive := p_alive(value, t, as_of);
		later := p_alive(value, t, as_of, horizon);
		expected := expected_purchases(value, t, horizon, as_of);
		nothing := 1 - p_purchase(value, t, horizon, as_of);
		ever := p_purchase(value, t, NULL, as_of);
		days := next_purchase_days(value, t, as_of);
		SELECT sum(probability) INTO total FROM purchase_probabilities(value, t, horizon, 20, as_of) WHERE probability BETWEEN 0 AND 1;
		SELECT r.lo, r.hi INTO lo, hi FROM purchase_range(value, t, horizon, 0.9, as_of) AS r;
		plain := ltv(value, t, horizon, 0, 1, as_of);
		discounted := ltv(value, t, horizon, 0.1, 1, as_of);
		forever := ltv(value, t, NULL, 0.1, 1, as_of);
		fault := concat_ws(', ', CASE WHEN NOT (alive BETWEEN 0 AND 1) THEN 'alive' END, CASE WHEN NOT (later BETWEEN 0 AND alive * (1 + 1e-9)) THEN 'later' END,
			CASE WHEN NOT (expected BETWEEN 0 AND 1e300) THEN 'expected' END, CASE WHEN NOT (nothing BETWEEN 0 AND 1) THEN 'nothing' END,
			CASE WHEN NOT (nothing >= 1 - expected * (1 + 1e-9) - 1e-12) THEN 'nothing and expected' END,
			CASE WHEN NOT (ever BETWEEN 1 - nothing - 1e-9 AND 1) THEN 'ever' END, CASE WHEN NOT (total BETWEEN 0 AND 1 + 1e-9) THEN 'total' END,
			CASE WHEN NOT (lo BETWEEN 0 AND hi) THEN 'range' END, CASE WHEN NOT coalesce(days BETWEEN 0 AND 1e300, true) OR days IS NULL AND p_purchase(value, t, '200 years', as_of) > 0.5 OR days IS NOT NULL AND ever <= 0.5 THEN 'days' END,
			CASE WHEN NOT (discounted BETWEEN 0 AND plain * (1 + 1e-6)) THEN 'discounted' END, CASE WHEN NOT (forever BETWEEN discounted * (1 - 1e-6) AND 1e300) THEN 'forever' END);
	EXCEPTION WHEN OTHERS THEN
		fault := SQLERRM;
	END $$;
	CREATE TABLE answer AS
	SELECT name, i, n, as_of, horizon, a.* FROM anything, history, moment, answers(value, t, as_of, horizon) AS a});
note($node->safe_psql('shop', q{SELECT name, count(*), count(DISTINCT i) FROM answer GROUP BY 1 ORDER BY 1}));
note($node->safe_psql('shop', q{SELECT name, fault, count(*), min(i), min(n), min(as_of), min(horizon) FROM answer WHERE fault <> '' GROUP BY 1, 2 ORDER BY 3 DESC LIMIT 20}));
is($node->safe_psql('shop', q{SELECT count(*) FROM answer WHERE fault <> '' AND fault !~ '^(prediction of (mbg/cnbd-k|bg/bb) is out of range|range of purchases is beyond)'}), 0, 'answers are numbers in range, and agree');

# The same for spend: populations that pay one price, nearly one, two, or prices without a mean, in small and large coins. What a customer is expected
# to pay lies between what it paid and what a new one is expected to pay.
my @prices = (
	# One price, and all buy as often; or not.
	sub { my ($x, $price) = (1 + int rand 50, pick(11.5, 1e-3, 1e6)); return sub { ($x, $price) } },
	sub { my $price = pick(9.99, 1e-3, 1e6); return sub { (1 + int rand 6, $price) } },
	# One price but for one customer; a few prices.
	sub { my $left = 1; return sub { (2, $left-- > 0 ? 12.5 : 11.5) } },
	sub { my @list = @{ pick([ 9.99, 19.99, 29.99 ], [ 10, 20 ], [ 1, 1000 ]) }; return sub { (pick(1, 1, 2), pick(@list)) } },
	# From hardly any spread to more than has a mean.
	sub { my $spread = exp(-7 + 9 * rand()); return sub { (1 + int rand 5, 50 * exp($spread * (rand() + rand() + rand() - 1.5))) } },
	sub { return sub { (1 + int rand 3, exp(40 * rand() - 20)) } },
	# One who pays for all.
	sub { my $left = 1; return sub { $left-- > 0 ? (1, 1e9) : (1 + int rand 4, 10) } });
open $out, '>', $file or die $!;
foreach my $population (1 .. 210)
{
	my $draw = $prices[ $population % @prices ]->();
	print $out join("\t", $population, $population % @prices, $draw->()), "\n" foreach 1 .. pick(10, 12, 30, 200);
}
close $out or die $!;
$node->safe_psql(
	'shop', qq{
	SET client_min_messages = error;
	CREATE TABLE spender (population int, kind int, x int, mean float8);
	COPY spender FROM '$file';
	CREATE TABLE spend AS
	SELECT population, kind, min(mean) AS lowest, fit_ltv_summary(x, 5, 10, mean, 1, '{"strict": false}') AS value FROM spender GROUP BY 1, 2});
is($node->safe_psql('shop', q{SELECT string_agg(kind || ': ' || status, '; ') FROM spend, ltv_diagnostics(value) WHERE status ~ 'spend not'}), '', 'each spend fit converges, to a maximum or along a ridge');
is($node->safe_psql('shop', q{
	SELECT count(*) FROM (SELECT paid, expected_spend(value, once, '2024-12-01') AS anybody, expected_spend(value, again, '2024-12-01') AS own
		FROM spend, (SELECT timeline('2024-01-01'::date, 1) AS once) AS o, LATERAL (SELECT round(lowest::numeric + 0.01, 2) AS paid) AS p,
			LATERAL (SELECT timeline(d, a) AS again FROM (VALUES ('2024-01-01'::date, 1), ('2024-02-01', paid)) AS v (d, a)) AS t) AS e
	WHERE anybody IS NOT NULL AND own BETWEEN least(anybody, paid) * (1 - 1e-6) AND greatest(anybody, paid) * (1 + 1e-6) IS NOT TRUE}), 0, 'and expected spend lies between');
is($node->safe_psql('shop', q{
	SELECT count(*) FROM spend WHERE kind < 2 AND abs(expected_spend(value, (SELECT timeline('2024-01-01'::date, 1)), '2024-12-01') / lowest - 1) > 1e-6}), 0, 'who pays one price will pay it');

$node->stop;
done_testing();
