# RandomChoice - how random queries choose; srand() makes it repeatable.
package RandomChoice;

use strict;
use warnings;

use Exporter 'import';

our @EXPORT = qw(chance pick between weighted);

sub chance { return rand() < $_[0] }
sub pick { return $_[ rand @_ ] }
sub between { return $_[0] + int rand($_[1] - $_[0] + 1) }

# One of [weight, value...], ...
sub weighted
{
	my $total = 0;
	$total += $_->[0] foreach @_;
	my $at = rand $total;
	foreach (@_)
	{
		return @$_[ 1 .. $#$_ ] if ($at -= $_->[0]) < 0;
	}
	return;
}

1;
