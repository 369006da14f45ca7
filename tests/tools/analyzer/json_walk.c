#include "tests/tools/analyzer/json_walk.h"

#include <stdbool.h>
#include <string.h>

#include "common/err.h"

enum { PATH_SIZE = 256, DEPTH_MAX = 64 };

struct walk {
	const char *text;
	size_t length;
	size_t at;
	const struct json_visitor *visitor;
	char path[PATH_SIZE];
	size_t path_length;
	unsigned depth;
};

static int walk_value(struct walk *walk);

static int peek(const struct walk *walk)
{
	return walk->at < walk->length ? (unsigned char)walk->text[walk->at] : -1;
}

static void skip_space(struct walk *walk)
{
	while (peek(walk) == ' ' || peek(walk) == '\t' || peek(walk) == '\n' || peek(walk) == '\r')
		walk->at++;
}

static bool take(struct walk *walk, int byte)
{
	skip_space(walk);
	if (peek(walk) != byte)
		return false;
	walk->at++;
	return true;
}

static int walk_string(struct walk *walk)
{
	if (!take(walk, '"'))
		return ERR_INVALID;
	while (peek(walk) >= 0x20 && peek(walk) != '"')
		walk->at += peek(walk) == '\\' ? 2 : 1;
	return take(walk, '"') ? 0 : ERR_INVALID;
}

/* Appends to the path; a name that does not fit is left out: nothing is looked for that deep. */
static void path_add(struct walk *walk, const char *separator, const char *name, size_t length)
{
	size_t more = strlen(separator) + length;

	if (walk->path_length + more >= PATH_SIZE)
		return;
	memcpy(walk->path + walk->path_length, separator, strlen(separator));
	memcpy(walk->path + walk->path_length + strlen(separator), name, length);
	walk->path_length += more;
	walk->path[walk->path_length] = '\0';
}

static void path_cut(struct walk *walk, size_t length)
{
	walk->path_length = length;
	walk->path[length] = '\0';
}

static int walk_member(struct walk *walk)
{
	size_t path_length = walk->path_length;
	size_t from;
	int error;

	skip_space(walk);
	from = walk->at;
	if (walk_string(walk) != 0)
		return ERR_INVALID;
	path_add(walk, path_length > 0 ? "." : "", walk->text + from + 1, walk->at - from - 2);
	if (!take(walk, ':'))
		return ERR_INVALID;
	error = walk_value(walk);
	path_cut(walk, path_length);
	return error;
}

static int walk_object(struct walk *walk)
{
	walk->at++;
	if (take(walk, '}'))
		return 0;
	do {
		if (walk_member(walk) != 0)
			return ERR_INVALID;
	} while (take(walk, ','));
	return take(walk, '}') ? 0 : ERR_INVALID;
}

static int walk_array(struct walk *walk)
{
	size_t path_length = walk->path_length;

	walk->at++;
	if (take(walk, ']'))
		return 0;
	path_add(walk, "[]", "", 0);
	do {
		if (walk_value(walk) != 0)
			return ERR_INVALID;
	} while (take(walk, ','));
	path_cut(walk, path_length);
	return take(walk, ']') ? 0 : ERR_INVALID;
}

static int walk_word(struct walk *walk)
{
	size_t from = walk->at;

	while (peek(walk) > 0 && strchr("+-.0123456789abcdefghijklmnopqrstuvwxyzE", peek(walk)) != NULL)
		walk->at++;
	return walk->at > from ? 0 : ERR_INVALID;
}

static int walk_value(struct walk *walk)
{
	size_t from;
	int error;

	skip_space(walk);
	from = walk->at;
	if (walk->depth == DEPTH_MAX)
		return ERR_LIMIT;
	walk->depth++;
	if (peek(walk) == '{')
		error = walk_object(walk);
	else if (peek(walk) == '[')
		error = walk_array(walk);
	else if (peek(walk) == '"')
		error = walk_string(walk);
	else
		error = walk_word(walk);
	walk->depth--;
	if (error == 0)
		walk->visitor->visit(walk->visitor->data, walk->path, from, walk->at);
	return error;
}

int json_walk(const char *text, size_t length, const struct json_visitor *visitor)
{
	struct walk walk = { .text = text, .length = length, .visitor = visitor };

	if (walk_value(&walk) != 0)
		return ERR_INVALID;
	skip_space(&walk);
	return walk.at == length ? 0 : ERR_INVALID;
}
