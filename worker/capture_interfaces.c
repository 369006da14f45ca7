#include "worker/capture_interfaces.h"

#include <stdlib.h>
#include <string.h>

enum { INTERFACES_MAX = 1 << 16 };            /* 8 MB */
/* They are forgotten by their silence and not by the table. */
#define NEVER INT64_MAX

struct capture_interfaces {
	struct state *state;                  /* borrowed */
	struct slot_table *table;
	const struct capture_interface *last; /* heard of last: most flows are of the same as the one before */
};

int interfaces_new(struct capture_interfaces **interfaces, struct state *state, struct err *err)
{
	int error;

	*interfaces = calloc(1, sizeof(**interfaces));
	if (*interfaces == NULL)
		return err_set(err, ERR_NO_MEMORY, "no memory for the capture interfaces");
	(*interfaces)->state = state;
	error = slot_table_new(&(*interfaces)->table, state, "logstatus.interfaces", sizeof(struct capture_interface),
		INTERFACES_MAX, err);
	if (error != 0)
		interfaces_free(interfaces);
	return error;
}

void interfaces_free(struct capture_interfaces **interfaces)
{
	if (*interfaces == NULL)
		return;
	slot_table_free(&(*interfaces)->table);
	free(*interfaces);
	*interfaces = NULL;
}

/* An entry that was removed or undone meanwhile has no key. */
static bool is_interface(const struct capture_interface *interface, const char *tid, size_t length)
{
	return interface != NULL && (interface->entry.key[0] | interface->entry.key[1]) != 0 &&
		memcmp(interface->tid, tid, length) == 0 && interface->tid[length] == '\0';
}

static bool add(struct capture_interfaces *interfaces, const uint64_t key[2], const char *tid, size_t length,
	uint32_t number)
{
	bool made, evicted;
	struct capture_interface *added = slot_table_change(interfaces->table, key, 0, &made, &evicted);

	if (added == NULL)
		return false;
	memcpy(added->tid, tid, length);
	added->heard = added->heard_before = number;
	added->entry.expires_ns = NEVER;
	interfaces->last = added;
	return true;
}

static bool hear_again(struct capture_interfaces *interfaces, const struct capture_interface *known, uint32_t number)
{
	struct capture_interface *changed;

	interfaces->last = known;
	if (known->heard == number)
		return true;
	changed = slot_table_write(interfaces->table, known);
	if (changed == NULL)
		return false;
	changed->heard_before = changed->heard;
	changed->heard = number;
	return true;
}

bool interfaces_hear(struct capture_interfaces *interfaces, const char *tid, size_t length, uint32_t number,
	uint32_t room, bool *full)
{
	const struct capture_interface *known = interfaces->last;
	uint64_t key[2];

	if (length == 0 || length >= FLOW_LOG_TEXT)
		return true;
	if (!is_interface(known, tid, length)) {
		slot_key(tid, length, key);
		known = slot_table_find(interfaces->table, key, 0);
	}
	if (known != NULL)
		return hear_again(interfaces, known, number);
	if (!slot_table_has_room(interfaces->table, key)) {
		*full = true;
		return true;
	}
	return state_undo_room(interfaces->state) <= room || add(interfaces, key, tid, length, number);
}

const struct capture_interface *interfaces_next_silent(const struct capture_interfaces *interfaces, uint32_t *cursor,
	uint32_t number, uint32_t *silent)
{
	while (*cursor < slot_table_used(interfaces->table)) {
		const struct capture_interface *interface = slot_table_at(interfaces->table, ++*cursor, 0);
		uint32_t heard;

		if (interface == NULL)
			continue;
		heard = interface->heard <= number ? interface->heard : interface->heard_before;
		if (heard < number) {
			*silent = number - heard;
			return interface;
		}
	}
	return NULL;
}

bool interfaces_forget(struct capture_interfaces *interfaces, const struct capture_interface *interface)
{
	return slot_table_remove(interfaces->table, interface->entry.key);
}

bool interfaces_empty(const struct capture_interfaces *interfaces)
{
	return slot_table_count(interfaces->table) == 0;
}
