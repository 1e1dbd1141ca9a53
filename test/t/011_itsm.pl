# Contacts and stages on the incident log of an IT service desk (Amaral et al. 2018): what label_share, hour_share,
# repeats, densest, sessions, stage, stage_durations, duration_summary, service_profile, daily_counts and surprise say of 890 tickets.
#
# The expected figures were computed from the file by a separate program (Python, loops over the rows).
# The data set is not in the repository. The test runs where itsm_incidents.csv.gz is found:
# in the directory that CUSTOMER_PROFILE_DATA names, or in ../shared/data beside the repository.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use CustomerProfileTest;
use Test::More;

my $file = data_file('itsm_incidents.csv.gz');

my $node = start_server('itsm');

sub answer
{
	my ($sql) = @_;
	return $node->safe_psql('shop', $sql);
}

# Every line is an update of a ticket; times are without a zone, taken as UTC; '?' is missing.
my @columns = split / /,
  'number incident_state active reassignment_count reopen_count sys_mod_count made_sla caller_id opened_by opened_at '
  . 'sys_created_by sys_created_at sys_updated_by sys_updated_at contact_type location category subcategory u_symptom '
  . 'cmdb_ci impact urgency priority assignment_group assigned_to knowledge u_priority_confirmation notify problem_id '
  . 'rfc vendor caused_by closed_code resolved_by resolved_at closed_at';
my $columns = join ', ', map { "$_ text" } @columns;
$node->safe_psql(
	'shop', qq{
	ALTER DATABASE shop SET TimeZone = 'UTC';
	SET TimeZone = 'UTC';
	CREATE TABLE line ($columns);
	COPY line FROM PROGRAM \$\$gzip -dc '$file'\$\$ (FORMAT csv, HEADER);
	CREATE TABLE incident AS
	SELECT DISTINCT ON (number) number, caller_id AS caller, contact_type, nullif(category, '?') AS category,
		   to_timestamp(opened_at, 'DD-MM-YYYY HH24:MI') AS opened_at
	FROM line ORDER BY number, sys_mod_count::int;
	CREATE TABLE caller AS
	SELECT caller, timeline(opened_at, contact_type, NULL::numeric) AS contacts, timeline(opened_at, category, NULL::numeric) AS topics
	FROM incident GROUP BY caller;
	CREATE TABLE ticket AS
	SELECT number, timeline(to_timestamp(sys_updated_at, 'DD-MM-YYYY HH24:MI'), incident_state, NULL::numeric) AS journey
	FROM line GROUP BY number;});

is(answer('SELECT count(*), sum(events(contacts)), sum(events(topics)) FROM caller'), '639|890|890', 'callers and their contacts');
is(answer('SELECT count(*), sum(events(journey)) FROM ticket'), '890|5998', 'tickets and their updates');

# This part of the log knows one contact type, so the channel is certain: who called at all often enough prefers it.
is(answer('SELECT DISTINCT labels(contacts) FROM caller'), '{Phone}', 'contact types');
is( answer(q{
		SELECT count(*) FILTER (WHERE preferred = 'Phone'), count(*) FILTER (WHERE (preferred IS NOT NULL) <> (n >= 3))
		FROM (SELECT preferred_label(contacts, '2016-03-03Z', '{"half_life": "36500 days"}') AS preferred, events(contacts) AS n FROM caller) AS x}),
	'44|0',
	'preferred channel needs a weight of 2');
is( answer(q{
		SELECT label, round(share::numeric, 9), round(effective_n::numeric, 8)
		FROM (SELECT rollup(topics) AS t FROM caller) AS x, label_share(t, '2016-03-03Z', '{"half_life": "1 day"}') LIMIT 2}),
	"Category 45|0.273714943|411.11894002\nCategory 53|0.172054280|411.11894002",
	'shares of the topics, a missing one is one of 31');

is( answer(q{
		SELECT weekday, hour, round((share * events(t))::numeric, 6), count(*) OVER ()
		FROM (SELECT rollup(contacts) AS t FROM caller) AS x, hour_share(t) ORDER BY share DESC LIMIT 3}),
	"3|11|62.000000|57\n3|10|51.000000|57\n3|14|50.000000|57",
	'busiest hours');

