/*
 * timeline_dictionary.c
 *		The labels of a timeline: each kept once, in order of their bytes.
 *
 * Most timelines have a handful of labels, which are found by looking at each;
 * beyond that a hash table is kept beside the list.
 */
#include "postgres.h"
#include "compat.h"

#include "common/hashfn.h"
#include "timeline_layout.h"

#define FEW_LABELS 16

/* A label that is longer than is sensible is an error. */
void
timeline_check_label(int32 length)
{
	if (length > TIMELINE_LABEL_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("label of %d bytes is too long", length),
				 errdetail("Labels of a timeline have at most %d bytes.", TIMELINE_LABEL_MAX)));
}

static inline bool
same_label(const TimelineLabel *label, const char *text, int32 length)
{
	return label->length == length && memcmp(label->text, text, length) == 0;
}

/* The slot where a label is, or where it belongs. */
static int32
find_slot(const TimelineDictionary *dictionary, const char *text, int32 length)
{
	uint32 mask = dictionary->nslots - 1;
	uint32 slot = hash_bytes((const unsigned char *) text, length) & mask;

	while (dictionary->slots[slot] != TIMELINE_NO_LABEL &&
		   !same_label(&dictionary->labels[dictionary->slots[slot]], text, length))
		slot = (slot + 1) & mask;
	return (int32) slot;
}

static void
rebuild_slots(TimelineDictionary *dictionary)
{
	if (dictionary->slots != NULL)
		pfree(dictionary->slots);
	dictionary->nslots = Max(64, 4 * dictionary->count);
	while (dictionary->nslots & (dictionary->nslots - 1))
		dictionary->nslots &= dictionary->nslots - 1;
	dictionary->slots = palloc(dictionary->nslots * sizeof(int32));
	for (int32 i = 0; i < dictionary->nslots; i++)
		dictionary->slots[i] = TIMELINE_NO_LABEL;
	for (int32 i = 0; i < dictionary->count; i++)
		dictionary->slots[find_slot(dictionary, dictionary->labels[i].text,
									dictionary->labels[i].length)] = i;
}

static int32
find_label(const TimelineDictionary *dictionary, const char *text, int32 length)
{
	if (dictionary->slots != NULL)
		return dictionary->slots[find_slot(dictionary, text, length)];
	for (int32 i = 0; i < dictionary->count; i++)
		if (same_label(&dictionary->labels[i], text, length))
			return i;
	return TIMELINE_NO_LABEL;
}

/* The index of a label, which is added when it is new; its bytes are not copied. */
int32
timeline_intern(TimelineDictionary *dictionary, const char *text, int32 length)
{
	int32 found = find_label(dictionary, text, length);

	if (found != TIMELINE_NO_LABEL)
		return found;
	if (dictionary->count == dictionary->room)
	{
		dictionary->room = Max(8, 2 * dictionary->room);
		dictionary->labels =
			dictionary->labels == NULL
				? palloc(dictionary->room * sizeof(TimelineLabel))
				: repalloc_huge(dictionary->labels, dictionary->room * sizeof(TimelineLabel));
	}
	found = dictionary->count++;
	dictionary->labels[found] = (TimelineLabel){text, length};
	if (dictionary->slots != NULL && 2 * dictionary->count <= dictionary->nslots)
		dictionary->slots[find_slot(dictionary, text, length)] = found;
	else if (dictionary->count > FEW_LABELS)
		rebuild_slots(dictionary);
	return found;
}

/* A label and the index it had. */
typedef struct NumberedLabel
{
	TimelineLabel label;
	int32 index;
} NumberedLabel;

static int
compare_labels(const void *left, const void *right)
{
	const TimelineLabel *a = &((const NumberedLabel *) left)->label;
	const TimelineLabel *b = &((const NumberedLabel *) right)->label;
	int result = memcmp(a->text, b->text, Min(a->length, b->length));

	return result != 0 ? result : (a->length > b->length) - (a->length < b->length);
}

/* Puts the labels in order, leaves out those that do not occur, and renumbers the events. */
void
timeline_sort_dictionary(TimelineContent *content)
{
	TimelineDictionary *dictionary = &content->dictionary;
	NumberedLabel *used;
	int32 *numbers;
	int32 nused = 0;

	if (dictionary->count == 0)
		return;
	used = palloc(dictionary->count * sizeof(NumberedLabel));
	numbers = palloc0(dictionary->count * sizeof(int32));
	for (int64 i = 0; i < content->count; i++)
		if (content->events[i].label != TIMELINE_NO_LABEL)
			numbers[content->events[i].label] = 1;
	for (int32 i = 0; i < dictionary->count; i++)
		if (numbers[i])
			used[nused++] = (NumberedLabel){dictionary->labels[i], i};
	qsort(used, nused, sizeof(NumberedLabel), compare_labels);
	for (int32 i = 0; i < nused; i++)
	{
		dictionary->labels[i] = used[i].label;
		numbers[used[i].index] = i;
	}
	dictionary->count = nused;
	for (int64 i = 0; i < content->count; i++)
		if (content->events[i].label != TIMELINE_NO_LABEL)
			content->events[i].label = numbers[content->events[i].label];
	if (dictionary->slots != NULL)
	{
		pfree(dictionary->slots);
		dictionary->slots = NULL;
	}
	pfree(used);
	pfree(numbers);
}
