/*
 * json_text.c
 *		The text form of our types: one JSON object, read by a strict parser.
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "base/json_text.h"
#include "common/shortest_dec.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/json.h"

#define MAX_KEY 64			/* bytes of the longest key we know, with NUL */
#define TEXT_IN_MESSAGE 100 /* bytes of the input shown in messages */

void
json_fail(JsonReader *reader, const char *detail)
{
	int length = strlen(reader->text);
	int shown = pg_mbcliplen(reader->text, length, TEXT_IN_MESSAGE);

	ereport(ERROR,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("invalid input syntax for type %s: \"%.*s%s\"", reader->type_name, shown,
					reader->text, shown < length ? "..." : ""),
			 errdetail("%s, at character %d.", detail, (int) (reader->at - reader->text) + 1)));
	pg_unreachable();
}

void
json_reader_init(JsonReader *reader, const char *text, const char *type_name)
{
	reader->text = text;
	reader->at = text;
	reader->type_name = type_name;
	reader->first = true;
}

static void
skip_space(JsonReader *reader)
{
	while (*reader->at == ' ' || *reader->at == '\t' || *reader->at == '\n' || *reader->at == '\r')
		reader->at++;
}

/* Consumes one expected character after white space. */
static bool
accept(JsonReader *reader, char expected)
{
	skip_space(reader);
	if (*reader->at != expected)
		return false;
	reader->at++;
	return true;
}

void
json_end(JsonReader *reader)
{
	skip_space(reader);
	if (*reader->at != '\0')
		json_fail(reader, "Junk after the closing brace");
}

void
json_open_object(JsonReader *reader)
{
	if (!accept(reader, '{'))
		json_fail(reader, "Expected \"{\"");
	reader->first = true;
}

void
json_open_array(JsonReader *reader)
{
	if (!accept(reader, '['))
		json_fail(reader, "Expected \"[\"");
	reader->first = true;
}

/* True when a further member follows, false after the closing character. */
static bool
next_member(JsonReader *reader, char closing)
{
	bool first = reader->first;

	reader->first = false;
	if (accept(reader, closing))
		return false;
	if (!first && !accept(reader, ','))
		json_fail(reader, psprintf("Expected \",\" or \"%c\"", closing));
	return true;
}

bool
json_next_element(JsonReader *reader)
{
	return next_member(reader, ']');
}

void
json_need_element(JsonReader *reader)
{
	if (!json_next_element(reader))
		json_fail(reader, "There are too few elements");
}

void
json_close_array(JsonReader *reader)
{
	if (json_next_element(reader))
		json_fail(reader, "There are too many elements");
}

bool
json_next_key(JsonReader *reader, const char *const *keys, int nkeys, uint32 *seen, int *key)
{
	char *name;

	Assert(nkeys <= 32);
	if (!next_member(reader, '}'))
	{
		for (int i = 0; i < nkeys; i++)
			if ((*seen & ((uint32) 1 << i)) == 0)
				json_fail(reader, psprintf("Key \"%s\" is missing", keys[i]));
		return false;
	}
	name = json_string(reader, MAX_KEY - 1);
	for (*key = 0; *key < nkeys && strcmp(keys[*key], name) != 0; (*key)++)
		;
	if (*key == nkeys)
		json_fail(reader, psprintf("Unknown key \"%s\"", name));
	if (*seen & ((uint32) 1 << *key))
		json_fail(reader, psprintf("Key \"%s\" comes twice", name));
	*seen |= (uint32) 1 << *key;
	pfree(name);
	if (!accept(reader, ':'))
		json_fail(reader, "Expected \":\"");
	return true;
}

/* Consumes a literal word. */
static bool
accept_word(JsonReader *reader, const char *word)
{
	skip_space(reader);
	if (strncmp(reader->at, word, strlen(word)) != 0)
		return false;
	reader->at += strlen(word);
	return true;
}

bool
json_accept_null(JsonReader *reader)
{
	return accept_word(reader, "null");
}

bool
json_bool(JsonReader *reader)
{
	if (accept_word(reader, "true"))
		return true;
	if (!accept_word(reader, "false"))
		json_fail(reader, "Expected true or false");
	return false;
}

/* The length of the number at the reader, which is not consumed. */
static int
number_length(JsonReader *reader)
{
	int length;

	skip_space(reader);
	length = strspn(reader->at, "+-.0123456789eE");
	if (length == 0)
		json_fail(reader, "Expected a number");
	return length;
}

int64
json_int64(JsonReader *reader, int64 min, int64 max)
{
	int length = number_length(reader);
	int64 value = 0;
	const char *at = reader->at;
	const char *end = at + length;
	bool negative = *at == '-';
	bool valid = true;

	if (negative)
		at++;
	valid = at < end;
	for (; valid && at < end; at++)
	{
		int digit = *at - '0';

		/* Counted downwards, so that the smallest integer fits. */
		valid = digit >= 0 && digit <= 9 && !__builtin_mul_overflow(value, 10, &value) &&
				!__builtin_sub_overflow(value, digit, &value);
	}
	if (valid && !negative)
		valid = !__builtin_sub_overflow((int64) 0, value, &value);
	if (!valid || value < min || value > max)
		json_fail(reader, psprintf("Expected an integer between " INT64_FORMAT " and " INT64_FORMAT,
								   min, max));
	reader->at += length;
	return value;
}

