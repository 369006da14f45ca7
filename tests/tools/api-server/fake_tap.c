/* One record, and the end. */
#include <string.h>

#include "api/stream.h"
#include "fake.h"

static const char record[] = "{\"tag\":\"internal\",\"skipped\":0,\"at\":\"2027-01-31T12:00:00Z\",\"record\":{}}";

static int tap(void *owner, const struct api_request *request, const struct api_tap_query *query, struct api_answer *answer)
{
	if (fake_pipeline(owner, request) == NULL)
		return answer_not_found(answer);
	if (api_stream_new(&answer->stream, NULL) != 0)
		return answer_unavailable(answer, "memory", 1, "no memory");
	if (query->events) {
		api_stream_event(answer->stream, NULL, "record", record);
	} else {
		api_stream_send(answer->stream, record, strlen(record));
		api_stream_send(answer->stream, "\n", 1);
	}
	answer->content_type = query->events ? "text/event-stream" : "application/x-ndjson";
	api_stream_end(answer->stream);
	return 0;
}

void fake_tap_ops(struct api_ops *ops)
{
	ops->tap = tap;
}
