/* What the real Go exporter wrote (tests/data/golden), and what a pipeline made, as records a tag. */
#ifndef SLUICE_TESTS_STAGES_SUPPORT_GOLDEN_H
#define SLUICE_TESTS_STAGES_SUPPORT_GOLDEN_H

#include <stddef.h>

#include "support_pipeline.h"

enum { GOLDEN_RECORDS_MAX = 8192 };

struct record_list {
	char *records[GOLDEN_RECORDS_MAX];    /* texts, owned */
	size_t count;
};

struct records {
	struct record_list tags[TAG_COUNT];
};

/* The records of a scenario's stored objects, in the order of their tags. */
struct records *golden_read(const char *scenario);
/* The records of the rig's objects, in order of their cut. */
struct records *records_of_rig(const struct pipeline_rig *rig);
void records_free(struct records *records);

/* Takes a member (its name and value) out of a record's text, wherever it is. */
void record_remove(char *record, const char *name);
/* Takes out what the exporter asked the topology for: Context, A_Name, B_Name, NodeType. */
void records_remove_topology(struct records *records);

/* Adds the content of one object, "[…]" or {"data":[…]}, to a list. */
void record_list_add(struct record_list *list, const char *content, size_t length);

#endif
