#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/config/key_template.h"
#include "common/config/pipeline_config.h"
#include "common/json_parse.h"
#include "worker/probe.h"
#include "worker/spool.h"
#include "worker/topology/topology.h"
#include "worker/worker.h"

enum {
	STREAM_RETRY_MS = 1000,
	TAP_QUEUED_MAX = 256 * 1024,  /* of records: what else is said finds room behind them */
};

static const char *const condition_names[] = { "WorkerReady", "SinkReachable", "SpoolWritable",
	"SubscriptionUp", "TopologyReachable" };
static const char *const recovered[] = { "ready", "objects can be written again", "the spool can be written again",
	"the analyzer answers again", "the topology answers again" };

/* ---- to the supervisor ---- */

/* Nobody would know how it stands with this worker: its successor says it. */
static void speechless(struct worker *worker)
{
	if (worker->life == LIFE_ENDED)
		return;
	log_error("no memory to tell the supervisor");
	worker_end(worker, WORKER_FAILED);
}

/* What cannot be said is lost with a line in the log where the supervisor's death or a flood makes it so. */
bool control_say(void *owner, uint16_t type, uint32_t id, const void *payload, size_t length)
{
	struct worker *worker = owner;
	struct err err;

	if (worker->control == NULL)
		return false;
	if (ipc_send(worker->control, type, id, payload, length, &err) == 0)
		return true;
	if (err.code == ERR_NO_MEMORY)
		speechless(worker);
	else
		log_warn("telling the supervisor: %s", err.message);
	return false;
}

/* Takes the object over. NULL: there was no memory for it. */
static bool say_json(struct worker *worker, uint16_t type, uint32_t id, json_t *object)
{
	char *text = object != NULL ? json_dumps(object, JSON_COMPACT) : NULL;
	bool said = text != NULL && control_say(worker, type, id, text, strlen(text));

	if (text == NULL)
		speechless(worker);
	free(text);
	json_decref(object);
	return said;
}

/* Bytes from outside (a path, a key) may be in it: what is not ASCII is shown as ?. */
static const char *plain(const char *text, char *out, size_t size)
{
	size_t i;

	for (i = 0; text[i] != '\0' && i + 1 < size; i++)
		out[i] = (unsigned char)text[i] < 0x80 ? text[i] : '?';
	out[i] = '\0';
	return out;
}

/* Every start recovers, most of them at once; one that takes long is shown by the status line. */
static bool is_routine(const char *reason)
{
	return strcmp(reason, "Recovering") == 0;
}

void worker_condition(struct worker *worker, enum worker_condition_type type, bool status, const char *reason,
	const char *message, const char *field)
{
	struct worker_condition *known = &worker->conditions[type];
	/* lanes that fail for one reason differ in the object they name: that is no news for the log */
	bool news = !known->known || known->status != status || strcmp(known->reason, reason) != 0;
	char text[ERR_MESSAGE_SIZE];

	if (known->known && known->status == status && strcmp(known->reason, reason) == 0 &&
		strcmp(known->message, message) == 0)
		return;
	if (!status && news)
		log_line(is_routine(reason) ? LOG_DEBUG : LOG_WARN, "%s reason=%s%s%s", message, reason,
			field ? " field=" : "", field ? field : "");
	else if (status && known->known && !known->status)
		log_line(is_routine(known->reason) ? LOG_DEBUG : LOG_INFO, "%s", recovered[type]);
	known->known = true;
	known->status = status;
	snprintf(known->reason, sizeof(known->reason), "%s", reason);
	snprintf(known->message, sizeof(known->message), "%s", message);
	plain(message, text, sizeof(text));
	say_json(worker, IPC_CONDITION, 0, json_pack("{ss sb ss ss ss}", "type", condition_names[type], "status", (int)status,
		"reason", reason, "message", text, "field", field ? field : ""));
}

void worker_retry(struct worker *worker, enum worker_condition_type type, unsigned tries, int64_t next_ns)
{
	say_json(worker, IPC_RETRY, 0, json_pack("{ss sI sI}", "type", condition_names[type], "tries", (json_int_t)tries,
		"next_ns", (json_int_t)next_ns));
}

