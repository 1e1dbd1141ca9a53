# Populations drawn from a model: the fit finds the parameters again, and its 95 % intervals hold them as often as they say.
#
# FITS and CUSTOMERS make a longer run. Intervals are by the logs of the parameters, value * exp(+-1.96 se / value).
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use CustomerProfileTest;
use PostgreSQL::Test::Utils;
use Simulation;
use Test::More;

my $fits = $ENV{FITS} // 40;
my $customers = $ENV{CUSTOMERS} // 1500;

my %truth = (
	'mbg/nbd' => { r => 1, alpha => 4, a => 0.8, b => 3 },
	'bg/nbd' => { r => 1, alpha => 4, a => 0.8, b => 3 },
	'pareto/nbd' => { r => 1, alpha => 4, s => 1.2, beta => 20 });
my %names = ('mbg/nbd' => [qw(r alpha a b)], 'bg/nbd' => [qw(r alpha a b)], 'pareto/nbd' => [qw(r alpha s beta)]);

my $node = start_server('recovery');
my $file = PostgreSQL::Test::Utils::tempdir . '/customers';
$node->safe_psql('shop', 'CREATE TABLE customer (model text, fit int, x int, t_x float8, age float8)');

srand 20240229;
open my $out, '>', $file or die $!;
foreach my $model (sort keys %truth)
{
	my @parameters = map { $truth{$model}{$_} } @{ $names{$model} };
	foreach my $fit (1 .. $fits)
	{
		print $out join("\t", $model, $fit, draw_customer($model, 40 + 40 * rand(), @parameters)), "\n"
		  foreach 1 .. $customers;
	}
}
close $out or die $!;
$node->safe_psql('shop', "COPY customer FROM '$file'");

foreach my $model (sort keys %truth)
{
	# Without spend, which is not of interest here.
	$node->safe_psql(
		'shop', qq{
		SET client_min_messages = error;
		CREATE TABLE fitted AS
		SELECT fit, fit_ltv_summary(x, t_x, age, NULL, 1, '{"model": "$model", "strict": false}') AS value
		FROM customer WHERE model = '$model' GROUP BY fit});
	is($node->safe_psql('shop', "SELECT count(*) FROM fitted, ltv_parameters(value) WHERE part = 'purchase' AND se > 0 AND se_robust > 0"),
		4 * $fits, "$model: every fit has an end with standard errors");
	is($node->safe_psql('shop', 'SELECT count(*) FROM fitted, ltv_diagnostics(value) WHERE NOT converged'), 0, "$model: every fit converges");
	my $covered = 0;
	foreach my $name (@{ $names{$model} })
	{
		my $truth = $truth{$model}{$name};
		my ($share, $robust, $bias, $spread) = split /\|/, $node->safe_psql(
			'shop', qq{
			SELECT avg((abs(ln(p.value / $truth)) < 1.959964 * se / p.value)::int), avg((abs(ln(p.value / $truth)) < 1.959964 * se_robust / p.value)::int),
				exp(avg(ln(p.value / $truth))) - 1, stddev(ln(p.value / $truth)) / avg(se / p.value)
			FROM fitted AS f, ltv_parameters(f.value) AS p WHERE part = 'purchase' AND parameter = '$name'});
		note(sprintf '%-10s %-5s covered %.1f %%, robust %.1f %%, bias %+.1f %%, spread over standard error %.2f', $model, $name,
			100 * $share, 100 * $robust, 100 * $bias, $spread);
		$covered += $share / 4;
		# Three standard errors of a share and of a standard deviation, from so many fits.
		my $margin = 3.2 * sqrt(0.95 * 0.05 / $fits);
		cmp_ok(abs($share - 0.95), '<', $margin, "$model: the intervals of $name cover what they should");
		cmp_ok(abs($spread - 1), '<', 3.2 * sqrt(0.5 / $fits), "$model: the standard error of $name is the spread of the fits");
		cmp_ok(abs($bias), '<', 0.1, "$model: $name is found again");
	}
	note(sprintf '%s covered %.1f %%', $model, 100 * $covered);
	$node->safe_psql('shop', 'DROP TABLE fitted');
}

$node->stop;
done_testing();
