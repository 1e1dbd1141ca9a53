# statement_timeout and cancel stop a large fit at once, wherever it is; the session works on.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use CustomerProfileTest;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time sleep);

my $grace = 1.0; # seconds from the timeout to its error; the machine may be busy

my $node = start_server('timeouts');

# Two hundred thousand customers, their days spread so that few have the same history.
$node->safe_psql(
	'shop', q{
	SET search_path = customer_profile, public;
	CREATE TABLE customer AS
	SELECT c AS customer_id, purchase_summary(at, amount) AS summary, timeline(at, amount) AS history
	FROM generate_series(1, 200000::bigint) AS c,
		LATERAL (SELECT timestamptz '2020-01-01 00:00+00' + ((c * 7919 + n * 104729 * (c % 97)) % 1800) * interval '1 day' AS at,
			(c * 31 + n * 17) % 5000 / 100.0 AS amount
			FROM generate_series(0, c * 2654435761 % 7 % 4) AS n) AS o
	GROUP BY c;
	ANALYZE customer;});

my %fit = (
	fit_rfm => q{SELECT fit_rfm(summary, '2025-01-01') IS NOT NULL FROM customer},
	fit_ltv => q{SELECT fit_ltv(history, '2025-01-01') IS NOT NULL FROM customer},
	fit_kmeans => q{SELECT fit_kmeans(ARRAY[recency_days(summary, '2025-01-01'), purchases(summary), revenue(summary)]::float8[], 12, '{"starts": 2}') IS NOT NULL FROM customer});

foreach my $name (sort keys %fit)
{
	my $start = time;
	my ($status, undef, $error) = $node->psql('shop', $fit{$name});
	my $whole = time - $start;
	is($status, 0, "$name without a timeout") or diag($error);
	note(sprintf '%s takes %.2f s', $name, $whole);

	# At many points of the whole, so that some lie in the last step.
	my ($stopped, $late) = (0, 0);
	foreach my $part (map { $_ / 8 } 1 .. 8)
	{
		my $milliseconds = 1 + int($part * $whole * 1000);
		my $timed;
		$start = time;
		$node->psql('shop',
			"SET statement_timeout = $milliseconds; $fit{$name}", stderr => \$timed);
		$late++ if time - $start > $milliseconds / 1000 + $grace;
		$stopped++ if $timed =~ /canceling statement due to statement timeout/;
	}
	cmp_ok($stopped, '>=', 3, "$name is stopped by statement_timeout");
	is($late, 0, "$name is stopped within $grace s of it, wherever it is");

	my $answer = $node->safe_psql(
		'shop', qq{
		SET statement_timeout = @{[ 1 + int($whole * 400) ]};
		DO \$\$
		BEGIN
			PERFORM x FROM ($fit{$name}) AS x;
		EXCEPTION WHEN query_canceled THEN
			RAISE NOTICE 'stopped';
		END
		\$\$;
		SET statement_timeout = 0;
		SELECT purchases(purchase_summary(timestamptz '2025-01-01 00:00+00', 1::numeric));});
	is($answer, '1', "$name: the session works on");
}

# A cancel from another session, of a fit that would take hours. It may be a parallel one: its workers show the same query.
my $fit = "$fit{fit_ltv}, generate_series(1, 1000000000) AS again";
my $fitting = q{FROM pg_stat_activity WHERE query LIKE '%again%' AND pid <> pg_backend_pid()
	AND state = 'active' AND backend_type = 'client backend'};
my ($out, $error) = ('', '');
my $session = IPC::Run::start([ 'psql', '-X', '-d', $node->connstr('shop'), '-c', $fit ], '>', \$out, '2>', \$error);
ok($node->poll_query_until('shop', "SELECT count(*) = 1 $fitting"), 'a fit goes on');
sleep 0.5;
my $start = time;
is($node->safe_psql('shop', "SELECT pg_cancel_backend(pid) $fitting"), 't', 'it is told to stop');
$session->finish;
like($error, qr/canceling statement due to user request/, 'a fit can be cancelled');
cmp_ok(time - $start, '<', $grace, 'at once');

$node->stop;
done_testing();
