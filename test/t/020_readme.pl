# The README and the pages of doc/ are true: their SQL runs from top to bottom, and the output shown below a block is what the
# block prints. Each page has a database of its own, with the tables of test/lib/shop.sql and what the README's quick start
# makes. Links lead somewhere. README_UPDATE=1 writes the outputs, and the chart, anew.
use strict;
use warnings;
use utf8;

use Encode;
use FindBin;
use lib "$FindBin::Bin/../lib";
use CustomerProfileTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $root = "$FindBin::Bin/../..";
my @pages = ('README.md', map { s{^\Q$root\E/}{}r } sort glob "$root/doc/*.md");
my %text = map { $_ => decode('UTF-8', slurp_file("$root/$_")) } @pages;
cmp_ok(scalar @pages, '>', 1, 'there are pages beside the README');

# Before the quick start nothing is run.
my ($introduction, $quick_start, $recipes) =
  $text{'README.md'} =~ /\A(.*?)(^## Quick start.*?)(^## What the numbers mean.*)\z/ms
  or die 'the README has no quick start';

# The tables stand ready in a database that is copied for each page.
my $node = PostgreSQL::Test::Cluster->new('readme');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->start;
$node->safe_psql('postgres', q{CREATE DATABASE tables});
run_sql_file($node, 'tables', 'shop.sql');

sub fresh_shop
{
	$node->safe_psql('postgres', $_)
	  foreach 'DROP DATABASE IF EXISTS shop', 'CREATE DATABASE shop TEMPLATE tables';
	return;
}

sub write_file
{
	my ($name, $content) = @_;
	open my $file, '>:raw', "$root/$name" or die "$name: $!";
	print $file $content;
	close $file;
	return;
}

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
	my $input = encode('UTF-8', $sql);
	my ($out, $err) = ('', '');
	my $status = IPC::Run::run(
		[
			'psql', '-X', '-q', '-P', 'footer=off', '-v', 'ON_ERROR_STOP=1',
			'-d', $node->connstr('shop'), '-f', '-'
		],
		'<', \$input, '>', \$out, '2>', \$err);
	return ($status && $err !~ /ERROR/, without_trailing_space(decode('UTF-8', $out)), $err);
}

# Runs the blocks of a text; gives it back with their outputs.
sub run_text
{
	my ($page, $part) = @_;
	my $number = 0;
	$part =~ s{(^```sql\n(.*?)^```\n)(```\n(.*?)^```\n)?}{
		my ($block, $sql, $shown, $expected) = ($1, $2, $3, $4);
		my ($name) = $sql =~ /^\s*(.*)/;
		$number++;
		my ($ok, $out, $err) = run_block($sql);
		ok($ok, "$page: block $number runs: $name") or diag($err);
		if (defined $shown)
		{
			is($out, without_trailing_space($expected), "$page: block $number prints what is shown")
				unless $ENV{README_UPDATE};
			$shown = "```\n$out\n```\n";
		}
		$block . ($shown // '');
	}mges;
	cmp_ok($number, '>', 0, "$page has blocks of SQL");
	return $part;
}

# The chart is the one that its script makes of the table that the README has made.
sub check_chart
{
	my @script = ("$root/doc/segments_chart", 'SELECT profile FROM segment_report');
	my ($svg, $error);
	local $ENV{PGHOST} = $node->host;
	local $ENV{PGPORT} = $node->port;
	local $ENV{PGDATABASE} = 'shop';
	ok(IPC::Run::run(\@script, '>', \$svg, '2>', \$error), 'the chart is drawn') or diag($error);
	my $points = () = $svg =~ /<circle/g;
	cmp_ok($points, '>', 20, 'with its points');
	write_file('doc/segments.svg', $svg) if $ENV{README_UPDATE};
	ok(slurp_file("$root/doc/segments.svg") eq $svg, 'and is the one that the README shows');
	return;
}

foreach my $page (@pages)
{
	fresh_shop();
	my $start = run_text('the quick start', $quick_start);
	my $new =
	  $page eq 'README.md'
	  ? $introduction . $start . run_text($page, $recipes)
	  : run_text($page, $text{$page});
	write_file($page, encode('UTF-8', $new)) if $ENV{README_UPDATE};
	next if $page ne 'README.md';
  SKIP:
	{
		skip 'there is no python3', 3 if system('python3 -c 1 2>/dev/null') != 0;
		check_chart();
	}
}
$node->stop;

# The anchors that GitHub gives a page's headings.
sub anchors
{
	my ($markdown) = @_;
	my (%seen, %anchor);
	foreach my $heading ($markdown =~ /^#+ +(.*?) *$/mg)
	{
		my $name = lc $heading =~ s/[^\w\- ]//gr =~ s/ /-/gr;
		my $before = $seen{$name}++;
		$anchor{ $before ? "$name-$before" : $name } = 1;
	}
	return \%anchor;
}

my %prose = map { $_ => $text{$_} =~ s/^```.*?^```$//mgsr } @pages;
my %anchor = map { $_ => anchors($prose{$_}) } @pages;
my %linked;
foreach my $page (@pages)
{
	my ($directory) = $page =~ m{^(.*/)?};
	my @lost;
	foreach my $link ($prose{$page} =~ /\]\(([^)\s]+)\)/g)
	{
		next if $link =~ /^https?:/;
		my ($path, $fragment) = $link =~ /^([^#]*)#?(.*)$/;
		my $target = $path eq '' ? $page : ($directory // '') . $path;
		1 while $target =~ s{[^/]+/\.\./}{};
		$linked{ $target . ($fragment eq '' ? '' : "#$fragment") } = 1 if $page eq 'README.md';
		push @lost, $link
		  if !-e "$root/$target" || $fragment ne '' && !$anchor{$target}{$fragment};
	}
	is_deeply(\@lost, [], "the links of $page lead somewhere");
}

# Every recipe can be found from the README, and is read without scrolling sideways.
foreach my $page (grep { $_ ne 'README.md' } @pages)
{
	my @unlinked = grep { !$linked{"$page#$_"} } sort keys %{ anchors($prose{$page} =~ s/^# .*//mr) };
	is_deeply(\@unlinked, [], "the README links to each recipe of $page");
}
foreach my $page (@pages)
{
	my @wide = grep { length > 120 } map { split /\n/ } $text{$page} =~ /^```sql\n(.*?)^```$/mgs;
	is_deeply(\@wide, [], "the SQL of $page is at most 120 wide");
}

done_testing();
