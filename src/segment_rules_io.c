/*
 * segment_rules_io.c
 *		The type segment_rules: one JSON object, and bytes.
 */
#include "postgres.h"
#include "compat.h"

#include "base/json_text.h"
#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "segment_map.h"

/* A score in a rule's text: a number, or null for any. */
static int
json_score(JsonReader *reader)
{
	if (!json_next_element(reader))
		json_fail(reader, "Expected a score or null");
	return json_accept_null(reader) ? 0 : json_int64(reader, 1, RFM_BINS_MAX);
}

/* ["Lost", 1, 1, null] */
static SegmentRules *
rule_from_json(JsonReader *reader, SegmentRules *rules, int *highest)
{
	char *name;
	int r, f, m;

	json_open_array(reader);
	if (!json_next_element(reader))
		json_fail(reader, "Expected the name of a segment");
	name = json_string(reader, SEGMENT_NAME_MAX);
	if (*name == '\0')
		json_fail(reader, segment_name_problem(0));
	r = json_score(reader);
	f = json_score(reader);
	m = json_score(reader);
	if (json_next_element(reader))
		json_fail(reader, "Expected \"]\"");
	*highest = Max(*highest, Max(r, Max(f, m)));
	return segment_rules_add(rules, name, strlen(name), r, f, m);
}

/* segment_rules_in(cstring) -> segment_rules */
PG_FUNCTION_INFO_V1(segment_rules_in);
Datum
segment_rules_in(PG_FUNCTION_ARGS)
{
	static const char *const keys[] = {"version", "bins", "rules"};
	SegmentRules *rules = segment_rules_create();
	JsonReader reader;
	uint32 seen = 0;
	int key;
	int bins = 0;
	int highest = 0;

	json_reader_init(&reader, PG_GETARG_CSTRING(0), "segment_rules");
	json_open_object(&reader);
	while (json_next_key(&reader, keys, lengthof(keys), &seen, &key))
	{
		if (key == 0)
			(void) json_int64(&reader, SEGMENT_VERSION, SEGMENT_VERSION);
		else if (key == 1)
			bins = json_accept_null(&reader) ? 0 : json_int64(&reader, RFM_BINS_MIN, RFM_BINS_MAX);
		else
		{
			json_open_array(&reader);
			while (json_next_element(&reader))
			{
				CHECK_FOR_INTERRUPTS();
				rules = rule_from_json(&reader, rules, &highest);
			}
		}
	}
	json_end(&reader);
	if (highest > bins || (bins == 0) != (rules->nrules == 0))
		json_fail(&reader, "bins does not fit the rules");
	rules->bins = bins;
	PG_RETURN_POINTER(rules);
}

/* segment_rules_out(segment_rules) -> cstring: sorted */
PG_FUNCTION_INFO_V1(segment_rules_out);
Datum
segment_rules_out(PG_FUNCTION_ARGS)
{
	SegmentRules *rules = segment_rules_from_datum(PG_GETARG_DATUM(0));
	SegmentRule *sorted = segment_rules_sorted(rules);
	StringInfoData out;

	initStringInfo(&out);
	appendStringInfo(&out, "{\"version\": %d, \"bins\": ", SEGMENT_VERSION);
	if (rules->bins == 0)
		appendStringInfoString(&out, "null");
	else
		appendStringInfo(&out, "%d", rules->bins);
	appendStringInfoString(&out, ", \"rules\": [");
	for (uint32 i = 0; i < rules->nrules; i++)
	{
		CHECK_FOR_INTERRUPTS();
		appendStringInfoString(&out, i == 0 ? "[" : ", [");
		json_append_string(&out, pnstrdup(sorted[i].name, sorted[i].length));
		for (int j = 0; j < 3; j++)
			if (sorted[i].score[j] == 0)
				appendStringInfoString(&out, ", null");
			else
				appendStringInfo(&out, ", %d", sorted[i].score[j]);
		appendStringInfoChar(&out, ']');
	}
	appendStringInfoString(&out, "]}");
	PG_RETURN_CSTRING(out.data);
}

void
segment_check_recv(bool valid, const char *type_name, const char *detail)
{
	if (!valid)
		ereport(ERROR, (errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
						errmsg("invalid binary %s", type_name), errdetail("%s", detail)));
}

