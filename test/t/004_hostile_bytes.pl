# Bytes from anywhere: every type's binary input gets thousands of damaged values, by COPY BINARY
# and through a driver. A value is refused with a clean error, or is a good one: then the bytes it
# comes back as are taken as they are, its text means the same, and what reads it works or fails cleanly.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use CustomerProfileTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $seed = 20240229;
my $by_driver = $ENV{DAMAGED} // 3000; # damaged values of each type; more for a long run
my $by_copy = 300;

# Data exception, program limit exceeded, protocol violation.
my $clean = qr/^(22...|54...|08P01)$/;

# What makes use of a value x of each type; other values come from the tables of values.sql.
my $timeline = '(SELECT value FROM value_timeline WHERE id = -8)';
my $summary = '(SELECT value FROM value_purchase_summary WHERE id = -8)';
my %use = (
	purchase_summary => ['first_purchase_at(x)', 'revenue(x)', 'average_order(x)', 'x + x',
		q{recency_days(x, '2025-01-01')}, 'rfm_score((SELECT value FROM value_rfm_model WHERE id = 1), x)',
		q{fit_rfm(x, '2025-01-01')}],
	timeline => ['events(x)', 'last_event_at(x)', 'purchase_days(x)', q{summarize(x, '2025-01-01')}, 'x + x',
		'(SELECT count(u) FROM unnest(x) AS u)', 'x - x', q{slice(x, '[2024-02-01Z,2024-06-01Z)')}, q{with_label(x, ARRAY['web', NULL])},
		'total(x)', 'labels(x)', 'last_label(x)', 'nth_event_at(x, 200)', 'typical_gap_days(x)', q{preferred_label(x, '2024-06-01Z')},
		q{(SELECT count(h) FROM hour_share(x) AS h)}, q{repeats(x, '7 days', '2024-06-01Z')}, q{densest(x, '7 days')},
		q{(SELECT count(s) FROM sessions(x, '1 day') AS s)}, q{stage(x, ARRAY['web', ''], '2024-06-01Z')},
		q{trend(x, '30 days', '2024-06-01', 12)}, q{due(x, 100, '2024-06-01Z')}, q{lifecycle(x, '2024-06-01')},
		q{balance(x, '2024-06-01Z', '90 days')},
		q{ltv((SELECT value FROM value_ltv_model WHERE id = 1), x)}],
	rfm_model => ["rfm_score(x, $summary)", '(SELECT count(b) FROM rfm_breaks(x) AS b)',
		'(SELECT d FROM rfm_diagnostics(x) AS d)'],
	rfm_score => ['recency_score(x)', 'frequency_score(x)', 'monetary_score(x)', 'rfm_segment(x)', 'x < x'],
	rfm_sample => [],
	segment_map => ['(SELECT count(c) FROM segment_cells(x) AS c)',
		'rfm_segment(x, (SELECT value FROM value_rfm_score ORDER BY value LIMIT 1))'],
	ltv_model => ["p_alive(x, $timeline)", "expected_purchases(x, $timeline, '39 weeks')",
		"expected_spend(x, $timeline)", "ltv(x, $timeline)", "ltv(x, $timeline, NULL, 0.1, 1, '1997-10-01', '{1,2}')",
		"p_alive(x, $timeline, '1997-10-01', '1 year')", "purchase_range(x, $timeline, '39 weeks')", "next_purchase_days(x, $timeline)",
		"ltv_estimate(x, $timeline)", "p_purchase(x, $timeline, NULL)", "expected_new_customer(x, '1 year')",
		"(SELECT count(p) FROM purchase_probabilities(x, $timeline, '39 weeks', 5) AS p)",
		'(SELECT count(c) FROM ltv_covariance(x) AS c)', '(SELECT count(c) FROM ltv_comparison(x) AS c)', '(SELECT count(p) FROM ltv_parameters(x) AS p)',
		'(SELECT d FROM ltv_diagnostics(x) AS d)'],
	ltv_sample => [],
	retention_sample => ['x + x', 'fit_retention(x)', 'x::json'],
	retention_model => ['retention(x, 3)', 'survival(x, 2000000000)', 'residual_value(x, 100, 0.1, 5)', '(SELECT count(p) FROM retention_parameters(x) AS p)',
		'(SELECT d FROM retention_diagnostics(x) AS d)'],
	ltv_holdout => ['(SELECT s FROM holdout_summary(x) AS s)', '(SELECT count(d) FROM holdout_deciles(x) AS d)', '(SELECT count(f) FROM holdout_frequencies(x) AS f)', 'holdout_model(x)'],
	ltv_holdout_sample => ['ltv_holdout_merge(x, x)'],
	ltv_tracking => ['x + x', '(SELECT count(p) FROM tracking_periods(x) AS p)', '(SELECT count(f) FROM tracking_frequencies(x) AS f)'],
	segment_rules => [],
	score_summary => ['x + x', 'x - x', 'nps(x)', q{csat(x, '[4,5]')}, 'mean_score(x)', 'response_rate(x)', 'nps_difference(x, x)',
		q{csat_difference(x, x, '[4,5]')}, 'asked(x)', q{responses(x, '[9,)')}],
	duration_summary => ['x + x', 'x - x', 'quantile(x, 0.5)', 'quantile_range(x, 0.9)', q{survival(x, '3 days')}, q{within(x, '3 days')},
		q{restricted_mean(x, '3 days')}, 'open_count(x)', '(SELECT count(c) FROM survival_curve(x) AS c)',
		'logrank(x, (SELECT value FROM value_duration_summary WHERE id = 102))', 'logrank((SELECT value FROM value_duration_summary WHERE id = 3), x)'],
	kmeans_sample => ['x + x', 'fit_kmeans(x)', 'kmeans_quality(fit_kmeans(x))'],
	kmeans_model => [q{kmeans_cluster(x, (SELECT centre FROM kmeans_centres(x) LIMIT 1))}, q{kmeans_distance(x, '{1,2}')}, '(SELECT count(c) FROM kmeans_centres(x) AS c)', 'kmeans_quality(x)',
		q{(SELECT fit_kmeans(ARRAY[i, i * i]::float8[], 2, jsonb_build_object('previous', x::json)) FROM generate_series(1, 5) AS i)}],
	persona_profile => ['x + x', '(SELECT count(p) FROM personas(x) AS p)', q{persona_sentence(x, 'segment "1"')}],
	distribution_summary => ['x + x', 'gini(x)', 'psi(x, x)', q{psi(x, (SELECT value FROM value_distribution_summary WHERE id = 1))}],
	segment_moves => ['x + x', '(SELECT count(m) FROM moves(x) AS m)'],
	cohort_retention => ['x + x', '(SELECT count(r) FROM (SELECT r FROM cohort_rows(x) AS r LIMIT 100000) AS r)'],
	prediction_summary => ['x + x', 'auc(x)', 'ks(x)', 'brier(x)', 'calibration(x)', 'lift(x, 0.1)', '(SELECT count(d) FROM prediction_deciles(x) AS d)', 'psi(x, x)',
		q{psi(x, (SELECT value FROM value_prediction_summary WHERE id = 1))}],);

