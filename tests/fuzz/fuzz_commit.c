/* The file `commit`, four slots of any bytes: what is read is the valid record with the highest number, it keeps its own
 * bounds, and written it is read as the same.
 *
 * Input: a byte, one bit a slot: set, the slot is any bytes; else they are patched into a record of our own (offset,
 * length, bytes), under a CRC that is right. Then so many bytes a slot as there are. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "worker/commit.h"
#include "worker/file_ops.h"

enum { FILE_SIZE = COMMIT_SLOTS * COMMIT_SLOT_SIZE };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct memory_file {
	unsigned char bytes[FILE_SIZE];
	size_t size;
};

static ssize_t memory_pread(void *context, int fd, void *bytes, size_t length, off_t offset)
{
	const struct memory_file *file = context;

	(void)fd;
	if ((size_t)offset >= file->size)
		return 0;
	if (length > file->size - (size_t)offset)
		length = file->size - (size_t)offset;
	memcpy(bytes, file->bytes + offset, length);
	return (ssize_t)length;
}

static ssize_t memory_pwrite(void *context, int fd, const void *bytes, size_t length, off_t offset)
{
	struct memory_file *file = context;

	(void)fd;
	if ((size_t)offset + length > FILE_SIZE)
		abort();
	memcpy(file->bytes + offset, bytes, length);
	if (file->size < (size_t)offset + length)
		file->size = (size_t)offset + length;
	return (ssize_t)length;
}

static int memory_fdatasync(void *context, int fd)
{
	(void)context;
	(void)fd;
	return 0;
}

/* Two segments waiting to be sealed, an object in flight: every part of a record is used. */
static void own_record(struct commit *commit, uint64_t number)
{
	*commit = (struct commit){ .number = number };
	for (unsigned i = 0; i < SPOOL_LANES; i++) {
		struct commit_lane *lane = &commit->lanes[i];

		lane->claimed = 3;
		lane->sealed = 5;
		lane->open = 7;
		lane->in_flight = 1;
		lane->flights[0] = (struct commit_flight){ .number = 2, .flows = 9, .records = 9, .bytes = 900 };
		for (uint64_t n = lane->sealed; n <= lane->open; n++)
			*commit_entry(lane, n) = (struct commit_entry){ .bytes = 100, .records = 1, .flows = 1 };
	}
}

static void patch_record(struct commit *commit, const uint8_t *data, size_t size)
{
	while (size >= 4) {
		size_t offset = ((size_t)data[0] << 8 | data[1]) % sizeof(*commit);
		size_t length = 1 + data[2] % 16;

		data += 3;
		size -= 3;
		if (length > size)
			length = size;
		if (length > sizeof(*commit) - offset)
			length = sizeof(*commit) - offset;
		memcpy((char *)commit + offset, data, length);
		data += length;
		size -= length;
	}
}

static void fill(struct memory_file *file, const uint8_t *data, size_t size)
{
	uint8_t raw = data[0];
	size_t share = (size - 1) / COMMIT_SLOTS;

	for (unsigned i = 0; i < COMMIT_SLOTS; i++) {
		unsigned char *slot = file->bytes + (size_t)i * COMMIT_SLOT_SIZE;
		const uint8_t *part = data + 1 + i * share;
		struct commit commit;

		if (raw & 1u << i) {
			memcpy(slot, part, share < COMMIT_SLOT_SIZE ? share : COMMIT_SLOT_SIZE);
			continue;
		}
		own_record(&commit, 10 + i);
		patch_record(&commit, part, share);
		commit_encode(&commit, slot);
	}
	/* as after a power loss: shorter than it was */
	file->size = raw & 0x80 ? FILE_SIZE - (size_t)raw % COMMIT_SLOT_SIZE : FILE_SIZE;
}

static void check_lane(const struct commit_lane *lane)
{
	if (lane->claimed > lane->sealed || lane->sealed > lane->open || lane->open - lane->sealed >= SPOOL_ENTRIES ||
		lane->sealed - lane->claimed > COMMIT_OBJECTS_MAX || lane->in_flight > SPOOL_IN_FLIGHT)
		abort();
	for (unsigned i = 0; i < lane->in_flight; i++) {
		if (lane->flights[i].number >= lane->claimed)
			abort();
	}
	for (unsigned i = 0; i < SPOOL_ENTRIES; i++) {
		if (lane->entries[i].bytes > SPOOL_OBJECT_BYTES)
			abort();
	}
}

static void check_found(const struct commit_found *found)
{
	if (found->commit.number == 0 || found->numbers[found->index] != found->commit.number)
		abort();
	for (unsigned i = 0; i < COMMIT_SLOTS; i++) {
		if (found->numbers[i] > found->commit.number)
			abort();
	}
	for (unsigned i = 0; i < SPOOL_LANES; i++)
		check_lane(&found->commit.lanes[i]);
}

/* As a start does: into the older cold slot, and whoever reads then finds the same record. */
static void check_written(const struct file_ops *files, const struct commit_found *found)
{
	struct commit_found again;
	struct err err;
	unsigned slot = commit_older_cold(found->numbers);

	if (slot < COMMIT_HOT || commit_write_durable(files, 0, slot, &found->commit, &err) != 0 ||
		commit_read(files, 0, &again, &err) != 0)
		abort();
	if (again.numbers[slot] != found->commit.number || again.commit.number != found->commit.number)
		abort();
	/* the version becomes the present one, and with it the CRC */
	again.commit.version = found->commit.version;
	again.commit.crc = found->commit.crc;
	if (memcmp(&again.commit, &found->commit, sizeof(again.commit)) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct memory_file *file = calloc(1, sizeof(*file));
	struct file_ops files = file_ops_system;
	struct commit_found found;
	struct err err = { 0 };
	int error;

	files.context = file;
	files.pread = memory_pread;
	files.pwrite = memory_pwrite;
	files.fdatasync = memory_fdatasync;
	if (size > 0)
		fill(file, data, size);
	error = commit_read(&files, 0, &found, &err);
	if (error == 0) {
		check_found(&found);
		check_written(&files, &found);
	} else if ((error != ERR_CORRUPT && error != ERR_UNSUPPORTED) || err.message[0] == '\0') {
		abort();
	}
	free(file);
	return 0;
}
