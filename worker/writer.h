/* Writers: where a pipeline's objects go. A writer is one file and one line in writer.c.
 *
 * There are two kinds. One that may wait for a disk or a pipe sets delivery->job and pushes it to the sealer (file,
 * stdout). One that talks over the network (s3) works from the loop (timers, descriptors, object content read ahead by
 * sealer jobs) and never blocks. Both end a delivery with delivery_done(), exactly once, from the loop thread.
 *
 * The outbox decides when an object is sent (its claim is durable), how often and what its end means; a writer only
 * makes one attempt and says how it went. An attempt may follow others of the same object, of this process or of one
 * that was killed: same key, same bytes. */
#ifndef SLUICE_WORKER_WRITER_H
#define SLUICE_WORKER_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buffer.h"
#include "common/err.h"
#include "worker/object.h"
#include "worker/sealer.h"
#include "worker/spool.h"

struct connections;
struct delivery;
struct endpoint_rules;
struct file_ops;
struct loop;
struct pipeline_config;
struct probe;
struct topology;
struct writer;

/* What a writer may use; borrowed for its life. */
struct writer_context {
	const struct pipeline_config *config;
	struct loop *loop;
	struct sealer *sealer;
	int spool_fd;                 /* folder of the sealed objects */
	int files_fd;                 /* folder that write.file.root is resolved below */
	bool missing;                 /* files_fd is where that folder would be made: no path is looked at (a probe) */
	bool confined;                /* files_fd is a tenant's: no links are followed, nothing above it is reached */
	const struct file_ops *files;
	const struct connections *connections;        /* of store prom_sky_con; NULL in a probe */
	struct topology *topology;    /* what its page asks; NULL in a probe */
	const char *page_address;     /* where its page is served; "": at all addresses */
	/* Says something to the supervisor (a message of common/ipc.h); false: it does not hear. NULL: there is none to hear. */
	bool (*tell)(void *teller, uint16_t type, uint32_t id, const void *payload, size_t length);
	/* Says how the sink is, for writers that know without a delivery; owner is the teller. */
	void (*condition)(void *teller, bool status, const char *reason, const char *message, const char *field);
	void *teller;
	const struct endpoint_rules *endpoints;       /* where object stores may be; NULL: anywhere */
	int64_t stall_ms;             /* for requests over the network that do not get on; 0: the usual limit */
};

/* One attempt to send one object. The outbox owns it. */
struct delivery {
	struct spool_object object;
	bool in_doubt;                /* an earlier attempt may have stored it */
	struct object_head head;      /* for the writer: filled when it opens the object */
	struct sealer_job job;        /* for writers that work on the sealer; done is the outbox's */
	void *transfer;               /* for writers that work on the loop: theirs, released before delivery_done */
	struct writer *writer;

	/* The result. 0: stored (2xx). ERR_CORRUPT: the object is damaged here, and is not stored with its SHA-256 as
	 * far as can be asked. Anything else: not known to be stored, to be tried again. */
	int result;
	struct err err;
	const char *field;            /* configuration field that would mend it; static text or NULL */
	char reason[48];              /* one word, such as a store's own code; "": that of err */
	int64_t retry_after_ms;       /* the sink asks to be left alone for this long; 0: it does not */
};

struct writer_type {
	const char *name;
	int (*wanted)(const struct pipeline_config *config);
	size_t size;                  /* of the writer's own struct, zeroed before init */
	unsigned parallel;            /* deliveries under way at once, of different lanes: each lane keeps its order */
	int (*init)(struct writer *writer, struct err *err);
	/* Appends what names the place of the buckets, the same however it is written: no two streams below one such place,
	 * bucket and prefix share a name. */
	int (*endpoint)(const struct writer *writer, struct buffer *out);
	/* Begins one attempt. Never blocks. */
	void (*send)(struct writer *writer, struct delivery *delivery);
	/* Optional (loop kind): ends an attempt early; delivery_done follows. The sealer's jobs look at sealer_ends(). */
	void (*cancel)(struct writer *writer, struct delivery *delivery);
	/* Optional: finds out, and leaves nothing behind, whether an object could be stored; probe->done follows, perhaps
	 * from inside. Only in a process that is for that alone: it may wait for a disk. NULL: there is nothing to try. */
	void (*probe)(struct writer *writer, struct probe *probe);
	/* Optional: the supervisor says something of tokens (common/ipc.h). */
	void (*told)(struct writer *writer, uint16_t type, uint32_t id, const char *payload, size_t length);
	void (*fini)(struct writer *writer);
};

struct writer {
	const struct writer_type *type;
	const struct writer_context *context;
	void (*done)(void *owner, struct delivery *delivery);
	void *owner;
	int64_t newest_stream_ms;     /* set by init: the newest stream found at the place; 0: none, or it cannot be known */
	void *private;                /* type->size bytes */
};

/* All writers; NULL-terminated. */
extern const struct writer_type *const writer_registry[];

/* Makes the writer that the configuration asks for. done is called with owner at each delivery's end.
 * ERR_CONFIG: there is none, or it cannot work as configured. */
int writer_new(struct writer **writer, const struct writer_context *context,
	void (*done)(void *owner, struct delivery *delivery), void *owner, struct err *err);
/* Before this no delivery may be under way; the sealer has ended. */
void writer_free(struct writer **writer);

void delivery_done(struct delivery *delivery);
/* For writers on the sealer: run it there; its result becomes the delivery's. run's `field` is delivery->field. */
void delivery_run_on_sealer(struct delivery *delivery, int (*run)(struct sealer_job *job, struct err *err));
/* The delivery that embeds a sealer job. */
struct delivery *delivery_of_job(struct sealer_job *job);

static inline void *writer_private(const struct writer *writer)
{
	return writer->private;
}

#endif
