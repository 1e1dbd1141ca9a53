# Tables, indexes, views and materialized views of every type: dumped and restored, byte for byte.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use CustomerProfileTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = start_server('dump');
create_values($node, 'shop');

my $profile = q{SELECT * FROM customer_profile('public.orders', 'customer_id', 'ordered_on', 'amount',
	as_of => DATE '1998-07-01')};
$node->safe_psql(
	'shop', qq{
	CREATE INDEX ON value_purchase_summary (value);
	CREATE INDEX ON value_timeline USING hash (value);
	CREATE INDEX ON value_rfm_score (recency_score(value), value);
	CREATE VIEW profile_now AS $profile;
	CREATE MATERIALIZED VIEW profile AS $profile;
	CREATE MATERIALIZED VIEW score AS
		SELECT customer_id, rfm_score(value, summary) AS rfm
		FROM customer, value_rfm_model AS model WHERE model.id = 1;
	CREATE MATERIALIZED VIEW daily AS
		SELECT rollup(summary) AS summary, rollup(history) AS history FROM customer;});

foreach my $type (extension_types($node, 'shop'))
{
	is($node->safe_psql('shop',
			"SELECT count(*) FROM value_$type WHERE ${type}_send(value::text::$type) <> ${type}_send(value)"),
		'0', "the text of $type gives the same bytes");
}

# What is in a database; rows as the bytes a driver would get.
sub content
{
	my ($database) = @_;
	my $rows = $node->safe_psql(
		$database, q{
		SELECT 'profile', count(*), md5(string_agg(encode(record_send(p), 'hex'), '|' ORDER BY customer))
		FROM public.profile AS p
		UNION ALL
		SELECT 'profile_now', count(*), md5(string_agg(encode(record_send(p), 'hex'), '|' ORDER BY customer))
		FROM public.profile_now AS p
		UNION ALL
		SELECT 'score', count(*), md5(string_agg(concat(customer_id, rfm_score_send(rfm)), '|' ORDER BY customer_id))
		FROM public.score
		UNION ALL
		SELECT 'daily', count(*), md5(string_agg(concat(purchase_summary_send(summary), timeline_send(history)), '|'))
		FROM public.daily});
	return fingerprints($node, $database) . "\n$rows";
}

my $before = content('shop');
like($before, qr/^profile\|2357\|/m, 'every customer is in the profile');

my $directory = PostgreSQL::Test::Utils::tempdir;
foreach my $format ('plain', 'custom')
{
	my $file = "$directory/$format";
	my $copy = "shop_$format";
	$node->command_ok([ 'pg_dump', "--format=$format", '-f', $file, $node->connstr('shop') ],
		"dump as $format");
	$node->safe_psql(
		'postgres', qq{
		CREATE DATABASE $copy;
		ALTER DATABASE $copy SET search_path = public, customer_profile});
	my @restore = $format eq 'plain'
	  ? ('psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', $file, '-d', $node->connstr($copy))
	  : ('pg_restore', '--exit-on-error', '-d', $node->connstr($copy), $file);
	$node->command_ok(\@restore, "restore from $format");
	is(content($copy), $before, "$format: every byte is as before");
	is($node->safe_psql($copy,
			q{SELECT nspname FROM pg_extension JOIN pg_namespace AS n ON n.oid = extnamespace
			  WHERE extname = 'customer_profile'}),
		'customer_profile', "$format: in the schema it was in");
}

$node->stop;
done_testing();
