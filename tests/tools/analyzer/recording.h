/* Recordings of an analyzer's messages, parsed once into templates: text with the places where an identity is put in.
 *
 * A message is sent again and again by copying the text and writing a few digits of fixed width, so that generating
 * costs little more than the copy. */
#ifndef SLUICE_ANALYZER_RECORDING_H
#define SLUICE_ANALYZER_RECORDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

/* What makes one report different from the next when a recording is sent again. */
enum identity {
	IDENTITY_NONE,        /* nothing: each byte as recorded */
	IDENTITY_FLOW,        /* UUID: loop and flow; a flow's reports within a loop belong together */
	IDENTITY_REPORT,      /* UUID, byte counters and times follow the report's serial number */
};

enum patch_kind {
	PATCH_UUID,           /* 16 hex digits */
	PATCH_TIME,           /* 13 digits: ms since the epoch, moved by the report's shift */
	PATCH_AB_BYTES,       /* 13 digits: SERIAL_AB_BYTES + serial */
	PATCH_BA_BYTES,
};

/* The serial's place in each format: the UUID's digits, and bytes of the two directions (below 2^53: JSON numbers). */
#define SERIAL_UUID UINT64_C(0x1000000000000000)
#define SERIAL_FLOW_UUID UINT64_C(0x2000000000000000)
#define SERIAL_AB_BYTES UINT64_C(1000000000000)
#define SERIAL_BA_BYTES UINT64_C(2000000000000)

enum { UUID_DIGITS = 16, TIME_DIGITS = 13, NUMBER_DIGITS = 12 };

struct patch {
	uint32_t offset;      /* in the message's text */
	uint32_t kind;        /* enum patch_kind */
	uint64_t value;       /* PATCH_TIME: the recorded time */
};

struct flow_template {
	uint32_t offset;      /* of its '{' in the message's text */
	uint32_t length;
	uint32_t first_patch;
	uint32_t patch_count;
	uint32_t number;      /* among the recording's distinct UUIDs */
	char capture[48];     /* CaptureID; "" when it has none or a longer one */
};

struct message {
	char *namespace;      /* as in the envelope; "" when that cannot be read */
	char *text;           /* owned */
	uint32_t length;
	uint32_t namespace_from;  /* in text: the namespace without its quotes */
	uint32_t namespace_to;
	uint32_t number_at;   /* the envelope UUID's last 12 digits, which count messages; 0: left as they are */
	struct flow_template *flows;
	uint32_t flow_count;
	struct patch *patches;
	uint32_t patch_count;
	int64_t arrival_ms;   /* when the recorder got it; 0 without a .meta.json */
};

struct recording {
	struct message *messages;
	size_t count;
	uint64_t flow_count;      /* of all messages */
	uint32_t distinct_flows;  /* UUIDs */
	bool timed;               /* every message has its arrival_ms */
};

/* What is patched. retime: times are moved even where identity leaves them. */
struct recording_style {
	enum identity identity;
	bool retime;
};

/* Adds a file of one JSON message a line (NAME.jsonl; arrival times from NAME.meta.json where there is one). A line
 * that is no readable envelope is sent as it stands. recording: zeroed before the first. */
int recording_load(struct recording *recording, const char *path, const struct recording_style *style, struct err *err);
void recording_fini(struct recording *recording);

/* A file's bytes (at most 1 GiB) with a NUL behind them, to be freed by the caller; NULL on error. */
char *file_read(const char *path, size_t *length, struct err *err);

#endif
