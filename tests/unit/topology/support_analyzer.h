/* An analyzer's topology in the test's own loop: answers what the test says, and counts. And a client that asks it. */
#ifndef SLUICE_TESTS_TOPOLOGY_SUPPORT_ANALYZER_H
#define SLUICE_TESTS_TOPOLOGY_SUPPORT_ANALYZER_H

#include <stdbool.h>
#include <stdint.h>

#include "common/clock.h"
#include "common/loop.h"
#include "worker/batch.h"
#include "worker/topology/topology.h"

#define TID "524fa117-f718-5edf-b0f9-99c52121a9ec"
#define NODE "[{\"ID\":\"n\",\"Metadata\":{\"Type\":\"veth\",\"IPV4\":[\"10.1.2.3/24\"],\"IPV6\":[\"fd00::1/64\"]}}]"

enum { ANALYZER_ANSWERS = 16, ANALYZER_CONNECTIONS = 32 };

struct analyzer_stand {
	struct loop *loop;
	struct loop_source listener;
	char address[32];
	struct analyzer_peer {
		struct analyzer_stand *stand;
		struct loop_source source;
		char in[8192];
		size_t length;
		const char *owed;             /* the answer that is not given yet */
	} peers[ANALYZER_CONNECTIONS];
	/* what is answered: the first whose text is in the query; else "[]" */
	struct {
		const char *part, *body;
	} answers[ANALYZER_ANSWERS];
	int status;                           /* 200 */
	bool silent;                          /* nothing is answered, until analyzer_speaks */
	unsigned queries;

	struct pipeline_config config;
	struct topology *topology;
	struct batch batch;
	unsigned lag_permille;
	unsigned retries;                     /* how often the held batch was to be pushed again */
	unsigned told;                        /* how often the health was */
	bool answers_now;
	char reason[48];
};

/* Listens, and makes a client of it that has asked nothing yet. */
void analyzer_init(struct analyzer_stand *stand);
void analyzer_fini(struct analyzer_stand *stand);
/* Gives all answers that are owed. */
void analyzer_speaks(struct analyzer_stand *stand);
void analyzer_answer(struct analyzer_stand *stand, const char *part, const char *body);
/* Asks for the type of the node TID, which NODE answers, later_ns behind the batch's arrival. */
enum topology_state analyzer_node_type(struct analyzer_stand *stand, int64_t later_ns, const char **type);

/* Runs the loop until the condition holds; fails the test after 20 s. */
#define analyzer_until(stand, condition) \
	do { \
		int64_t deadline = clock_boottime_ns() + 20 * NS_PER_S; \
		while (!(condition)) { \
			assert_true(clock_boottime_ns() < deadline); \
			loop_run_once((stand)->loop, 100, NULL); \
		} \
	} while (0)

#endif
