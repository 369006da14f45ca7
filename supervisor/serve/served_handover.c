/* What is known of a pipeline beside the store, on its way from one image of the supervisor to the next. */
#include "common/log.h"
#include "supervisor/handover.h"
#include "supervisor/serve/served.h"

#define NUMBER(type, member) HANDOVER_ROW(struct type, HANDOVER_NUMBER, member)
#define FLAG(member) HANDOVER_ROW(struct served, HANDOVER_BOOL, member)

static const struct handover_field setting_fields[] = {
	HANDOVER_ROW(struct served, HANDOVER_TEXT, fallback),
	{ 0 },
};

static const struct handover_field fields[] = {
	NUMBER(served, ready_ns), NUMBER(served, ready_revision), NUMBER(served, told_state), NUMBER(served, told_revision),
	NUMBER(served, sample_count), HANDOVER_ROW(struct served, HANDOVER_TEXT, told_flow_state),
	{ 0 },
};

/* Of its revision. */
static const struct handover_field revision_fields[] = {
	FLAG(proven), FLAG(judged), NUMBER(served, failed_starts),
	{ 0 },
};

static const struct handover_field applied_fields[] = {
	NUMBER(served, applied_ms),
	{ 0 },
};

static const struct handover_field sample_fields[] = {
	NUMBER(sample, at_ns), NUMBER(sample, passed), NUMBER(sample, lag), NUMBER(sample, written), NUMBER(sample, lost),
	NUMBER(sample, capture), NUMBER(sample, left), NUMBER(sample, records),
	{ 0 },
};

void served_hand_over(const struct served *served, struct handover *handover, json_t *object)
{
	size_t samples = served->sample_count < SAMPLES ? (size_t)served->sample_count : SAMPLES;

	handover_put_fields(handover, object, setting_fields, served);
	handover_put_text(handover, object, "log_level", served->log_level);
	handover_put_fields(handover, object, fields, served);
	handover_put(handover, object, "revision", json_integer(served->revision));
	handover_put_fields(handover, object, revision_fields, served);
	if (served->config_error[0] == '\0')
		handover_put_fields(handover, object, applied_fields, served);
	/* their places stay: the n-th ever at n % SAMPLES */
	handover_put_list(handover, object, "samples", sample_fields, served->samples, samples, sizeof(*served->samples));
}

void served_adopt_settings(struct served *served, const json_t *object)
{
	const char *level = handover_text(object, "log_level");

	handover_take_fields(object, setting_fields, served);
	if (log_level_parse(level) >= 0)
		served->log_level = log_level_name((enum log_level)log_level_parse(level));
}

void served_adopt(struct served *served, const json_t *object)
{
	size_t samples;

	handover_take_fields(object, fields, served);
	if (json_integer_value(json_object_get(object, "revision")) == served->revision) {
		handover_take_fields(object, revision_fields, served);
		if (served->config_error[0] == '\0')
			handover_take_fields(object, applied_fields, served);
	}
	samples = handover_take_list(object, "samples", sample_fields, served->samples, SAMPLES, sizeof(*served->samples));
	if (samples < SAMPLES)
		served->sample_count = samples;
}
