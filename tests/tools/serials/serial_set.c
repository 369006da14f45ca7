#include "tests/tools/serials/serial_set.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/tools/analyzer/recording.h"

#define SERIAL_MAX (UINT64_C(1) << 36)

void serial_set_fini(struct serial_set *set)
{
	free(set->seen);
	*set = (struct serial_set){ 0 };
}

void serial_set_clear(struct serial_set *set)
{
	struct serial_set empty = { .seen = set->seen, .size = set->size };

	if (set->seen != NULL)
		memset(set->seen, 0, set->size / 8);
	*set = empty;
}

static int make_room(struct serial_set *set, uint64_t serial, struct err *err)
{
	uint64_t size = set->size ? set->size : 1 << 20;
	unsigned char *seen;

	while (size <= serial)
		size *= 2;
	if (size == set->size)
		return 0;
	seen = realloc(set->seen, size / 8);
	if (seen == NULL)
		return err_set(err, ERR_NO_MEMORY, "no memory for serial %llu", (unsigned long long)serial);
	memset(seen + set->size / 8, 0, (size - set->size) / 8);
	set->seen = seen;
	set->size = size;
	return 0;
}

static bool is_seen(const struct serial_set *set, uint64_t serial)
{
	return serial < set->size && (set->seen[serial / 8] >> serial % 8 & 1) != 0;
}

static void note_bad(struct serial_set *set, uint64_t *counter, const char *where)
{
	if (set->twice + set->mixed == 0)
		snprintf(set->bad, sizeof(set->bad), "%s", where);
	++*counter;
}

static int mark(struct serial_set *set, uint64_t serial, const char *where, struct err *err)
{
	int error;

	if (serial >= SERIAL_MAX)
		return err_set(err, ERR_INVALID, "%s: a UUID that is none of the simulator's", where);
	error = make_room(set, serial, err);
	if (error != 0)
		return error;
	if (is_seen(set, serial))
		note_bad(set, &set->twice, where);
	set->seen[serial / 8] |= (unsigned char)(1 << serial % 8);
	set->records++;
	return 0;
}

/* Whether every counter of this name in the record is 0 or base + serial. */
static bool counters_fit(const char *record, size_t length, const char *name, uint64_t wanted)
{
	const char *end = record + length;
	size_t name_length = strlen(name);
	const char *at = record;

	while ((at = memmem(at, (size_t)(end - at), name, name_length)) != NULL) {
		uint64_t value = strtoull(at + name_length, NULL, 10);

		if (value != 0 && value != wanted)
			return false;
		at += name_length;
	}
	return true;
}

static bool record_fits(const char *record, size_t length, uint64_t serial)
{
	/* TCPMetric has counters of the same names, which stay as recorded */
	const char *tcp = memmem(record, length, "\"TCPMetric\":", 12);
	size_t checked = tcp != NULL ? (size_t)(tcp - record) : length;

	return counters_fit(record, checked, "\"ABBytes\":", SERIAL_AB_BYTES + serial) &&
		counters_fit(record, checked, "\"BABytes\":", SERIAL_BA_BYTES + serial);
}

static const char *next_record(const char *at, const char *end)
{
	static const char begin[] = "{\"UUID\":\"";

	return memmem(at, (size_t)(end - at), begin, sizeof(begin) - 1);
}

int serial_set_scan(struct serial_set *set, const char *content, size_t length, const char *where, struct err *err)
{
	const char *end = content + length;
	const char *at = length > 0 ? next_record(content, end) : NULL;

	while (at != NULL) {
		const char *next = next_record(at + 9, end);
		uint64_t serial = strtoull(at + 9, NULL, 16) - SERIAL_UUID;
		int error = mark(set, serial, where, err);

		if (error != 0)
			return error;
		if (!record_fits(at, (size_t)((next != NULL ? next : end) - at), serial))
			note_bad(set, &set->mixed, where);
		at = next;
	}
	return 0;
}

void serial_set_print_ranges(const struct serial_set *set)
{
	bool first = true;

	for (uint64_t serial = 0; serial < set->size; serial++) {
		uint64_t from = serial;

		if (set->seen[serial / 8] == 0) {
			serial |= 7;
			continue;
		}
		if (!is_seen(set, serial))
			continue;
		while (is_seen(set, serial + 1))
			serial++;
		printf("%s[%llu,%llu]", first ? "" : ",", (unsigned long long)from, (unsigned long long)serial);
		first = false;
	}
}
