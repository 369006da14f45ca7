#include "api/stream.h"

#include <stdlib.h>
#include <string.h>

#include "api/stream_private.h"
#include "common/buffer.h"

struct api_stream {
	struct buffer waiting;        /* not yet taken */
	bool ended;                   /* by the supervisor */
	bool broken;                  /* overflown, or the client has gone */
	bool asleep;                  /* STREAM_WAIT was the last answer */
	bool text;                    /* its end means something */
	int (*fill)(void *owner, struct buffer *out);  /* NULL: the owner sends by itself */
	void (*closed)(void *owner);
	void *owner;
	void (*wake)(void *sender);
	void *sender;
};

int api_stream_new(struct api_stream **stream, struct err *err)
{
	*stream = calloc(1, sizeof(**stream));
	if (*stream == NULL)
		return err_set(err, ERR_NO_MEMORY, "no memory for a stream");
	buffer_init(&(*stream)->waiting, API_STREAM_CAP);
	return 0;
}

void api_stream_owner(struct api_stream *stream, void (*closed)(void *owner), void *owner)
{
	stream->closed = closed;
	stream->owner = owner;
}

void api_stream_source(struct api_stream *stream, int (*fill)(void *owner, struct buffer *out))
{
	stream->fill = fill;
}

void api_stream_text(struct api_stream *stream)
{
	stream->text = true;
}

bool stream_is_text(const struct api_stream *stream)
{
	return stream->text;
}

void api_stream_wake(struct api_stream *stream)
{
	if (!stream->asleep)
		return;
	stream->asleep = false;
	if (stream->wake != NULL)
		stream->wake(stream->sender);
}

void stream_break(struct api_stream *stream)
{
	stream->broken = true;
	buffer_fini(&stream->waiting);
	api_stream_wake(stream);
}

int api_stream_send(struct api_stream *stream, const char *bytes, size_t length)
{
	if (stream->broken || stream->ended)
		return ERR_CLOSED;
	if (buffer_append(&stream->waiting, bytes, length) != 0) {
		stream_break(stream);
		return ERR_LIMIT;
	}
	api_stream_wake(stream);
	return 0;
}

static int put_field(struct buffer *out, const char *name, const char *value, size_t length)
{
	int error = buffer_printf(out, "%s: ", name);

	if (error == 0)
		error = buffer_append(out, value, length);
	return error != 0 ? error : buffer_append(out, "\n", 1);
}

/* Each line of data is a field of its own, whatever ends it. */
static int put_data(struct buffer *out, const char *data)
{
	int error = 0;

	do {
		size_t length = strcspn(data, "\r\n");

		error = put_field(out, "data", data, length);
		data += length;
		data += *data == '\r' && data[1] == '\n' ? 2 : *data != '\0';
	} while (error == 0 && *data != '\0');
	return error;
}

int api_event_put(struct buffer *out, const char *id, const char *name, const char *data)
{
	int error = 0;

	if (id != NULL)
		error = put_field(out, "id", id, strcspn(id, "\r\n"));
	if (error == 0 && name != NULL)
		error = put_field(out, "event", name, strcspn(name, "\r\n"));
	if (error == 0)
		error = put_data(out, data);
	return error != 0 ? error : buffer_append(out, "\n", 1);
}

int api_stream_event(struct api_stream *stream, const char *id, const char *name, const char *data)
{
	struct buffer event;
	int error;

	buffer_init(&event, API_STREAM_CAP);
	error = api_event_put(&event, id, name, data);
	/* an event too large for any client breaks the stream as one too many does: never silently skipped */
	if (error == 0)
		error = api_stream_send(stream, event.bytes, event.length);
	else
		stream_break(stream);
	buffer_fini(&event);
	return error;
}

void stream_finish(struct api_stream *stream)
{
	stream->ended = true;
	api_stream_wake(stream);
}

void api_stream_end(struct api_stream *stream)
{
	stream->closed = NULL;
	stream_finish(stream);
}

void stream_attach(struct api_stream *stream, void (*wake_sender)(void *owner), void *owner)
{
	stream->wake = wake_sender;
	stream->sender = owner;
}

/* More from the source, once everything was taken. */
static void ask_source(struct api_stream *stream)
{
	int result;

	if (stream->fill == NULL || stream->ended || stream->waiting.length > 0)
		return;
	result = stream->fill(stream->owner, &stream->waiting);
	if (result < 0)
		stream_break(stream);
	else if (result == STREAM_DONE)
		stream->ended = true;
}

ssize_t stream_take(struct api_stream *stream, char *bytes, size_t max)
{
	size_t length;

	if (!stream->broken)
		ask_source(stream);
	if (stream->broken)
		return STREAM_BROKEN;
	length = stream->waiting.length < max ? stream->waiting.length : max;
	if (length > 0) {
		memcpy(bytes, stream->waiting.bytes, length);
		buffer_consume(&stream->waiting, length);
		return (ssize_t)length;
	}
	if (stream->ended)
		return STREAM_END;
	stream->asleep = true;
	return STREAM_WAIT;
}

void stream_beat(struct api_stream *stream)
{
	static const char comment[] = ":\n\n";

	if (stream->waiting.length == 0)
		api_stream_send(stream, comment, strlen(comment));
}

void stream_drop(struct api_stream *stream)
{
	if (stream == NULL)
		return;
	if (stream->closed != NULL)
		stream->closed(stream->owner);
	buffer_fini(&stream->waiting);
	free(stream);
}
