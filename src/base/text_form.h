/*
 * text_form.h
 *		The json, send and receive functions of a type whose text form is exact.
 *
 * As jsonb does, such a type goes over the wire as a version byte and its
 * text, so that there is one parser to trust: that of TYPE_in.
 */
#ifndef CUSTOMER_PROFILE_TEXT_FORM_H
#define CUSTOMER_PROFILE_TEXT_FORM_H

#include "fmgr.h"
#include "libpq/pqformat.h"

/* The value of TYPE_in for received bytes; type_name is for messages. */
extern Datum text_form_receive(FunctionCallInfo fcinfo, PGFunction in, const char *type_name);
extern Datum text_form_send(FunctionCallInfo fcinfo, PGFunction out);
extern Datum text_form_json(FunctionCallInfo fcinfo, PGFunction out);

#define TEXT_FORM_FUNCTIONS(type)                           \
	PG_FUNCTION_INFO_V1(type##_json);                       \
	Datum type##_json(PG_FUNCTION_ARGS)                     \
	{                                                       \
		return text_form_json(fcinfo, type##_out);          \
	}                                                       \
	PG_FUNCTION_INFO_V1(type##_recv);                       \
	Datum type##_recv(PG_FUNCTION_ARGS)                     \
	{                                                       \
		return text_form_receive(fcinfo, type##_in, #type); \
	}                                                       \
	PG_FUNCTION_INFO_V1(type##_send);                       \
	Datum type##_send(PG_FUNCTION_ARGS)                     \
	{                                                       \
		return text_form_send(fcinfo, type##_out);          \
	}

#endif /* CUSTOMER_PROFILE_TEXT_FORM_H */
