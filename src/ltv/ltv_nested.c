/*
 * ltv_nested.c
 *		An ltv_model inside another value.
 *
 * The model is written and read by its own input and output functions, so that
 * the values that carry one know nothing of what is in it.
 */
#include "postgres.h"
#include "compat.h"

#include "base/binary.h"
#include "ltv/ltv_nested.h"
#include "utils/builtins.h"

extern Datum ltv_model_in(PG_FUNCTION_ARGS);
extern Datum ltv_model_out(PG_FUNCTION_ARGS);
extern Datum ltv_model_recv(PG_FUNCTION_ARGS);
extern Datum ltv_model_send(PG_FUNCTION_ARGS);

void
ltv_nested_append(StringInfo out, const LtvValue *model)
{
	char *text = DatumGetCString(DirectFunctionCall1(ltv_model_out, PointerGetDatum(model)));

	appendStringInfoString(out, text);
	pfree(text);
}

/* The length of the JSON object at a place, by its braces; 0 when it does not end. */
static Size
object_length(const char *text)
{
	int depth = 0;
	bool quoted = false;

	for (const char *at = text; *at != '\0'; at++)
	{
		if (quoted && *at == '\\' && at[1] != '\0')
			at++;
		else if (*at == '"')
			quoted = !quoted;
		else if (!quoted && *at == '{')
			depth++;
		else if (!quoted && *at == '}' && --depth == 0)
			return at - text + 1;
	}
	return 0;
}

LtvValue *
ltv_nested_from_json(JsonReader *reader)
{
	Size length;
	char *text;

	while (*reader->at == ' ' || *reader->at == '\t' || *reader->at == '\n' || *reader->at == '\r')
		reader->at++;
	length = *reader->at == '{' ? object_length(reader->at) : 0;
	if (length == 0)
		json_fail(reader, "Expected the object of an ltv_model");
	text = pnstrdup(reader->at, length);
	reader->at += length;
	return DatumGetLtvValue(DirectFunctionCall1(ltv_model_in, CStringGetDatum(text)));
}

void
ltv_nested_send(StringInfo out, const LtvValue *model)
{
	bytea *bytes = DatumGetByteaPP(DirectFunctionCall1(ltv_model_send, PointerGetDatum(model)));

	pq_sendint32(out, VARSIZE_ANY_EXHDR(bytes));
	pq_sendbytes(out, VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes));
}

LtvValue *
ltv_nested_recv(StringInfo in, const char *type_name)
{
	int size = (int) pq_getmsgint(in, 4);
	StringInfoData bytes;
	LtvValue *model;

	if (size < 0 || size > in->len - in->cursor)
		receive_fail(type_name, "The size of the model is out of range");
	initStringInfo(&bytes);
	appendBinaryStringInfo(&bytes, pq_getmsgbytes(in, size), size);
	model = DatumGetLtvValue(DirectFunctionCall1(ltv_model_recv, PointerGetDatum(&bytes)));
	if (bytes.cursor != bytes.len)
		receive_fail(type_name, "There is more than a model in the bytes of the model");
	return model;
}

const LtvValue *
ltv_nested_at(const void *place, Size size, const char *type_name)
{
	if (size < VARHDRSZ || VARATT_IS_1B(place) || VARATT_IS_4B_C(place) || VARSIZE(place) != size)
		ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED),
						errmsg("stored %s is of no known form", type_name)));
	return DatumGetLtvValue(PointerGetDatum(place));
}
