/*
 * ltv_sample_wire.c
 *		Binary form of ltv_sample, and what is wrong with one from outside.
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "base/binary.h"
#include "ltv/ltv_customer.h"
#include "ltv/ltv_entries.h"
#include "ltv/ltv_sample_start.h"
#include "miscadmin.h"

static const char type_name[] = "ltv_sample";

static bool
is_whole(double number)
{
	return number >= 0.0 && number <= PG_INT32_MAX && number == rint(number);
}

/* Opportunities: with a purchase, until the last of them, in all. */
static const char *
find_opportunity_fault(double x, double t_x, double n)
{
	if (!is_whole(x) || !is_whole(t_x) || !is_whole(n) || t_x > n || x > t_x ||
		(x == 0.0) != (t_x == 0.0))
		return "The opportunities of a customer do not have 0 <= x <= t_x <= n";
	return NULL;
}

/* What is wrong with an entry that came from outside, given the one before; or NULL. */
static const char *
find_entry_fault(const LtvSample *sample, const LtvEntry *entry, const LtvEntry *before)
{
	const LtvSettings *settings = &sample->settings;
	int extra = ltv_extra_numbers(settings);

	if (!isfinite(entry->T) || !(entry->t_x >= 0.0 && entry->T >= entry->t_x) || entry->x < 0)
		return "A customer does not have 0 <= t_x <= T";
	if (!settings->summary &&
		(!is_whole(entry->t_x) || !is_whole(entry->T) || entry->t_x < entry->x))
		return "A customer does not have 0 <= x <= t_x <= T in whole days";
	if (settings->summary && entry->x > LTV_SUMMARY_MOST)
		return "A customer has more than 1000000 repeat purchases";
	if (entry->x == 0 ? entry->t_x != 0.0 || entry->mean != 0.0 : entry->t_x == 0.0)
		return "A customer without repeat purchases has a last one or a mean";
	if (!isfinite(entry->mean) || (entry->mean == 0.0 && signbit(entry->mean)) ||
		signbit(entry->t_x) || signbit(entry->T))
		return "A mean is not a finite number";
	if (entry->customers == 0)
		return "An entry counts no customers";
	if (settings->summary && ltv_models_have_discrete(settings->models) &&
		find_opportunity_fault(entry->x, entry->t_x, entry->T) != NULL)
		return find_opportunity_fault(entry->x, entry->t_x, entry->T);
	if (ltv_counts_opportunities(settings) &&
		find_opportunity_fault(entry->extra[0], entry->extra[1], entry->extra[2]) != NULL)
		return find_opportunity_fault(entry->extra[0], entry->extra[1], entry->extra[2]);
	for (int i = 0; i < extra; i++)
		if (!isfinite(entry->extra[i]) || (entry->extra[i] == 0.0 && signbit(entry->extra[i])))
			return "A covariate is not a finite number";
	if (before != NULL && ltv_entry_compare(before, entry, extra) >= 0)
		return "The customers are not in ascending order";
	if (!ltv_entry_stays(entry, extra, sample->levels[ltv_entry_class(entry)]))
		return "A customer should have been thinned out";
	return NULL;
}

const char *
ltv_sample_fault(const LtvSample *sample)
{
	const char *fault;
	int extra = ltv_extra_numbers(&sample->settings);

	if (sample->after_as_of < 0 || sample->unmatched_refunds < 0 || sample->ignored < 0 ||
		sample->log_gaps < 0)
		return "A count is negative";
	if (sample->levels[0] > LTV_MAX_LEVEL || sample->levels[1] > LTV_MAX_LEVEL ||
		(sample->settings.max_rows == 0 && (sample->levels[0] != 0 || sample->levels[1] != 0)))
		return "A level is out of range";
	if ((fault = ltv_start_fault(&sample->start)) != NULL)
		return fault;
	if (sample->settings.period == 0 &&
		(sample->nentries != 0 || sample->after_as_of != 0 || sample->unmatched_refunds != 0 ||
		 sample->ignored != 0 || sample->log_gaps != 0))
		return "There are customers without settings";
	for (int64 i = 0; i < sample->nentries; i++)
	{
		CHECK_FOR_INTERRUPTS();
		fault = find_entry_fault(sample, ltv_entry_at(sample->entries, extra, i),
								 i == 0 ? NULL : ltv_entry_at(sample->entries, extra, i - 1));
		if (fault != NULL)
			return fault;
	}
	return NULL;
}

