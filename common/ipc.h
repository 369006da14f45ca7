/* Messages between the supervisor and its children, over a SOCK_SEQPACKET pair.
 *
 * A message is a type and a payload; payloads are JSON text (configuration and all that carries text) or one of the
 * fixed structs below. A payload larger than a packet is split and put together again; the receiver bounds it.
 * Never blocks: what does not fit into the socket waits in a bounded queue. */
#ifndef SLUICE_COMMON_IPC_H
#define SLUICE_COMMON_IPC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buffer.h"
#include "common/loop.h"

/* Descriptors that every child finds open. Nothing else is. 0 is /dev/null, 2 the log pipe; 1 is the supervisor's stdout
 * in a worker that writes objects there, else /dev/null, too. */
enum child_fd {
	FD_CONTROL = 3,               /* SOCK_SEQPACKET to the supervisor */
	FD_RING = 4,                  /* the ring's memfd: read-write in the subscriber, read-only in a worker */
	FD_WAKE = 5,                  /* eventfd: the writer adds 1, readers watch it edge-triggered and never read it */
	FD_PAGE = 6,                  /* worker only: struct worker_page (common/worker_page.h), read-write */
	FD_STATE = 7,                 /* worker only: the stages' memory, read-write */
	FD_SPOOL = 8,                 /* worker only: the pipeline's spool folder, O_DIRECTORY */
	FD_FILES = 9,                 /* worker only: folder that write.file.root is resolved below (for run: where it was started) */
	FD_CHILD_END = 10,
};

enum ipc_type {
	/* supervisor → any child */
	IPC_CONFIG = 1,               /* JSON; the first message. Subscriber: see subscriber/README.md; worker: worker/README.md */
	IPC_SHUTDOWN = 2,             /* subscriber: publish what there is, close the epoch, close the websocket, exit 0 */
	IPC_LOG_LEVEL = 3,            /* the level's name: what is logged from now on */
	/* supervisor → subscriber */
	IPC_CHECK = 10,               /* another connection to this analyzer was closed on purpose: reconnect if silent */
	/* supervisor → worker */
	IPC_DRAIN = 20,               /* struct ipc_drain */
	IPC_PROBE = 24,               /* JSON as IPC_CONFIG, and instead of it: try analyzer and sink, say both conditions, exit 0 */
	IPC_STREAM_NAME = 21,         /* struct ipc_stream_name: the answer, same id */
	IPC_STREAM_REFUSED = 23,      /* JSON {"message"}: no name can be given now, same id; to be asked for again later */
	IPC_EPOCHS = 22,              /* struct ipc_epoch[]: what is known of earlier epochs, oldest first; before IPC_CONFIG */
	IPC_TAP = 25,                 /* struct ipc_tap: somebody looks at the records, or nobody any more; id names the tap */
	IPC_TOKEN_FETCH = 26,         /* empty: ask the token service now; IPC_TOKEN_FETCHED or IPC_TOKEN_FAILED is the answer */
	IPC_TOKEN = 27,               /* struct ipc_token and the token's text behind it; id: its serial */
	IPC_TOKEN_REFUSED = 28,       /* JSON as IPC_TOKEN_FAILED: none is to be had now, ask again behind retry_ms */
	/* child → supervisor */
	IPC_READY = 40,               /* empty: configuration accepted, spool recovered, ring attached */
	IPC_CONDITION = 41,           /* JSON {"type","status":bool,"reason","message","field"?} */
	IPC_EVENT = 42,               /* JSON {"severity":"info|warn|error","code","message"} */
	IPC_STREAM_REQUEST = 43,      /* JSON {"endpoint","bucket","prefix": folders that all keys begin with,"newest_ms": a stream
	                               * that is there already, 0: none}; id names the question */
	IPC_DRAINED = 44,             /* struct ipc_drained; the child exits next */
	IPC_GAP = 45,                 /* struct ring_gap: the subscriber has published it */
	IPC_RETRY = 46,               /* JSON {"type","tries","next_ns"}: the condition of this type is false, so many tries in a row have
	                               * failed, and another begins then (CLOCK_BOOTTIME) */
	IPC_TAP_RECORD = 47,          /* struct ipc_tap_record and the record's text behind it; id: the tap's */
	IPC_TOKEN_REQUEST = 48,       /* empty: a token is wanted, another than that with serial id (0: any). IPC_TOKEN or IPC_TOKEN_REFUSED
	                               * is the answer; asking twice does no harm */
	IPC_TOKEN_FETCHED = 49,       /* struct ipc_token and the token's text behind it */
	IPC_TOKEN_FAILED = 50,        /* JSON {"error": enum err_code,"reason","field","message","retry_ms"} */
};

