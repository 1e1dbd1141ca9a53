# RandomGroup - the level of a random query that groups: {columns, from, where, keys, form, having, stored}.
package RandomGroup;

use strict;
use warnings;

use RandomChoice;

my %shown = (
	int => [ '%', '%', '%', '% + 1', '-%', '% IS NULL', 'coalesce(%, 0)', '%::text' ],
	text => [ '%', '%', '%', q{% || 'x'}, 'upper(%)', 'length(%)', q{coalesce(%, 'none')} ],
	pair_insensitive => ['lower((%).b COLLATE "C")'],
	insensitive => ['lower(% COLLATE "C")'],
	numeric => [ 'trim_scale(%)', 'floor(%)', '%::float8' ],
	float => [ '% + 0', '% IS NULL' ],
	interval => ['extract(epoch FROM %)'],
	plain => [ '%', '%', '%', '% IS NULL' ],);

my @fact_keys = (
	[ 8, 'k_few', 'int' ], [ 12, 'k_int4', 'int' ], [ 3, 'k_int2', 'int' ], [ 8, 'k_int8', 'int' ], [ 1, 'k_oid', 'plain' ],
	[ 6, 'k_uuid', 'plain' ], [ 8, 'k_text', 'text' ], [ 4, 'k_c', 'text' ], [ 4, 'k_icu', 'text' ], [ 3, 'k_ci', 'insensitive' ],
	[ 3, 'k_varchar', 'text' ], [ 3, 'k_char', 'text' ], [ 2, 'k_name', 'plain' ], [ 3, 'k_date', 'plain' ], [ 3, 'k_num', 'numeric' ],
	[ 3, 'k_bool', 'plain' ], [ 3, 'k_bytea', 'plain' ], [ 3, 'k_pair', 'plain' ], [ 2, 'k_pair_ci', 'pair_insensitive' ], [ 3, 'k_array', 'plain' ], [ 1, 'k_texts', 'plain' ],
	[ 4, 'k_domain', 'int' ], [ 3, 'k_region', 'plain' ], [ 3, 'k_float', 'float' ], [ 1, 'k_float4', 'plain' ], [ 2, 'k_time', 'plain' ],
	[ 1, 'k_clock', 'plain' ], [ 2, 'k_interval', 'interval' ], [ 2, 'k_jsonb', 'plain' ], [ 2, 'k_bit', 'plain' ], [ 2, 'k_money', 'plain' ],
	[ 3, 'k_big', 'text' ], [ 1, 'k_range', 'plain' ], [ 1, 'k_inet', 'plain' ], [ 4, 'id', 'int' ], [ 1, 'label', 'text' ]);

my @expression_keys = (
	[ 's.k_int4 % 10', 'int' ], [ 's.k_int8 / 100000000000', 'int' ], [ 'lower(s.k_text)', 'text' ], [ q{date_trunc('month', s.t_stamp)}, 'plain' ],
	[ 'extract(year FROM s.t_date)::int', 'int' ], [ 'coalesce(s.k_few, -1)', 'int' ], [ 's.k_few IS NULL', 'plain' ],
	[ 's.k_text || s.k_region::text', 'text' ], [ 'ARRAY[s.k_few, s.k_int4 % 3]', 'plain' ], [ q{'constant'::text}, 'text' ], [ 'NULL::int', 'int' ],
	[ '(SELECT c2.country FROM customer AS c2 WHERE c2.k_few = s.k_few)', 'text' ], [ 'CASE WHEN s.k_few > 3 THEN s.k_int4 END', 'int' ],
	[ '(s.k_pair).b', 'text' ], [ 's.k_few::numeric', 'numeric' ], [ 's.k_text::varchar(10)', 'text' ], [ 's.k_text COLLATE "C"', 'text' ],
	[ 's.a_num > 100', 'plain' ], [ 'ROW(s.k_few, s.k_bool)', 'row' ], [ 's.k_int4::key_domain', 'int' ], [ 's.k_few % 2 = 0', 'plain' ],
	[ 's.k_int8::text', 'text' ], [ 's.k_int4::int8', 'int' ], [ 's.ctid', 'tid' ], [ 's.tableoid::regclass', 'plain' ], [ 's', 'whole' ]);
$shown{row} = ['(%)::text'];
$shown{tid} = [ '% IS NULL', '1' ];
$shown{whole} = ['(%).id'];

