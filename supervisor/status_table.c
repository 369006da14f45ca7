#include "supervisor/status_table.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "supervisor/status_text.h"

enum { COLUMNS = 5, CELL_SIZE = 136, REASON_SIZE = 512, GAP = 2 };

enum column { PIPELINE, STATE, LAG, WRITTEN, LOST };

static const char *const titles[COLUMNS] = { "PIPELINE", "STATE", "LAG", "WRITTEN", "LOST" };
static const bool right[COLUMNS] = { false, false, true, true, true };

struct row {
	char cells[COLUMNS][CELL_SIZE];
	char reason[REASON_SIZE];
};

static const char *text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text != NULL ? text : "";
}

static uint64_t count_of(const json_t *object, const char *name)
{
	json_int_t count = json_integer_value(json_object_get(object, name));

	return count > 0 ? (uint64_t)count : 0;
}

static void fill(const json_t *item, struct row *row)
{
	const json_t *status = json_object_get(item, "status");

	snprintf(row->cells[PIPELINE], CELL_SIZE, "%.63s/%.63s", text_of(item, "tenant"), text_of(item, "name"));
	snprintf(row->cells[STATE], CELL_SIZE, "%.32s", text_of(status, "state"));
	snprintf(row->cells[LAG], CELL_SIZE, "%" PRIu64, count_of(status, "lag_flows"));
	snprintf(row->cells[WRITTEN], CELL_SIZE, "%" PRIu64, count_of(status, "flows_written"));
	snprintf(row->cells[LOST], CELL_SIZE, "%" PRIu64, count_of(status, "flows_lost"));
	snprintf(row->reason, sizeof(row->reason), "%s", text_of(status, "reason"));
}

static void widen(const struct row *row, size_t widths[COLUMNS])
{
	for (int i = 0; i < COLUMNS; i++) {
		size_t length = strlen(row->cells[i]);

		widths[i] = length > widths[i] ? length : widths[i];
	}
}

/* A terminal must not be told what to do by what others have written. */
static void blank_controls(char *text)
{
	for (; *text != '\0'; text++)
		*text = (unsigned char)*text < 0x20 || *text == 0x7f ? ' ' : *text;
}

static int put_row(struct buffer *out, struct row *row, const size_t widths[COLUMNS], unsigned width)
{
	size_t used = 0;
	int error = 0;

	for (int i = 0; error == 0 && i < COLUMNS; i++) {
		blank_controls(row->cells[i]);
		error = buffer_printf(out, right[i] ? "%*s" : "%-*s", (int)widths[i], row->cells[i]);
		if (error == 0 && (i + 1 < COLUMNS || row->reason[0] != '\0'))
			error = buffer_printf(out, "%*s", GAP, "");
		used += widths[i] + GAP;
	}
	blank_controls(row->reason);
	if (error == 0)
		error = buffer_printf(out, "%.*s\n",
			(int)status_columns(row->reason, width == 0 ? REASON_SIZE : width > used ? width - used : 0), row->reason);
	return error;
}

int status_table(const json_t *items, unsigned width, struct buffer *out)
{
	struct row row = { .reason = "REASON" };
	size_t widths[COLUMNS] = { 0 }, i;
	const json_t *item;
	int error;

	for (int column = 0; column < COLUMNS; column++)
		snprintf(row.cells[column], CELL_SIZE, "%s", titles[column]);
	json_array_foreach(items, i, item) {
		struct row one;

		fill(item, &one);
		widen(&one, widths);
	}
	widen(&row, widths);
	error = put_row(out, &row, widths, width);
	json_array_foreach(items, i, item) {
		if (error != 0)
			break;
		fill(item, &row);
		error = put_row(out, &row, widths, width);
	}
	return error;
}
