#include "api/router.h"

#include <stdio.h>
#include <string.h>

#include "api/text.h"

static const char *const method_names[METHOD_COUNT] = {
	[METHOD_GET] = "GET", [METHOD_HEAD] = "HEAD", [METHOD_PUT] = "PUT", [METHOD_POST] = "POST",
	[METHOD_PATCH] = "PATCH", [METHOD_DELETE] = "DELETE", [METHOD_OPTIONS] = "OPTIONS", [METHOD_TRACE] = "TRACE",
	[METHOD_CONNECT] = "CONNECT",
};

int method_parse(const char *name)
{
	for (int i = 0; i < METHOD_COUNT; i++) {
		if (strcmp(method_names[i], name) == 0)
			return i;
	}
	return -1;
}

const char *method_name(enum method method)
{
	return method_names[method];
}

struct segment {
	char *text;                   /* decoded; may hold NUL */
	size_t length;
};

struct path {
	char bytes[PATH_MAX_BYTES + PATH_SEGMENTS_MAX + 1];
	struct segment segments[PATH_SEGMENTS_MAX];
	size_t count;                 /* 0: no route can have it */
};

static bool add_segment(struct path *path, size_t *used, const char *text, size_t length)
{
	struct segment *segment = &path->segments[path->count++];

	segment->text = path->bytes + *used;
	segment->length = length;
	memcpy(segment->text, text, length);
	*used += length + 1;
	return text_decode(segment->text, &segment->length, false);
}

/* False for a '%' that is none. A path that is too long or has too many segments is one that nothing has. */
static bool split(const char *target, struct path *path)
{
	size_t length = strcspn(target, "?#");
	const char *end = target + length;
	size_t used = 0;
	bool valid = true;

	path->count = 0;
	if (length == 0 || length > PATH_MAX_BYTES || target[0] != '/')
		return true;
	for (const char *next = target + 1; valid; next++) {
		size_t segment = strcspn(next, "/?#");

		if (path->count == PATH_SEGMENTS_MAX) {
			path->count = 0;
			return true;
		}
		valid = add_segment(path, &used, next, segment);
		next += segment;
		if (next == end)
			break;
	}
	return valid;
}

static bool segment_is(const struct segment *segment, const char *text, size_t length)
{
	return segment->length == length && memcmp(segment->text, text, length) == 0;
}

/* A name that is none: the path fits, but nothing can have it. */
static void capture_name(const struct segment *segment, char out[static CAPTURE_SIZE], bool *wrong)
{
	*wrong = !text_is_name(segment->text, segment->length);
	snprintf(out, CAPTURE_SIZE, "%s", *wrong ? API_TENANT_HIDDEN : segment->text);
}

static bool capture(const struct segment *segment, const char *kind, size_t length, struct route_match *match)
{
	if (segment->length == 0)
		return false;
	if (length == 3 && memcmp(kind, "{t}", 3) == 0) {
		capture_name(segment, match->tenant, &match->name_wrong);
	} else if (length == 6 && memcmp(kind, "{name}", 6) == 0) {
		/* a colon ends a name: pipelines/all:start is another path */
		if (memchr(segment->text, ':', segment->length) != NULL)
			return false;
		capture_name(segment, match->name, &match->name_wrong);
	} else if (length == 4 && memcmp(kind, "{id}", 4) == 0) {
		bool valid = text_is_id(segment->text, segment->length);

		snprintf(match->id, CAPTURE_SIZE, "%s", valid ? segment->text : API_TENANT_HIDDEN);
	} else if (length == 6 && memcmp(kind, "{file}", 6) == 0) {
		if (!text_is_file_name(segment->text, segment->length))
			return false;
		snprintf(match->file, CAPTURE_SIZE, "%s", segment->text);
	} else {
		return memchr(segment->text, '\0', segment->length) == NULL &&
			text_count(segment->text, 0, UINT32_MAX, &match->number);
	}
	return true;
}

static bool fits(const char *pattern, const struct path *path, struct route_match *match)
{
	size_t count = 0;

	match->tenant[0] = match->name[0] = match->id[0] = match->file[0] = '\0';
	match->name_wrong = false;
	while (*pattern == '/') {
		size_t length = strcspn(++pattern, "/");
		const struct segment *segment = &path->segments[count];

		if (count++ == path->count)
			return false;
		if (pattern[0] == '{' ? !capture(segment, pattern, length, match) : !segment_is(segment, pattern, length))
			return false;
		pattern += length;
	}
	return count == path->count;
}

bool route_find(const struct route *routes, enum method method, const char *target, struct route_match *match)
{
	enum method wanted = method == METHOD_HEAD ? METHOD_GET : method;
	struct path path;

	*match = (struct route_match){ 0 };
	if (!split(target, &path))
		return false;
	for (const struct route *route = routes; path.count > 0 && route->pattern != NULL; route++) {
		struct route_match found = { 0 };

		if (!fits(route->pattern, &path, &found))
			continue;
		found.allowed = match->allowed | 1u << route->method;
		if (route->method == METHOD_GET)
			found.allowed |= 1u << METHOD_HEAD;
		found.route = match->route;
		if (match->route == NULL && route->method == wanted)
			found.route = route;
		*match = found;
	}
	return true;
}

void route_print_allowed(unsigned allowed, char out[static ALLOW_SIZE])
{
	size_t used = 0;

	out[0] = '\0';
	for (unsigned i = 0; i < METHOD_COUNT; i++) {
		if (allowed & 1u << i)
			used += (size_t)snprintf(out + used, ALLOW_SIZE - used, "%s%s", used > 0 ? ", " : "", method_names[i]);
	}
}
