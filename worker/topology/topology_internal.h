/* What the files of the topology client share. Nothing else includes this. */
#ifndef SLUICE_WORKER_TOPOLOGY_TOPOLOGY_INTERNAL_H
#define SLUICE_WORKER_TOPOLOGY_TOPOLOGY_INTERNAL_H

#include "common/buffer.h"
#include "common/clock.h"
#include "common/loop.h"
#include "worker/analyzer_auth.h"
#include "worker/http/http.h"
#include "worker/topology/topology.h"
#include "worker/topology/topology_cache.h"

enum {
	TOPOLOGY_REQUESTS = 16,               /* at once */
	TOPOLOGY_REQUEST_MS = 5000,
	TOPOLOGY_HOLD_MS = 2000,
	TOPOLOGY_RETRY_MS = 10 * 1000,        /* a question that failed; an analyzer that does not answer */
	TOPOLOGY_TIDY_MS = 60 * 1000,
	TOPOLOGY_LAG_PERMILLE = 250,
	TOPOLOGY_WAITING_MAX = 8192,          /* questions in the queue */
	TOPOLOGY_ANSWER_MAX = 4 << 20,        /* bytes, unpacked */
	TOPOLOGY_CLUSTER_MAX = 16 << 20,      /* of the answers with all nodes of a cluster, and all interfaces */
};
#define TOPOLOGY_CONTEXT_NS (300 * NS_PER_S)
#define TOPOLOGY_CLUSTER_NS (300 * NS_PER_S)
#define TOPOLOGY_INTERFACES_NS (60 * NS_PER_S)        /* figures age: asked again every 20 s */
#define TOPOLOGY_LIFE_NS (600 * NS_PER_S)
#define TOPOLOGY_NO_NODE_NS (60 * NS_PER_S)   /* a node that is not in the topology yet */
#define TOPOLOGY_NAMES_NS (600 * NS_PER_S)

struct analyzer {
	char *url;                            /* owned */
	enum container_names names;
	int64_t names_ns;                     /* when they were last seen */
};

/* One request at a time. */
struct asking {
	struct topology *topology;
	struct http_request request;
	struct buffer question;
	struct entry *entry;                  /* NULL: it is free, or tries whether the analyzer answers */
	bool busy;
	unsigned analyzer;
	int64_t sent_ns;
};

enum reach { REACH_UNKNOWN, REACH_YES, REACH_NO };

struct topology {
	struct topology_options options;
	bool sfe;
	struct http *http;                    /* NULL before the first question */
	char authorization[ANALYZER_AUTHORIZATION_SIZE];
	const char *headers[3];
	struct analyzer *analyzers;
	unsigned analyzer_count, current;

	struct cache cache;
	struct entry *first, **last;          /* the queue */
	unsigned waiting;                     /* in it */
	struct asking askings[TOPOLOGY_REQUESTS];
	struct loop_timer send;               /* what was queued within a callback goes out behind it */
	struct loop_timer tidy;
	bool overfull;                        /* tidy is set to come at once */

	enum reach reach;
	unsigned round;                       /* grows when the analyzer answers again: all may be asked again at once */
	unsigned tries, probe_tries;          /* in a row that failed; of the probe under way */
	struct loop_timer probe;
	int64_t answered_ns;                  /* when it last did */
	int64_t refusal_ns;                   /* when a query that it refuses was last told of */
	uint64_t cluster_generation, interfaces_generation;

	/* the batch that is held, or was last */
	struct {
		uint64_t offset;
		uint32_t first;
		int64_t arrival_ns, since_ns;
		bool waits;
		uint64_t passed_offset;       /* it or the last before it that went on without answers, and is done again */
		uint32_t passed_first;
		bool passed;
		struct loop_timer limit;
	} hold;
	unsigned awaited;                     /* questions that a batch waits for */
};

/* ---- topology_search.c: what an entry asks ---- */

/* Begins the question anew. */
int search_begin(const struct topology *topology, struct entry *entry, struct err *err);
/* The body of what is asked now. */
int search_write(const struct entry *entry, struct buffer *out);
/* Takes an answer. 0: the entry has its answer, 1: there is more to ask, negative: it is none. */
int search_take(struct topology *topology, struct entry *entry, const struct asking *asking, struct err *err);

/* ---- topology_ask.c: the queue and what is under way ---- */

/* Queues the entry's question. False: it cannot be asked now. */
bool ask_begin(struct topology *topology, struct entry *entry);
/* Nothing has answered for as long as a batch may be held. */
void ask_gives_up(struct topology *topology);
void ask_send(struct loop_timer *timer);
void ask_probe(struct loop_timer *timer);

/* ---- topology_reach.c: what the analyzer is like ---- */

/* How an answer came out. */
enum verdict { VERDICT_ANSWER, VERDICT_REFUSED, VERDICT_FAILED };

struct judgement {
	const char *reason, *field;
	struct err err;
};

/* Of an answer's head: whether it is one (its text has not been looked at), or the query is refused, or nothing that an
 * analyzer would say. */
enum verdict reach_judge(const struct topology *topology, const struct asking *asking, struct judgement *judgement);
void reach_answered(struct topology *topology, const struct asking *asking);
/* delay_ns: until the next try. */
void reach_lost(struct topology *topology, const struct judgement *judgement, int64_t delay_ns);
/* The same, because an answer has taken longer than a batch may be held. */
void reach_too_slow(struct topology *topology, int64_t delay_ns);

/* ---- topology.c ---- */

/* The question is over, answered or not. */
void topology_settled(struct topology *topology, struct entry *entry);
/* The batch that is held, if there is one, is held no longer. */
void topology_release(struct topology *topology);
/* Timers. */
void topology_tidy(struct loop_timer *timer);
void topology_hold_over(struct loop_timer *timer);

#endif
