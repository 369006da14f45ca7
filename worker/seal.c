/* Sealing: the sealer's half. Reads the segment once, in pieces, and writes the object beside it; whether the segment
 * was whole is known at the end, before the object gets its name. */
#include "worker/seal.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/crc32c.h"
#include "worker/compress.h"
#include "worker/digest.h"
#include "worker/file_ops.h"
#include "worker/key.h"
#include "worker/object.h"
#include "worker/segment.h"
#include "worker/spool_name.h"
#include "worker/wrapper.h"

enum { CHUNK = 64 * 1024, WRAPPER_CAP = 4 << 20 };
_Static_assert((int)SEGMENT_HEAD_MAX <= (int)CHUNK, "the first chunk has the whole head");

struct sealing {
	struct seal_job *job;
	int segment, object;                  /* descriptors, -1: none */
	char *in, *out;                       /* CHUNK bytes each */
	size_t out_length;
	uint64_t out_total;                   /* content bytes so far, those in `out` included */
	EVP_MD_CTX *sha256, *md5;
	struct compressor *compressor;
	struct segment_head head;             /* texts in head_bytes */
	char *head_bytes;
	struct buffer open, close;            /* what stands around the records, filled in */
};

static int out_flush(struct sealing *sealing, struct err *err)
{
	off_t at = (off_t)(OBJECT_HEAD_SIZE + sealing->out_total - sealing->out_length);
	int error = file_write(sealing->job->files, sealing->object, sealing->out, sealing->out_length, at, "an object", err);

	sealing->out_length = 0;
	return error;
}

/* The compressor's sink: what comes here is the content as it is sent. */
static int take_content(void *owner, const void *bytes, size_t length, struct err *err)
{
	struct sealing *sealing = owner;
	const char *from = bytes;
	int error = 0;

	if (EVP_DigestUpdate(sealing->sha256, bytes, length) != 1 || EVP_DigestUpdate(sealing->md5, bytes, length) != 1)
		return err_set(err, ERR_NO_MEMORY, "the digest of an object failed");
	while (length > 0 && error == 0) {
		size_t take = CHUNK - sealing->out_length < length ? CHUNK - sealing->out_length : length;

		memcpy(sealing->out + sealing->out_length, from, take);
		sealing->out_length += take;
		sealing->out_total += take;
		from += take;
		length -= take;
		if (sealing->out_length == CHUNK)
			error = out_flush(sealing, err);
	}
	return error;
}