# Of these there are many values, or one has most of the rows.
my @many_keys = (
	[ 4, 's.k_int4', 'int' ], [ 3, 's.k_int8', 'int' ], [ 3, 's.k_uuid', 'plain' ], [ 3, 's.k_text', 'text' ], [ 1, 's.k_domain', 'int' ],
	[ 1, 's.id', 'int' ], [ 2, 'repeat(s.k_text, 20)', 'text' ], [ 2, '(CASE WHEN s.id % 4 > 0 THEN 7 ELSE s.k_int4 END)', 'int' ],
	[ 2, '(CASE WHEN s.id % 4 > 0 THEN repeat(\'most \', 500) ELSE s.k_text END)', 'text' ]);

my @stored_keys = ([ 5, 'k_few', 'int' ], [ 4, 'k_int4', 'int' ], [ 3, 'k_uuid', 'plain' ], [ 3, 'k_text', 'text' ], [ 2, 'k_region', 'plain' ], [ 1, 'id', 'int' ]);

sub _group
{
	my ($self, %want) = @_;
	local $self->{in_lateral} = $want{light};
	my $group = { stored => !$self->{poison} && chance(0.12), columns => [] };
	$self->{group} = $group;
	$group->{from} = $self->_from($group);
	$group->{where} = $self->_where;
	$group->{form} = weighted([ 88, 'plain' ], [ 2, 'none' ], [ 2, 'ROLLUP' ], [ 2, 'CUBE' ], [ 2, 'SETS' ], [ 2, 'ordinal' ]);
	my @keys = map { [ $self->_key ] } 1 .. weighted([ 65, 1 ], [ 22, 2 ], [ 8, 3 ], [ 2, 5 ]);
	unshift @keys, [ $want{key}, 'fixed' ] if $want{key};
	$group->{form} = 'plain' if $want{key};
	if ($group->{form} eq 'none')
	{
		push @{ $group->{columns} }, $self->_result for 1 .. between(1, 3);
		$group->{keys} = [];
	}
	else
	{
		$group->{keys} = [ map { $_->[0] } @keys ];
		push @{ $group->{columns} }, { sql => $want{key} } if $want{key};
		foreach my $key (@keys)
		{
			push @{ $group->{columns} }, { sql => _show(@$key) } if $key->[1] ne 'fixed' && chance(0.85);
		}
		my $results = weighted([ 45, 1 ], [ 30, 2 ], [ 15, 3 ], [ 5, 6 ], [ 3, 0 ]);
		push @{ $group->{columns} }, $self->_result for 1 .. $results;
		push @{ $group->{columns} }, { sql => _show(@{ $keys[-1] }) } if !$want{key} && (chance(0.1) || !@{ $group->{columns} });
		push @{ $group->{columns} }, { %{ $group->{columns}[-1] } } if chance(0.05);
		# Columns that depend on the primary key.
		push @{ $group->{columns} }, { sql => pick('s.k_text', 's.k_pair', 's.k_big', 's.k_few + 1', 's.a_int8 > 100', 's.k_bool') }
		  if $group->{from} =~ /^sale AS s/ && $group->{form} eq 'plain' && grep { $_ eq 's.id' } @{ $group->{keys} };
		push @{ $group->{columns} }, { sql => 'generate_series(1, least(3, count(*))::int)' } if chance(0.02);
		push @{ $group->{columns} }, { sql => '(SELECT purchases(purchase_summary(s.t_zone, s.a_num)) FROM customer AS c3 ORDER BY 1 LIMIT 1)' }
		  if !$group->{stored} && chance(0.03);
		push @{ $group->{columns} }, { sql => "GROUPING($group->{keys}[0])" } if $group->{form} =~ /[A-Z]/ && chance(0.5);
	}
	@{ $group->{columns} } = reverse @{ $group->{columns} } if !$want{key} && chance(0.2);
	$group->{having} = $self->_having($group) if chance(0.25);
	$self->{ours} = 0 if $group->{form} =~ /[A-Z]|none/;
	return $group;
}

sub _show
{
	my ($key, $class) = @_;
	return pick(@{ $shown{$class} }) =~ s/%/$key/gr if $class ne 'fixed';
	return $key;
}

