# A database owner without superuser installs and uses everything, in a search_path in which
# somebody else has planted look-alikes; customer_profile() shows a caller only what he may see.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use CustomerProfileTest;
use PostgreSQL::Test::Cluster;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('owner');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->start;
$node->safe_psql(
	'postgres', q{
	CREATE ROLE owner LOGIN;
	CREATE ROLE mallory LOGIN;
	CREATE ROLE analyst LOGIN;
	CREATE DATABASE shop OWNER owner;});
$node->safe_psql('shop', 'GRANT CREATE ON SCHEMA public TO mallory, owner');

sub as
{
	my ($role, $sql) = @_;
	return $node->safe_psql('shop', $sql, extra_params => [ '-U', $role ]);
}

# What a statement says, be it rows or an error.
sub says
{
	my ($role, $sql) = @_;
	my ($status, $out, $error) = $node->psql('shop', $sql, extra_params => [ '-U', $role ]);
	return $out . $error;
}

# The standard error of a statement that has to fail.
sub error_as
{
	my ($role, $sql) = @_;
	my ($status, $out, $error) = $node->psql('shop', $sql, extra_params => [ '-U', $role ]);
	return $status == 0 ? "no error: $out" : $error;
}

# Mallory's traps, in public and there before the extension: better matches than the built-in
# ones wherever public comes before pg_catalog, and every one of them says so.
as('mallory', q{
	CREATE FUNCTION public.trap() RETURNS int LANGUAGE plpgsql AS
		$$ BEGIN RAISE EXCEPTION 'planted'; END $$;
	DO $do$
	DECLARE
		types text[] := '{int4,int8,float8,numeric,text,name,date,timestamp,timestamptz,interval,oid,regclass,regtype,bool,jsonb}';
		one text;
		sign text;
		called text;
	BEGIN
		FOREACH one IN ARRAY types LOOP
			EXECUTE pg_catalog.format('CREATE FUNCTION public.planted_test(%1$I, %1$I) RETURNS bool
				LANGUAGE plpgsql AS $$ BEGIN RETURN public.trap(); END $$', one);
			EXECUTE pg_catalog.format('CREATE FUNCTION public.planted(%1$I, %1$I) RETURNS %1$I
				LANGUAGE plpgsql AS $$ BEGIN PERFORM public.trap(); RETURN $1; END $$', one);
			FOREACH sign IN ARRAY '{=,<>,<,<=,>,>=}'::text[] LOOP
				EXECUTE pg_catalog.format('CREATE OPERATOR public.%s (FUNCTION = public.planted_test,
					LEFTARG = %I, RIGHTARG = %2$I)', sign, one);
			END LOOP;
			FOREACH sign IN ARRAY '{+,-,*,/,%,||}'::text[] LOOP
				EXECUTE pg_catalog.format('CREATE OPERATOR public.%s (FUNCTION = public.planted,
					LEFTARG = %I, RIGHTARG = %2$I)', sign, one);
			END LOOP;
			FOREACH called IN ARRAY '{sum,avg,min,max,rollup,count}'::text[] LOOP
				EXECUTE pg_catalog.format('CREATE AGGREGATE public.%I(%I) (SFUNC = public.planted, STYPE = %2$I)',
					called, one);
			END LOOP;
			FOREACH called IN ARRAY '{lower,upper,quote_ident,quote_literal,length,abs,round,floor,
					to_regclass,to_char,format_type,row_to_json,json,jsonb_typeof,pg_typeof,format}'::text[] LOOP
				EXECUTE pg_catalog.format('CREATE FUNCTION public.%I(%I) RETURNS text
					LANGUAGE plpgsql AS $$ BEGIN RETURN public.trap(); END $$', called, one);
			END LOOP;
			EXECUTE pg_catalog.format('CREATE FUNCTION public.format(text, VARIADIC %I[]) RETURNS text
				LANGUAGE plpgsql AS $$ BEGIN RETURN public.trap(); END $$', one);
			EXECUTE pg_catalog.format('CREATE FUNCTION public.timezone(text, %I) RETURNS timestamptz
				LANGUAGE plpgsql AS $$ BEGIN PERFORM public.trap(); END $$', one);
			EXECUTE pg_catalog.format('CREATE FUNCTION public.purchase_summary(timestamptz, %I) RETURNS text
				LANGUAGE plpgsql AS $$ BEGIN RETURN public.trap(); END $$', one);
		END LOOP;
	END
	$do$;});

as('owner', q{
	CREATE SCHEMA customer_profile;
	CREATE EXTENSION customer_profile SCHEMA customer_profile;
	GRANT USAGE ON SCHEMA customer_profile TO PUBLIC;});
pass('the owner of a database installs it without superuser, traps or not');
is($node->safe_psql('shop', q{SELECT rolname FROM pg_extension JOIN pg_roles AS r ON r.oid = extowner
		WHERE extname = 'customer_profile'}), 'owner', 'and owns it');

# The orders belong to the owner; two of a customer's lines in a row are one order.
run_sql_file($node, 'shop', 'cdnow.sql');
as('owner', 'CREATE SCHEMA mine');
$node->safe_psql(
	'shop', q{
	CREATE TABLE mine.orders AS
	SELECT customer_id, ordered_on::timestamp AT TIME ZONE 'UTC' AS ordered_at, amount,
		(row_number() OVER (PARTITION BY customer_id ORDER BY ordered_on, amount) + 1) / 2 + 100 * customer_id AS order_id
	FROM orders;
	ALTER TABLE mine.orders OWNER TO owner;
	ANALYZE mine.orders;
	DROP TABLE orders;});

my $safe = 'SET search_path = pg_catalog, customer_profile;';
my $hostile = 'SET search_path = public, pg_catalog, customer_profile;';
like(error_as('owner', "$hostile SELECT 1 + 1"), qr/planted/, 'the traps are armed: an operator');
like(error_as('owner', "$hostile SELECT sum(amount) FROM mine.orders"), qr/planted/,
	'the traps are armed: an aggregate');
like(error_as('owner', "$hostile SELECT format('%s', amount) FROM mine.orders"), qr/planted/,
	'the traps are armed: a function');

# Everything there is, called by its full name and shown as the bytes of its rows.
my @calls = (
	['purchase_summary and its readers', q{
		SELECT s, customer_profile.first_purchase_at(s), customer_profile.last_purchase_at(s),
			customer_profile.purchases(s), customer_profile.revenue(s), customer_profile.gross(s),
			customer_profile.refunds(s), customer_profile.ignored(s), customer_profile.average_order(s),
			customer_profile.recency_days(s, '1998-07-01'), customer_profile.tenure_days(s, '1998-07-01', 'Europe/Istanbul')
		FROM (SELECT customer_id, customer_profile.purchase_summary(ordered_at, amount) AS s
			FROM mine.orders GROUP BY customer_id) AS x ORDER BY customer_id}],
	['timeline and its readers', q{
		SELECT t, customer_profile.events(t), customer_profile.first_event_at(t), customer_profile.last_event_at(t),
			customer_profile.purchase_days(t), customer_profile.summarize(t, '1997-10-01')
		FROM (SELECT customer_id, customer_profile.timeline(ordered_at, amount) AS t
			FROM mine.orders GROUP BY customer_id) AS x ORDER BY customer_id}],
	['unnest', q{
		SELECT u.* FROM (SELECT customer_profile.timeline(ordered_at, amount) AS t FROM mine.orders) AS x,
			customer_profile.unnest(t) AS u}],
	['rollup', q{
		SELECT customer_profile.rollup(s), customer_profile.rollup(t)
		FROM (SELECT customer_profile.purchase_summary(ordered_at, amount) AS s,
			customer_profile.timeline(ordered_at, amount) AS t FROM mine.orders GROUP BY customer_id) AS x}],
	['RFM', q{
		WITH c AS (SELECT customer_id, customer_profile.purchase_summary(ordered_at, amount) AS s
				FROM mine.orders GROUP BY customer_id),
			m AS (SELECT customer_profile.fit_rfm(s, '1998-07-01') AS model FROM c)
		SELECT customer_id, customer_profile.rfm_score(model, s),
			customer_profile.rfm_segment(customer_profile.rfm_score(model, s)),
			customer_profile.segment_rank(customer_profile.rfm_segment(customer_profile.default_segment_map(),
				customer_profile.rfm_score(model, s)))
		FROM c, m ORDER BY customer_id}],
	['RFM diagnostics', q{
		WITH m AS (SELECT customer_profile.fit_rfm(s, '1998-07-01', '{"bins": 3}') AS model
			FROM (SELECT customer_profile.purchase_summary(ordered_at, amount) AS s FROM mine.orders GROUP BY customer_id) AS x)
		SELECT b.*, d.* FROM m, customer_profile.rfm_breaks(model) AS b, customer_profile.rfm_diagnostics(model) AS d}],
	['segment_cells', q{SELECT c.* FROM customer_profile.segment_cells(customer_profile.default_segment_map()) AS c}],
	['lifetime value', q{
		WITH c AS (SELECT customer_id, customer_profile.timeline(ordered_at, amount) AS t
				FROM mine.orders GROUP BY customer_id),
			m AS (SELECT customer_profile.fit_ltv(t, '1998-07-01') AS model FROM c)
		SELECT customer_id, customer_profile.p_alive(model, t),
			customer_profile.expected_purchases(model, t, '39 weeks'),
			customer_profile.expected_spend(model, t), customer_profile.ltv(model, t)
		FROM c, m ORDER BY customer_id}],
	['lifetime value diagnostics', q{
		WITH m AS (SELECT customer_profile.fit_ltv(t, '1998-07-01') AS model
			FROM (SELECT customer_profile.timeline(ordered_at, amount) AS t FROM mine.orders GROUP BY customer_id) AS x)
		SELECT p.*, d.* FROM m, customer_profile.ltv_parameters(model) AS p, customer_profile.ltv_diagnostics(model) AS d}],
	['customer_profile', q{
		SELECT p.* FROM customer_profile.customer_profile('mine.orders', 'customer_id', 'ordered_at', 'amount',
			as_of => '1998-07-01') AS p ORDER BY customer}],
	['customer_profile of order lines', q{
		SELECT p.* FROM customer_profile.customer_profile('mine.orders', 'customer_id', 'ordered_at', 'amount',
			order_id => 'order_id', as_of => '1998-07-01', timezone => 'America/New_York') AS p ORDER BY customer}]);
foreach my $call (@calls)
{
	my ($name, $sql) = @$call;
	my $rows = says('owner', "$safe COPY ($sql) TO STDOUT");
	unlike($rows, qr/^$|ERROR/, "$name: has rows");
	is(says('owner', "$hostile COPY ($sql) TO STDOUT"), $rows, "$name: planted names are not picked up");
}

# The SQL to paste runs in both search_paths too.
my $arguments = q{'mine.orders', 'customer_id', 'ordered_at', 'amount', as_of => '1998-07-01'};
my $one_call = says('owner', "$safe COPY (SELECT * FROM customer_profile.customer_profile($arguments) ORDER BY customer) TO STDOUT");
foreach my $path ($safe, $hostile)
{
	my $sql = says('owner', "$path SELECT customer_profile.customer_profile_sql($arguments)");
	$sql =~ s/;\s*\z//;
	is(says('owner', "$path COPY (SELECT * FROM ($sql) AS p ORDER BY customer) TO STDOUT"),
		$one_call, "customer_profile_sql gives what customer_profile does, $path");
}

# As the caller: no SELECT, no profile; row-level security holds.
my $profile = "SELECT count(*), pg_catalog.max(customer::int) FROM customer_profile.customer_profile($arguments)";
as('owner', 'GRANT USAGE ON SCHEMA mine TO analyst');
like(error_as('analyst', $profile), qr/permission denied for table orders/,
	'a caller without SELECT on the table gets no profile');
as('owner', 'GRANT SELECT ON mine.orders TO analyst');
is(says('analyst', $profile), '2357|23569', 'with SELECT he sees every customer');
as('owner', q{
	ALTER TABLE mine.orders ENABLE ROW LEVEL SECURITY;
	CREATE POLICY few ON mine.orders TO analyst USING (customer_id < 2000);});
is(says('analyst', $profile), as('owner', 'SELECT pg_catalog.count(DISTINCT customer_id), pg_catalog.max(customer_id) FROM mine.orders WHERE customer_id < 2000'),
	'with row-level security he sees his rows');
is(says('owner', $profile), '2357|23569', 'and the owner still all');

# What the functions say of themselves.
is($node->safe_psql('shop', q{
	SELECT count(*) FROM pg_proc AS p JOIN pg_depend AS d ON d.objid = p.oid AND d.classid = 'pg_proc'::regclass
	JOIN pg_extension AS e ON e.oid = d.refobjid AND d.refclassid = 'pg_extension'::regclass
	WHERE e.extname = 'customer_profile' AND (p.prosecdef OR p.proparallel <> 's' AND p.prokind = 'a')}),
	'0', 'no function is SECURITY DEFINER, every aggregate is parallel safe');

$node->stop;
done_testing();
