#include "api/query.h"

#include <stdio.h>
#include <string.h>

#include "api/text.h"
#include "common/clock.h"
#include "common/config/config.h"

#define SINCE_MAX_MS (366 * 24 * 3600 * INT64_C(1000))

struct parse {
	struct query *query;
	const struct route *route;
	struct api_answer *answer;
	const char *page_token;       /* read when all filters are known */
	const char *suggestion;       /* for the value that was refused; NULL: none */
	unsigned seen;                /* parameters[i] was there: 1 << i */
	size_t errors;
};

static void report(struct parse *parse, const char *name, const char *code, const char *suggestion, const char *detail)
{
	char pointer[80];
	struct api_error error = { .pointer = pointer, .code = code, .suggestion = suggestion };

	snprintf(pointer, sizeof(pointer), "?%.70s", text_is_utf8(name, strlen(name)) && strlen(name) < 70 ? name : "");
	answer_error(parse->answer, &error, "%s", detail);
	parse->errors++;
}

/* ---- the kinds of values; each returns NULL or what is wrong ---- */

static const char *take_bool(bool *place, const char *value)
{
	*place = strcmp(value, "true") == 0;
	return *place || strcmp(value, "false") == 0 ? NULL : "must be true or false";
}

static const char *take_dry_run(struct parse *parse, const char *value)
{
	return take_bool(&parse->query->dry_run, value);
}

static const char *take_force(struct parse *parse, const char *value)
{
	return take_bool(&parse->query->force, value);
}

static const char *take_discard(struct parse *parse, const char *value)
{
	return take_bool(&parse->query->discard, value);
}

static const char *take_probe(struct parse *parse, const char *value)
{
	return take_bool(&parse->query->probe, value);
}

static const char *take_prune(struct parse *parse, const char *value)
{
	return take_bool(&parse->query->prune, value);
}

static const char *take_secrets(struct parse *parse, const char *value)
{
	parse->query->secrets_later = strcmp(value, "later") == 0;
	return parse->query->secrets_later ? NULL : "must be later";
}

static const char *take_limit(struct parse *parse, const char *value)
{
	uint64_t limit;

	if (!text_count(value, 1, LIST_LIMIT_MAX, &limit))
		return "must be a number from 1 to 1000";
	parse->query->list.limit = (unsigned)limit;
	return NULL;
}

static const char *take_page_token(struct parse *parse, const char *value)
{
	parse->page_token = value;
	return NULL;
}

/* One of these names, NULL-terminated. */
static const char *take_word(struct parse *parse, const char *const *names, const char **place, const char *value, const char *wrong)
{
	size_t i = 0;

	while (names[i] != NULL && strcmp(names[i], value) != 0)
		i++;
	*place = names[i];
	if (*place != NULL)
		return NULL;
	parse->suggestion = config_nearest(value, names);
	return wrong;
}

static const char *take_state(struct parse *parse, const char *value)
{
	static const char *const states[] = { "stopped", "starting", "running", "degraded", "draining", "backoff", "failed",
		"moving", "idle", "stalled", NULL };

	return take_word(parse, states, &parse->query->list.state, value,
		"must be stopped, starting, running, degraded, draining, backoff, failed, moving, idle or stalled");
}

/* Those of the store's audit trail: docs/errors.md has them, and a test holds the three against each other. */
static const char *take_action(struct parse *parse, const char *value)
{
	static const char *const actions[] = { "pipeline.create", "pipeline.change", "pipeline.delete", "pipeline.rollback",
		"pipeline.log_level", "pipeline.start", "pipeline.stop", "pipeline.restart", "secrets.rekey", "tenant.create",
		"tenant.change", "tenant.delete", "token.create", "token.delete", "refused", NULL };

	return take_word(parse, actions, &parse->query->audit.action, value, "must be an action such as pipeline.create");
}

static const char *take_who(struct parse *parse, const char *value)
{
	parse->query->audit.who = value;
	return text_is_id(value, strlen(value)) ? NULL : "must be the id of a token, local or sluiced";
}

/* "key" or "key=value"; the decoded text is ours to cut. */
static const char *take_label(struct parse *parse, const char *value)
{
	struct api_list *list = &parse->query->list;
	char *equals = strchr((char *)value, '=');

	if (list->label_count == API_LABELS_MAX)
		return "may be given eight times";
	if (equals != NULL)
		*equals++ = '\0';
	if (value[0] == '\0')
		return "must be KEY or KEY=VALUE";
	list->labels[list->label_count++] = (struct api_label){ value, equals };
	return NULL;
}

