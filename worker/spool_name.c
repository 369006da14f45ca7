#include "worker/spool_name.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common/ends_with.h"
#include "common/tag.h"

/* A decimal number as it is printed here: no sign, no leading zero. Moves *text behind it. */
static bool take_number(const char **text, uint64_t *number)
{
	const char *at = *text;

	*number = 0;
	if (*at < '0' || *at > '9' || (at[0] == '0' && at[1] >= '0' && at[1] <= '9'))
		return false;
	for (; *at >= '0' && *at <= '9'; at++) {
		uint64_t digit = (uint64_t)(*at - '0');

		if (*number > (UINT64_MAX - digit) / 10)
			return false;
		*number = *number * 10 + digit;
	}
	*text = at;
	return true;
}

static bool take_dot(const char **text)
{
	if (**text != '.')
		return false;
	++*text;
	return true;
}

static bool take_tag(const char **text, unsigned *lane)
{
	for (unsigned i = 0; i < TAG_COUNT; i++) {
		size_t length = strlen(flow_tag_names[i]);

		if (strncmp(*text, flow_tag_names[i], length) == 0 && (*text)[length] == '.') {
			*text += length + 1;
			*lane = i;
			return true;
		}
	}
	return false;
}

void spool_name_parse(const char *text, struct spool_name *name)
{
	const char *at = text;

	memset(name, 0, sizeof(*name));
	if (ends_with(text, ".tmp")) {
		name->kind = NAME_TEMPORARY;
		return;
	}
	if (!take_tag(&at, &name->lane) || !take_number(&at, &name->number) || !take_dot(&at))
		return;
	if (strcmp(at, "segment") == 0)
		name->kind = NAME_SEGMENT;
	else if (take_number(&at, &name->records) && take_dot(&at) && take_number(&at, &name->flows) &&
		strcmp(at, ".object") == 0)
		name->kind = NAME_OBJECT;
}

void spool_name_segment(char *text, unsigned lane, uint64_t number)
{
	snprintf(text, SPOOL_NAME_SIZE, "%s.%" PRIu64 ".segment", flow_tag_names[lane], number);
}

void spool_name_object(char *text, unsigned lane, uint64_t number, uint64_t records, uint64_t flows)
{
	snprintf(text, SPOOL_NAME_SIZE, "%s.%" PRIu64 ".%" PRIu64 ".%" PRIu64 ".object", flow_tag_names[lane], number,
		records, flows);
}

void spool_name_temporary(char *text, unsigned lane, uint64_t number)
{
	snprintf(text, SPOOL_NAME_SIZE, "%s.%" PRIu64 ".object.tmp", flow_tag_names[lane], number);
}
