/*
 * kmeans.h
 *		Inside the clusters room: what fit_kmeans has read (kmeans_sample), what
 *		it learned (kmeans_model), and the options of a fit.
 */
#ifndef CUSTOMER_PROFILE_KMEANS_H
#define CUSTOMER_PROFILE_KMEANS_H

#include "base/json_text.h"
#include "common/pg_prng.h"
#include "utils/jsonb.h"

#define KMEANS_VERSION 1				  /* of the stored forms */
#define KMEANS_MAX_K 1000				  /* clusters */
#define KMEANS_MAX_FEATURES 1000		  /* numbers of a customer */
#define KMEANS_MAX_VALUE 1e100			  /* of a feature, so that no square or sum overflows */
#define KMEANS_MAX_ROWS ((int64) 1 << 53) /* of a fit: sizes of clusters are doubles */
#define KMEANS_SAMPLE_DEFAULT 1000000
#define KMEANS_SILHOUETTE_POINTS 2000

typedef enum KmeansScale
{
	KMEANS_ZSCORE,
	KMEANS_MINMAX,
	KMEANS_LOG_ZSCORE,
	KMEANS_NONE
} KmeansScale;

struct KmeansModel;

typedef struct KmeansOptions
{
	KmeansScale scale;
	int seed;
	int starts;
	int max_iterations;
	int sample;					  /* distinct points kept at most, 0: not given */
	int nstart;					  /* numbers in start[]; 0: none given */
	double *start;				  /* k * d, in the user's units */
	struct KmeansModel *previous; /* NULL: none */
} KmeansOptions;

/*
 * The state of fit_kmeans: distinct points with how often they came. Above
 * `capacity` points those with the smallest hash are kept, which is the same
 * random choice for any order of the rows and any tree of merges. The body is
 * the options as jsonb, then the points. While it is being built points may
 * come twice, in any order; the canonical form is in order of (hash, features).
 */
typedef struct KmeansSample
{
	int32 vl_len_;
	uint8 version;
	uint8
		bounded; /* while it is built: the first `capacity` points are sorted, and all that came later are to be put in */
	uint8 reserved[2];
	int32 k; /* 0: nothing has been accepted yet */
	int32 nfeatures;
	int32 capacity;
	int32 options_size; /* bytes of jsonb, 0: none */
	int64 rows;			/* accepted */
	int64 ignored;		/* rows without features */
	int64 npoints;
	double body[FLEXIBLE_ARRAY_MEMBER];
} KmeansSample;

/* A point is its hash, its count, and nfeatures numbers. */
typedef struct KmeansPoint
{
	uint64 hash;
	int64 count;
	double features[FLEXIBLE_ARRAY_MEMBER];
} KmeansPoint;

static inline Size
kmeans_stride(int nfeatures)
{
	return offsetof(KmeansPoint, features) + nfeatures * sizeof(double);
}

static inline Size
kmeans_sample_size(int options_size, int nfeatures, int64 npoints)
{
	return offsetof(KmeansSample, body) + MAXALIGN(options_size) +
		   (Size) npoints * kmeans_stride(nfeatures);
}

static inline KmeansPoint *
kmeans_point(const KmeansSample *sample, int64 i)
{
	return (KmeansPoint *) ((char *) sample->body + MAXALIGN(sample->options_size) +
							i * kmeans_stride(sample->nfeatures));
}

/* body: shift[d], width[d], centres[k * d] in scaled units, sizes[k], within[k]. */
typedef struct KmeansModel
{
	int32 vl_len_;
	uint8 version;
	uint8 scale; /* KmeansScale */
	uint8 converged;
	uint8 reserved;
	int32 k;
	int32 nfeatures;
	int32 iterations;
	int32 has_silhouette;
	int64 rows;	   /* read */
	int64 ignored; /* rows without features */
	int64 sampled; /* rows whose points were used */
	double silhouette;
	double body[FLEXIBLE_ARRAY_MEMBER];
} KmeansModel;

