#include "api/head_check.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "api/text.h"

/* tchar of RFC 9110 */
static bool is_token(const char *text)
{
	if (*text == '\0')
		return false;
	for (; *text != '\0'; text++) {
		if (!isalnum((unsigned char)*text) && strchr("!#$%&'*+-.^_`|~", *text) == NULL)
			return false;
	}
	return true;
}

static bool is_value(const char *text)
{
	for (; *text != '\0'; text++) {
		if (((unsigned char)*text < 0x20 && *text != '\t') || *text == 0x7f)
			return false;
	}
	return true;
}

static bool is_target(const char *text)
{
	if (*text != '/')
		return false;
	for (; *text != '\0'; text++) {
		if ((unsigned char)*text <= 0x20 || (unsigned char)*text >= 0x7f)
			return false;
	}
	return true;
}

/* host[:port], [address][:port]: characters only. */
static bool is_host(const char *text)
{
	bool bracket = *text == '[';
	const char *end = bracket ? strchr(text, ']') : text + strcspn(text, ":");
	uint64_t port;

	if (end == NULL || end == text)
		return false;
	for (const char *next = text + bracket; next < end; next++) {
		if (!isalnum((unsigned char)*next) && strchr(bracket ? ":." : "-._", *next) == NULL)
			return false;
	}
	end += bracket;
	return *end == '\0' || (*end == ':' && text_count(end + 1, 0, 65535, &port));
}

static const char *take_length(struct head *head, const char *value)
{
	if (!text_count(value, 0, INT64_MAX, &head->length))
		return "Content-Length is not a number.";
	head->has_body = head->length > 0;
	return NULL;
}

static const char *take_coding(struct head *head, const char *value)
{
	if (strcasecmp(value, "chunked") != 0)
		return "Transfer-Encoding can only be chunked.";
	head->has_body = true;
	head->chunked = true;
	return NULL;
}

/* The fields that this server looks at. */
struct known {
	const char *name;
	const char *twice;            /* what is wrong when it is there again; NULL: it is a list, and the last one counts */
	const char *(*take)(struct head *head, const char *value);    /* or, when NULL: */
	size_t offset;                /* of its place in struct head; 0: it is not kept */
};

#define TAKEN(name, take) { name, name " is there more than once.", take, 0 }
#define KEPT(name, member) { name, name " is there more than once.", NULL, offsetof(struct head, member) }
#define LISTED(name, member) { name, NULL, NULL, offsetof(struct head, member) }

static const struct known knowns[] = {
	TAKEN("Content-Length", take_length),         /* these two are bits 0 and 1 of what was seen */
	TAKEN("Transfer-Encoding", take_coding),
	TAKEN("Expect", NULL),
	KEPT("Host", host),
	KEPT("Origin", origin),
	KEPT("Authorization", authorization),
	KEPT("Cookie", cookie),
	KEPT("Content-Type", content_type),
	KEPT("If-Match", if_match),
	KEPT("X-CSRF-Token", csrf),
	KEPT("Last-Event-ID", last_event_id),
	LISTED("Accept", accept),
	LISTED("Accept-Encoding", accept_encoding),
	LISTED("If-None-Match", if_none_match),
};

enum { KNOWN_COUNT = sizeof(knowns) / sizeof(knowns[0]) };

static const char *take_known(struct head *head, const struct known *known, const char *value)
{
	if (known->take != NULL)
		return known->take(head, value);
	if (known->offset != 0)
		*(const char **)(void *)((char *)head + known->offset) = value;
	return NULL;
}

static const char *take_field(struct head *head, const struct head_field *field, unsigned *seen)
{
	if (!is_token(field->name))
		return "A header's name has a character that it cannot have (a blank before the colon?).";
	if (!is_value(field->value))
		return "A header's value has a control character.";
	for (unsigned i = 0; i < KNOWN_COUNT; i++) {
		if (strcasecmp(field->name, knowns[i].name) != 0)
			continue;
		if (knowns[i].twice != NULL && *seen & 1u << i)
			return knowns[i].twice;
		*seen |= 1u << i;
		return take_known(head, &knowns[i], field->value);
	}
	return NULL;
}

static const char *take_line(struct head *head, const char *method, const char *target, const char *version)
{
	int number = method_parse(method);

	if (number < 0)
		return "There is no such method.";
	if (!is_target(target))
		return "The request's target must be a path, without blanks and in ASCII.";
	if (strcmp(version, "HTTP/1.1") != 0 && strcmp(version, "HTTP/1.0") != 0)
		return "The version of HTTP must be 1.0 or 1.1.";
	head->method = (enum method)number;
	head->minor = version[7] - '0';
	return NULL;
}

const char *head_check(struct head *head, const char *method, const char *target, const char *version,
	const struct head_field *fields, size_t count)
{
	enum { LENGTH = 1, CODING = 2 };
	unsigned seen = 0;
	const char *wrong;

	*head = (struct head){ 0 };
	wrong = take_line(head, method, target, version);
	for (size_t i = 0; i < count && wrong == NULL; i++)
		wrong = take_field(head, &fields[i], &seen);
	if (wrong != NULL)
		return wrong;
	if ((seen & (LENGTH | CODING)) == (LENGTH | CODING))
		return "Content-Length and Transfer-Encoding exclude each other.";
	if (head->chunked && head->minor == 0)
		return "HTTP/1.0 has no Transfer-Encoding.";
	if (head->host == NULL ? head->minor > 0 : !is_host(head->host))
		return "The Host header is missing or malformed.";
	if (head->has_body && (head->method == METHOD_GET || head->method == METHOD_HEAD))
		return "GET and HEAD have no body.";
	return NULL;
}
