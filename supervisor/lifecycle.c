#include "supervisor/lifecycle.h"

#include <string.h>

#define S PIPELINE_STOPPED
#define G PIPELINE_STARTING
#define R PIPELINE_RUNNING
#define H PIPELINE_DEGRADED
#define D PIPELINE_DRAINING
#define B PIPELINE_BACKOFF
#define F PIPELINE_FAILED

/* A row a state, a column an event. What is not in it cannot happen there and changes nothing. */
static const struct transition {
	enum pipeline_state from;
	enum life_event event;
	struct life_step step;
} transitions[] = {
	{ S, LIFE_START,          { G, DO_SPAWN } },
	{ S, LIFE_REPLACE,        { G, DO_SPAWN } },

	{ G, LIFE_DUE,            { G, DO_SPAWN } },
	{ G, LIFE_READY,          { R, DO_NOTHING } },
	{ G, LIFE_TOO_LATE,       { G, DO_KILL } },
	{ G, LIFE_ENDED,          { B, DO_WAIT } },
	{ G, LIFE_REFUSED,        { F, DO_FORGET } },
	{ G, LIFE_GIVEN_UP,       { F, DO_FORGET } },
	{ G, LIFE_STOP,           { D, DO_STOP } },
	{ G, LIFE_REPLACE,        { D, DO_HAND_OVER } },
	{ G, LIFE_HAND_OVER,      { D, DO_HAND_OVER } },

	{ R, LIFE_HURT,           { H, DO_NOTHING } },
	{ R, LIFE_ENDED,          { B, DO_WAIT } },
	{ R, LIFE_REFUSED,        { F, DO_FORGET } },
	{ R, LIFE_GIVEN_UP,       { F, DO_FORGET } },
	{ R, LIFE_STOP,           { D, DO_STOP } },
	{ R, LIFE_REPLACE,        { D, DO_HAND_OVER } },
	{ R, LIFE_HAND_OVER,      { D, DO_HAND_OVER } },

	{ H, LIFE_WELL,           { R, DO_NOTHING } },
	{ H, LIFE_ENDED,          { B, DO_WAIT } },
	{ H, LIFE_REFUSED,        { F, DO_FORGET } },
	{ H, LIFE_GIVEN_UP,       { F, DO_FORGET } },
	{ H, LIFE_STOP,           { D, DO_STOP } },
	{ H, LIFE_REPLACE,        { D, DO_HAND_OVER } },
	{ H, LIFE_HAND_OVER,      { D, DO_HAND_OVER } },

	{ D, LIFE_DRAINED,        { S, DO_FORGET } },
	{ D, LIFE_DRAINED_FAILED, { F, DO_FORGET } },
	{ D, LIFE_DRAINED_WANTED, { G, DO_SPAWN } },
	{ D, LIFE_ENDED,          { D, DO_RESPAWN } },
	{ D, LIFE_DUE,            { D, DO_SPAWN } },
	{ D, LIFE_REFUSED,        { F, DO_FORGET } },
	{ D, LIFE_TOO_LATE,       { D, DO_KILL } },
	{ D, LIFE_STOP,           { D, DO_STOP } },
	{ D, LIFE_REPLACE,        { D, DO_HAND_OVER } },
	{ D, LIFE_HAND_OVER,      { D, DO_HAND_OVER } },

	{ B, LIFE_DUE,            { G, DO_SPAWN } },
	{ B, LIFE_START,          { G, DO_SPAWN } },
	{ B, LIFE_REPLACE,        { G, DO_SPAWN } },
	{ B, LIFE_STOP,           { S, DO_FORGET } },
	{ B, LIFE_HAND_OVER,      { D, DO_SPAWN } },

	{ F, LIFE_START,          { G, DO_SPAWN } },
	{ F, LIFE_REPLACE,        { G, DO_SPAWN } },
	{ F, LIFE_STOP,           { S, DO_FORGET } },
};

struct life_step lifecycle_next(enum pipeline_state state, enum life_event event)
{
	for (size_t i = 0; i < sizeof(transitions) / sizeof(transitions[0]); i++) {
		if (transitions[i].from == state && transitions[i].event == event)
			return transitions[i].step;
	}
	return (struct life_step){ state, DO_NOTHING };
}

static const char *const names[PIPELINE_STATES] = { "stopped", "starting", "running", "degraded", "draining", "backoff",
	"failed" };

const char *pipeline_state_name(enum pipeline_state state)
{
	return names[state];
}

int pipeline_state_find(const char *name)
{
	for (int i = 0; i < PIPELINE_STATES; i++) {
		if (strcmp(name, names[i]) == 0)
			return i;
	}
	return -1;
}
