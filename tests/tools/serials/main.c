/* object-serials FOLDER: which of the simulator's reports (identity `report`) the objects below FOLDER hold.
 *
 * Prints one line of JSON: objects, records, "twice" (records whose serial was seen before), "mixed" (records whose
 * byte counters belong to another report than their UUID), the first file of either, and the serials as ranges. For
 * runs of many millions of records, which are too many for a script. Formats whose records begin with a UUID. */
#include <errno.h>
#include <ftw.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "common/buffer.h"
#include "common/err.h"
#include "tests/tools/analyzer/recording.h"

#define SERIAL_MAX (UINT64_C(1) << 36)
#define CONTENT_CAP (UINT64_C(4) << 30)

enum { UNPACK_STEP = 1 << 20 };

/* nftw gives its callback no pointer of ours: one run, one set of figures. */
static struct {
	unsigned char *seen;          /* a bit each serial */
	uint64_t seen_size;           /* bits */
	uint64_t objects, records, twice, mixed;
	char bad[4096];               /* first file with a record that should not be */
	struct buffer content;
	struct err err;
} found;

static int make_room(uint64_t serial)
{
	uint64_t size = found.seen_size ? found.seen_size : 1 << 20;
	unsigned char *seen;

	while (size <= serial)
		size *= 2;
	if (size == found.seen_size)
		return 0;
	seen = realloc(found.seen, size / 8);
	if (seen == NULL)
		return err_set(&found.err, ERR_NO_MEMORY, "no memory for serial %llu", (unsigned long long)serial);
	memset(seen + found.seen_size / 8, 0, (size - found.seen_size) / 8);
	found.seen = seen;
	found.seen_size = size;
	return 0;
}

static bool is_seen(uint64_t serial)
{
	return serial < found.seen_size && (found.seen[serial / 8] >> serial % 8 & 1) != 0;
}

static void note_bad(uint64_t *counter, const char *path)
{
	if (found.twice + found.mixed == 0)
		snprintf(found.bad, sizeof(found.bad), "%s", path);
	++*counter;
}

static int mark(uint64_t serial, const char *path)
{
	if (serial >= SERIAL_MAX)
		return err_set(&found.err, ERR_INVALID, "%s: a UUID that is none of the simulator's", path);
	if (make_room(serial) != 0)
		return found.err.code;
	if (is_seen(serial))
		note_bad(&found.twice, path);
	found.seen[serial / 8] |= (unsigned char)(1 << serial % 8);
	found.records++;
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

static int scan(const char *path)
{
	const char *end = found.content.bytes + found.content.length;
	const char *at = found.content.length > 0 ? next_record(found.content.bytes, end) : NULL;

	while (at != NULL) {
		const char *next = next_record(at + 9, end);
		uint64_t serial = strtoull(at + 9, NULL, 16) - SERIAL_UUID;

		if (mark(serial, path) != 0)
			return found.err.code;
		if (!record_fits(at, (size_t)((next != NULL ? next : end) - at), serial))
			note_bad(&found.mixed, path);
		at = next;
	}
	return 0;
}

/* Reads the file, gzip or not. */
static int unpack(const char *path)
{
	gzFile file = gzopen(path, "rb");
	int got = file != NULL ? 1 : -1;
	int problem = Z_OK;

	found.content.length = 0;
	while (got > 0) {
		if (buffer_reserve(&found.content, UNPACK_STEP + 1) != 0)
			break;
		got = gzread(file, found.content.bytes + found.content.length, UNPACK_STEP);
		if (got > 0)
			found.content.length += (size_t)got;
	}
	if (file != NULL) {
		gzerror(file, &problem);
		/* tells what gzread does not: an end that is cut off */
		problem = gzclose(file) != Z_OK || problem != Z_OK;
	}
	if (got != 0 || problem != 0)
		return err_set(&found.err, ERR_CORRUPT, "%s: cannot be unpacked", path);
	if (found.content.bytes != NULL)
		found.content.bytes[found.content.length] = '\0';
	return 0;
}

static int visit(const char *path, const struct stat *status, int type, struct FTW *place)
{
	(void)status;
	if (type != FTW_F || path[place->base] == '.')
		return 0;
	found.objects++;
	return unpack(path) != 0 ? 1 : scan(path) != 0;
}

static void print(void)
{
	bool first = true;

	printf("{\"objects\":%llu,\"records\":%llu,\"twice\":%llu,\"mixed\":%llu,\"bad\":\"%s\",\"ranges\":[",
		(unsigned long long)found.objects, (unsigned long long)found.records, (unsigned long long)found.twice,
		(unsigned long long)found.mixed, found.bad);
	for (uint64_t serial = 0; serial < found.seen_size; serial++) {
		uint64_t from = serial;

		if (!is_seen(serial))
			continue;
		while (is_seen(serial + 1))
			serial++;
		printf("%s[%llu,%llu]", first ? "" : ",", (unsigned long long)from, (unsigned long long)serial);
		first = false;
	}
	printf("]}\n");
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: object-serials FOLDER\n");
		return 2;
	}
	buffer_init(&found.content, CONTENT_CAP);
	if (nftw(argv[1], visit, 16, FTW_PHYS) < 0)
		err_sys(&found.err, errno, "%s", argv[1]);
	if (found.err.code != 0) {
		fprintf(stderr, "object-serials: %s\n", found.err.message);
		return 1;
	}
	print();
	buffer_fini(&found.content);
	free(found.seen);
	return 0;
}
