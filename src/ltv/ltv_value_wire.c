/*
 * ltv_value_wire.c
 *		Binary form of ltv_model.
 */
#include "postgres.h"
#include "compat.h"

#include "base/binary.h"
#include "ltv/ltv_value_parse.h"

static const char type_name[] = "ltv_model";

/* Binary form: version, settings, counts, means of covariates, then each part and its numbers. */
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
	for (int i = 0; i < value->settings.covariates; i++)
		pq_sendfloat8(&out, ltv_covariate_means(value)[i]);
	pq_sendbyte(&out, value->ncandidates);
	pq_sendbyte(&out, value->has_spend);
	pq_sendbyte(&out, value->chosen);
	for (int i = 0; i < ltv_part_count(value); i++)
	{
		const LtvPart *part = &value->parts[i];

		pq_sendbyte(&out, part->model);
		pq_sendbyte(&out, part->nparameters);
		pq_sendbyte(&out, part->converged);
		pq_sendint64(&out, part->at_boundary);
		pq_sendint32(&out, part->iterations);
		pq_sendfloat8(&out, part->log_likelihood);
		pq_sendfloat8(&out, part->gradient_norm);
		pq_sendfloat8(&out, part->condition_number);
		for (int j = 0; j < LTV_PART_NUMBERS(part->nparameters); j++)
			pq_sendfloat8(&out, ltv_part_parameters(value, i)[j]);
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&out));
}

static void
receive_part(StringInfo in, LtvPart *part, double **numbers)
{
	int count;

	part->model = pq_getmsgbyte(in);
	part->nparameters = pq_getmsgbyte(in);
	receive_check(part->nparameters <= LTV_MAX_ALL_PARAMETERS, type_name,
				  "There are too many parameters");
	part->converged = pq_getmsgbyte(in);
	part->at_boundary = pq_getmsgint64(in);
	part->iterations = (int32) pq_getmsgint(in, 4);
	part->log_likelihood = pq_getmsgfloat8(in);
	part->gradient_norm = pq_getmsgfloat8(in);
	part->condition_number = pq_getmsgfloat8(in);
	count = LTV_PART_NUMBERS(part->nparameters);
	*numbers = palloc(sizeof(double) * count);
	for (int j = 0; j < count; j++)
		(*numbers)[j] = pq_getmsgfloat8(in);
}

/* Reads what ltv_model_send writes; anything else is an error. */
PG_FUNCTION_INFO_V1(ltv_model_recv);
Datum
ltv_model_recv(PG_FUNCTION_ARGS)
{
	StringInfo in = (StringInfo) PG_GETARG_POINTER(0);
	LtvParsed *parsed = palloc0(sizeof(LtvParsed));
	LtvValue *value;
	const char *fault;

	receive_check(pq_getmsgbyte(in) == LTV_VALUE_VERSION, type_name, "The version is not known");
	ltv_settings_recv(in, &parsed->head.settings, type_name);
	for (int i = 0; i < LTV_COUNTS; i++)
		*ltv_value_count(&parsed->head, (LtvCount) i) = pq_getmsgint64(in);
	for (int i = 0; i < parsed->head.settings.covariates; i++)
		parsed->covariate_means[i] = pq_getmsgfloat8(in);
	parsed->ncandidates = pq_getmsgbyte(in);
	parsed->nspend = pq_getmsgbyte(in);
	parsed->head.chosen = pq_getmsgbyte(in);
	receive_check(parsed->ncandidates <= LTV_MAX_MODELS && parsed->nspend <= 1, type_name,
				  "There are too many models");
	for (int i = 0; i < parsed->ncandidates + parsed->nspend; i++)
		receive_part(in, &parsed->parts[i], &parsed->numbers[i]);
	value = ltv_value_assemble(parsed);
	if ((fault = ltv_value_fault(value)) != NULL)
		receive_fail(type_name, fault);
	PG_RETURN_POINTER(value);
}