sub _render
{
	my ($self, $group) = @_;
	my $n = 0;
	my $sql = 'SELECT ' . join(', ', map { $n++; "$_->{sql} AS c$n" } @{ $group->{columns} }) . " FROM $group->{from}";
	$sql .= " WHERE $group->{where}" if $group->{where};
	my @keys = @{ $group->{keys} };
	my $form = $group->{form};
	if ($form eq 'SETS')
	{
		$sql .= ' GROUP BY GROUPING SETS (' . join(', ', map { "($_)" } @keys) . ', ())';
	}
	elsif ($form =~ /^(ROLLUP|CUBE)$/)
	{
		splice @keys, 3;
		$sql .= " GROUP BY $form (" . join(', ', map { "($_)" } @keys) . ')';
	}
	elsif ($form ne 'none')
	{
		foreach my $key (@keys)
		{
			next if $form ne 'ordinal';
			my ($at) = grep { $group->{columns}[ $_ - 1 ]{sql} eq $key } 1 .. @{ $group->{columns} };
			$key = $at if $at;
		}
		$sql .= ' GROUP BY ' . join ', ', @keys;
	}
	$sql .= " HAVING $group->{having}" if $group->{having};
	return $sql;
}

# A number in the range, or a parameter.
sub _number
{
	my ($self, $low, $high) = @_;
	my $parameters = $self->{parameters};
	return between($low, $high) if !$parameters || @$parameters >= 5 || chance(0.3);
	push @$parameters, [ $low, $high ];
	return '$' . @$parameters;
}

sub _from
{
	my ($self, $group) = @_;
	return 'stored AS s' . pick('', '', ' LEFT JOIN customer AS c ON c.k_few = s.k_few', ' JOIN account AS a ON a.k_int4 = s.k_int4') if $group->{stored};
	my @tables = (
		[ 20, 'sale' ], [ 3, 'none' ], [ 3, 'one' ], [ 8, 'skewed' ], [ 4, 'overrated' ], [ 6, 'altered' ], [ 8, 'by_hash' ],
		[ 8, 'by_list' ], [ 5, 'ancestor' ], [ 5, 'guarded' ], [ 4, 'viewed' ]);
	# Large ones only where they are read once.
	push @tables, [ 8, 'many' ], [ 6, 'underrated' ], [ 3, 'big' ] if !$self->{in_lateral};
	@tables = ([ 2, 'many' ], [ 2, 'underrated' ], [ 1, 'big' ], [ 1, 'sale' ]) if $self->{spill} && !$self->{in_lateral};
	my $table = weighted(@tables);
	$self->{role} = 'fuzz_reader' if $table eq 'guarded' && chance(0.7);
	my $columns = join ', ', (map { $_->[1] } @fact_keys), qw(a_num a_int8 a_int4 a_float a_wild a_cents a_poison a_poison_float t_zone t_stamp t_date t_wild t_poison);
	my $small = weighted([ 3, 'skewed' ], [ 3, 'sale' ], [ 1, 'none' ]);
	return weighted(
		[ 70, "$table AS s" ],
		[ 5, "$table AS s JOIN customer AS c ON c.k_few = s.k_few" ],
		[ 3, "$table AS s LEFT JOIN customer AS c ON c.k_few = s.k_few AND c.low > " . $self->_number(0, 500) ],
		[ 2, "$table AS s FULL JOIN customer AS c ON c.k_few = s.k_few" ],
		[ 3, "$table AS s JOIN account AS a ON a.k_int4 = s.k_int4" ],
		[ 2, "$table AS s CROSS JOIN generate_series(1, 2) AS g" ],
		[ 3, "(SELECT * FROM $table ORDER BY id LIMIT " . $self->_number(0, 1000) . ') AS s' ],
		[ 2, "(SELECT * FROM $table OFFSET 0) AS s" ],
		[ 3, "(SELECT $columns FROM $table UNION ALL SELECT $columns FROM $small) AS s" ],
		[ 1, '(TABLE sale) AS s' ],
		[ 2, "(SELECT DISTINCT ON (k_int4) * FROM $table ORDER BY k_int4, id) AS s" ],
		[ 1, "(SELECT * FROM $table WHERE false) AS s" ]);
}

sub _where
{
	my ($self) = @_;
	my @where;
	if ($self->{outer})
	{
		push @where, weighted([ 5, 's.k_few = d.k_few' ], [ 2, 's.k_int4 % 9 = d.k_few' ], [ 2, 's.id > d.low' ], [ 1, 's.k_few < d.modulus' ], [ 1, 'true' ]);
	}
	push @where, $self->_condition if chance(0.45);
	push @where, $self->_condition if chance(0.1);
	return join ' AND ', @where;
}