/* A token for an object store (worker/s3/iam.h), never logged, never stored. Times: CLOCK_BOOTTIME. */
struct ipc_token {
	int64_t expires_ns;           /* not to be used from then on */
	int64_t renew_ns;             /* the next one is to be asked for */
};

enum ipc_drain_mode { DRAIN_HANDOVER, DRAIN_STOP };

struct ipc_drain {
	uint32_t mode;                /* enum ipc_drain_mode */
	uint32_t reserved;
	uint64_t epoch;               /* read this epoch up to sequence before ending; 0: end between batches at once. */
	uint64_t sequence;            /* Always given with DRAIN_STOP; with DRAIN_HANDOVER when the ring ends with the run */
	int64_t deadline_ns;          /* CLOCK_BOOTTIME: sending ends here, what is spooled waits */
};

/* How it has ended: as what mode, epoch and sequence say. DRAIN_STOP: that stop has been carried out, and the position is
 * cleared in a commit. DRAIN_HANDOVER: it is kept, whatever else was ordered. */
struct ipc_drained {
	uint64_t unsent_objects;
	uint64_t unsent_flows;
	uint32_t mode;                /* enum ipc_drain_mode */
	uint32_t reserved;
	uint64_t epoch, sequence;     /* of the order that was carried out */
};

struct ipc_stream_name {
	int64_t wall_ms;              /* whole seconds: the name is clock_stamp() of it */
};

struct ipc_epoch {
	uint64_t epoch;
	uint64_t first_sequence;
	uint64_t last_sequence;       /* one past the last published flow; UINT64_MAX: the end is not known */
	int64_t first_wall_ms;
	int64_t last_wall_ms;         /* last known time */
	uint8_t boot_id[16];
};

/* How much of its records a worker shows at most, in any second. */
struct ipc_tap {
	uint32_t records_s;           /* 0: nobody looks */
	uint32_t bytes_s;             /* of their texts */
};

/* A record that is committed. Its text: one JSON value on one line, an object when the record is one, else a string. */
struct ipc_tap_record {
	int64_t wall_ms;              /* when the message that it comes from arrived */
	uint64_t skipped;             /* records that passed unseen since the one shown before, or since the tap began */
	uint32_t tag;                 /* enum flow_tag */
	uint32_t reserved;
};

enum { IPC_PAYLOAD_MAX = 1 << 20, IPC_TAP_TEXT_MAX = 128 * 1024, IPC_TOKEN_MAX = 16 * 1024 };

struct ipc_channel;

struct ipc_handler {
	/* payload is valid during the call and has a NUL behind its last byte. */
	void (*message)(void *owner, uint16_t type, uint32_t id, const char *payload, size_t length);
	/* Nothing more can be heard. ERR_CLOSED: the other side has gone; else it may live: it broke the framing, or there was no
	 * memory for what it said. Called once; the channel may be freed in it. */
	void (*closed)(void *owner, const struct err *err);
};

/* Whether fd is such a channel's socket: false when a child was started by hand. */
bool ipc_given(int fd);

/* Takes fd over (closed by ipc_free) and adds it to the loop. handler is borrowed for the channel's life. */
int ipc_new(struct ipc_channel **channel, struct loop *loop, int fd, const struct ipc_handler *handler, void *owner,
	struct err *err);
void ipc_free(struct ipc_channel **channel);

/* Sends or queues one message, or nothing of it. ERR_LIMIT: payload over IPC_PAYLOAD_MAX, or the queue (4 MiB) is full.
 * ERR_NO_MEMORY. ERR_CLOSED. */
int ipc_send(struct ipc_channel *channel, uint16_t type, uint32_t id, const void *payload, size_t length,
	struct err *err);

/* Bytes that wait for the other side to take what is in the socket already. */
size_t ipc_queued(const struct ipc_channel *channel);
/* Nothing is queued and no message is half received: another owner of the descriptor could go on. */
bool ipc_settled(const struct ipc_channel *channel);
/* Its descriptor, borrowed. */
int ipc_fd(const struct ipc_channel *channel);

/* Sends what is queued, waiting at most timeout_ms: for the last words before exit. */
int ipc_flush(struct ipc_channel *channel, int timeout_ms, struct err *err);

#endif
