# What earlier versions stored is read, and means what it meant: test/upgrade/VERSION.sql of
# every release, made by test/upgrade/generate.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use CustomerProfileTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = start_server('stored');
create_values($node, 'shop');
run_sql_file($node, 'shop', '../upgrade/meaning.sql');

my $directory = PostgreSQL::Test::Utils::tempdir;
my @fixtures = sort glob "$FindBin::Bin/../upgrade/[0-9]*.sql";
cmp_ok(@fixtures, '>', 0, 'there are fixtures');

foreach my $fixture (@fixtures)
{
	my ($version) = $fixture =~ m{([^/]+)\.sql$};
	$node->safe_psql('shop',
		'DROP TABLE IF EXISTS fixture; CREATE TABLE fixture (type text, id int, bytes bytea, meaning text)');
	$node->command_ok(
		[ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('shop'), '-f', $fixture ],
		"load what $version stored");
	foreach my $type (split /\n/, $node->safe_psql('shop', 'SELECT DISTINCT type FROM fixture ORDER BY 1'))
	{
		# The table as COPY BINARY would have written it: no other way leads into a receive function.
		my $file = "$directory/$version.$type";
		open my $copy, '>:raw', $file or die $!;
		print $copy "PGCOPY\n\xff\r\n\0", pack 'N N', 0, 0;
		foreach (split /\n/,
			$node->safe_psql('shop', "SELECT id, encode(bytes, 'hex') FROM fixture WHERE type = '$type'"))
		{
			my ($id, $hex) = split /\|/;
			print $copy pack 'n N N N/a*', 2, 4, $id & 0xFFFFFFFF, pack 'H*', $hex;
		}
		print $copy pack 'n', 0xFFFF;
		close $copy or die $!;

		$node->safe_psql('shop',
			"DROP TABLE IF EXISTS stored; CREATE TABLE stored (id int, value $type);
			COPY stored FROM '$file' (FORMAT binary)");
		is( $node->safe_psql(
				'shop', qq{
				SELECT f.id, f.meaning, meaning(s.value)
				FROM fixture AS f LEFT JOIN stored AS s USING (id)
				WHERE f.type = '$type' AND meaning(s.value) IS DISTINCT FROM f.meaning}),
			'', "$version: every $type means what it meant");
		is( $node->safe_psql('shop',
				"SELECT count(*) FROM stored WHERE ${type}_send(value::text::$type) IS DISTINCT FROM ${type}_send(value)"),
			'0', "$version: every $type goes through its text");
	}
}

$node->stop;
done_testing();