/* Binary form: version, settings, start, levels, counts, then the customers. */
PG_FUNCTION_INFO_V1(ltv_sample_send);
Datum
ltv_sample_send(PG_FUNCTION_ARGS)
{
	LtvSample *sample = ltv_sample_canonical(ltv_sample_from_datum(PG_GETARG_DATUM(0)));
	int extra = ltv_extra_numbers(&sample->settings);
	StringInfoData out;

	pq_begintypsend(&out);
	pq_sendbyte(&out, sample->version);
	ltv_settings_send(&out, &sample->settings);
	ltv_start_send(&out, &sample->start);
	for (int class = 0; class < LTV_CLASSES; class ++)
		pq_sendbyte(&out, sample->levels[class]);
	pq_sendint64(&out, sample->after_as_of);
	pq_sendint64(&out, sample->unmatched_refunds);
	pq_sendint64(&out, sample->ignored);
	pq_sendint64(&out, sample->log_gaps);
	pq_sendint64(&out, sample->nentries);
	for (int64 i = 0; i < sample->nentries; i++)
	{
		const LtvEntry *entry = ltv_entry_at(sample->entries, extra, i);

		CHECK_FOR_INTERRUPTS();
		pq_sendint32(&out, entry->x);
		pq_sendint32(&out, entry->customers);
		pq_sendfloat8(&out, entry->t_x);
		pq_sendfloat8(&out, entry->T);
		pq_sendfloat8(&out, entry->mean);
		for (int j = 0; j < extra; j++)
			pq_sendfloat8(&out, entry->extra[j]);
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&out));
}

static void
receive_entry(StringInfo in, LtvEntry *entry, int extra)
{
	entry->x = (int32) pq_getmsgint(in, 4);
	entry->customers = pq_getmsgint(in, 4);
	entry->t_x = pq_getmsgfloat8(in);
	entry->T = pq_getmsgfloat8(in);
	entry->mean = pq_getmsgfloat8(in);
	for (int j = 0; j < extra; j++)
		entry->extra[j] = pq_getmsgfloat8(in);
}

/* Reads what ltv_sample_send writes; anything else is an error. */
PG_FUNCTION_INFO_V1(ltv_sample_recv);
Datum
ltv_sample_recv(PG_FUNCTION_ARGS)
{
	StringInfo in = (StringInfo) PG_GETARG_POINTER(0);
	LtvSample header;
	LtvSample *sample;
	const char *fault;
	Size size;
	int extra;

	memset(&header, 0, sizeof(header));
	header.version = pq_getmsgbyte(in);
	receive_check(header.version == LTV_SAMPLE_VERSION, type_name, "The version is not known");
	ltv_settings_recv(in, &header.settings, type_name);
	ltv_start_recv(in, &header.start);
	for (int class = 0; class < LTV_CLASSES; class ++)
		header.levels[class] = pq_getmsgbyte(in);
	header.after_as_of = pq_getmsgint64(in);
	header.unmatched_refunds = pq_getmsgint64(in);
	header.ignored = pq_getmsgint64(in);
	header.log_gaps = pq_getmsgint64(in);
	header.nentries = pq_getmsgint64(in);
	extra = ltv_extra_numbers(&header.settings);
	receive_check(header.nentries >= 0 &&
					  header.nentries <= (in->len - in->cursor) / (int64) ltv_entry_size(extra) &&
					  header.nentries <= ltv_sample_limit(&header.settings),
				  type_name, "The number of customers does not fit the size");
	size = ltv_sample_size(&header.settings, header.nentries);
	sample = palloc0(size);
	memcpy(sample, &header, offsetof(LtvSample, entries));
	SET_VARSIZE(sample, size);
	for (int64 i = 0; i < sample->nentries; i++)
	{
		CHECK_FOR_INTERRUPTS();
		receive_entry(in, ltv_entry_at(sample->entries, extra, i), extra);
	}
	if ((fault = ltv_sample_fault(sample)) != NULL)
		receive_fail(type_name, fault);
	PG_RETURN_POINTER(sample);
}
