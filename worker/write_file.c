/* write: file. Objects become files <root>/<dirname>/<key>: written to a temporary name, fsynced, renamed, the folder
 * fsynced. Done again with the same bytes it gives the same file; one that is there already with this content is
 * success. A file with other content is somebody's and never replaced. Works on the sealer. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/config/pipeline_config.h"
#include "worker/file_ops.h"
#include "worker/file_place.h"
#include "worker/folder.h"
#include "worker/object_reader.h"
#include "worker/probe.h"
#include "worker/writer.h"

extern const struct writer_type writer_file;

enum { COPY_SIZE = 64 * 1024 };

static const char root_field[] = "pipeline.write.file.root";
static const char dirname_field[] = "pipeline.store.buffered.dirname";

struct file_writer {
	uint64_t pipeline;            /* place_pipeline() */
	struct folder_memory folders; /* sealer thread */
};

/* One attempt, on the sealer's stack. */
struct file_write {
	struct delivery *delivery;
	const struct writer_context *context;
	struct object_reader *reader;
	int folder;                   /* where the file goes; -1: not open */
	const char *name;             /* last component of the key */
	char temporary[NAME_MAX + 1];
};

/* What stands under the object's name. */
enum standing { STANDS_NOTHING, STANDS_SAME, STANDS_OTHER };

static int file_wanted(const struct pipeline_config *config)
{
	return config->write.type == WRITE_FILE;
}

static int file_init(struct writer *writer, struct err *err)
{
	struct file_writer *file = writer_private(writer);

	(void)err;
	file->pipeline = place_pipeline(writer->context);
	if (!writer->context->missing)
		writer->newest_stream_ms = place_newest_stream(writer->context);
	return 0;
}

static int file_endpoint(const struct writer *writer, struct buffer *out)
{
	int error = buffer_append_text(out, "file:");

	return error == 0 ? place_root(writer->context, out) : error;
}

static int check_key(struct file_write *write, struct err *err)
{
	const struct pipeline_config *config = write->context->config;
	const char *key = write->delivery->head.key;
	const char *slash = strrchr(key, '/');

	write->name = slash != NULL ? slash + 1 : key;
	if (write->name[0] == '\0' || !folder_path_valid(key)) {
		write->delivery->field = "pipeline.store.buffered.filename_prefix";
		return err_set(err, ERR_INVALID, "write.file: key %s cannot be a path", key);
	}
	if (!folder_path_valid(config->store.dirname)) {
		write->delivery->field = dirname_field;
		return err_set(err, ERR_INVALID, "write.file: dirname %s cannot be a path", config->store.dirname);
	}
	return 0;
}

static int open_folder(struct file_write *write, struct err *err)
{
	const struct writer_context *context = write->context;
	const char *key = write->delivery->head.key;
	struct file_writer *writer = writer_private(write->delivery->writer);
	char path[PLACE_PATH_SIZE];
	int error = check_key(write, err);

	if (error != 0)
		return error;
	write->delivery->field = root_field;
	if (place_path(context, key, (size_t)(write->name - key), path) != 0 ||
		place_temporary(writer->pipeline, write->name, write->temporary) != 0)
		return err_set(err, ERR_INVALID, "write.file: the path of %s is too long", key);
	error = folder_open(place_base(context), path, context->confined, &writer->folders, &write->folder, err);
	if (error != 0)
		return err_prefix(err, "write.file");
	return 0;
}

/* ---- what is there already ---- */

static int compare(const struct file_write *write, int fd, enum standing *standing, struct err *err)
{
	const struct object_head *head = &write->delivery->head;
	uint8_t digest[32];
	struct stat found;
	int error;

	if (fstat(fd, &found) != 0)
		return err_sys(err, errno, "write.file: looking at %s", head->key);
	if (!S_ISREG(found.st_mode) || (uint64_t)found.st_size != head->bytes)
		return 0;
	error = content_sha256(fd, digest, err);
	if (error == 0 && memcmp(digest, head->sha256, sizeof(digest)) == 0)
		*standing = STANDS_SAME;
	return error;
}