sub _condition
{
	my ($self) = @_;
	my @conditions = (
		[ 5, 's.k_few < ' . $self->_number(0, 8) ], [ 5, 's.id > ' . $self->_number(0, 1500) ], [ 3, 's.id % ' . between(2, 5) . ' > 0' ],
		[ 2, 's.k_int4 = ' . $self->_number(0, 10) ], [ 2, 's.k_text IS NOT NULL' ], [ 1, 's.k_uuid IS NULL' ], [ 2, "s.k_region <> 'north'" ],
		[ 2, 's.k_few IN (SELECT c4.k_few FROM customer AS c4 WHERE c4.low > ' . $self->_number(0, 500) . ')' ],
		[ 2, 'EXISTS (SELECT 1 FROM account AS a2 WHERE a2.k_int4 = s.k_int4 AND a2.account_id > ' . $self->_number(0, 30) . ')' ],
		[ 1, 's.k_int4 BETWEEN ' . $self->_number(0, 50) . ' AND ' . $self->_number(10, 200) ], [ 1, 'false' ], [ 1, 's.k_few IS NOT DISTINCT FROM NULL' ],
		[ 1, 's.k_int4 > (SELECT min(c5.modulus) FROM customer AS c5)' ]);
	push @conditions, [ 3, 's.a_num > ' . $self->_number(-50, 500) ], [ 2, 's.t_date > DATE \'2024-01-01\'' ], [ 2, 's.label IS NOT NULL' ],
	  [ 1, 's.k_ci = \'A1\'' ], [ 1, 's.k_bool' ] if !$self->{group}{stored};
	push @conditions, [ 6, 's.k_few = d.modulus' ], [ 3, 's.id % d.modulus = 0' ] if $self->{outer};
	return weighted(@conditions);
}

sub _key
{
	my ($self) = @_;
	if ($self->{group}{stored})
	{
		my ($name, $class) = weighted(@stored_keys);
		return ("s.$name", $class);
	}
	return ('c.country', 'text') if $self->{group}{from} =~ /customer AS c / && chance(0.4);
	return ('a.account_id', 'int') if $self->{group}{from} =~ /account AS a / && chance(0.4);
	return ('(s.k_int4 % d.modulus)', 'int') if $self->{outer} && chance(0.1);
	return weighted(@many_keys) if $self->{spill} && chance(0.8);
	if (chance(0.15))
	{
		my ($key, $class) = @{ pick(@expression_keys) };
		$key = "($key)" if $key =~ / /;
		my $whole_table = $self->{group}{from} =~ /^\w+ AS s\b/ && $self->{group}{from} !~ /^viewed/;
		$self->{ours} = 0 if $class eq 'whole';
		# A whole row has columns that cannot be compared in all plans; and a subquery has no ctid.
		return ($key, $class) if $class !~ /tid|whole/ && $key !~ /tableoid/;
		return ($key, $class) if $whole_table && $class ne 'whole';
	}
	my ($name, $class) = weighted(@fact_keys);
	$self->{ours} = 0 if $name =~ /^k_(ci|bit|money)$/;
	return ("s.$name", $class);
}

# Aggregates.

sub _time
{
	my ($self) = @_;
	return 's.t_poison' if $self->{poison} eq 'time' && chance(0.5);
	my @times = (
		[ 10, 's.t_zone' ], [ 5, 's.t_stamp' ], [ 6, 's.t_date' ], [ 3, 's.t_wild' ], [ 2, q{s.t_zone + interval '1 day'} ], [ 1, 's.t_stamp::date' ],
		[ 1, q{coalesce(s.t_date, DATE '2024-05-05')} ], [ 1, q{DATE '2024-02-29'} ], [ 1, q{CASE WHEN s.k_few > 2 THEN s.t_zone END} ],
		[ 1, 'NULL::date' ], [ 1, q{(SELECT c6.since FROM customer AS c6 WHERE c6.k_few = s.k_few)} ], [ 1, q{DATE '2024-01-01' + s.k_few} ]);
	push @times, [ 2, 'c.since' ] if $self->{group}{from} =~ /customer AS c /;
	push @times, [ 3, 'd.since' ], [ 2, 's.t_date + d.modulus' ] if $self->{outer};
	push @times, [ 2, q{TIMESTAMP '2024-01-01' + } . $self->_number(0, 100) . q{ * interval '1 day'} ];
	return weighted(@times);
}