void worker_topology_health(void *owner, const struct topology_health *health)
{
	worker_condition(owner, CONDITION_TOPOLOGY, health->answers, health->reason, health->message, health->field);
	if (!health->answers)
		worker_retry(owner, CONDITION_TOPOLOGY, health->tries, health->next_ns);
}

void worker_event(struct worker *worker, int severity, const char *code, const char *format, ...)
{
	static const char *const severities[] = { "info", "info", "warn", "error" };
	char message[ERR_MESSAGE_SIZE], text[ERR_MESSAGE_SIZE];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	log_line((enum log_level)severity, "%s: %s", code, message);
	say_json(worker, IPC_EVENT, 0, json_pack("{ss ss ss}", "severity", severities[severity & 3], "code", code, "message",
		plain(message, text, sizeof(text))));
}

static json_t *stream_question(const struct worker *worker)
{
	const struct pipeline_config *config = worker->pipeline_config;
	const struct key_parts parts = { .prefix = config->store.filename_prefix, .host_id = config->host_id };
	const struct writer *writer = worker->outbox.writer;
	char folder[KEY_SIZE];
	struct buffer endpoint;
	json_t *object = NULL;

	buffer_init(&endpoint, 2 * PATH_MAX);
	if (writer->type->endpoint(writer, &endpoint) == 0 &&
		key_template_folder(config->store.key_layout, &parts, folder) == 0)
		object = json_pack("{ss% ss ss sI}", "endpoint", endpoint.bytes, endpoint.length, "bucket", config->store.dirname,
			"prefix", folder, "newest_ms", (json_int_t)writer->newest_stream_ms);
	buffer_fini(&endpoint);
	return object;
}

/* The old stream goes on meanwhile, where there is one. */
static void no_stream_name(struct worker *worker, const char *why)
{
	worker_condition(worker, CONDITION_WORKER, false, "NoStreamName", why, "--data-dir");
	loop_timer_set(worker->loop, &worker->stream_retry, clock_boottime_ns() + STREAM_RETRY_MS * NS_PER_MS, NULL);
}

static void ask_again(struct loop_timer *timer)
{
	struct worker *worker = timer->owner;

	worker->stream_request = 0;
	worker_turn(worker);
}

void control_stream_name(struct worker *worker)
{
	json_t *question;

	/* a page has no streams */
	if (worker->pipeline_config->store.type == STORE_PROM_SKY_CON)
		return;
	if (worker->stream_request != 0 || worker->control == NULL ||
		!spool_wants_stream_name(worker->spool, clock_wall_ms(), loop_now(worker->loop)))
		return;
	worker->stream_request = ++worker->stream_requests;
	question = stream_question(worker);
	if (question == NULL || !say_json(worker, IPC_STREAM_REQUEST, worker->stream_request, question))
		no_stream_name(worker, "no name for a stream could be asked for");
}

void control_ready(struct worker *worker)
{
	worker_condition(worker, CONDITION_WORKER, true, "Ready", "", NULL);
	control_say(worker, IPC_READY, 0, NULL, 0);
}

void control_drained(struct worker *worker, const struct ipc_drained *drained)
{
	control_say(worker, IPC_DRAINED, 0, drained, sizeof(*drained));
}

void control_sink(void *owner, bool status, const char *reason, const char *message, const char *field)
{
	worker_condition(owner, CONDITION_SINK, status, reason, message, field);
}

bool control_tap(void *owner, uint32_t session, const void *payload, size_t length)
{
	struct worker *worker = owner;

	return worker->control != NULL && ipc_queued(worker->control) + length <= TAP_QUEUED_MAX &&
		ipc_send(worker->control, IPC_TAP_RECORD, session, payload, length, NULL) == 0;
}

/* ---- from the supervisor ---- */

static void take_epochs(struct worker *worker, const char *payload, size_t length)
{
	struct ipc_epoch *epochs = malloc(length > 0 ? length : 1);

	if (epochs == NULL || length % sizeof(*epochs) != 0) {
		struct err err;

		if (epochs == NULL)
			err_set(&err, ERR_NO_MEMORY, "no memory for a list of %zu bytes", length);
		else
			err_set(&err, ERR_PROTOCOL, "a list of %zu bytes", length);
		free(epochs);
		worker_fail(worker, WORKER_FAILED, "epochs", &err);
		return;
	}
	if (length > 0)
		memcpy(epochs, payload, length);
	free(worker->epochs);
	worker->epochs = epochs;
	worker->epoch_count = length / sizeof(*epochs);
}