static int sealing_open(struct sealing *sealing, struct err *err)
{
	const struct file_ops *files = sealing->job->files;
	char name[SPOOL_NAME_SIZE];
	int error;

	buffer_init(&sealing->open, WRAPPER_CAP);
	buffer_init(&sealing->close, WRAPPER_CAP);
	sealing->in = malloc(CHUNK);
	sealing->out = malloc(CHUNK);
	if (sealing->in == NULL || sealing->out == NULL)
		return err_set(err, ERR_NO_MEMORY, "no memory to seal an object");
	sealing->sha256 = EVP_MD_CTX_new();
	sealing->md5 = EVP_MD_CTX_new();
	error = digest_begin(sealing->sha256, EVP_sha256(), err);
	if (error == 0)
		error = digest_begin(sealing->md5, EVP_md5(), err);
	if (error != 0)
		return error;
	spool_name_segment(name, sealing->job->lane, sealing->job->number);
	sealing->segment = files->openat(files->context, sealing->job->dirfd, name, O_RDONLY | O_CLOEXEC, 0);
	if (sealing->segment < 0)
		return file_damage(err_sys(err, errno, "opening %s", name), err);
	spool_name_temporary(name, sealing->job->lane, sealing->job->number);
	sealing->object = files->openat(files->context, sealing->job->dirfd, name,
		O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	return sealing->object >= 0 ? 0 : err_sys(err, errno, "making %s", name);
}

static void sealing_close(struct sealing *sealing)
{
	const struct file_ops *files = sealing->job->files;

	if (sealing->segment >= 0)
		files->close(files->context, sealing->segment);
	if (sealing->object >= 0)
		files->close(files->context, sealing->object);
	compressor_free(&sealing->compressor);
	EVP_MD_CTX_free(sealing->sha256);
	EVP_MD_CTX_free(sealing->md5);
	free(sealing->in);
	free(sealing->out);
	free(sealing->head_bytes);
	buffer_fini(&sealing->open);
	buffer_fini(&sealing->close);
}

static int read_chunk(struct sealing *sealing, uint32_t at, size_t *length, struct err *err)
{
	uint32_t left = sealing->job->entry.bytes - at;

	*length = left < CHUNK ? left : CHUNK;
	return file_damage(file_read(sealing->job->files, sealing->segment, sealing->in, *length, at, "a segment", err), err);
}

static int fill_wrapper(struct sealing *sealing, struct err *err)
{
	const struct spool_format *format = &sealing->head.format;
	const struct seal_job *job = sealing->job;
	int error = wrapper_fill(&sealing->open, format->open, &job->entry, job->lossy);

	if (error == 0)
		error = wrapper_fill(&sealing->close, format->close, &job->entry, job->lossy);
	return error == 0 ? 0 : err_set(err, error, "no memory for what stands around an object's records");
}

/* The head's texts outlive the chunk; then the compressor gets what stands before the records. */
static int begin_content(struct sealing *sealing, size_t length, struct err *err)
{
	const struct seal_job *job = sealing->job;
	const struct spool_format *format = &sealing->head.format;
	uint64_t total;
	int error = segment_head_decode(&sealing->head, sealing->in, length, err);

	if (error != 0)
		return error;
	sealing->head_bytes = malloc(sealing->head.size);
	if (sealing->head_bytes == NULL)
		return err_set(err, ERR_NO_MEMORY, "no memory to seal an object");
	memcpy(sealing->head_bytes, sealing->in, sealing->head.size);
	error = segment_head_decode(&sealing->head, sealing->head_bytes, sealing->head.size, err);
	if (error == 0)
		error = fill_wrapper(sealing, err);
	if (error != 0)
		return error;
	total = job->entry.bytes - sealing->head.size + sealing->open.length + sealing->close.length;
	error = compressor_new(&sealing->compressor, format->compress_type, format->gzip_level, (size_t)total, job->behind,
		take_content, sealing, err);
	if (error == 0)
		error = compressor_write(sealing->compressor, sealing->open.bytes, sealing->open.length, err);
	return error;
}

/* Everything of the segment, through the compressor into the object. ERR_CORRUPT: it is not what was committed. */
static int convert(struct sealing *sealing, struct err *err)
{
	const struct commit_entry *entry = &sealing->job->entry;
	uint32_t crc = 0;
	size_t length;
	int error = 0;

	for (uint32_t at = 0; at < entry->bytes && error == 0; at += (uint32_t)length) {
		error = read_chunk(sealing, at, &length, err);
		if (error != 0)
			break;
		crc = crc32c(crc, sealing->in, length);
		if (at == 0)
			error = begin_content(sealing, length, err);
		if (error == 0) {
			size_t skip = at == 0 ? sealing->head.size : 0;

			error = compressor_write(sealing->compressor, sealing->in + skip, length - skip, err);
		}
	}
	if (error == 0 && crc != entry->crc)
		error = err_set(err, ERR_CORRUPT, "the segment's CRC is wrong");
	if (error == 0)
		error = compressor_write(sealing->compressor, sealing->close.bytes, sealing->close.length, err);
	if (error == 0)
		error = compressor_finish(sealing->compressor, err);
	return error != 0 ? error : out_flush(sealing, err);
}

static int write_head(struct sealing *sealing, struct err *err)
{
	const struct seal_job *job = sealing->job;
	const struct spool_format *format = &sealing->head.format;
	unsigned char bytes[OBJECT_HEAD_SIZE];
	struct object_head head = {
		.first_timestamp_ms = job->entry.first_ms,
		.last_timestamp_ms = job->entry.last_ms,
		.records = job->entry.records,
		.flows = job->entry.flows,
		.bytes = sealing->out_total,
		.first_position = sealing->head.position,
		.last_position = job->last_position,
	};
	int error = key_make(format, job->lane, &job->entry, head.key, err);

	if (error != 0)
		return err->code = ERR_CORRUPT;
	/* the head's decoder has seen to it that the texts fit */
	snprintf(head.tag, sizeof(head.tag), "%s", flow_tag_names[job->lane]);
	snprintf(head.bucket, sizeof(head.bucket), "%s", format->bucket);
	snprintf(head.content_type, sizeof(head.content_type), "%s", format->content_type);
	snprintf(head.content_encoding, sizeof(head.content_encoding), "%s", format->content_encoding);
	if (EVP_DigestFinal_ex(sealing->sha256, head.sha256, NULL) != 1 ||
		EVP_DigestFinal_ex(sealing->md5, head.md5, NULL) != 1)
		return err_set(err, ERR_NO_MEMORY, "the digest of an object failed");
	object_head_encode(&head, bytes);
	return file_write(job->files, sealing->object, bytes, sizeof(bytes), 0, "an object", err);
}

/* From here the bytes never change. */
static int name_object(struct sealing *sealing, struct err *err)
{
	struct seal_job *job = sealing->job;
	char from[SPOOL_NAME_SIZE], to[SPOOL_NAME_SIZE];

	spool_name_temporary(from, job->lane, job->number);
	spool_name_object(to, job->lane, job->number, job->entry.records, job->entry.flows);
	if (!job->direct && job->files->fsync(job->files->context, sealing->object) != 0)
		return err_sys(err, errno, "fsync of %s", from);
	if (job->files->renameat(job->files->context, job->dirfd, from, job->dirfd, to) != 0)
		return err_sys(err, errno, "renaming %s", from);
	job->content_bytes = sealing->out_total;
	return 0;
}

int seal_run(struct seal_job *job, struct err *err)
{
	struct sealing sealing = { .job = job, .segment = -1, .object = -1 };
	char name[SPOOL_NAME_SIZE];
	struct err unasked;
	int error;

	err = err != NULL ? err : &unasked;
	error = sealing_open(&sealing, err);
	if (error == 0)
		error = convert(&sealing, err);
	if (error == 0)
		error = write_head(&sealing, err);
	if (error == 0)
		error = name_object(&sealing, err);
	if (error != 0 && sealing.object >= 0) {
		/* on a full disk it would stand in the way of what could still be finished */
		spool_name_temporary(name, job->lane, job->number);
		job->files->unlinkat(job->files->context, job->dirfd, name);
	}
	sealing_close(&sealing);
	if (error != 0)
		err_prefix(err, "sealing %s.%llu", flow_tag_names[job->lane], (unsigned long long)job->number);
	return error;
}

int seal_sync(int dirfd, const struct file_ops *files, struct err *err)
{
	return files->fsync(files->context, dirfd) == 0 ? 0 : err_sys(err, errno, "fsync of the spool folder");
}
