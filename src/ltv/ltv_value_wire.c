/*
 * ltv_value_wire.c
 *		Binary form of ltv_model.
 */
#include "postgres.h"
#include "compat.h"

#include "base/binary.h"
#include "ltv/ltv_value_parse.h"

static const char type_name[] = "ltv_model";

/* Binary form: version, settings, counts, then each part and its numbers. */
PG_FUNCTION_INFO_V1(ltv_model_send);
Datum
ltv_model_send(PG_FUNCTION_ARGS)
{
	LtvValue *value = PG_GETARG_LTV_VALUE(0);
	StringInfoData out;

	pq_begintypsend(&out);
	pq_sendbyte(&out, value->version);
	ltv_settings_send(&out, &value->settings);
	for (int i = 0; i < LTV_COUNTS; i++)
		pq_sendint64(&out, *ltv_value_count(value, (LtvCount) i));
	for (int i = 0; i < LTV_PARTS; i++)
	{
		const LtvPart *part = &value->parts[i];

		pq_sendbyte(&out, part->nparameters);
		pq_sendbyte(&out, part->converged);
		pq_sendint16(&out, part->at_boundary);
		pq_sendint32(&out, part->iterations);
		pq_sendfloat8(&out, part->log_likelihood);
		pq_sendfloat8(&out, part->gradient_norm);
		pq_sendfloat8(&out, part->condition_number);
		for (int j = 0; j < LTV_PART_NUMBERS(part->nparameters); j++)
			pq_sendfloat8(&out, ltv_part_parameters(value, (LtvPartName) i)[j]);
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&out));
}

static void
receive_part(StringInfo in, LtvParsedPart *part)
{
	part->head.nparameters = pq_getmsgbyte(in);
	if (part->head.nparameters > LTV_MAX_PARAMETERS)
		receive_fail(type_name, "There are too many parameters");
	part->head.converged = pq_getmsgbyte(in);
	part->head.at_boundary = pq_getmsgint(in, 2);
	part->head.iterations = (int32) pq_getmsgint(in, 4);
	part->head.log_likelihood = pq_getmsgfloat8(in);
	part->head.gradient_norm = pq_getmsgfloat8(in);
	part->head.condition_number = pq_getmsgfloat8(in);
	for (int j = 0; j < LTV_PART_NUMBERS(part->head.nparameters); j++)
		part->numbers[j] = pq_getmsgfloat8(in);
}

/* A part that was not fitted holds nothing. */
static bool
is_blank(const LtvPart *part)
{
	static const LtvPart blank;

	return memcmp(part, &blank, sizeof(blank)) == 0;
}

/* Reads what ltv_model_send writes; anything else is an error. */
PG_FUNCTION_INFO_V1(ltv_model_recv);
Datum
ltv_model_recv(PG_FUNCTION_ARGS)
{
	StringInfo in = (StringInfo) PG_GETARG_POINTER(0);
	LtvValue head;
	LtvParsedPart parts[LTV_PARTS];
	LtvValue *value;
	const char *fault;

	memset(&head, 0, sizeof(head));
	memset(parts, 0, sizeof(parts));
	if (pq_getmsgbyte(in) != LTV_VALUE_VERSION)
		receive_fail(type_name, "The version is not known");
	ltv_settings_recv(in, &head.settings, type_name);
	for (int i = 0; i < LTV_COUNTS; i++)
		*ltv_value_count(&head, (LtvCount) i) = pq_getmsgint64(in);
	for (int i = 0; i < LTV_PARTS; i++)
	{
		receive_part(in, &parts[i]);
		if (parts[i].head.nparameters == 0 && !is_blank(&parts[i].head))
			receive_fail(type_name, "A part without parameters is not empty");
	}
	value = ltv_value_assemble(&head, parts);
	if ((fault = ltv_value_fault(value)) != NULL)
		receive_fail(type_name, fault);
	PG_RETURN_POINTER(value);
}