static inline Size
kmeans_model_size(int k, int d)
{
	return offsetof(KmeansModel, body) + (2 * (Size) d + (Size) k * d + 2 * (Size) k) * 8;
}

static inline double *
kmeans_shift(const KmeansModel *model)
{
	return (double *) model->body;
}

static inline double *
kmeans_width(const KmeansModel *model)
{
	return kmeans_shift(model) + model->nfeatures;
}

static inline double *
kmeans_centre(const KmeansModel *model, int cluster)
{
	return kmeans_width(model) + (Size) model->nfeatures * (1 + cluster);
}

static inline double *
kmeans_sizes(const KmeansModel *model)
{
	return kmeans_centre(model, model->k);
}

static inline double *
kmeans_within(const KmeansModel *model)
{
	return kmeans_sizes(model) + model->k;
}

/* kmeans_options.c */
extern void kmeans_options_parse(KmeansOptions *options, int k, Jsonb *json);
extern const char *const kmeans_scale_names[4];
extern void kmeans_check_k(int k);

/* kmeans_sample.c */
extern KmeansSample *kmeans_sample_create(void);
extern KmeansSample *kmeans_sample_from_datum(Datum datum);
extern KmeansSample *kmeans_sample_canonical(const KmeansSample *sample);
extern KmeansSample *kmeans_sample_settle(KmeansSample *sample, int k, int nfeatures, Jsonb *json);
extern KmeansSample *kmeans_sample_add(KmeansSample *sample, const double *features, int64 count);

/* kmeans_fit.c */
typedef struct KmeansRun
{
	int n; /* points */
	int d;
	int k;
	double *points;	 /* n * d, scaled */
	double *weights; /* n */
	double *centres; /* k * d */
	double *sizes;	 /* k */
	double *within;	 /* k */
	int32 *nearest;	 /* n */
	int iterations;
	bool converged;
} KmeansRun;

static inline const double *
kmeans_run_point(const KmeansRun *run, int i)
{
	return run->points + (Size) i * run->d;
}

/* Centres side by side in groups of lanes, number after number, so that distances to a whole group are found at once. */
#define KMEANS_LANES 8

typedef double KmeansPair __attribute__((vector_size(16)));

typedef struct KmeansBlocks
{
	int d;
	int groups;
	double *lanes;	 /* groups * d * KMEANS_LANES */
	double *squared; /* groups * KMEANS_LANES: the distances last found */
} KmeansBlocks;

/* kmeans_blocks.c */
extern double kmeans_squared(const double *a, const double *b, int d);
extern void kmeans_blocks_init(KmeansBlocks *blocks, int k, int d);
extern void kmeans_blocks_set(KmeansBlocks *blocks, int c, const double *x);
extern void kmeans_blocks_finish(KmeansBlocks *blocks, int k);
extern const double *kmeans_blocks_squared(const KmeansBlocks *blocks, const double *x);

/* kmeans_lloyd.c */
extern void kmeans_best_run(KmeansRun *run, const KmeansOptions *options, const double *start,
							const double *previous, int nprevious);

/* kmeans_start.c */
extern void kmeans_plus_plus(KmeansRun *run, pg_prng_state *random);

/* kmeans_label.c */
extern int *kmeans_labels(const KmeansRun *run, const double *previous, int nprevious);

/* kmeans_model.c */
extern KmeansModel *kmeans_model_create(int k, int nfeatures);
extern KmeansModel *kmeans_model_from_datum(Datum datum);
extern double kmeans_scaled(const KmeansModel *model, int feature, double value);
extern double kmeans_unscaled(const KmeansModel *model, int feature, double value);

/* kmeans_model_io.c */
extern Datum kmeans_model_in(PG_FUNCTION_ARGS);

#endif /* CUSTOMER_PROFILE_KMEANS_H */
