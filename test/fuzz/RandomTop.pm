# RandomTop - random queries on top of one that groups: RandomGroup.pm says what that is, RandomQuery.pm what is done with it.
package RandomTop;

use strict;
use warnings;

use parent 'RandomGroup';
use RandomChoice;

# Queries on top of one that groups. Gives the SQL and how to compare.

sub query
{
	my ($self) = @_;
	my $top = weighted(
		[ 40, 'none' ], [ 10, 'ordered' ], [ 8, 'limit' ], [ 4, 'count_limit' ], [ 5, 'distinct' ], [ 6, 'window' ],
		[ 7, 'set_operation' ], [ 5, 'twice' ], [ 8, 'joined' ], [ 7, 'again' ], [ 4, 'digest' ], [ 14, 'lateral' ],
		[ 6, 'scalar' ], [ 3, 'condition' ], [ 2, 'union_level' ], [ 6, 'rescanned' ]);
	$top = pick('none', 'none', 'ordered', 'distinct') if $self->{poison};
	$top = "_top_$top";
	return $self->$top;
}

sub _top_none { my ($self) = @_; return ($self->_render($self->_group), 'rows') }

sub _order_of_all
{
	my ($group) = @_;
	return join ', ', map { "$_" . pick('', '', ' DESC', ' NULLS FIRST', ' DESC NULLS LAST') } 1 .. @{ $group->{columns} };
}

sub _top_ordered
{
	my ($self) = @_;
	my $group = $self->_group;
	return ($self->_render($group) . ' ORDER BY ' . _order_of_all($group), 'order');
}

sub _top_limit
{
	my ($self) = @_;
	my ($sql) = $self->_top_ordered;
	return ("$sql LIMIT " . $self->_number(0, 20) . (chance(0.3) ? ' OFFSET ' . $self->_number(0, 10) : ''), 'order');
}

sub _top_count_limit
{
	my ($self) = @_;
	return ('SELECT count(*) FROM (' . $self->_render($self->_group) . ' LIMIT ' . $self->_number(0, 20) . ') AS q', 'rows');
}

