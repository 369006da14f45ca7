/* The server's answer to the upgrade request (RFC 9112 for its form, RFC 6455 4.1 for what a 101 must say). */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "subscriber/handshake.h"

/* What the headers said, as far as it matters. */
struct head {
	bool upgrade, connection, accept;
	const char *bad;              /* a header that must not stand in a 101 */
};

struct slice {
	const char *bytes;
	size_t length;
};

void handshake_answer_init(struct handshake_answer *answer, const char *key)
{
	*answer = (struct handshake_answer){ 0 };
	buffer_init(&answer->head, HANDSHAKE_HEADER_MAX);
	handshake_accept(key, answer->accept);
}

void handshake_answer_fini(struct handshake_answer *answer)
{
	if (answer != NULL)
		buffer_fini(&answer->head);
}

static bool slice_is(struct slice slice, const char *text)
{
	return slice.length == strlen(text) && strncasecmp(slice.bytes, text, slice.length) == 0;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static struct slice slice_trim(struct slice slice)
{
	while (slice.length > 0 && is_blank(slice.bytes[0])) {
		slice.bytes++;
		slice.length--;
	}
	while (slice.length > 0 && is_blank(slice.bytes[slice.length - 1]))
		slice.length--;
	return slice;
}

/* Is token one of the comma-separated list? */
static bool slice_lists(struct slice list, const char *token)
{
	while (list.length > 0) {
		const char *comma = memchr(list.bytes, ',', list.length);
		size_t length = comma != NULL ? (size_t)(comma - list.bytes) : list.length;
		size_t step = comma != NULL ? length + 1 : length;

		if (slice_is(slice_trim((struct slice){ list.bytes, length }), token))
			return true;
		list = (struct slice){ list.bytes + step, list.length - step };
	}
	return false;
}

/* Copies for messages to a person: line ends become spaces, what else is not printable ASCII "?". */
static void copy_text(char *to, size_t size, struct slice slice)
{
	size_t length = slice.length < size - 1 ? slice.length : size - 1;

	for (size_t i = 0; i < length; i++)
		to[i] = isspace((unsigned char)slice.bytes[i]) ? ' ' : isprint((unsigned char)slice.bytes[i]) ? slice.bytes[i] : '?';
	to[length] = '\0';
}

/* Content-Length, or HANDSHAKE_BODY_MAX when it is larger or no number. */
static size_t parse_length(struct slice value)
{
	size_t length = 0;

	for (size_t i = 0; i < value.length; i++) {
		if (!isdigit((unsigned char)value.bytes[i]))
			return HANDSHAKE_BODY_MAX;
		length = length * 10 + (size_t)(value.bytes[i] - '0');
		if (length >= HANDSHAKE_BODY_MAX)
			return HANDSHAKE_BODY_MAX;
	}
	return length;
}

static int take_status(struct handshake_answer *answer, struct slice line, struct err *err)
{
	const char *text = line.bytes;

	line = slice_trim(line);
	if (line.length < 12 || memcmp(text, "HTTP/1.", 7) != 0 || !isdigit((unsigned char)text[7]) || text[8] != ' ' ||
	    !isdigit((unsigned char)text[9]) || !isdigit((unsigned char)text[10]) || !isdigit((unsigned char)text[11]) ||
	    text[9] == '0' || (line.length > 12 && text[12] != ' '))
		return err_set(err, ERR_PROTOCOL, "no HTTP answer to the upgrade request");
	answer->status = (text[9] - '0') * 100 + (text[10] - '0') * 10 + (text[11] - '0');
	copy_text(answer->reason, sizeof(answer->reason), slice_trim((struct slice){ text + 12, line.length - 12 }));
	return 0;
}

static int take_header(struct handshake_answer *answer, struct head *head, struct slice line, struct err *err)
{
	const char *colon = memchr(line.bytes, ':', line.length);
	struct slice name, value;

	if (colon == NULL || colon == line.bytes)
		return err_set(err, ERR_PROTOCOL, "a header line without a name in the answer");
	name = (struct slice){ line.bytes, (size_t)(colon - line.bytes) };
	value = slice_trim((struct slice){ colon + 1, line.length - name.length - 1 });
	if (slice_is(name, "Upgrade"))
		head->upgrade |= slice_lists(value, "websocket");
	else if (slice_is(name, "Connection"))
		head->connection |= slice_lists(value, "upgrade");
	else if (slice_is(name, "Sec-WebSocket-Accept"))
		head->accept = value.length == strlen(answer->accept) &&
			memcmp(value.bytes, answer->accept, value.length) == 0;
	else if (slice_is(name, "Sec-WebSocket-Extensions") || slice_is(name, "Sec-WebSocket-Protocol"))
		head->bad = "an extension or protocol that was not asked for";
	else if (slice_is(name, "Location"))
		copy_text(answer->location, sizeof(answer->location), value);
	else if (slice_is(name, "Content-Length"))
		answer->body_expected = parse_length(value);
	return 0;
}

static int check_upgrade(const struct head *head, struct err *err)
{
	if (!head->upgrade || !head->connection)
		return err_set(err, ERR_PROTOCOL, "a 101 answer that upgrades to something else than websocket");
	if (!head->accept)
		return err_set(err, ERR_PROTOCOL, "a 101 answer with a wrong Sec-WebSocket-Accept");
	return head->bad != NULL ? err_set(err, ERR_PROTOCOL, "a 101 answer with %s", head->bad) : 0;
}

static int parse_head(struct handshake_answer *answer, struct err *err)
{
	struct slice rest = { answer->head.bytes, answer->head.length };
	struct head head = { 0 };
	int error = 0;

	while (error == 0 && rest.length > 0) {
		size_t length = (size_t)((const char *)memchr(rest.bytes, '\n', rest.length) - rest.bytes);
		struct slice line = { rest.bytes, length };

		if (answer->status == 0)
			error = take_status(answer, line, err);
		else if (slice_trim(line).length > 0)
			error = take_header(answer, &head, line, err);
		rest = (struct slice){ rest.bytes + length + 1, rest.length - length - 1 };
	}
	buffer_fini(&answer->head);
	if (error == 0 && answer->status == 101)
		error = check_upgrade(&head, err);
	return error;
}

/* Takes bytes up to the empty line that ends the headers. 1: they are whole. */
static int take_head(struct handshake_answer *answer, const char *bytes, size_t length, size_t *at, struct err *err)
{
	while (*at < length) {
		struct buffer *head = &answer->head;
		char c = bytes[(*at)++];

		if (buffer_append(head, &c, 1) != 0)
			return err_set(err, ERR_LIMIT, "over %d bytes of headers in the answer", HANDSHAKE_HEADER_MAX);
		if (c == '\n' && head->length >= 2 && (head->bytes[head->length - 2] == '\n' ||
		    (head->length >= 3 && memcmp(head->bytes + head->length - 3, "\n\r\n", 3) == 0)))
			return 1;
	}
	return 0;
}

static int take_body(struct handshake_answer *answer, const char *bytes, size_t length, size_t *at)
{
	size_t want = answer->body_expected - answer->body_length;
	size_t piece = length - *at < want ? length - *at : want;

	if (piece > 0)
		copy_text(answer->body + answer->body_length, sizeof(answer->body) - answer->body_length,
			(struct slice){ bytes + *at, piece });
	answer->body_length += piece;
	*at += piece;
	if (answer->body_length < answer->body_expected)
		return 0;
	for (size_t end = strlen(answer->body); end > 0 && answer->body[end - 1] == ' '; end--)
		answer->body[end - 1] = '\0';
	return 1;
}

int handshake_read(struct handshake_answer *answer, const char *bytes, size_t length, size_t *used, struct err *err)
{
	int result;

	*used = 0;
	if (answer->status == 0) {
		result = take_head(answer, bytes, length, used, err);
		if (result == 1)
			result = parse_head(answer, err);
		if (result != 0 || answer->status == 0)
			return result;
	}
	return answer->status == 101 ? 1 : take_body(answer, bytes, length, used);
}
