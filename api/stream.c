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

static void wake(struct api_stream *stream)
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
	wake(stream);
}

int api_stream_send(struct api_stream *stream, const char *bytes, size_t length)
{
	if (stream->broken || stream->ended)
		return ERR_CLOSED;
	if (buffer_append(&stream->waiting, bytes, length) != 0) {
		stream_break(stream);
		return ERR_LIMIT;
	}
	wake(stream);
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

int api_stream_event(struct api_stream *stream, const char *id, const char *name, const char *data)
{
	struct buffer event;
	int error = 0;

	buffer_init(&event, API_STREAM_CAP);
	if (id != NULL)
		error = put_field(&event, "id", id, strcspn(id, "\r\n"));
	if (error == 0 && name != NULL)
		error = put_field(&event, "event", name, strcspn(name, "\r\n"));
	if (error == 0)
		error = put_data(&event, data);
	if (error == 0)
		error = buffer_append(&event, "\n", 1);
	/* an event too large for any client breaks the stream as one too many does: never silently skipped */
	if (error == 0)
		error = api_stream_send(stream, event.bytes, event.length);
	else
		stream_break(stream);
	buffer_fini(&event);
	return error;
}

void api_stream_end(struct api_stream *stream)
{
	stream->ended = true;
	stream->closed = NULL;
	wake(stream);
}

void stream_attach(struct api_stream *stream, void (*wake_sender)(void *owner), void *owner)
{
	stream->wake = wake_sender;
	stream->sender = owner;
}

ssize_t stream_take(struct api_stream *stream, char *bytes, size_t max)
{
	size_t length = stream->waiting.length < max ? stream->waiting.length : max;

	if (stream->broken)
		return STREAM_BROKEN;
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
