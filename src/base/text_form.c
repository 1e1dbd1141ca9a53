/*
 * text_form.c
 *		The json, send and receive functions of a type whose text form is exact.
 */
#include "postgres.h"
#include "compat.h"

#include "base/binary.h"
#include "base/text_form.h"
#include "utils/builtins.h"

#define TEXT_FORM_VERSION 1 /* the text follows */

Datum
text_form_receive(FunctionCallInfo fcinfo, PGFunction in, const char *type_name)
{
	StringInfo buf = (StringInfo) PG_GETARG_POINTER(0);
	char *text;
	int length;

	receive_check(pq_getmsgbyte(buf) == TEXT_FORM_VERSION, type_name, "The version is unknown");
	text = pq_getmsgtext(buf, buf->len - buf->cursor, &length);
	receive_check(strlen(text) == (size_t) length, type_name, "There is a zero byte");
	return DirectFunctionCall1(in, CStringGetDatum(text));
}

Datum
text_form_send(FunctionCallInfo fcinfo, PGFunction out)
{
	char *text = DatumGetCString(DirectFunctionCall1(out, PG_GETARG_DATUM(0)));
	StringInfoData buf;

	pq_begintypsend(&buf);
	pq_sendbyte(&buf, TEXT_FORM_VERSION);
	pq_sendtext(&buf, text, strlen(text));
	return PointerGetDatum(pq_endtypsend(&buf));
}

Datum
text_form_json(FunctionCallInfo fcinfo, PGFunction out)
{
	Datum text = DirectFunctionCall1(out, PG_GETARG_DATUM(0));

	return PointerGetDatum(cstring_to_text(DatumGetCString(text)));
}
