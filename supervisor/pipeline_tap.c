/* A pipeline's records, for somebody who looks: its worker is told, and what it shows is passed on. The text is the worker's
 * business, made of what an analyzer sent: here it is a line, and nobody looks into it. */
#include <string.h>

#include "api/text.h"
#include "common/log.h"
#include "common/tag.h"
#include "supervisor/child.h"
#include "supervisor/fleet.h"
#include "supervisor/pipeline_private.h"

int pipeline_tell_tap(struct pipeline *pipeline, struct child *child, struct err *err)
{
	return child_send(child, IPC_TAP, pipeline->tap_session, &pipeline->tap, sizeof(pipeline->tap), err);
}

void pipeline_tap(struct pipeline *pipeline, const struct ipc_tap *rates)
{
	pipeline->tap = *rates;
	pipeline->tap_session++;
	/* one that cannot be told is about to end, and its successor is told */
	if (pipeline->keeper.child != NULL)
		pipeline_tell_tap(pipeline, pipeline->keeper.child, NULL);
}

static bool is_line(const char *text, size_t length)
{
	return length > 0 && length <= IPC_TAP_TEXT_MAX && strcspn(text, "\r\n") == length && text_is_utf8(text, length);
}

void pipeline_take_tapped(struct pipeline *pipeline, uint32_t session, const char *payload, size_t length)
{
	struct fleet *fleet = pipeline->fleet;
	struct ipc_tap_record record;

	/* said before it heard that nobody looks any more */
	if (pipeline->tap.records_s == 0 || session != pipeline->tap_session || fleet->tapped == NULL)
		return;
	if (length < sizeof(record) || !is_line(payload + sizeof(record), length - sizeof(record))) {
		log_warn("%s: its worker shows a record that is none", pipeline->label);
		return;
	}
	memcpy(&record, payload, sizeof(record));
	if (record.tag < TAG_COUNT)
		fleet->tapped(fleet, pipeline, &record, payload + sizeof(record));
}