/* A name travels in the client's encoding, in which it may be longer or shorter. */
void
segment_name_send(StringInfo buf, const char *name, int length)
{
	char *sent = pg_server_to_client(name, length);
	int sent_length = sent == name ? length : (int) strlen(sent);

	pq_sendint16(buf, sent_length);
	pq_sendbytes(buf, sent, sent_length);
}

char *
segment_name_recv(StringInfo buf, const char *type_name, int *length)
{
	int received = pq_getmsgint(buf, 2);
	char *name = pq_getmsgtext(buf, received, length);

	segment_check_recv(segment_name_problem(*length) == NULL, type_name,
					   "The length of a segment's name is out of range.");
	return name;
}

/*
 * A value has one binary form: what was read, from `start` on, must be what we
 * would send. Only where names were converted may their order differ.
 */
void
segment_check_canonical(StringInfo buf, int start, bytea *sent, const char *type_name)
{
	if (pg_get_client_encoding() != GetDatabaseEncoding())
		return;
	segment_check_recv((int) VARSIZE_ANY_EXHDR(sent) == buf->cursor - start &&
						   memcmp(VARDATA_ANY(sent), buf->data + start, buf->cursor - start) == 0,
					   type_name, "The segments are not in their order, or not distinct.");
}

/* segment_rules_recv(internal) -> segment_rules: version, bins, number of rules, rules. */
PG_FUNCTION_INFO_V1(segment_rules_recv);
Datum
segment_rules_recv(PG_FUNCTION_ARGS)
{
	StringInfo buf = (StringInfo) PG_GETARG_POINTER(0);
	SegmentRules *rules = segment_rules_create();
	int start = buf->cursor;
	int bins;
	int nrules;

	segment_check_recv(pq_getmsgbyte(buf) == SEGMENT_VERSION, "segment_rules",
					   "The version is unknown.");
	bins = pq_getmsgbyte(buf);
	nrules = pq_getmsgint(buf, 4);
	segment_check_recv(nrules == 0 ? bins == 0 : bins >= RFM_BINS_MIN && bins <= RFM_BINS_MAX,
					   "segment_rules", "The number of bins is not between 2 and 10.");
	segment_check_recv(nrules >= 0 && nrules <= (buf->len - buf->cursor) / SEGMENT_RULE_HEAD,
					   "segment_rules", "The size does not fit the number of rules.");
	for (int i = 0; i < nrules; i++)
	{
		int r = pq_getmsgbyte(buf);
		int f = pq_getmsgbyte(buf);
		int m = pq_getmsgbyte(buf);
		int length;
		char *name = segment_name_recv(buf, "segment_rules", &length);

		CHECK_FOR_INTERRUPTS();
		segment_check_recv(r <= bins && f <= bins && m <= bins, "segment_rules",
						   "A score is not on the grid.");
		rules = segment_rules_add(rules, name, length, r, f, m);
		pfree(name);
	}
	rules->bins = bins;
	segment_check_canonical(
		buf, start,
		DatumGetByteaPP(DirectFunctionCall1(segment_rules_send, PointerGetDatum(rules))),
		"segment_rules");
	PG_RETURN_POINTER(rules);
}

/* segment_rules_send(segment_rules) -> bytea: sorted */
PG_FUNCTION_INFO_V1(segment_rules_send);
Datum
segment_rules_send(PG_FUNCTION_ARGS)
{
	SegmentRules *rules = segment_rules_from_datum(PG_GETARG_DATUM(0));
	SegmentRule *sorted = segment_rules_sorted(rules);
	StringInfoData buf;

	pq_begintypsend(&buf);
	pq_sendbyte(&buf, SEGMENT_VERSION);
	pq_sendbyte(&buf, rules->bins);
	pq_sendint32(&buf, rules->nrules);
	for (uint32 i = 0; i < rules->nrules; i++)
	{
		CHECK_FOR_INTERRUPTS();
		for (int j = 0; j < 3; j++)
			pq_sendbyte(&buf, sorted[i].score[j]);
		segment_name_send(&buf, sorted[i].name, sorted[i].length);
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}
