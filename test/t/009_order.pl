# Every type of ours has equality, an order and hash functions, and they are those of its content: what it sends. Only
# segment_rules has none: the state of an aggregate that nobody keeps.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use CustomerProfileTest;
use Test::More;

my $node = start_server('order');
create_values($node, 'shop');

foreach my $type (grep { $_ ne 'segment_rules' } extension_types($node, 'shop'))
{
	# Two of each, of which one has been through its text.
	$node->safe_psql('shop', "CREATE TABLE twice AS SELECT value, ${type}_send(value) AS bytes FROM value_$type WHERE value IS NOT NULL
		UNION ALL SELECT value::text::$type, ${type}_send(value::text::$type) FROM value_$type WHERE value IS NOT NULL");
	is( $node->safe_psql(
			'shop', q{
			SELECT count(*) FROM twice AS a, twice AS b
			WHERE (a.value = b.value) IS DISTINCT FROM (a.bytes = b.bytes) OR (a.value <> b.value) IS DISTINCT FROM (a.bytes <> b.bytes)
				OR (a.value < b.value)::int + (a.value = b.value)::int + (a.value > b.value)::int <> 1
				OR (a.value <= b.value) IS DISTINCT FROM (a.value < b.value OR a.value = b.value)
				OR (a.value >= b.value) IS DISTINCT FROM (b.value <= a.value)}),
		'0', "$type: equal as its bytes are, and else before or after");
	is( $node->safe_psql(
			'shop', q{
			SELECT count(*) FROM (SELECT value, lag(value) OVER (ORDER BY value) AS before, first_value(value) OVER (ORDER BY value) AS least FROM twice) AS o
			WHERE before > value OR least > value}),
		'0', "$type: in order");
	is( $node->safe_psql('shop',
			"SELECT count(*) FROM twice AS a JOIN twice AS b USING (bytes)
			WHERE ${type}_hash(a.value) <> ${type}_hash(b.value) OR ${type}_hash_extended(a.value, 42) <> ${type}_hash_extended(b.value, 42)"),
		'0', "$type: one hash for equal values");
	is( $node->safe_psql('shop',
			'SET enable_sort = off; SELECT count(DISTINCT bytes) = (SELECT count(*) FROM (SELECT value FROM twice GROUP BY value) AS g)
			AND count(DISTINCT bytes) = (SELECT count(*) FROM (SELECT value FROM twice UNION SELECT value FROM twice) AS u) FROM twice'),
		't', "$type: GROUP BY and UNION");
	$node->safe_psql('shop', 'DROP TABLE twice');
}

$node->stop;
done_testing();