static const char *take_q(struct parse *parse, const char *value)
{
	if (text_has_control(value, strlen(value)))
		return "must not have control characters";
	parse->query->list.q = value[0] != '\0' ? value : NULL;
	return NULL;
}

static const char *take_fields(struct parse *parse, const char *value)
{
	parse->query->list.with_config = strcmp(value, "config") == 0;
	return parse->query->list.with_config ? NULL : "must be config";
}

static const char *take_wait(struct parse *parse, const char *value)
{
	if (!text_duration(value, WAIT_MAX_MS, &parse->query->wait_ms))
		return "must be a duration of at most 5 minutes, such as 10s";
	return NULL;
}

static const char *take_tap_limit(struct parse *parse, const char *value)
{
	uint64_t limit;

	if (!text_count(value, 1, TAP_LIMIT_MAX, &limit))
		return "must be a number from 1 to 10000";
	parse->query->tap.limit = (unsigned)limit;
	return NULL;
}

static const char *take_duration(struct parse *parse, const char *value)
{
	if (!text_duration(value, TAP_MAX_MS, &parse->query->tap.duration_ms) || parse->query->tap.duration_ms == 0)
		return "must be a duration of at most 1 hour, such as 60s";
	return NULL;
}

static const char *take_name_text(const char **place, const char *value)
{
	*place = value;
	return text_is_name(value, strlen(value)) ? NULL :
		"must be 1 to 63 of a-z, 0-9 and -, neither beginning nor ending with -";
}

static const char *take_tenant(struct parse *parse, const char *value)
{
	return take_name_text(&parse->query->tenant, value);
}

static const char *take_name(struct parse *parse, const char *value)
{
	return take_name_text(&parse->query->name, value);
}

static const char *take_tail(struct parse *parse, const char *value)
{
	uint64_t tail;

	if (!text_count(value, 0, TAIL_MAX, &tail))
		return "must be a number from 0 to 10000";
	parse->query->log.tail = (unsigned)tail;
	return NULL;
}

/* A time, or how long ago. */
static const char *read_since(const char *value, int64_t *since_ms)
{
	int64_t ago_ms;

	if (text_time(value, since_ms))
		return NULL;
	if (!text_duration(value, SINCE_MAX_MS, &ago_ms))
		return "must be a time such as 2027-01-31T12:00:00Z, or how long ago, such as 10m";
	*since_ms = clock_wall_ms() - ago_ms;
	return NULL;
}

static const char *take_log_since(struct parse *parse, const char *value)
{
	return read_since(value, &parse->query->log.since_ms);
}

static const char *take_audit_since(struct parse *parse, const char *value)
{
	parse->query->since = value;
	return read_since(value, &parse->query->audit.since_ms);
}

static const char *take_follow(struct parse *parse, const char *value)
{
	return take_bool(&parse->query->log.follow, value);
}

static const char *take_figures(struct parse *parse, const char *value)
{
	return take_bool(&parse->query->events.figures, value);
}

static const char *take_replay(struct parse *parse, const char *value)
{
	return take_bool(&parse->query->events.replay, value);
}

static const struct parameter {
	const char *name;
	unsigned query;               /* enum route_query */
	bool repeated;                /* may be there more than once */
	const char *(*take)(struct parse *parse, const char *value);
} parameters[] = {
	{ "limit", QUERY_PAGE, false, take_limit },
	{ "page_token", QUERY_PAGE, false, take_page_token },
	{ "state", QUERY_FILTER, false, take_state },
	{ "label", QUERY_FILTER, true, take_label },
	{ "q", QUERY_Q, false, take_q },
	{ "fields", QUERY_FIELDS, false, take_fields },
	{ "dry_run", QUERY_DRY_RUN, false, take_dry_run },
	{ "wait", QUERY_WAIT, false, take_wait },
	{ "force", QUERY_FORCE, false, take_force },
	{ "discard", QUERY_DISCARD, false, take_discard },
	{ "probe", QUERY_PROBE, false, take_probe },
	{ "prune", QUERY_PRUNE, false, take_prune },
	{ "secrets", QUERY_SECRETS, false, take_secrets },
	{ "tenant", QUERY_TENANT, false, take_tenant },
	{ "name", QUERY_NAME, false, take_name },
	{ "pipeline", QUERY_PIPELINE, false, take_name },
	{ "tail", QUERY_LOG, false, take_tail },
	{ "since", QUERY_LOG, false, take_log_since },
	{ "follow", QUERY_LOG, false, take_follow },
	{ "limit", QUERY_TAP, false, take_tap_limit },
	{ "duration", QUERY_TAP, false, take_duration },
	{ "action", QUERY_AUDIT, false, take_action },
	{ "who", QUERY_AUDIT, false, take_who },
	{ "since", QUERY_AUDIT, false, take_audit_since },
	{ "figures", QUERY_EVENTS, false, take_figures },
	{ "replay", QUERY_EVENTS, false, take_replay },
};