sub _amount
{
	my ($self) = @_;
	if ($self->{poison} && chance(0.5))
	{
		return { amount => 's.a_poison', float => 's.a_poison_float', sum => '1e20::numeric', time => 's.a_num' }->{ $self->{poison} };
	}
	my @amounts = (
		[ 10, 's.a_num' ], [ 5, 's.a_int8' ], [ 5, 's.a_float' ], [ 4, 's.a_wild' ], [ 4, 's.a_cents' ], [ 2, 's.a_int4' ], [ 1, '-s.a_num' ],
		[ 1, 's.a_num * 2 + 0.001' ], [ 1, 'NULL::numeric' ], [ 1, '1::int8' ], [ 1, '0.50' ], [ 1, 's.k_int8' ], [ 1, 's.a_int8 / 4.0' ],
		[ 1, 'coalesce(s.a_num, 0)' ], [ 1, '(SELECT c7.discount FROM customer AS c7 WHERE c7.k_few = s.k_few)' ], [ 1, 'abs(s.a_num)' ]);
	push @amounts, [ 2, 'c.discount' ] if $self->{group}{from} =~ /customer AS c /;
	push @amounts, [ 3, 's.a_num * d.discount' ], [ 1, 'd.discount' ] if $self->{outer};
	push @amounts, [ 2, 's.a_num + ' . $self->_number(-10, 10) ];
	return weighted(@amounts);
}

sub _label
{
	return weighted([ 8, 's.label' ], [ 2, 's.k_region::text' ], [ 1, 's.k_text' ], [ 1, 'NULL' ], [ 1, q{'x'} ], [ 1, 'upper(s.label)' ], [ 1, 's.k_varchar' ], [ 1, 's.k_ci' ]);
}

# One aggregate: its SQL and the kind of its result.
sub _aggregate
{
	my ($self) = @_;
	my ($kind, $arguments);
	return ($self->_other, 'other') if chance(0.05);
	if ($self->{group}{stored})
	{
		($kind, $arguments) = weighted(
			[ 5, 'summary', 's.summary' ], [ 5, 'timeline', 's.history' ], [ 1, 'summary', 's.summary + s.summary' ],
			[ 1, 'summary', q{summarize(s.history, '2024-07-01')} ], [ 1, 'timeline', q{slice(s.history, '[2024-02-01Z,2024-09-01Z)')} ],
			[ 1, 'summary', 'CASE WHEN s.k_few > 2 THEN s.summary END' ], [ 2, 'count', '*' ], [ 1, 'summary', 'NULL::purchase_summary' ]);
		return ($self->_modified(($kind eq 'count' ? 'count' : 'rollup') . "($arguments)"), $kind);
	}
	$kind = weighted([ 10, 'summary' ], [ 6, 'timeline' ], [ 3, 'labelled' ], [ 4, 'count' ], [ 1, 'rolled' ]);
	$kind = 'summary' if $kind eq 'count' && $self->{poison} && chance(0.7);
	return ($self->_modified('count(*)'), 'count') if $kind eq 'count';
	return ($self->_modified('rollup((SELECT x.summary FROM kept AS x WHERE x.id = s.id))'), 'summary') 
	  if $kind eq 'rolled' && !$self->{in_lateral} && $self->{group}{from} !~ /many|underrated|big/;
	my ($time, $amount) = ($self->_time, $self->_amount);
	if (chance(0.03) && !$self->{poison})
	{
		# Equal amounts of different scales are one to DISTINCT, whichever it meets first.
		$self->{ours} = 0;
		$amount = pick('s.a_cents', 's.a_int8');
		return ("purchase_summary(DISTINCT $time, $amount)", 'summary') if chance(0.5);
		return ('purchase_summary(s.t_zone, s.a_num ORDER BY s.id)', 'summary');
	}
	return ($self->_modified("purchase_summary($time, $amount)"), 'summary') if $kind ne 'timeline' && $kind ne 'labelled';
	return ($self->_modified("timeline($time, $amount)"), 'timeline') if $kind eq 'timeline';
	return ($self->_modified("timeline($time, " . _label() . ", $amount)"), 'timeline');
}