my $node = start_server('hostile');
create_values($node, 'shop');

# The last steps of the aggregates whose state is a type of its own.
foreach my $fit ('fit_rfm', 'fit_ltv', 'segment_map', 'ltv_holdout')
{
	my ($state, $final) = split /\|/, $node->safe_psql('shop',
		"SELECT DISTINCT aggtranstype::regtype, aggfinalfn FROM pg_aggregate JOIN pg_proc AS p ON p.oid = aggfnoid WHERE proname = '$fit'");
	push @{ $use{$state} }, "$final(x)";
}

# One damaged copy of good bytes.
sub damage
{
	my ($bytes) = @_;
	my $kind = int rand 10;
	my $length = length $bytes;
	my $at = int rand($length + 1);
	return substr $bytes, 0, $at if $kind == 0;
	return $bytes . random_bytes(1 + int rand 20) if $kind == 1;
	return random_bytes(int rand 200) if $kind == 2;
	return substr($bytes, 0, 1) . random_bytes(int rand 200) if $kind == 3;
	if ($kind == 4) # move a piece
	{
		my $piece = substr $bytes, $at, int rand 20, '';
		substr($bytes, int rand(1 + length $bytes), 0) = $piece;
		return $bytes;
	}
	if ($kind == 5) # a number at its limits
	{
		my @numbers = ("\x7f" . "\xff" x 7, "\x80" . "\0" x 7, "\xff" x 8, "\0" x 8, "\x7f\xff\xff\xff", "\xff" x 4,
			pack('d>', 'nan'), pack('d>', 'inf'), pack('d>', -1e308));
		my $number = $numbers[ rand @numbers ];
		$at = int rand(1 + $length - length $number) if $length >= length $number;
		substr($bytes, $at, length $number) = $number;
		return substr $bytes, 0, $length;
	}
	# Single bits and bytes, more often near the front, where the header is.
	foreach (1 .. 1 + int rand 3)
	{
		$at = int rand(rand() < 0.5 ? ($length < 64 ? $length : 64) : $length);
		substr($bytes, $at, 1) =
		  rand() < 0.5 ? random_bytes(1) : chr(ord(substr $bytes, $at, 1) ^ (1 << int rand 8));
	}
	return $bytes;
}

sub random_bytes
{
	my ($count) = @_;
	return join '', map { chr int rand 256 } 1 .. $count;
}

