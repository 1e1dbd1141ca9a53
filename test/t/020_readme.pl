# The README is true: from its quick start on, its SQL runs from top to bottom on the tables of test/lib/shop.sql, and the
# output shown below a block is what the block prints. README_UPDATE=1 writes the outputs anew.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use CustomerProfileTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $readme = "$FindBin::Bin/../../README.md";
my $text = slurp_file($readme);

# A database named as in the README, where the README itself creates the extension.
my $node = PostgreSQL::Test::Cluster->new('readme');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->start;
$node->safe_psql('postgres', q{CREATE DATABASE shop});
run_sql_file($node, 'shop', 'shop.sql');

sub without_trailing_space
{
	my ($output) = @_;
	$output =~ s/[ \t]+$//mg;
	$output =~ s/\n+\z//;
	return $output;
}

# Runs one block as psql prints it, without row counts.
sub run_block
{
	my ($sql) = @_;
	my ($out, $err) = ('', '');
	my $status = IPC::Run::run(
		[
			'psql', '-X', '-q', '-P', 'footer=off', '-v', 'ON_ERROR_STOP=1',
			'-d', $node->connstr('shop'), '-f', '-'
		],
		'<', \$sql, '>', \$out, '2>', \$err);
	return ($status && $err !~ /ERROR/, without_trailing_space($out), $err);
}

my $number = 0;
my ($before, $rest) = $text =~ /\A(.*?)(^## Quick start.*)\z/ms;
$rest =~ s{(^```sql\n(.*?)^```\n)(```\n(.*?)^```\n)?}{
	my ($block, $sql, $shown, $expected) = ($1, $2, $3, $4);
	my ($name) = $sql =~ /^\s*(.*)/;
	$number++;
	my ($ok, $out, $err) = run_block($sql);
	ok($ok, "block $number runs: $name") or diag($err);
	if (defined $shown)
	{
		is($out, without_trailing_space($expected), "block $number prints what the README shows")
			unless $ENV{README_UPDATE};
		$shown = "```\n$out\n```\n";
	}
	$block . ($shown // '');
}mges;
cmp_ok($number, '>', 5, 'the README has blocks of SQL');

# The chart is the one that its script makes of the same tables.
my $chart = "$FindBin::Bin/../../doc/segments.svg";
SKIP:
{
	skip 'there is no python3', 3 if system('python3 -c 1 2>/dev/null') != 0;
	my ($svg, $error);
	my @script = ("$FindBin::Bin/../../doc/segments_chart", 'SELECT profile FROM segment_report');
	local $ENV{PGHOST} = $node->host;
	local $ENV{PGPORT} = $node->port;
	local $ENV{PGDATABASE} = 'shop';
	ok(IPC::Run::run(\@script, '>', \$svg, '2>', \$error), 'the chart is drawn') or diag($error);
	my $points = () = $svg =~ /<circle/g;
	cmp_ok($points, '>', 20, 'with its points');
	if ($ENV{README_UPDATE})
	{
		open my $file, '>', $chart or die "$chart: $!";
		print $file $svg;
		close $file;
	}
	ok(slurp_file($chart) eq $svg, 'and is the one that the README shows');
}

if ($ENV{README_UPDATE})
{
	open my $file, '>', $readme or die "$readme: $!";
	print $file $before . $rest;
	close $file;
}

$node->stop;
done_testing();