enum { PARAMETER_COUNT = sizeof(parameters) / sizeof(parameters[0]) };

static void report_unknown(struct parse *parse, const char *name)
{
	const char *names[PARAMETER_COUNT + 1];
	size_t count = 0;

	for (size_t i = 0; i < PARAMETER_COUNT; i++) {
		if (parameters[i].query & parse->route->query)
			names[count++] = parameters[i].name;
	}
	names[count] = NULL;
	report(parse, name, "query.unknown", config_nearest(name, names), "there is no such parameter here");
}

static void take_parameter(struct parse *parse, const char *name, const char *value)
{
	for (size_t i = 0; i < PARAMETER_COUNT; i++) {
		const char *wrong;

		if (!(parameters[i].query & parse->route->query) || strcmp(parameters[i].name, name) != 0)
			continue;
		if (parse->seen & 1u << i && !parameters[i].repeated) {
			report(parse, name, "query.duplicate", NULL, "is there more than once");
			return;
		}
		parse->seen |= 1u << i;
		parse->suggestion = NULL;
		wrong = parameters[i].take(parse, value);
		if (wrong != NULL)
			report(parse, name, "query.value", parse->suggestion, wrong);
		return;
	}
	report_unknown(parse, name);
}

/* "name=value" with a NUL behind; decoding only makes it shorter. */
static void take_pair(struct parse *parse, char *pair)
{
	char *value = strchr(pair, '=');
	size_t name_length = value != NULL ? (size_t)(value - pair) : strlen(pair);
	char *value_text = value != NULL ? value + 1 : pair + name_length;
	size_t value_length = strlen(value_text);

	if (value != NULL)
		*value = '\0';
	if (!text_decode(pair, &name_length, true) || !text_decode(value_text, &value_length, true) ||
		!text_is_utf8(pair, name_length) || !text_is_utf8(value_text, value_length))
		report(parse, "", "query.encoding", NULL, "a % must be followed by two hexadecimal digits, and make UTF-8");
	else if (strlen(pair) != name_length || strlen(value_text) != value_length)
		report(parse, "", "query.encoding", NULL, "must not hold %00");
	else
		take_parameter(parse, pair, value_text);
}

/* When all filters are known. */
static void take_token(struct parse *parse)
{
	if (parse->page_token != NULL && !page_token_read(parse->query, parse->route, parse->page_token))
		report(parse, "page_token", "page_token.invalid", NULL,
			"must be the next_page_token of this list with the same filters");
}

int query_parse(struct query *query, const struct route *route, const char *text, struct api_answer *answer)
{
	struct parse parse = { .query = query, .route = route, .answer = answer };
	char *rest = query->bytes;
	char *pair;

	query->list = (struct api_list){ .limit = LIST_LIMIT_DEFAULT, .after = query->after };
	query->after[0] = '\0';
	query->dry_run = query->force = query->discard = query->probe = query->prune = query->secrets_later = false;
	query->wait_ms = 0;
	query->tenant = query->name = query->since = NULL;
	query->audit = (struct api_audit_query){ 0 };
	query->events = (struct api_event_query){ 0 };
	query->log = (struct api_log_query){ .tail = TAIL_MAX + 1 };
	query->tap = (struct api_tap_query){ .limit = TAP_LIMIT_DEFAULT, .duration_ms = TAP_DEFAULT_MS };
	if (strlen(text) > QUERY_BYTES_MAX)
		return answer_refuse(answer, 400, "query.invalid", "The query is longer than %d bytes.", QUERY_BYTES_MAX);
	memcpy(query->bytes, text, strlen(text) + 1);
	while ((pair = strsep(&rest, "&")) != NULL) {
		if (pair[0] != '\0')
			take_pair(&parse, pair);
	}
	take_token(&parse);
	if (parse.errors > 0)
		return answer_refuse(answer, 400, "query.invalid", "The query is not valid: see errors.");
	return 0;
}
