/* The interfaces that flows were captured on (NodeTID), kept in the stages' memory with the interval in which each was
 * last heard of. Intervals are numbered from 1 on; what is asked of one interval may be asked until the one behind the
 * next begins. */
#ifndef SLUICE_WORKER_CAPTURE_INTERFACES_H
#define SLUICE_WORKER_CAPTURE_INTERFACES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "worker/flow_log.h"
#include "worker/state.h"

struct capture_interface {
	struct slot_entry entry;
	uint32_t heard, heard_before;         /* numbers of the last two intervals with a flow; the same: there was one */
	char tid[FLOW_LOG_TEXT];              /* as it came */
};

struct capture_interfaces;

/* Claims a region of the stages' memory (in a stage's claim). */
int interfaces_new(struct capture_interfaces **interfaces, struct state *state, struct err *err);
void interfaces_free(struct capture_interfaces **interfaces);
/* A flow of this interval came from the interface. Changes a slot the first time in an interval, 4 for a new one. `room`:
 * a new one is made only while the undo log has more than this; its next flow makes it then. Names that are empty or too
 * long are passed over. *full is set (never cleared) when there are too many. False: the undo log is full. */
bool interfaces_hear(struct capture_interfaces *interfaces, const char *tid, size_t length, uint32_t number,
	uint32_t room, bool *full);
/* The first interface behind *cursor (0: of all) without a flow in the interval, although it was known before; *cursor
 * becomes its place. *silent: such intervals in a row. NULL: there is none. */
const struct capture_interface *interfaces_next_silent(const struct capture_interfaces *interfaces, uint32_t *cursor,
	uint32_t number, uint32_t *silent);
/* Changes 3 slots. False: the undo log is full. */
bool interfaces_forget(struct capture_interfaces *interfaces, const struct capture_interface *interface);
bool interfaces_empty(const struct capture_interfaces *interfaces);

#endif
