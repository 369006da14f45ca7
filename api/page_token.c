/* Page tokens: a check value, then where the page begins. */
#include <string.h>

#include "api/query.h"
#include "api/text.h"
#include "common/fnv.h"

/* A filter that is not there adds nothing. */
static uint64_t add_filter(uint64_t hash, const char *name, const char *value)
{
	if (value == NULL)
		return hash;
	return fnv_hash(fnv_hash(hash, name, strlen(name) + 1), value, strlen(value) + 1);
}

/* How long ago is as it was given: what it comes to is another time with each page. */
static uint32_t check_value(const struct query *query, const struct route *route, const char *next)
{
	const struct api_list *list = &query->list;
	uint64_t hash = fnv_hash(FNV_BASE, route->pattern, strlen(route->pattern) + 1);

	hash = add_filter(hash, "state", list->state);
	hash = add_filter(hash, "q", list->q);
	for (size_t i = 0; i < list->label_count; i++) {
		hash = add_filter(hash, "label", list->labels[i].key);
		hash = add_filter(hash, "=", list->labels[i].value);
	}
	hash = add_filter(hash, "tenant", query->tenant);
	hash = add_filter(hash, "name", query->name);
	hash = add_filter(hash, "action", query->audit.action);
	hash = add_filter(hash, "who", query->audit.who);
	hash = add_filter(hash, "since", query->since);
	hash = fnv_hash(hash, next, strlen(next));
	return (uint32_t)(hash ^ hash >> 32);
}

bool page_token_make(const struct query *query, const struct route *route, const char *next,
	char out[static PAGE_TOKEN_SIZE])
{
	uint32_t check = check_value(query, route, next);
	char bytes[API_NEXT_SIZE + sizeof(check)];
	size_t length = strlen(next);

	memcpy(bytes, &check, sizeof(check));
	memcpy(bytes + sizeof(check), next, length);
	return text_encode64(bytes, sizeof(check) + length, out, PAGE_TOKEN_SIZE);
}

/* It only says where to go on: somebody who makes one up sees no more than without it. */
bool page_token_read(struct query *query, const struct route *route, const char *token)
{
	char bytes[API_NEXT_SIZE + sizeof(uint32_t)];
	uint32_t check;
	size_t length = 0;

	if (!text_decode64(token, bytes, sizeof(bytes) - 1, &length) || length <= sizeof(check))
		return false;
	bytes[length] = '\0';
	memcpy(&check, bytes, sizeof(check));
	if (strlen(bytes + sizeof(check)) != length - sizeof(check) || check != check_value(query, route, bytes + sizeof(check)))
		return false;
	memcpy(query->after, bytes + sizeof(check), length - sizeof(check) + 1);
	return true;
}