# Escalation: at least 3 contacts within 2 days.
is( answer(q{
		SELECT caller, r.events, r.labels, count(*) OVER (), count(*) FILTER (WHERE r.labels >= 3) OVER ()
		FROM caller, repeats(topics, '2 days', '2016-03-03Z') AS r WHERE r.events >= 3 ORDER BY r.events DESC, caller LIMIT 3}),
	"Caller 3394|11|2|26|9\nCaller 4414|11|4|26|9\nCaller 533|8|1|26|9",
	'escalation list');
is( answer(q{
		SELECT string_agg(events || ':' || n, ' ' ORDER BY events)
		FROM (SELECT d.events, count(*) AS n FROM caller, densest(topics, '1 day') AS d GROUP BY d.events) AS x}),
	'1:514 2:95 3:20 4:6 5:1 8:1 10:1 11:1',
	'callers by their densest day');
is(answer(q{SELECT count(*), sum(s.events) FROM caller, sessions(contacts, '1 day') AS s}), '692|890', 'sessions');

# Journeys: where the tickets stood on 5 March 2016, how far they had come, and the visits to each stage.
my @ladder = ('New', 'Active', 'Awaiting User Info', 'Resolved', 'Closed');
my $ladder = 'ARRAY[' . join(', ', map { "'$_'" } @ladder) . ']';

sub by_stage
{
	my ($select) = @_;
	return answer(qq{
		SELECT string_agg(coalesce(n, 0)::text, ' ' ORDER BY rung)
		FROM unnest($ladder) WITH ORDINALITY AS l(name, rung) LEFT JOIN ($select) AS x USING (name)});
}
is(by_stage("SELECT current AS name, count(*) AS n FROM ticket, stage(journey, $ladder, '2016-03-05Z') GROUP BY 1"),
	'94 130 138 525 3', 'current stages');
is(by_stage("SELECT furthest AS name, count(*) AS n FROM ticket, stage(journey, $ladder, '2016-03-05Z') GROUP BY 1"),
	'93 126 141 527 3', 'furthest stages');
is(by_stage("SELECT stage AS name, count(*) AS n FROM ticket, stage_durations(journey, $ladder, '2016-03-05Z') GROUP BY 1"),
	'629 507 236 529 3', 'visits');
is(by_stage("SELECT stage AS name, count(left_at) AS n FROM ticket, stage_durations(journey, $ladder, '2016-03-05Z') GROUP BY 1"),
	'535 377 98 4 0', 'visits that ended');
is(by_stage("SELECT stage AS name, count(*) AS n FROM ticket, stage_durations(journey, $ladder, '2018-01-01Z') GROUP BY 1"),
	'629 613 321 900 890', 'visits in the end');
is( answer(qq{
		SELECT count(*) FROM ticket, stage(journey, $ladder, '2016-03-05Z') AS s
		WHERE s.since IS DISTINCT FROM (SELECT max(entered_at) FROM stage_durations(journey, $ladder, '2016-03-05Z'))}),
	'0',
	'since is when the last visit began');

# How long it takes, on 5 March 2016: 390 of the 890 tickets are not resolved. The resolved ones alone would say half the time.
$node->safe_psql(
	'shop', q{
	CREATE TABLE resolution AS
	SELECT duration_summary(opened_at, resolved_at, '2016-03-05Z') AS d, duration_summary(opened_at, resolved_at, '2016-03-05Z') FILTER (WHERE resolved_at < '2016-03-05Z') AS of_closed
	FROM (SELECT DISTINCT ON (number) to_timestamp(opened_at, 'DD-MM-YYYY HH24:MI') AS opened_at, to_timestamp(nullif(resolved_at, '?'), 'DD-MM-YYYY HH24:MI') AS resolved_at
		FROM line ORDER BY number, sys_mod_count::int DESC) AS x;});
is( answer(q{
		SELECT cases(d), open_count(d), round(quantile_hours(d, 0.5)::numeric, 4), quantile_hours(d, 0.9) IS NULL, round(quantile_hours(of_closed, 0.5)::numeric, 4), round(quantile_hours(of_closed, 0.9)::numeric, 4), round(w.value::numeric, 9)
		FROM resolution, within(d, '72 hours') AS w}),
	'890|390|60.9667|t|24.7833|65.1833|0.552452233',
	'hours to resolve, open tickets taken into account and not');


