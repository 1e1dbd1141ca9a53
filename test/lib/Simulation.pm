# Simulation - customers drawn from the models of purchases, as (x, t_x, age).
#
# Times are in periods and not rounded. Perl's generator gives the same numbers everywhere for a seed.
package Simulation;

use strict;
use warnings;

use Exporter 'import';

our @EXPORT = qw(draw_customer exponential gamma);

sub exponential
{
	my ($rate) = @_;
	return -log(1 - rand()) / $rate;
}

sub normal
{
	return sqrt(-2 * log(1 - rand())) * cos(6.283185307179586 * rand());
}

# Gamma with mean shape / rate (Marsaglia & Tsang 2000).
sub gamma
{
	my ($shape, $rate) = @_;
	return gamma($shape + 1, $rate) * (1 - rand())**(1 / $shape) if $shape < 1;
	my $d = $shape - 1 / 3;
	my $c = 1 / sqrt(9 * $d);
	while (1)
	{
		my $z = normal();
		my $v = (1 + $c * $z)**3;
		next if $v <= 0;
		return $d * $v / $rate if log(1 - rand()) < 0.5 * $z * $z + $d - $d * $v + $d * log $v;
	}
}

sub beta
{
	my ($a, $b) = @_;
	my $left = gamma($a, 1);
	return $left / ($left + gamma($b, 1));
}

# When a customer leaves, for a model and its parameters, given the times of purchases to come one by one.
# Pareto/NBD: (r, alpha, s, beta); BG/NBD and MBG/NBD: (r, alpha, a, b).
sub draw_customer
{
	my ($model, $age, $r, $alpha, $third, $fourth) = @_;
	my $rate = gamma($r, $alpha);
	my $leaves = $model eq 'pareto/nbd' ? exponential(gamma($third, $fourth)) : 9e99;
	my $chance = $model eq 'pareto/nbd' ? 0 : beta($third, $fourth);
	my ($x, $t_x) = (0, 0);

	return (0, 0, $age) if $rate <= 0 || $model eq 'mbg/nbd' && rand() < $chance;
	while (1)
	{
		my $next = $t_x + exponential($rate);
		last if $next > $age || $next > $leaves;
		$x++;
		$t_x = $next;
		last if rand() < $chance;
	}
	return ($x, $t_x, $age);
}

1;
