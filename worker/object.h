/* A sealed object: a 4 KiB head, then the bytes exactly as they are sent. */
#ifndef SLUICE_WORKER_OBJECT_H
#define SLUICE_WORKER_OBJECT_H

#include <stdint.h>

#include "common/err.h"
#include "common/ring.h"

struct file_ops;

enum { OBJECT_HEAD_SIZE = 4096, OBJECT_KEY_SIZE = 1024 };

struct object_head {
	char key[OBJECT_KEY_SIZE];            /* without a leading slash, without the bucket */
	char tag[16];
	char bucket[256];                     /* as configured when it was cut; for direct's header line */
	char content_type[64], content_encoding[16];
	int64_t first_timestamp_ms, last_timestamp_ms;
	uint64_t records, flows, bytes;
	/* its flows lie between these; the last may be later than the cut when a worker was killed between cut and seal */
	struct ring_position first_position, last_position;
	uint8_t sha256[32], md5[16];          /* of the content */
};

/* Into OBJECT_HEAD_SIZE bytes. */
void object_head_encode(const struct object_head *head, unsigned char *bytes);
/* ERR_CORRUPT: not what object_head_encode wrote. */
int object_head_decode(struct object_head *head, const unsigned char *bytes, struct err *err);

/* Reads and checks the head (magic, version, CRC-32C, texts terminated). ERR_CORRUPT, ERR_IO. */
int object_head_read(int fd, const struct file_ops *files, struct object_head *head, struct err *err);

#endif
