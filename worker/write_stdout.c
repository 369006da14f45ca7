/* write: stdout. Objects are printed whole, one at a time over all workers:
 *
 *     --- dirname/key ---
 *     content
 *
 * compat: sfe prints as the Go exporter did: a blank line behind the content, and with store: direct the header line
 * "--- my_dirname/<tag> ---". Compressed content is printed as the bytes it is.
 *
 * Works on the sealer, which must not be held up by a reader that does not read: every step is small, and waits for room
 * at most 100 ms before others have their turn. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "common/config/pipeline_config.h"
#include "worker/object_reader.h"
#include "worker/writer.h"

extern const struct writer_type writer_stdout;

/* Room for this much is what poll promises of a pipe. */
enum { CHUNK = PIPE_BUF, WAIT_MS = 100, LOCK_WAIT_MS = 20, STEP_CHUNKS = 256 };

enum phase { IDLE, LOCKING, HEADER, CONTENT, TRAILER };

/* The object being printed: kept from one run of its job to the next. Sealer thread only. */
struct stdout_writer {
	enum phase phase;
	struct object_reader *reader;
	char bytes[CHUNK];
	size_t length, sent;          /* of bytes */
	char last;                    /* last byte of the content that was printed */
	bool moved;                   /* something was printed in this step */
};

static int stdout_wanted(const struct pipeline_config *config)
{
	return config->write.type == WRITE_STDOUT;
}

static int stdout_endpoint(const struct writer *writer, struct buffer *out)
{
	(void)writer;
	return buffer_append_text(out, "stdout");
}

/* A record lock belongs to the process: flock would be shared by all that inherited this descriptor. */
static int lock_stdout(short type)
{
	struct flock lock = { .l_type = type, .l_whence = SEEK_SET };

	return fcntl(STDOUT_FILENO, F_SETLK, &lock);
}

/* A damaged object must not be found out half-way through its printing. */
static int verify(struct stdout_writer *out, struct err *err)
{
	size_t length = 1;
	int error = 0;

	while (error == 0 && length > 0)
		error = object_reader_next(out->reader, out->bytes, sizeof(out->bytes), &length, err);
	return error != 0 ? error : object_reader_rewind(out->reader, err);
}

static int begin(struct stdout_writer *out, struct delivery *delivery, struct err *err)
{
	const struct writer_context *context = delivery->writer->context;
	int error = object_reader_new(&out->reader, context->spool_fd, delivery->object.name, context->files,
		&delivery->head, err);

	if (error == 0)
		error = verify(out, err);
	out->phase = LOCKING;
	return error;
}

static int take_lock(struct stdout_writer *out, struct err *err)
{
	if (lock_stdout(F_WRLCK) == 0) {
		out->phase = HEADER;
		return 0;
	}
	if (errno != EAGAIN && errno != EACCES)
		return err_sys(err, errno, "write.stdout: locking");
	poll(NULL, 0, LOCK_WAIT_MS);
	return SEALER_LATER;
}

static void fill_header(struct stdout_writer *out, const struct delivery *delivery)
{
	const struct pipeline_config *config = delivery->writer->context->config;
	const struct object_head *head = &delivery->head;

	if (config->compat == COMPAT_SFE && config->store.type == STORE_DIRECT)
		out->length = (size_t)snprintf(out->bytes, sizeof(out->bytes), "--- my_dirname/%s ---\n", head->tag);
	else
		out->length = (size_t)snprintf(out->bytes, sizeof(out->bytes), "--- %.512s%s%s ---\n", config->store.dirname,
			config->store.dirname[0] != '\0' ? "/" : "", head->key);
	out->sent = 0;
}

/* The next bytes to print into out->bytes; none: the object is complete. */
static int fill(struct stdout_writer *out, const struct delivery *delivery, struct err *err)
{
	int error;

	out->length = 0;
	out->sent = 0;
	if (out->phase == HEADER) {
		fill_header(out, delivery);
		out->phase = CONTENT;
		return 0;
	}
	if (out->phase == CONTENT) {
		error = object_reader_next(out->reader, out->bytes, sizeof(out->bytes), &out->length, err);
		if (error != 0)
			return error;
		if (out->length > 0) {
			out->last = out->bytes[out->length - 1];
			return 0;
		}
		out->phase = TRAILER;
		if (delivery->writer->context->config->compat == COMPAT_SFE || out->last != '\n')
			out->bytes[out->length++] = '\n';
	}
	return 0;
}

/* 0, SEALER_LATER (no room for the moment) or an error. */
static int print(struct stdout_writer *out, struct err *err)
{
	struct pollfd room = { .fd = STDOUT_FILENO, .events = POLLOUT };
	ssize_t written;

	if (poll(&room, 1, WAIT_MS) == 0)
		return SEALER_LATER;
	written = write(STDOUT_FILENO, out->bytes + out->sent, out->length - out->sent);
	if (written < 0 && (errno == EAGAIN || errno == EINTR))
		return SEALER_LATER;
	if (written < 0)
		return err_sys(err, errno, "write.stdout");
	out->sent += (size_t)written;
	out->moved = true;
	return 0;
}

static int print_some(struct stdout_writer *out, const struct delivery *delivery, struct err *err)
{
	int error = 0;

	for (unsigned i = 0; i < STEP_CHUNKS && error == 0; i++) {
		if (out->sent == out->length)
			error = out->phase == TRAILER ? 0 : fill(out, delivery, err);
		if (error == 0 && out->sent == out->length && out->phase == TRAILER)
			return 0;
		if (error == 0)
			error = print(out, err);
	}
	return error != 0 ? error : SEALER_LATER;
}

static void end(struct stdout_writer *out)
{
	object_reader_free(&out->reader);
	if (out->phase > LOCKING)
		lock_stdout(F_UNLCK);
	*out = (struct stdout_writer){ .phase = IDLE };
}

/* With little time left one that waits for a reader, or for another worker's object, makes room for the end. */
static bool gives_up(const struct stdout_writer *out, const struct sealer *sealer)
{
	return sealer_ends(sealer) || (sealer_hurries(sealer) && !out->moved);
}

static int stdout_run(struct sealer_job *job, struct err *err)
{
	struct delivery *delivery = delivery_of_job(job);
	struct stdout_writer *out = writer_private(delivery->writer);
	int error = 0;

	out->moved = false;
	if (out->phase == IDLE)
		error = begin(out, delivery, err);
	if (error == 0 && out->phase == LOCKING)
		error = take_lock(out, err);
	if (error == 0)
		error = print_some(out, delivery, err);
	if (error == SEALER_LATER && gives_up(out, delivery->writer->context->sealer))
		error = err_set(err, ERR_AGAIN, "write.stdout: ended before the object was printed");
	if (error != SEALER_LATER)
		end(out);
	if (error < 0 && error != ERR_CORRUPT)
		delivery->field = "pipeline.write.type";
	return error;
}

static void stdout_send(struct writer *writer, struct delivery *delivery)
{
	(void)writer;
	delivery_run_on_sealer(delivery, stdout_run);
}

/* The sealer has ended: it may have left an object half printed. */
static void stdout_fini(struct writer *writer)
{
	end(writer_private(writer));
}

const struct writer_type writer_stdout = {
	.name = "stdout",
	.wanted = stdout_wanted,
	.size = sizeof(struct stdout_writer),
	.parallel = 1,
	.endpoint = stdout_endpoint,
	.send = stdout_send,
	.fini = stdout_fini,
};
