/*
 * json_text.h
 *		The text form of our types: one JSON object, read by a strict parser.
 *
 * The reader is a pull parser over the text given to an input function. Every
 * mistake is an error (ERRCODE_INVALID_TEXT_REPRESENTATION) that names the
 * type and what was expected. Keys may come in any order (jsonb reorders
 * them); each must come exactly once and unknown ones are refused.
 *
 *		static const char *const keys[] = {"version", "purchases"};
 *		uint32		seen = 0;
 *		int			key;
 *
 *		json_reader_init(&reader, text, "purchase_summary");
 *		json_open_object(&reader);
 *		while (json_next_key(&reader, keys, lengthof(keys), &seen, &key))
 *			switch (key) ...
 *		json_end(&reader);
 */
#ifndef CUSTOMER_PROFILE_JSON_TEXT_H
#define CUSTOMER_PROFILE_JSON_TEXT_H

#include "base/calendar.h"
#include "base/decimal.h"

typedef struct JsonReader
{
	const char *text;	   /* the whole text, for messages */
	const char *at;		   /* next character */
	const char *type_name; /* SQL type being read, for messages */
	bool first;			   /* directly after '{' or '[' */
} JsonReader;

extern void json_reader_init(JsonReader *reader, const char *text, const char *type_name);
extern void json_end(JsonReader *reader);

extern void json_open_object(JsonReader *reader);
/* Next key as its index in keys[]; false after '}', when every key has been seen. */
extern bool
json_next_key(JsonReader *reader, const char *const *keys, int nkeys, uint32 *seen, int *key);

extern void json_open_array(JsonReader *reader);
extern bool json_next_element(JsonReader *reader); /* false after ']' */
/* For arrays of known length: before each element, and after the last. */
extern void json_need_element(JsonReader *reader);
extern void json_close_array(JsonReader *reader);

extern bool json_accept_null(JsonReader *reader); /* true when it was null, and consumes it */
extern bool json_bool(JsonReader *reader);
extern int64 json_int64(JsonReader *reader, int64 min, int64 max);
extern double json_float8(JsonReader *reader); /* finite */
extern Decimal json_decimal(JsonReader *reader, int *scale);
extern TimestampTz json_timestamp(JsonReader *reader);
extern DateADT json_date(JsonReader *reader);
extern char *json_string(JsonReader *reader, int max_bytes); /* unescaped, palloc'd */

/* Fails with "invalid input syntax for type T" and the detail. */
pg_noreturn extern void json_fail(JsonReader *reader, const char *detail);

/* Writing: numbers at full precision whatever the settings, strings escaped. */
extern void json_append_float8(StringInfo out, double value); /* shortest exact; must be finite */
extern void json_append_string(StringInfo out, const char *value);

#endif /* CUSTOMER_PROFILE_JSON_TEXT_H */