# Hex of good values, short ones first so that most damage is where it matters.
sub good_values
{
	my ($type) = @_;
	return map { pack 'H*', $_ } split /\n/, $node->safe_psql(
		'shop', qq{
		SELECT encode(bytes, 'hex') FROM (SELECT ${type}_send(value) AS bytes FROM value_$type) AS v
		ORDER BY length(bytes), bytes LIMIT 40});
}

sub test_by_driver
{
	my ($type, @good) = @_;
	my $oid = $node->safe_psql('shop', "SELECT '$type'::regtype::oid");
	my $driver = CustomerProfileTest::Driver->connect($node, 'shop');
	$driver->prepare('SELECT $1', $oid);

	my $refused = 0;
	my (@wrong, @accepted);
	foreach my $number (1 .. $by_driver + @good)
	{
		my $bytes = $number <= @good ? $good[ $number - 1 ] : damage($good[ rand @good ]);
		my $answer = $driver->execute($bytes);
		if (!$answer)
		{
			fail("$type: the server survives " . unpack 'H*', $bytes);
			return;
		}
		if (my $error = $answer->{error})
		{
			$refused++;
			push @wrong, "$error $answer->{message}" if $error !~ $clean || $number <= @good;
			next;
		}
		push @accepted, $answer->{row}[0];
		push @wrong, 'came back as other bytes: ' . unpack 'H*', $bytes
		  if $number <= @good && $answer->{row}[0] ne $bytes;
	}
	foreach my $statement ('SELECT $1', "SELECT \$1::$type\::text::$type")
	{
		$driver->prepare($statement, $oid);
		foreach my $bytes (@accepted)
		{
			my $answer = $driver->execute($bytes);
			push @wrong, ($answer->{message} // '') . " $statement changes " . unpack 'H*', $bytes
			  if !$answer || $answer->{error} || $answer->{row}[0] ne $bytes;
		}
	}
	is(join("\n", map { substr $_, 0, 400 } @wrong > 10 ? @wrong[ 0 .. 9 ] : @wrong), '', "$type by driver: each value is refused cleanly or good");
	cmp_ok($refused, '>', $by_driver / 4, "$type: enough was refused");
	note("$type: " . @accepted . " accepted, $refused refused");

	foreach my $use (@{ $use{$type} })
	{
		$driver->prepare("SELECT $use FROM (SELECT \$1 AS x) AS v", $oid);
		my %error;
		foreach my $bytes (@accepted)
		{
			my $answer = $driver->execute($bytes);
			if (!$answer)
			{
				fail("$use survives " . unpack 'H*', $bytes);
				return;
			}
			$error{ "$answer->{error} $answer->{message}" } = 1
			  if $answer->{error} && $answer->{error} !~ $clean;
		}
		is(join("\n", sort keys %error), '', "$use works or fails cleanly on all that was accepted");
	}
	return;
}

sub test_by_copy
{
	my ($type, @good) = @_;
	my $directory = PostgreSQL::Test::Utils::tempdir;
	foreach my $number (1 .. $by_copy)
	{
		my $bytes = $number == 1 ? $good[0] : damage($good[ rand @good ]);
		open my $file, '>:raw', "$directory/$number" or die $!;
		print $file "PGCOPY\n\xff\r\n\0", pack('N N n N/a* n', 0, 0, 1, $bytes, 0xFFFF);
		close $file or die $!;
	}
	$node->safe_psql('shop', "CREATE TABLE copy_$type (value $type)");
	my $errors = $node->safe_psql(
		'shop', qq{
		CREATE TEMP TABLE error (state text, message text);
		DO \$\$
		BEGIN
			FOR i IN 1 .. $by_copy LOOP
				BEGIN
					EXECUTE format('COPY copy_$type FROM %L (FORMAT binary)', '$directory/' || i);
				EXCEPTION WHEN OTHERS THEN
					INSERT INTO error VALUES (SQLSTATE, SQLERRM);
				END;
			END LOOP;
		END
		\$\$;
		SELECT DISTINCT state, replace(message, E'\n', ' ') FROM error});
	is(join("\n", grep { (split /\|/)[0] !~ $clean } split /\n/, $errors), '', "$type by COPY: every error is clean");
	my ($status, $out, $error) = $node->psql('shop',
		"SELECT count(*) > 0, count(*) FILTER (WHERE ${type}_send(value::text::$type) <> ${type}_send(value)) FROM copy_$type");
	is("$out$error", 't|0', "$type by COPY: what was accepted is good");
	return;
}

srand $seed;
foreach my $type (extension_types($node, 'shop'))
{
	ok($use{$type}, "the test knows how to use $type");
	my @good = good_values($type);
	test_by_driver($type, @good);
	test_by_copy($type, @good);
}

is($node->safe_psql('shop', 'SELECT 1'), '1', 'the server is there');
unlike(slurp_file($node->logfile), qr/was terminated by signal|TRAP:|runtime error/, 'and never went away');

$node->stop;
done_testing();
