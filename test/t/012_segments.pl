# Clusters, classes, personas and cohorts on UCI Online Retail: the check numbers of the definitions, where the data are.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use CustomerProfileTest;
use Test::More;

my $file = data_file('online_retail.csv.gz');

my $node = start_server('segments');

sub answer
{
	my ($sql) = @_;
	return $node->safe_psql('shop', $sql);
}

$node->safe_psql(
	'shop', qq{
	CREATE TABLE line (invoice_no text, stock_code text, quantity int, invoice_date timestamp, unit_price numeric,
		customer_id text, country text);
	COPY line FROM PROGRAM \$\$gzip -dc '$file'\$\$ (FORMAT csv, HEADER);
	CREATE TABLE invoice AS
	SELECT invoice_no, customer_id, min(country) AS country, min(invoice_date) AS at, sum(quantity * unit_price) AS amount
	FROM line WHERE invoice_no NOT LIKE 'C%' AND customer_id IS NOT NULL AND quantity > 0 AND unit_price >= 0
	GROUP BY invoice_no, customer_id;
	CREATE TABLE customer AS
	SELECT *, ARRAY[recency_days(summary, '2011-12-10'), purchases(summary), revenue(summary)]::float8[] AS features
	FROM (SELECT customer_id, min(country) AS country, purchase_summary(at, amount) AS summary, timeline(at, amount) AS history FROM invoice GROUP BY customer_id) AS c;
	CREATE TABLE z AS
	SELECT customer_id, ARRAY[(features[1] - avg(features[1]) OVER ()) / stddev_samp(features[1]) OVER (), (features[2] - avg(features[2]) OVER ()) / stddev_samp(features[2]) OVER (),
		(features[3] - avg(features[3]) OVER ()) / stddev_samp(features[3]) OVER ()] AS features FROM customer;});

is(answer(q{SELECT round(inertia::numeric, 6) FROM (SELECT fit_kmeans(features, 4, '{"scale": "none", "start": [[0,0,0],[2,0,0],[-1,2,2],[-1,10,20]]}') AS m FROM z) AS x, kmeans_quality(m)}),
	'4149.793892', 'Lloyd from given centres');
is(answer(q{SELECT round(inertia::numeric, 6) FROM (
		SELECT fit_kmeans(features, 4, jsonb_build_object('start', start)) AS m FROM customer,
			(SELECT jsonb_agg(jsonb_build_array(m1 + s1 * a, m2 + s2 * b, m3 + s3 * c) ORDER BY o) AS start
				FROM (SELECT avg(features[1]) AS m1, stddev_samp(features[1]) AS s1, avg(features[2]) AS m2, stddev_samp(features[2]) AS s2, avg(features[3]) AS m3, stddev_samp(features[3]) AS s3 FROM customer) AS m,
					(VALUES (1, 0, 0, 0), (2, 2, 0, 0), (3, -1, 2, 2), (4, -1, 10, 20)) AS v(o, a, b, c)) AS s GROUP BY start) AS x, kmeans_quality(m)}),
	'4149.793892', 'the same, scaled by fit_kmeans, from the same centres in the units of the features');
is(answer(q{SELECT bool_and((kmeans_quality(m)).inertia <= 4092.78) FROM (SELECT fit_kmeans(features, 4, jsonb_build_object('seed', s)) AS m FROM customer, generate_series(1, 5) AS s GROUP BY s) AS x}),
	't', 'ten starts of k-means++ find the best known sum of squares, for five seeds');
is(answer(q{SELECT count(*) FROM (SELECT abc_class(revenue(summary)::float8) OVER () AS class FROM customer) AS c WHERE class = 'A'}), '1133', 'customers of class A');
is(answer(q{SELECT round(gini(revenue(summary))::numeric, 7) FROM customer}), '0.7152053', 'Gini');
is(answer(q{SELECT count(DISTINCT decile) || ' ' || count(*) FILTER (WHERE decile = 10) FROM (SELECT decile(revenue(summary)::float8) OVER () FROM customer) AS c}), '10 434', 'deciles');

# Personas by country and product family (the first digits of the stock code): shares add up and match plain SQL.
$node->safe_psql(
	'shop', q{
	CREATE TABLE family AS
	SELECT customer_id, (array_agg(family ORDER BY n DESC, family))[1] AS family
	FROM (SELECT customer_id, substr(stock_code, 1, 2) AS family, count(*) AS n FROM line WHERE customer_id IS NOT NULL GROUP BY 1, 2) AS f GROUP BY 1;
	CREATE TABLE profile AS
	SELECT persona_profile(class, jsonb_build_object('country', country, 'family', family, 'orders', purchases(summary))) AS p
	FROM (SELECT *, abc_class(revenue(summary)::float8) OVER () AS class FROM customer JOIN family USING (customer_id)) AS c;});
is(answer(q{SELECT n, round(base_share::numeric, 6) = (SELECT round(count(*) FILTER (WHERE country = 'Germany')::numeric / count(*), 6) FROM customer) FROM profile, personas(p) WHERE segment = 'A' AND value = 'Germany'}),
	answer(q{SELECT count(*) || '|t' FROM (SELECT country, abc_class(revenue(summary)::float8) OVER () AS class FROM customer) AS c WHERE class = 'A' AND country = 'Germany'}), 'a persona of countries');
is(answer(q{SELECT max(abs(sum - 1)) < 1e-9 FROM (SELECT sum(share) FROM profile, personas(p) WHERE kind = 'value' GROUP BY segment, attribute) AS s}), 't', 'shares of a segment add up to 1');
like(answer(q{SELECT persona_sentence(p, 'A') FROM profile}), qr/^A \(1,133 customers, 26\.1 % of all\): orders is /, 'and a sentence');

is(answer(q{SELECT sum(customers) FILTER (WHERE age = 0) || ' ' || count(*) FROM (SELECT cohort_retention(history, 'month', '2011-12-10') AS c FROM customer) AS x, cohort_rows(c)}), '4339 91', 'monthly cohorts');

$node->stop;
done_testing();
