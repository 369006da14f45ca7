#include "supervisor/status_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { FIELDS = 7, FIELD_SIZE = 64, EXACT_MAX = 100000 };

/* Three digits say enough on a line that changes each second. */
static void put_count(char *text, size_t size, uint64_t value, bool shorten)
{
	static const char units[] = "kMGT";
	double rest = (double)value / 1000;
	unsigned unit = 0;

	if (!shorten || value < EXACT_MAX) {
		snprintf(text, size, "%" PRIu64, value);
		return;
	}
	while (rest >= 999.5 && units[unit + 1] != '\0') {
		rest /= 1000;
		unit++;
	}
	snprintf(text, size, "%.*f%c", rest < 9.995 ? 2 : rest < 99.95 ? 1 : 0, rest, units[unit]);
}

static void put_bytes(char *text, size_t size, uint64_t bytes)
{
	if (bytes == 0)
		snprintf(text, size, "0 KB");
	else if (bytes < 1000000)
		snprintf(text, size, "%.1f KB", (double)bytes / 1e3);
	else if (bytes < 1000000000)
		snprintf(text, size, "%.1f MB", (double)bytes / 1e6);
	else
		snprintf(text, size, "%.1f GB", (double)bytes / 1e9);
}

static void put_named(char *text, const char *name, uint64_t value, bool shorten)
{
	char count[24];

	put_count(count, sizeof(count), value, shorten);
	snprintf(text, FIELD_SIZE, "%s %s", name, count);
}

/* Most important first. */
static unsigned put_fields(const struct status_figures *figures, bool shorten, char fields[FIELDS][FIELD_SIZE])
{
	char count[24], more[24];
	unsigned used = 0;

	put_count(count, sizeof(count), figures->flows, shorten);
	put_count(more, sizeof(more), (uint64_t)(figures->rate + 0.5), shorten);
	snprintf(fields[used++], FIELD_SIZE, "flows %s (%s%s/s)", count, figures->mean ? "mean " : "", more);
	put_count(count, sizeof(count), figures->objects, shorten);
	put_bytes(more, sizeof(more), figures->bytes);
	snprintf(fields[used++], FIELD_SIZE, "objects %s (%s)", count, more);
	put_named(fields[used++], "waiting", figures->waiting, shorten);
	put_named(fields[used++], "lost", figures->lost, shorten);
	if (figures->malformed > 0)
		put_named(fields[used++], "malformed", figures->malformed, shorten);
	put_named(fields[used++], "lag", figures->lag, shorten);
	put_named(fields[used++], "records", figures->records, shorten);
	return used;
}

void status_text(const struct status_figures *figures, unsigned width, char *text, size_t size)
{
	char fields[FIELDS][FIELD_SIZE];
	unsigned count = put_fields(figures, width > 0, fields);
	size_t used = 0;

	text[0] = '\0';
	for (unsigned i = 0; i < count; i++) {
		size_t more = strlen(fields[i]) + (i > 0 ? 3 : 0);

		if (used + more >= size || (width > 0 && used + more > width))
			return;
		used += (size_t)snprintf(text + used, size - used, "%s%s", i > 0 ? " | " : "", fields[i]);
	}
}

size_t status_columns(const char *text, size_t width)
{
	size_t length = 0;

	for (; text[length] != '\0'; length++) {
		if (((unsigned char)text[length] & 0xc0) != 0x80 && width-- == 0)
			break;
	}
	return length;
}

unsigned status_wrap(const char *text, unsigned width, unsigned lines, char *block, size_t size)
{
	size_t used = strlen(block);
	unsigned count = 0;

	while (*text != '\0' && count < lines) {
		size_t length = status_columns(text, width);

		/* a word that fits stays whole */
		if (text[length] != '\0' && memrchr(text, ' ', length) != NULL && count + 1 < lines)
			length = (size_t)((const char *)memrchr(text, ' ', length) - text);
		if (length == 0 || used + length + 2 > size)
			break;
		for (size_t i = 0; i < length; i++)
			block[used++] = (unsigned char)text[i] < 0x20 || text[i] == 0x7f ? '?' : text[i];
		block[used++] = '\n';
		block[used] = '\0';
		text += length;
		text += *text == ' ';
		count++;
	}
	return count;
}
