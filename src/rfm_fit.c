/*
 * rfm_fit.c
 *		From a sample to a model: the breaks and how many customers each bin has.
 */
#include "postgres.h"
#include "compat.h"

#include "math/quantile.h"
#include "miscadmin.h"
#include "rfm.h"
#include "utils/memutils.h"

static inline double
customer_value(const RfmCustomer *customer, RfmDimension dimension)
{
	switch (dimension)
	{
		case RFM_RECENCY:
			return customer->recency_days;
		case RFM_FREQUENCY:
			return customer->purchases;
		case RFM_MONETARY:
			return customer->monetary;
	}
	pg_unreachable();
}

static void
fit_dimension(RfmModel *model, const RfmSample *sample, RfmDimension dimension, uint64 *keys)
{
	Size ncustomers = sample->ncustomers;
	int bins = model->options.bins;
	double *breaks = rfm_model_breaks(model, dimension);
	int64 *counts = rfm_model_counts(model, dimension);

	CHECK_FOR_INTERRUPTS();
	for (Size i = 0; i < ncustomers; i++)
		keys[i] = quantile_key(customer_value(&sample->customers[i], dimension));
	quantile_breaks(keys, ncustomers, bins, breaks);

	CHECK_FOR_INTERRUPTS();
	for (Size i = 0; i < ncustomers; i++)
		counts[quantile_bin(breaks, bins - 1, quantile_value(keys[i]))]++;

	/* Counted by rising value; recency scores fall with it. */
	for (int low = 0, high = bins - 1; dimension == RFM_RECENCY && low < high; low++, high--)
	{
		int64 count = counts[low];

		counts[low] = counts[high];
		counts[high] = count;
	}
}

static void
warn_after_as_of(const RfmModel *model)
{
	if (model->after_as_of > 0)
		ereport(WARNING,
				(errmsg_plural(INT64_FORMAT " customer has a last purchase after %s and is not "
											"scored",
							   INT64_FORMAT " customers have a last purchase after %s and are not "
											"scored",
							   (unsigned long) model->after_as_of, model->after_as_of,
							   rfm_date_text(model->as_of)),
				 errhint("Summarize only the purchases before as_of: a purchase_summary cannot be "
						 "cut back in time.")));
}

/*
 * rfm_sample_fit(rfm_sample) -> rfm_model: the final step of fit_rfm. NULL when
 * nothing was seen; when no customer can be scored, a model without breaks.
 */
PG_FUNCTION_INFO_V1(rfm_sample_fit);
Datum
rfm_sample_fit(PG_FUNCTION_ARGS)
{
	RfmSample *sample = rfm_sample_from_datum(PG_GETARG_DATUM(0));
	RfmModel *model;

	if (sample->ncustomers == 0 && sample->not_scored == 0 && sample->after_as_of == 0)
		PG_RETURN_NULL();
	model = rfm_model_create(&sample->options, sample->as_of);
	model->customers = sample->ncustomers;
	model->not_scored = sample->not_scored;
	model->after_as_of = sample->after_as_of;
	model->ignored = sample->ignored;
	if (sample->ncustomers > 0)
	{
		uint64 *keys =
			MemoryContextAllocHuge(CurrentMemoryContext, sample->ncustomers * sizeof(uint64));

		for (int dimension = 0; dimension < RFM_DIMENSIONS; dimension++)
			fit_dimension(model, sample, dimension, keys);
		pfree(keys);
	}
	warn_after_as_of(model);
	PG_RETURN_POINTER(model);
}
