/* write: file. Objects become files <root>/<dirname>/<key>: written to a temporary name, fsynced, renamed, the folder
 * fsynced. Done again with the same bytes it gives the same file; one that is there already with this content is
 * success. Works on the sealer. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/config/pipeline_config.h"
#include "worker/folder.h"
#include "worker/object_reader.h"
#include "worker/writer.h"

extern const struct writer_type writer_file;

enum { PATH_SIZE = 4096 + OBJECT_KEY_SIZE, COPY_SIZE = 64 * 1024 };

static const char root_field[] = "pipeline.write.file.root";

/* One attempt, on the sealer's stack. */
struct file_write {
	struct delivery *delivery;
	const struct writer_context *context;
	struct object_reader *reader;
	int folder;                   /* where the file goes; -1: not open */
	const char *name;             /* last component of the key */
	char temporary[NAME_MAX + 1];
};

static int file_wanted(const struct pipeline_config *config)
{
	return config->write.type == WRITE_FILE;
}

static int file_endpoint(const struct writer *writer, struct buffer *out)
{
	return buffer_printf(out, "file:%s", writer->context->config->write.file_root);
}

static int append_component(char *path, const char *name)
{
	size_t used = strlen(path);
	size_t length = strlen(name);

	while (length > 0 && name[length - 1] == '/')
		length--;
	if (length == 0)
		return 0;
	if (used + 1 + length >= PATH_SIZE)
		return ERR_LIMIT;
	if (used > 0 && path[used - 1] != '/')
		path[used++] = '/';
	memcpy(path + used, name, length);
	path[used + length] = '\0';
	return 0;
}

/* The folder's path below the base; the key's last component is left for the file. */
static int compose_path(struct file_write *write, char *path, struct err *err)
{
	const struct pipeline_config *config = write->context->config;
	const char *root = config->write.file_root;
	char folder[OBJECT_KEY_SIZE];

	snprintf(folder, sizeof(folder), "%.*s", (int)(write->name - write->delivery->head.key), write->delivery->head.key);
	if (write->context->confined)
		root += strspn(root, "/");      /* what a tenant calls / is its own folder */
	path[0] = '\0';
	if (root[0] == '/' && root[1] == '\0')
		snprintf(path, PATH_SIZE, "/");
	if (append_component(path, root) != 0 || append_component(path, config->store.dirname) != 0 ||
		append_component(path, folder) != 0) {
		write->delivery->field = root_field;
		return err_set(err, ERR_INVALID, "write.file: path too long");
	}
	if (path[0] == '\0')
		snprintf(path, PATH_SIZE, ".");
	return 0;
}

static int check_key(struct file_write *write, struct err *err)
{
	const struct pipeline_config *config = write->context->config;
	const char *key = write->delivery->head.key;
	const char *slash = strrchr(key, '/');

	write->name = slash != NULL ? slash + 1 : key;
	if (!folder_path_valid(key)) {
		write->delivery->field = "pipeline.store.buffered.filename_prefix";
		return err_set(err, ERR_INVALID, "write.file: key %s cannot be a path", key);
	}
	if (config->store.dirname[0] != '\0' && !folder_path_valid(config->store.dirname)) {
		write->delivery->field = "pipeline.store.buffered.dirname";
		return err_set(err, ERR_INVALID, "write.file: dirname %s cannot be a path", config->store.dirname);
	}
	return 0;
}

static int open_folder(struct file_write *write, struct err *err)
{
	const struct writer_context *context = write->context;
	char path[PATH_SIZE];
	int error = check_key(write, err);

	if (error == 0)
		error = compose_path(write, path, err);
	if (error != 0)
		return error;
	/* without a tenant's limits a relative root means what it does in a shell */
	error = folder_open(context->confined ? context->files_fd : AT_FDCWD, path, context->confined, &write->folder, err);
	if (error != 0) {
		write->delivery->field = root_field;
		err_prefix(err, "write.file");
		return error;
	}
	if (snprintf(write->temporary, sizeof(write->temporary), ".%s.part", write->name) >= (int)sizeof(write->temporary))
		return err_set(err, ERR_INVALID, "write.file: name %s is too long", write->name);
	return 0;
}

/* Whether the file is there with this object's content: then nothing is left to do, and a damaged object in doubt is
 * known to be stored. */
static bool already_stored(const struct file_write *write)
{
	const struct object_head *head = &write->delivery->head;
	int fd = openat(write->folder, write->name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	uint8_t digest[32];
	struct stat found;
	bool same = false;

	if (fd < 0)
		return false;
	if (fstat(fd, &found) == 0 && S_ISREG(found.st_mode) && (uint64_t)found.st_size == head->bytes)
		same = content_sha256(fd, digest, NULL) == 0 && memcmp(digest, head->sha256, sizeof(digest)) == 0;
	close(fd);
	return same;
}

static int write_all(int fd, const char *bytes, size_t length)
{
	while (length > 0) {
		ssize_t written = write(fd, bytes, length);

		if (written < 0 && errno != EINTR)
			return -1;
		if (written > 0) {
			bytes += written;
			length -= (size_t)written;
		}
	}
	return 0;
}

static int copy_content(struct file_write *write, int fd, struct err *err)
{
	struct sealer *sealer = write->context->sealer;
	char bytes[COPY_SIZE];
	size_t length = 1;

	for (;;) {
		int error = object_reader_next(write->reader, bytes, sizeof(bytes), &length, err);

		if (error != 0 || length == 0)
			return error;
		if (sealer_ends(sealer))
			return err_set(err, ERR_AGAIN, "write.file: ended before the object was written");
		if (write_all(fd, bytes, length) != 0)
			return err_sys(err, errno, "write.file: writing %s", write->delivery->head.key);
	}
}

static int put_file(struct file_write *write, struct err *err)
{
	int fd = openat(write->folder, write->temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0666);
	int error;

	if (fd < 0)
		return err_sys(err, errno, "write.file: making %s", write->delivery->head.key);
	error = copy_content(write, fd, err);
	if (error == 0 && fsync(fd) != 0)
		error = err_sys(err, errno, "write.file: fsync of %s", write->delivery->head.key);
	if (close(fd) != 0 && error == 0)
		error = err_sys(err, errno, "write.file: closing %s", write->delivery->head.key);
	if (error == 0 && renameat(write->folder, write->temporary, write->folder, write->name) != 0)
		error = err_sys(err, errno, "write.file: renaming %s", write->delivery->head.key);
	if (error != 0) {
		unlinkat(write->folder, write->temporary, 0);
		return error;
	}
	if (fsync(write->folder) != 0)
		return err_sys(err, errno, "write.file: fsync of the folder of %s", write->delivery->head.key);
	return 0;
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
	if (error == 0 && !already_stored(&write)) {
		error = put_file(&write, err);
		/* all that fails in there but a damaged object is the folder's fault */
		if (error != 0 && error != ERR_CORRUPT)
			delivery->field = root_field;
	}
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

const struct writer_type writer_file = {
	.name = "file",
	.wanted = file_wanted,
	.parallel = 1,
	.endpoint = file_endpoint,
	.send = file_send,
};