static void take_stream_name(struct worker *worker, uint32_t id, const char *payload, size_t length)
{
	struct ipc_stream_name name;

	if (length != sizeof(name) || id != worker->stream_request || worker->spool == NULL)
		return;
	memcpy(&name, payload, sizeof(name));
	worker->stream_request = 0;
	spool_stream_name(worker->spool, name.wall_ms);
	if (worker->life == LIFE_READY)
		laps_say_ready(&worker->reader.laps);
	reader_retry(&worker->reader);
	worker_turn(worker);
}

static void take_refusal(struct worker *worker, uint32_t id, const char *payload, size_t length)
{
	json_t *object = json_parse(payload, length, 0, NULL);
	const char *message = json_string_value(json_object_get(object, "message"));

	if (id == worker->stream_request && worker->spool != NULL)
		no_stream_name(worker, message != NULL ? message : "no name for a stream can be given");
	json_decref(object);
}

static void take_drain(struct worker *worker, const char *payload, size_t length)
{
	struct ipc_drain order;

	if (length != sizeof(order)) {
		log_warn("a drain order of %zu bytes", length);
		return;
	}
	memcpy(&order, payload, sizeof(order));
	drain_order(&worker->drain, &order);
}

static void take_tap(struct worker *worker, uint32_t id, const char *payload, size_t length)
{
	struct ipc_tap order;

	if (length != sizeof(order))
		return;
	memcpy(&order, payload, sizeof(order));
	tap_set(&worker->tap, id, &order, clock_boottime_ns());
	log_debug("%s the records", tap_is_on(&worker->tap) ? "somebody looks at" : "nobody looks at");
}

/* For the writer; before there is one nobody has asked. */
static void take_token(struct worker *worker, uint16_t type, uint32_t id, const char *payload, size_t length)
{
	struct writer *writer = worker->outbox.writer;

	if (writer != NULL && writer->type->told != NULL)
		writer->type->told(writer, type, id, payload, length);
}

static void take_message(void *owner, uint16_t type, uint32_t id, const char *payload, size_t length)
{
	struct worker *worker = owner;

	if (worker->life == LIFE_ENDED)
		return;
	switch (type) {
	case IPC_CONFIG:
		worker_start(worker, payload, length);
		break;
	case IPC_PROBE:
		probe_start(worker, payload, length);
		break;
	case IPC_EPOCHS:
		take_epochs(worker, payload, length);
		break;
	case IPC_STREAM_NAME:
		take_stream_name(worker, id, payload, length);
		break;
	case IPC_STREAM_REFUSED:
		take_refusal(worker, id, payload, length);
		break;
	case IPC_LOG_LEVEL:
		log_set_level_name(payload);
		break;
	case IPC_TAP:
		take_tap(worker, id, payload, length);
		break;
	case IPC_TOKEN_FETCH:
	case IPC_TOKEN:
	case IPC_TOKEN_REFUSED:
		take_token(worker, type, id, payload, length);
		break;
	case IPC_DRAIN:
		take_drain(worker, payload, length);
		break;
	default:
		log_warn("message of unknown type %u from the supervisor", type);
	}
}

static void supervisor_gone(void *owner, const struct err *err)
{
	struct worker *worker = owner;

	ipc_free(&worker->control);
	if (worker->life == LIFE_ENDED)
		return;
	/* the supervisor lives, and starts a worker that hears it */
	if (err->code != ERR_CLOSED) {
		worker_fail(worker, WORKER_FAILED, "control channel", err);
		return;
	}
	if (worker->probing != NULL) {
		worker_end(worker, WORKER_DONE);
		return;
	}
	log_warn("the supervisor has gone (%s): reading to the epoch's end", err->message);
	drain_orphan(&worker->drain);
}

int control_init(struct worker *worker, struct err *err)
{
	static const struct ipc_handler handler = { take_message, supervisor_gone };

	worker->stream_retry = (struct loop_timer){ .fire = ask_again, .owner = worker };
	return ipc_new(&worker->control, worker->loop, worker->fds.control, &handler, worker, err);
}