sub _top_distinct
{
	my ($self) = @_;
	my $group = $self->_group;
	my $sql = $self->_render($group);
	return ("SELECT DISTINCT * FROM ($sql) AS q", 'rows') if chance(0.4);
	return ("SELECT DISTINCT ON (c1) * FROM ($sql) AS q ORDER BY " . _order_of_all($group) =~ s/[ A-Z]+//gr, 'order') if chance(0.4);
	$sql =~ s/^SELECT/SELECT DISTINCT/;
	return ($sql, 'rows');
}

sub _top_window
{
	my ($self) = @_;
	my $group = $self->_group;
	my $n = @{ $group->{columns} };
	if (chance(0.5))
	{
		my $column = pick(@{ $group->{columns} });
		push @{ $group->{columns} }, { sql => pick("rank() OVER (ORDER BY $column->{sql})", "count(*) OVER (PARTITION BY $column->{sql})",
				'sum(count(*)) OVER ()', "sum(count(*)) OVER (ORDER BY $column->{sql})") };
		return ($self->_render($group), 'rows');
	}
	my ($by, $order) = map { 'c' . between(1, $n) } 1 .. 2;
	return ("SELECT q.*, rank() OVER (PARTITION BY $by ORDER BY $order) AS d1, count(*) OVER (ORDER BY $order) AS d2, "
		  . 'lag(c1) OVER (ORDER BY ' . join(', ', map { "c$_" } 1 .. $n) . ') AS d3 FROM (' . $self->_render($group) . ') AS q', 'rows');
}

sub _top_set_operation
{
	my ($self) = @_;
	my $group = $self->_group;
	my @sql = ($self->_render($group));
	foreach (1 .. pick(1, 1, 2))
	{
		my %other = (%$group, where => $self->_where, having => chance(0.3) ? $self->_having($group) : undef);
		push @sql, pick('UNION', 'UNION ALL', 'EXCEPT', 'EXCEPT ALL', 'INTERSECT', 'INTERSECT ALL'), $self->_render(\%other);
	}
	return (join(' ', map { /^SELECT/ ? "($_)" : $_ } @sql), 'rows');
}

# Branches of one UNION ALL that group different tables by the same.
sub _top_union_level
{
	my ($self) = @_;
	my @branches = map { $self->_render({ %{ $self->_group(key => 's.k_few') }, having => undef }) } 1 .. 3;
	my $sql = join ' UNION ALL ', map { "SELECT c1 FROM ($_) AS q" } @branches;
	return (chance(0.5) ? $sql : "SELECT c1, count(*) FROM ($sql) AS q GROUP BY c1", 'rows');
}

# A CTE that is read twice.
sub _top_twice
{
	my ($self) = @_;
	my $group = $self->_group;
	my $n = @{ $group->{columns} };
	my $column = 'c' . between(1, $n);
	my $order = join ', ', map { "c$_" } 1 .. $n;
	my $with = 'WITH q AS ' . pick('', 'MATERIALIZED ', 'NOT MATERIALIZED ') . '(' . $self->_render($group) . ')';
	return ("$with SELECT a.*, b.c1 AS d1 FROM q AS a " . pick('JOIN', 'LEFT JOIN')
		  . " (SELECT * FROM q ORDER BY $order LIMIT 20) AS b ON a.$column = b.$column", 'rows');
}

sub _top_joined
{
	my ($self) = @_;
	my $key = pick('s.k_few', 's.k_few', 's.k_int4', 's.id % 9');
	my $sql = $self->_render($self->_group(key => $key));
	my $on = pick('g.c1 = d.k_few', 'g.c1 = d.k_few', 'g.c1 = d.k_few + d.modulus', 'g.c1 < d.k_few - 5', 'g.c1 = d.low / 10');
	return ("SELECT d.*, g.* FROM customer AS d " . pick('JOIN', 'LEFT JOIN', 'JOIN', 'RIGHT JOIN') . " ($sql) AS g ON $on", 'rows') if chance(0.7);
	return ("SELECT g.* FROM ($sql) AS g WHERE " . pick('', 'NOT ') . 'EXISTS (SELECT 1 FROM customer AS d WHERE d.k_few = g.c1 AND d.low > ' . $self->_number(0, 600) . ')', 'rows');
}

# Groups of groups.
sub _top_again
{
	my ($self) = @_;
	my $group = $self->_group;
	push @{ $group->{columns} }, { sql => 'purchase_summary(s.t_zone, s.a_num)' }, { sql => "timeline(s.t_date, 'x', s.a_cents)" }
	  if !$group->{stored};
	push @{ $group->{columns} }, { sql => 'rollup(s.summary)' }, { sql => 'rollup(s.history)' } if $group->{stored};
	my $n = @{ $group->{columns} };
	my $column = 'c' . between(1, $n - 2);
	my @aggregates = ('rollup(q.c' . ($n - 1) . ')', "rollup(q.c$n)", 'count(*)', "purchase_summary(last_event_at(q.c$n), total(q.c$n))",
		"timeline(first_event_at(q.c$n), revenue(q.c" . ($n - 1) . '))', "fit_rfm(q.c" . ($n - 1) . ", DATE '300000-01-01', '{\"bins\": 2}')::text");
	pop @aggregates if chance(0.85);
	my $list = join ', ', map { pick(@aggregates) . " AS e$_" } 1 .. 2;
	return ("SELECT $list FROM (" . $self->_render($group) . ') AS q', 'rows') if chance(0.3);
	return ("SELECT $column, $list FROM (" . $self->_render($group) . ") AS q GROUP BY $column", 'rows');
}

sub _top_digest
{
	my ($self) = @_;
	my $sql = $self->_render($self->_group);
	return ("SELECT count(*), md5(string_agg(q::text, '|' ORDER BY q::text COLLATE \"C\")) FROM ($sql) AS q", 'rows');
}

# Whatever is below LIMIT is run again when that changes: a Gather, too.
sub _top_rescanned
{
	my ($self) = @_;
	$self->{workers} = 1;
	my $sql = $self->_render($self->_group);
	return ('SELECT d.n, x.* FROM generate_series(0, 3) AS d(n), '
		  . "LATERAL (SELECT count(*), md5(string_agg(q::text, '|' ORDER BY q::text COLLATE \"C\")) FROM ($sql LIMIT 100000 + d.n) AS q) AS x", 'rows');
}

# The group inside a loop over customers, with parameters everywhere.
sub _top_lateral
{
	my ($self) = @_;
	local $self->{outer} = 'd';
	my $sql = $self->_render($self->_group(light => 1));
	$sql = "SELECT * FROM ($sql) AS y, (SELECT count(*) AS n FROM ($sql) AS z) AS w" if chance(0.1);
	my $from = weighted([ 6, 'customer' ], [ 2, '(SELECT * FROM customer ORDER BY low LIMIT 5)' ], [ 1, '(SELECT a.* FROM customer AS a, generate_series(1, 2))' ]);
	my $join = pick('CROSS JOIN LATERAL', 'JOIN LATERAL', 'LEFT JOIN LATERAL');
	return ("SELECT d.k_few AS d1, x.* FROM $from AS d $join ($sql) AS x" . ($join =~ /CROSS/ ? '' : ' ON true'), 'rows');
}

sub _one_value
{
	my ($self) = @_;
	my $group = $self->_group(light => 1);
	my $sql = $self->_render($group);
	my $key = $group->{stored} ? 's.k_int4' : pick('s.k_int4', 's.k_few', 's.k_text', 's.k_uuid, s.k_int4');
	my $value = $group->{stored} ? 'revenue(rollup(s.summary))' : pick('revenue(purchase_summary(s.t_zone, s.a_num))', 'total(timeline(s.t_date, s.a_cents))',
		'revenue(purchase_summary(s.t_stamp, s.a_num + d.discount)) + 1', 'count(*) FILTER (WHERE s.k_few = d.modulus)');
	$group = { %$group, columns => [ { sql => $value } ], keys => [$key], form => 'plain', having => undef };
	return pick("SELECT max(c1)::numeric FROM (" . $self->_render($group) . ') AS v', "SELECT count(*) FROM ($sql) AS v",
		$self->_render($group) . ' ORDER BY 1 LIMIT 1', $self->_render($group) . ' ORDER BY 1 DESC NULLS LAST LIMIT 1 OFFSET d.modulus');
}

sub _top_scalar
{
	my ($self) = @_;
	local $self->{outer} = 'd';
	my $one = $self->_one_value;
	return ("SELECT d.k_few, ($one) AS value FROM customer AS d" . (chance(0.3) ? " WHERE ($one) IS NOT NULL" : ''), 'rows');
}

sub _top_condition
{
	my ($self) = @_;
	local $self->{outer} = 'd' if chance(0.6);
	my $sql = $self->_render($self->_group(key => pick('s.k_few', 's.k_int4'), light => 1));
	return ('SELECT d.* FROM customer AS d WHERE ' . pick("EXISTS ($sql)", "d.k_few IN (SELECT c1 FROM ($sql) AS q)", "d.low NOT IN (SELECT c1 FROM ($sql) AS q WHERE c1 IS NOT NULL)",
			"(SELECT count(*) FROM ($sql) AS q) > " . between(0, 50), "d.k_few = ANY (ARRAY(SELECT c1 FROM ($sql) AS q))"), 'rows');
}

1;