# Each priority by itself: the median, not known yet where fewer than half are resolved; do priorities take equally long?
$node->safe_psql(
	'shop', q{
	CREATE TABLE desk AS
	SELECT DISTINCT ON (number) number, caller_id AS caller, contact_type AS channel, nullif(category, '?') AS topic, priority,
		to_timestamp(opened_at, 'DD-MM-YYYY HH24:MI') AS opened_at, to_timestamp(nullif(resolved_at, '?'), 'DD-MM-YYYY HH24:MI') AS resolved_at
	FROM line ORDER BY number, sys_mod_count::int DESC;
	CREATE TABLE by_priority AS SELECT priority, duration_summary(opened_at, resolved_at, '2016-03-05Z') AS d FROM desk GROUP BY priority;});
is(answer('SELECT count(*), count(resolved_at), count(topic) FROM desk'), '890|861|886', 'tickets, with an end and with a topic');
is( answer('SELECT priority, cases(d), open_count(d), round(quantile_hours(d, 0.5)::numeric, 4) FROM by_priority ORDER BY 1'),
	"1 - Critical|15|9|\n2 - High|33|11|26.7833\n3 - Moderate|757|322|56.5500\n4 - Low|85|48|",
	'hours to resolve by priority');
is( answer(q{
		SELECT round((logrank(a.d, b.d)).statistic::numeric, 6) FROM by_priority AS a, by_priority AS b
		WHERE b.priority LIKE '3%' AND (a.priority LIKE '2%' OR a.priority LIKE '4%') ORDER BY a.priority}),
	"2.617261\n8.978110",
	'log-rank of priorities');

# The cards of 5 March 2016: three contacts in three days, or one open for more than four.
my $card = q{service_profile('desk', 'caller', 'opened_at', 'channel', 'topic', 'resolved_at', as_of => '2016-03-05 00:00Z', repeat_within => '3 days', open_limit => '4 days')};
is( answer(qq{
		SELECT count(*), sum(contacts), sum(open_contacts), count(*) FILTER (WHERE escalate), count(*) FILTER (WHERE reason LIKE '%within%'),
			count(*) FILTER (WHERE reason LIKE '%open%'), count(*) FILTER (WHERE reason LIKE '%within%open%'), count(*) FILTER (WHERE escalate <> (reason IS NOT NULL)),
			sum((SELECT count(*) FROM jsonb_object_keys(topics))), sum((SELECT sum(value::int) FROM jsonb_each_text(topics)))
		FROM $card}),
	'639|890|390|65|8|58|1|0|781|886',
	'cards, whom to call and why');
is( answer(qq{SELECT contacts, open_contacts, topics ->> 'Category 45', round(median_hours::numeric, 4), last_contact_at AT TIME ZONE 'UTC', preferred_channel FROM $card WHERE customer = 'Caller 4414'}),
	'13|0|9|2.9833|2016-03-02 13:03:00|Phone',
	'the card of the caller with the most tickets');

# Updates a day by state, three months: 7 states on 93 days, after a week each is judged. One alarm, 2 where hardly any was expected.
$node->safe_psql(
	'shop', q{
	CREATE VIEW update AS SELECT caller_id AS caller, to_timestamp(sys_updated_at, 'DD-MM-YYYY HH24:MI') AS at, incident_state FROM line;
	CREATE TABLE judged AS
	SELECT topic, day, contacts, surprise(contacts, day, 1) OVER (PARTITION BY topic ORDER BY day) AS s FROM daily_counts('update', 'caller', 'at', 'incident_state', as_of => '2016-06-01');});
is( answer('SELECT count(*), count(DISTINCT topic), sum(contacts), count((s).p), round(sum((s).expected)::numeric, 6), count(*) FILTER (WHERE (s).alarm) FROM judged'),
	'651|7|5915|588|8471.909775|1',
	'days judged and alarms');
is(answer('SELECT topic, day, contacts, (s).reason FROM judged WHERE (s).alarm'), 'Awaiting Vendor|2016-05-06|2|spike: 2 against 0.019 expected', 'the alarm');

$node->stop;
done_testing();
