/* What is known of the topology and what is being asked: one entry for each question. */
#ifndef SLUICE_WORKER_TOPOLOGY_TOPOLOGY_CACHE_H
#define SLUICE_WORKER_TOPOLOGY_TOPOLOGY_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "worker/topology/topology_finding.h"

enum {
	CACHE_ENTRIES_MAX = 32768,            /* beyond, those that were not used lately go */
	CACHE_OVER_MAX = 8192,                /* more than that, within one turn of the loop: not even asked */
	CACHE_BYTES_MAX = 32 << 20,           /* of entries and answers: the same; nothing is asked beyond twice as many */
	CACHE_KEY_MAX = QUERY_TEXT_MAX + 2 * QUERY_NAME_MAX,
};

enum entry_kind { ENTRY_CONTEXT, ENTRY_NODE, ENTRY_VALUE, ENTRY_CLUSTER, ENTRY_INTERFACES };

/* How far the search for a context is. */
enum search_step { SEARCH_RUNC_NEW, SEARCH_RUNC_OLD, SEARCH_DOCKER, SEARCH_HOST, SEARCH_POD, SEARCH_OVER };

struct search {
	struct containers containers;
	unsigned at;                          /* the container whose pod is asked for */
	bool docker;
};

struct entry {
	struct entry *next;                   /* in its bucket */
	struct entry *behind;                 /* in the queue */
	uint64_t hash;
	bool known;                           /* the answer is one */
	bool used;                            /* since the cache last looked */
	bool asked;                           /* in the queue, or under way */
	bool awaited;                         /* and a batch waits for it */
	uint8_t kind;                         /* enum entry_kind */
	uint8_t step;                         /* enum search_step, of a context that is asked for */
	uint8_t tries;                        /* analyzers that have failed to answer this question */
	int64_t refresh_ns, expires_ns;       /* CLOCK_BOOTTIME; while known */
	int64_t retry_ns;                     /* the question failed: it is not asked before */
	unsigned round;                       /* of the topology, in which it failed */
	struct finding finding;
	struct search *search;                /* of a context that is asked for; owned */
	uint32_t subject_length, key_length;
	size_t bytes;                         /* with its answer */
	char key[];                           /* kind, subject, NUL, other, NUL */
};

/* The NUL-terminated texts of a question. */
static inline const char *entry_subject(const struct entry *entry)
{
	return entry->key + 1;
}

static inline const char *entry_other(const struct entry *entry)
{
	return entry->key + 1 + entry->subject_length + 1;
}

struct cache {
	struct entry **buckets;               /* a power of two of them; owned, with all entries */
	size_t bucket_count, count, bytes;
	size_t hand;                          /* the bucket at which looking for unused ones goes on */
};

int cache_init(struct cache *cache, struct err *err);
void cache_fini(struct cache *cache);

struct cache_key {
	enum entry_kind kind;
	const char *subject, *other;          /* other: "" where there is none */
	size_t subject_length, other_length;
};

/* NULL: there is none. Marks it as used. */
struct entry *cache_find(const struct cache *cache, const struct cache_key *key);
/* NULL: no memory, too many, or a key longer than CACHE_KEY_MAX. */
struct entry *cache_add(struct cache *cache, const struct cache_key *key);
/* There is more than there should be. */
bool cache_is_full(const struct cache *cache);
/* Takes an answer over, in place of the one that is there. */
void cache_put(struct cache *cache, struct entry *entry, struct finding *finding);
/* Frees what has expired by now_ns and, when there are too many, what was not used lately; never what is being asked.
 * Whoever holds a text of an entry must have let go of it. */
void cache_tidy(struct cache *cache, int64_t now_ns);

#endif