double
json_float8(JsonReader *reader)
{
	int length = number_length(reader);
	char *end;
	double value = strtod(reader->at, &end);

	if (end != reader->at + length || isinf(value) || isnan(value))
		json_fail(reader, "Expected a finite number");
	reader->at = end;
	return value;
}

Decimal
json_decimal(JsonReader *reader, int *scale)
{
	int length = number_length(reader);
	Decimal value;

	if (!decimal_parse(reader->at, length, &value, scale))
		json_fail(reader, "Expected a decimal number smaller than about 1.7e20");
	reader->at += length;
	return value;
}

TimestampTz
json_timestamp(JsonReader *reader)
{
	char *text = json_string(reader, MAX_KEY);
	TimestampTz at;

	if (!timestamp_parse(text, strlen(text), &at))
		json_fail(reader, "Expected a time like \"2026-01-31T23:59:59.5Z\"");
	pfree(text);
	return at;
}

DateADT
json_date(JsonReader *reader)
{
	char *text = json_string(reader, MAX_KEY);
	DateADT day;

	if (!date_parse(text, strlen(text), &day))
		json_fail(reader, "Expected a date like \"2026-01-31\"");
	pfree(text);
	return day;
}

/* The four hexadecimal digits of \uXXXX. */
static pg_wchar
read_code_unit(JsonReader *reader)
{
	pg_wchar unit = 0;

	for (int i = 0; i < 4; i++, reader->at++)
	{
		char c = *reader->at;

		if (c >= '0' && c <= '9')
			unit = unit * 16 + (c - '0');
		else if (c >= 'a' && c <= 'f')
			unit = unit * 16 + (c - 'a' + 10);
		else if (c >= 'A' && c <= 'F')
			unit = unit * 16 + (c - 'A' + 10);
		else
			json_fail(reader, "Expected four hexadecimal digits after \\u");
	}
	return unit;
}

/* A \u escape, after the u, as text of the server's encoding. */
static void
read_unicode_escape(JsonReader *reader, StringInfo out)
{
	pg_wchar code = read_code_unit(reader);
	unsigned char buffer[MAX_UNICODE_EQUIVALENT_STRING + 1];

	if (is_utf16_surrogate_first(code))
	{
		pg_wchar second;

		if (reader->at[0] != '\\' || reader->at[1] != 'u')
			json_fail(reader, "Expected the second half of a surrogate pair");
		reader->at += 2;
		second = read_code_unit(reader);
		if (!is_utf16_surrogate_second(second))
			json_fail(reader, "Expected the second half of a surrogate pair");
		code = surrogate_pair_to_codepoint(code, second);
	}
	if (!is_valid_unicode_codepoint(code) || is_utf16_surrogate_second(code))
		json_fail(reader, "Not a valid character");
	pg_unicode_to_server(code, buffer);
	appendStringInfoString(out, (char *) buffer);
}

static void
read_escape(JsonReader *reader, StringInfo out)
{
	static const char escapes[] = "\"\\/bfnrt";
	static const char meanings[] = "\"\\/\b\f\n\r\t";
	char c = *reader->at;
	const char *found = c == '\0' ? NULL : strchr(escapes, c);

	if (c == 'u')
	{
		reader->at++;
		read_unicode_escape(reader, out);
		return;
	}
	if (found == NULL)
		json_fail(reader, "Unknown escape after \"\\\"");
	appendStringInfoChar(out, meanings[found - escapes]);
	reader->at++;
}

char *
json_string(JsonReader *reader, int max_bytes)
{
	StringInfoData out;

	if (!accept(reader, '"'))
		json_fail(reader, "Expected a string");
	initStringInfo(&out);
	for (;;)
	{
		int plain = strcspn(reader->at, "\"\\");

		appendBinaryStringInfo(&out, reader->at, Min(plain, max_bytes + 1));
		reader->at += plain;
		if (*reader->at == '\0')
			json_fail(reader, "Expected the end of the string");
		if (*reader->at++ == '"')
			break;
		read_escape(reader, &out);
		if (out.len > max_bytes)
			break;
	}
	if (out.len > max_bytes)
		json_fail(reader, psprintf("The string is longer than %d bytes", max_bytes));
	return out.data;
}

void
json_append_float8(StringInfo out, double value)
{
	char buffer[DOUBLE_SHORTEST_DECIMAL_LEN];

	Assert(!isnan(value) && !isinf(value));
	double_to_shortest_decimal_buf(value, buffer);
	appendStringInfoString(out, buffer);
}

void
json_append_string(StringInfo out, const char *value)
{
	escape_json(out, value);
}
