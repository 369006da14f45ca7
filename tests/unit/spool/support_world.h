/* A spool on the fake disk, driven at random as a worker drives it, beside a sink that keeps what was "sent" and a check
 * of what must hold: each record in one object at most, one content to a key, an object that says how many records it has
 * and that flows were lost in its time, and an account that says where the rest went. Records are numbers that follow the position, so that a position that goes back makes the same records again. */
#ifndef TESTS_UNIT_SPOOL_SUPPORT_WORLD_H
#define TESTS_UNIT_SPOOL_SUPPORT_WORLD_H

#include "support_disk.h"
#include "support_spool.h"

enum { WORLD_SERIALS = 4096, WORLD_OBJECTS = 1024, WORLD_CONTENT = 2048 };

struct sent_object {
	char key[96];
	char content[WORLD_CONTENT];
};

struct world {
	struct fixture fixture;
	struct disk *disk;
	struct sent_object objects[WORLD_OBJECTS];
	unsigned object_count;
	unsigned char stored[WORLD_SERIALS];  /* how many keys hold the record */
	bool lost[WORLD_SERIALS];             /* there was no record of it: counted lost */
	struct seal_job *job;                 /* with the sealer; NULL: none */
	int job_result;
	struct durable_job *durable;
	bool durable_ran;
	int durable_result;
	bool faults_expected;                 /* an error is no surprise: one was planted */
	char *state_at_death;                 /* the stages' memory as the killed process left it */
	size_t state_size;
	int64_t now_ms;
	uint64_t stream;                      /* names given so far */
	uint64_t published;                   /* the highest sequence of a process that ended */
	/* of a record that was made anew: where its account begins, and what had been stored until then */
	uint64_t base, stored_before;
	void (*damage)(struct world *world);  /* called once between a process's end and its successor; NULL: none */
	bool damaged;                         /* it was */
	uint64_t doubtful;                    /* flows of damaged objects given up of which nobody knows whether they were sent */
};

void world_init(struct world *world, uint64_t seed);
void world_fini(struct world *world);

/* One random step of a worker. */
void world_step(struct world *world);
/* It ends in order, as after a drain: nothing is under way, and the stages' memory is saved. */
void world_end(struct world *world);
/* The process is gone; power: all of the machine with it. Then a new worker recovers; it may be killed in turn. */
void world_crash(struct world *world, bool power);
/* Everything is cut, sealed, sent and settled; then what must hold is checked to the end. */
void world_finish(struct world *world);

/* ---- support_sink.c ---- */

/* Reads an object as the uploader does. ERR_CORRUPT: it is damaged. content: WORLD_CONTENT + 1 bytes. */
int sink_read(struct world *world, const struct spool_object *object, struct object_head *head, char *content,
	struct err *err);
/* An object arrives, perhaps again. */
void sink_keep(struct world *world, const char *key, const char *content);
bool sink_has(const struct world *world, const char *key);
/* Records in all objects. */
uint64_t sink_records(const struct world *world);

/* support_world_state.c: for a process that dies (struct disk's `died`; owner: the world), and its successor. */
void world_remember_state(void *owner);
void world_restore_state(struct world *world);

#endif
