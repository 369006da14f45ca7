/* A pipeline on the spool in memory, fed with an analyzer's messages through the real decoder. */
#ifndef SLUICE_TESTS_STAGES_SUPPORT_PIPELINE_H
#define SLUICE_TESTS_STAGES_SUPPORT_PIPELINE_H

#include "common/arena.h"
#include "common/clock.h"
#include "common/config/pipeline_config.h"
#include "subscriber/decode.h"
#include "support_spool.h"
#include "worker/pipeline.h"

#define PIPELINE_START_NS (1000 * NS_PER_S)

struct pipeline_rig {
	struct pipeline_config config;        /* to be changed before rig_start */
	struct stage_context context;
	struct pipeline *pipeline;
	struct state *state;
	struct decoder *decoder;
	struct decoded decoded;               /* the message that is being fed */
	const char *text;
	struct arena arena;
	int fetches, fetch_error;             /* fetch_error: what fetch returns instead of copying */
	unsigned events;
	char last_event[64];
	int64_t now_ns;                       /* arrival of the next message */
	int spool_folder;
	char folder[64];
	struct spool spool;
};

/* Defaults: masks 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, fd00::/8; transform none, buffered, nothing cut. */
void rig_init(struct pipeline_rig *rig);
/* The masks with which the exporter was run on the recordings. */
void rig_use_recorded_masks(struct pipeline_rig *rig);
void rig_start(struct pipeline_rig *rig);
void rig_fini(struct pipeline_rig *rig);

/* Decodes a message; rig_push sends it through, each slice in a transaction that is committed if it went well. */
void rig_decode(struct pipeline_rig *rig, const char *text);
int rig_push(struct pipeline_rig *rig);
/* Sends one slice through, within a transaction that the caller began. */
int rig_push_slice(struct pipeline_rig *rig, uint32_t first, uint32_t count);
/* Decodes and pushes, then moves the time on by 200 ms. */
void rig_feed(struct pipeline_rig *rig, const char *text);
/* Each line of a file below TEST_DATA, but those that hold the text `without` (NULL: all). */
void rig_feed_file(struct pipeline_rig *rig, const char *path, const char *without);
/* Cuts everything. */
void rig_flush(struct pipeline_rig *rig);

/* A message of `count` flows whose UUIDs are numbers (hex) from `first` on; `layers` is what stands behind the UUID. Valid
 * until the next one. */
const char *message_of(unsigned count, unsigned first, const char *layers);

#define INTERNAL ",\"Network\":{\"Protocol\":\"IPV4\",\"A\":\"10.1.2.3\",\"B\":\"172.16.5.6\",\"ID\":0}"
#define EGRESS ",\"Network\":{\"Protocol\":\"IPV4\",\"A\":\"10.1.2.3\",\"B\":\"8.8.8.8\",\"ID\":0}"
#define INGRESS ",\"Network\":{\"Protocol\":\"IPV4\",\"A\":\"8.8.8.8\",\"B\":\"::ffff:10.1.2.3\",\"ID\":0}"
#define OTHER ",\"Network\":{\"Protocol\":\"IPV4\",\"A\":\"8.8.8.8\",\"B\":\"1.1.1.1\",\"ID\":0}"

/* seen = excluded + lost + waiting, for what was pushed so far. */
void rig_assert_account(const struct pipeline_rig *rig, uint64_t flows);

#endif
