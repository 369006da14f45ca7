/* A spool in a folder of its own, with one slot of stages' memory, as a worker has it. */
#ifndef TESTS_UNIT_SPOOL_SUPPORT_SPOOL_H
#define TESTS_UNIT_SPOOL_SUPPORT_SPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "worker/file_ops.h"
#include "worker/object.h"
#include "worker/spool.h"
#include "worker/state.h"

#define STREAM_MS 1767225600000LL       /* 2026-01-01T00:00:00Z */

struct fixture {
	char path[64];
	int dirfd, state_fd;
	int region;
	unsigned char boot_id[16];
	struct spool_options options;
	struct state *state;
	struct spool *spool;
	bool fresh;
	unsigned events;
	char last_event[32];          /* its code */
	char last_message[256];
};

/* A new folder, nothing opened. */
void fixture_init(struct fixture *fixture);
/* Ends what is open and removes the folder. */
void fixture_fini(struct fixture *fixture);

/* As a worker starts. The transaction that recovery began is left open. */
int fixture_open(struct fixture *fixture, struct err *err);
/* The same, committed, with a name for streams. Fails the test when it does not work. */
void fixture_start(struct fixture *fixture);
/* As by SIGKILL: what is in the folder and in the stages' memory stays. */
void fixture_kill(struct fixture *fixture);
/* Another boot: the stages' memory is gone. */
void fixture_reboot(struct fixture *fixture);

/* Steps of the loop, each failing the test when it does not work. */
void fixture_commit(struct fixture *fixture);
/* One transaction: `count` records "a<i>" of one flow each. */
void fixture_append(struct fixture *fixture, unsigned lane, unsigned count);
void fixture_cut(struct fixture *fixture, unsigned lane);
/* Seals everything that is cut, in one transaction; returns how many. */
unsigned fixture_seal(struct fixture *fixture);
/* A durable commit if something waits for one. */
bool fixture_durable(struct fixture *fixture);
/* Cut, sealed, claimed if there is room, durable. */
void fixture_make_object(struct fixture *fixture, unsigned lane, unsigned count);

/* passed == excluded + lost + waiting + written; the fixture's appends count what they pass. */
void assert_account_adds_up(const struct fixture *fixture);
/* Whole content of a file in the folder; NUL-terminated, to be freed. NULL: there is none. */
char *fixture_read(const struct fixture *fixture, const char *name, size_t *length);
void fixture_write(const struct fixture *fixture, const char *name, const void *bytes, size_t length, long offset);
bool fixture_has(const struct fixture *fixture, const char *name);
/* Files whose name ends like that. */
unsigned fixture_count(const struct fixture *fixture, const char *ending);

#endif