sub _modified
{
	my ($self, $aggregate) = @_;
	return $aggregate if !chance(0.25);
	# What divides by zero where the filter refuses the row.
	return $aggregate =~ s/,[^,]*\)$/, s.a_int8 \/ s.k_few) FILTER (WHERE s.k_few <> 0)/r
	  if $aggregate =~ /^(purchase_summary|timeline)\([^()]*\)$/ && !$self->{poison} && chance(0.2);
	my $condition = weighted([ 8, $self->_condition ], [ 1, 'NULL' ], [ 1, 'false' ], [ 1, 's.k_few > 2 OR s.k_int4 IS NULL' ]);
	return "$aggregate FILTER (WHERE $condition)";
}

# Aggregates that are not ours; exact ones.
sub _other
{
	my ($self) = @_;
	$self->{ours} = 0;
	return pick('sum(s.k_few)', 'max(s.id)', 'count(s.k_text)', 'count(DISTINCT s.k_few)', 'array_agg(s.id ORDER BY s.id)', 'bool_or(s.k_few > 2)')
	  if $self->{group}{stored} || chance(0.5);
	return pick('sum(s.a_num)', 'avg(s.a_num)', 'trim_scale(max(s.a_num))', 'max(s.t_zone)', q{string_agg(s.label, ',' ORDER BY s.id)},
		'percentile_disc(0.5) WITHIN GROUP (ORDER BY s.id)', 'mode() WITHIN GROUP (ORDER BY s.id)', 'count(s.a_num) FILTER (WHERE s.k_few > 1)');
}

# A column made of aggregates.
sub _result
{
	my ($self) = @_;
	my ($sql, $kind) = $self->_aggregate;
	return { sql => $sql } if $kind eq 'other' || chance(0.45);
	my %expressions = (
		summary => [ 'revenue(%)', 'revenue(%) + 1', 'purchases(%)', 'average_order(%)', 'last_purchase_at(%)', '%::text', '% IS NULL', 'coalesce(purchases(%), 0)',
			'gross(%) - refunds(%)', 'ignored(%)', '% + %', q{recency_days(%, '2025-01-01')}, '%::json::text', q{CASE WHEN purchases(%) > 3 THEN 'many' ELSE 'few' END},
			'purchase_summary_merge(%, NULL)', '(SELECT purchases(%) + 1)' ],
		timeline => [ 'total(%)', 'events(%)', 'labels(%)', '%::text', 'first_event_at(%)', 'purchase_days(%)', '% IS NULL', '% + %', 'last_label(%)',
			'(SELECT events(%) FROM customer AS c9 WHERE c9.k_few = 1)', 'nth_event_at(%, 2)', 'purchases(summarize(%, DATE \'2024-09-01\'))', 'ignored(%)' ],
		count => [ '% + 1', '%::text', '% > 3', 'least(%, 5)' ],);
	my $expression = pick(@{ $expressions{$kind} }) =~ s/%/$sql/gr;
	return { sql => $expression } if !chance(0.08);
	my ($more) = $self->_aggregate;
	return { sql => "ROW($expression, $more)::text" };
}

sub _having
{
	my ($self, $group) = @_;
	local $self->{group} = $group;
	my ($sql, $kind) = $self->_aggregate;
	my $n = $self->_number(0, 6);
	my @having = ([ 3, "count(*) > $n" ], [ 1, 'false' ], [ 1, "count(*) FILTER (WHERE s.k_few > 1) <> $n" ]);
	push @having, [ 3, "$sql IS NOT NULL" ] if $kind ne 'other';
	push @having, [ 6, "purchases($sql) > $n" ], [ 3, "revenue($sql) > $n" ], [ 1, "coalesce(revenue($sql), 0) < 1000 OR count(*) = 1" ] if $kind eq 'summary';
	push @having, [ 6, "events($sql) > $n" ], [ 3, "total($sql) > $n" ] if $kind eq 'timeline';
	push @having, [ 2, 'count(*) > d.modulus' ], [ 2, 'd.low < 500' ] if $self->{outer};
	push @having, [ 2, pick(@{ $group->{keys} }) . ' IS NOT NULL' ] if @{ $group->{keys} } && $group->{keys}[-1] !~ /ROW|NULL|^s$/;
	push @having, [ 1, "count(*) > (SELECT min(c8.modulus) FROM customer AS c8)" ];
	return weighted(@having);
}

1;
