#include "supervisor/log_json.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/text.h"
#include "common/clock.h"

enum { WORD_SIZE = 64, SCOPE_MAX = 127 /* common/log.h cuts it */ };

/* The word at *line, and *line behind the blank after it. */
static bool take_word(const char **line, char word[static WORD_SIZE])
{
	size_t length = strcspn(*line, " ");

	if (length == 0 || length >= WORD_SIZE || (*line)[length] == '\0')
		return false;
	memcpy(word, *line, length);
	word[length] = '\0';
	*line += length + 1;
	return true;
}

struct head { char time[WORD_SIZE], level[WORD_SIZE], component[WORD_SIZE]; };

static const char *take_head(const char *line, struct head *head)
{
	int64_t ms;

	return take_word(&line, head->time) && text_time(head->time, &ms) && take_word(&line, head->level) &&
		log_level_parse(head->level) >= 0 && take_word(&line, head->component) ? line : NULL;
}

const char *log_json_rest(const char *line)
{
	struct head head;

	return take_head(line, &head);
}

/* Behind "SCOPE " of a child or "SCOPE: " of ours, if it is there. */
static const char *skip_scope(const char *rest, const char *scope)
{
	size_t length = scope != NULL ? strnlen(scope, SCOPE_MAX) : 0;

	if (length == 0 || strncmp(rest, scope, length) != 0)
		return rest;
	rest += length;
	if (rest[0] == ':' && rest[1] == ' ')
		return rest + 2;
	return rest[0] == ' ' ? rest + 1 : rest - length;
}

/* What is no UTF-8 is left out: an analyzer's text may be in it. */
static void put(json_t *object, const char *name, const char *text)
{
	char *clean = strdup(text);

	if (clean != NULL)
		text_make_utf8(clean);
	json_object_set_new(object, name, json_string(clean != NULL ? clean : ""));
	free(clean);
}

static char *print(const struct head *head, const struct log_origin *origin, const char *message)
{
	json_t *object = json_pack("{ss ss}", "time", head->time, "level", head->level);
	char *text;

	if (object == NULL)
		return NULL;
	put(object, "component", head->component);
	if (origin->pipeline != NULL && origin->tenant != NULL && origin->tenant[0] != '\0')
		put(object, "tenant", origin->tenant);
	if (origin->pipeline != NULL)
		put(object, "pipeline", origin->pipeline);
	else if (origin->scope != NULL)
		put(object, "scope", origin->scope);
	put(object, "message", message);
	text = json_dumps(object, JSON_COMPACT);
	json_decref(object);
	return text;
}

char *log_json_line(const char *line, const struct log_origin *origin)
{
	struct head head;
	const char *rest = take_head(line, &head);

	return rest != NULL ? print(&head, origin, skip_scope(rest, origin->scope)) : log_json_text(LOG_ERROR, line, origin);
}

char *log_json_text(enum log_level level, const char *text, const struct log_origin *origin)
{
	char time[CLOCK_TEXT_SIZE];
	struct head head;

	clock_text(clock_wall_ms(), time);
	snprintf(head.time, sizeof(head.time), "%s", time);
	snprintf(head.level, sizeof(head.level), "%s", log_level_name(level));
	snprintf(head.component, sizeof(head.component), "%s", origin->component);
	return print(&head, origin, text);
}
