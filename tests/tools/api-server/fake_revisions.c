/* Each pipeline has had one revision, which is the present one. */
#include "api/stream.h"
#include "fake.h"

static json_t *revision_json(const json_t *pipeline)
{
	return json_pack("{s:i, s:b, s:s, s:s, s:s, s:n, s:f, s:s, s:s}", "revision", 1, "current", 1, "at",
		"2027-01-31T12:00:00Z", "who", "local", "summary", "created", "restored_from", "ran_seconds", 1.5, "outcome",
		"ready", "host_id", json_string_value(json_object_get(pipeline, "host_id")));
}

static int revision_list(void *owner, const struct api_request *request, const struct api_list *list,
	struct api_answer *answer)
{
	const json_t *pipeline = fake_pipeline(owner, request);

	(void)list;
	if (pipeline == NULL)
		return answer_not_found(answer);
	answer->body = json_pack("[o]", revision_json(pipeline));
	return 0;
}

static int revision_get(void *owner, const struct api_request *request, struct api_answer *answer)
{
	const json_t *pipeline = fake_pipeline(owner, request);

	if (pipeline == NULL || request->number != 1)
		return answer_not_found(answer);
	answer->body = revision_json(pipeline);
	return 0;
}

static int pipeline_rollback(void *owner, const struct api_request *request, int64_t revision, struct api_answer *answer)
{
	json_t *pipeline = fake_pipeline(owner, request);

	if (pipeline == NULL)
		return answer_not_found(answer);
	if (revision != 1)
		return answer_refuse(answer, 422, "revision.unknown", "There is no such revision.");
	answer->body = json_copy(pipeline);
	json_object_set_new(answer->body, "changed", json_false());
	return 0;
}

/* One event, and the end. */
static int events(void *owner, const struct api_request *request, const struct api_event_query *query,
	struct api_answer *answer)
{
	int error = request->tenant != NULL ? fake_check_tenant(owner, request, answer) : 0;

	(void)query;
	if (error != 0)
		return error;
	if (api_stream_new(&answer->stream, NULL) != 0)
		return answer_unavailable(answer, "memory", 1, "no memory");
	answer->content_type = "text/event-stream";
	api_stream_event(answer->stream, "1", "snapshot", "{\"pipelines\":[],\"last\":true}");
	api_stream_end(answer->stream);
	return 0;
}

/* One line, and the end. */
static int logs(void *owner, const struct api_request *request, const struct api_log_query *query,
	struct api_answer *answer)
{
	static const char line[] = "2027-01-31T12:00:00.000Z info worker acme/one drained: everything is written\n";

	if (fake_pipeline(owner, request) == NULL)
		return answer_not_found(answer);
	if (api_stream_new(&answer->stream, NULL) != 0)
		return answer_unavailable(answer, "memory", 1, "no memory");
	answer->content_type = query->events ? "text/event-stream" : "text/plain; charset=utf-8";
	if (query->events)
		api_stream_event(answer->stream, NULL, "line", line);
	else
		api_stream_send(answer->stream, line, sizeof(line) - 1);
	api_stream_end(answer->stream);
	return 0;
}

static int log_level(void *owner, const struct api_request *request, const char *level, struct api_answer *answer)
{
	if (fake_pipeline(owner, request) == NULL)
		return answer_not_found(answer);
	answer->body = json_pack("{s:s?}", "level", level);
	return 0;
}

static int log_level_get(void *owner, const struct api_request *request, struct api_answer *answer)
{
	return log_level(owner, request, NULL, answer);
}

void fake_revision_ops(struct api_ops *ops)
{
	ops->events = events;
	ops->logs = logs;
	ops->log_level_get = log_level_get;
	ops->log_level = log_level;
	ops->revision_list = revision_list;
	ops->revision_get = revision_get;
	ops->pipeline_rollback = pipeline_rollback;
}