/* What is the same was put there by an attempt that was killed, perhaps before its fsync. */
static int look(const struct file_write *write, enum standing *standing, struct err *err)
{
	const char *key = write->delivery->head.key;
	int fd = openat(write->folder, write->name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	int error;

	*standing = STANDS_OTHER;
	if (fd < 0 && errno == ENOENT)
		*standing = STANDS_NOTHING;
	if (fd < 0)
		return errno == ENOENT || errno == ELOOP || errno == ENXIO ? 0 : err_sys(err, errno, "write.file: opening %s", key);
	error = compare(write, fd, standing, err);
	if (error == 0 && *standing == STANDS_SAME && fsync(fd) != 0)
		error = err_sys(err, errno, "write.file: fsync of %s", key);
	close(fd);
	return error;
}

/* ---- writing ---- */

static int copy_content(struct file_write *write, int fd, struct err *err)
{
	struct sealer *sealer = write->context->sealer;
	char bytes[COPY_SIZE];
	size_t length = 1;
	off_t at = 0;

	for (;; at += (off_t)length) {
		int error = object_reader_next(write->reader, bytes, sizeof(bytes), &length, err);

		if (error != 0 || length == 0)
			return error;
		if (sealer_ends(sealer))
			return err_set(err, ERR_AGAIN, "write.file: ended before the object was written");
		error = file_write(&file_ops_system, fd, bytes, length, at, write->delivery->head.key, err);
		if (error != 0)
			return err_prefix(err, "write.file");
	}
}

/* Gives the file its name unless that is taken: ERR_BUSY. */
static int name_file(const struct file_write *write, struct err *err)
{
	const char *key = write->delivery->head.key;
	int folder = write->folder;

	if (renameat2(folder, write->temporary, folder, write->name, RENAME_NOREPLACE) == 0)
		return 0;
	/* file systems that do not know the flag can make links, which replace nothing either */
	if (errno == EINVAL && linkat(folder, write->temporary, folder, write->name, 0) == 0) {
		unlinkat(folder, write->temporary, 0);
		return 0;
	}
	return errno == EEXIST ? err_set(err, ERR_BUSY, "%s has appeared", key)
			       : err_sys(err, errno, "write.file: renaming %s", key);
}

static int put_file(struct file_write *write, struct err *err)
{
	const char *key = write->delivery->head.key;
	int fd, error;

	/* what an attempt that was killed has left may be a link to a stored file: it is not written to */
	unlinkat(write->folder, write->temporary, 0);
	fd = openat(write->folder, write->temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
	if (fd < 0)
		return err_sys(err, errno, "write.file: making %s", key);
	error = copy_content(write, fd, err);
	if (error == 0 && fsync(fd) != 0)
		error = err_sys(err, errno, "write.file: fsync of %s", key);
	if (close(fd) != 0 && error == 0)
		error = err_sys(err, errno, "write.file: closing %s", key);
	if (error == 0)
		error = name_file(write, err);
	if (error != 0)
		unlinkat(write->folder, write->temporary, 0);
	return error;
}

static int store(struct file_write *write, struct err *err)
{
	enum standing standing;
	int error = look(write, &standing, err);

	if (error == 0 && standing == STANDS_NOTHING) {
		error = put_file(write, err);
		if (error == ERR_BUSY)
			error = look(write, &standing, err);
	} else if (error == 0) {
		unlinkat(write->folder, write->temporary, 0);
	}
	if (error == 0 && standing == STANDS_OTHER) {
		write->delivery->field = dirname_field;
		return err_set(err, ERR_BUSY, "write.file: %s is there with other content: something else stores in this folder",
			write->delivery->head.key);
	}
	if (error == 0 && fsync(write->folder) != 0)
		error = err_sys(err, errno, "write.file: fsync of the folder of %s", write->delivery->head.key);
	return error;
}

static int file_run(struct sealer_job *job, struct err *err)
{
	struct delivery *delivery = delivery_of_job(job);
	const struct writer_context *context = delivery->writer->context;
	struct file_write write = { .delivery = delivery, .context = context, .folder = -1 };
	int error = object_reader_new(&write.reader, context->spool_fd, delivery->object.name, context->files,
		&delivery->head, err);

	if (error == 0)
		error = open_folder(&write, err);
	if (error == 0)
		error = store(&write, err);
	/* all else that fails in there is the folder's fault */
	if (error == ERR_CORRUPT)
		delivery->field = NULL;
	if (write.folder >= 0)
		close(write.folder);
	object_reader_free(&write.reader);
	return error;
}

static void file_send(struct writer *writer, struct delivery *delivery)
{
	(void)writer;
	delivery_run_on_sealer(delivery, file_run);
}

static void file_probe(struct writer *writer, struct probe *probe)
{
	probe->result = place_try(writer->context, &probe->err);
	probe->field = root_field;
	probe->done(probe);
}

const struct writer_type writer_file = {
	.name = "file",
	.wanted = file_wanted,
	.size = sizeof(struct file_writer),
	.parallel = 1,
	.init = file_init,
	.endpoint = file_endpoint,
	.send = file_send,
	.probe = file_probe,
};
