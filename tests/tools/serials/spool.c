#include "tests/tools/serials/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "tests/tools/serials/content.h"
#include "tests/tools/serials/serial_set.h"
#include "worker/commit.h"
#include "worker/file_ops.h"
#include "worker/object.h"
#include "worker/spool_name.h"

struct reading {
	int dirfd;
	struct commit commit;
	struct buffer content;
	struct serial_set set;
	bool first;                   /* no item has been printed yet */
	struct err *err;
};

/* ---- the account ---- */

static void print_account(const struct account *account)
{
	const struct { const char *name; uint64_t value; } figures[] = {
		{ "passed", account->passed }, { "excluded_capture", account->excluded_capture },
		{ "excluded_tag", account->excluded_tag }, { "excluded_started", account->excluded_started },
		{ "excluded_rule", account->excluded_rule }, { "lost_ring", account->lost_ring },
		{ "lost_error", account->lost_error }, { "lost_overflow", account->lost_overflow },
		{ "lost_spool", account->lost_spool }, { "waiting_state", account->waiting_state },
		{ "waiting_spool", account->waiting_spool }, { "written", account->written }, { "gaps", account->gaps },
	};

	for (size_t i = 0; i < sizeof(figures) / sizeof(figures[0]); i++)
		printf("%s\"%s\":%" PRIu64, i > 0 ? "," : "", figures[i].name, figures[i].value);
}

/* ---- segments and objects ---- */

/* What stands in reading->content; damage: NULL when it is whole. */
static int print_item(struct reading *reading, const char *name, const char *kind, uint64_t flows, const char *key,
	const uint8_t *sha256, const char *damage)
{
	int error = 0;

	serial_set_clear(&reading->set);
	if (damage == NULL)
		error = serial_set_scan(&reading->set, reading->content.bytes, reading->content.length, name, reading->err);
	if (error != 0)
		return error;
	printf("%s{\"name\":\"%s\",\"kind\":\"%s\",\"flows\":%" PRIu64 ",\"key\":\"%s\",\"sha256\":\"",
		reading->first ? "" : ",", name, kind, flows, key);
	for (unsigned i = 0; sha256 != NULL && i < 32; i++)
		printf("%02x", sha256[i]);
	printf("\",\"damaged\":%s,\"records\":%" PRIu64 ",\"twice\":%" PRIu64 ",\"mixed\":%" PRIu64 ",\"ranges\":[",
		damage != NULL ? "true" : "false", reading->set.records, reading->set.twice, reading->set.mixed);
	serial_set_print_ranges(&reading->set);
	printf("]}");
	reading->first = false;
	return 0;
}

/* As many bytes as the record counts. */
static int print_segment(struct reading *reading, unsigned lane, uint64_t number)
{
	const struct commit_entry *entry = commit_entry(&reading->commit.lanes[lane], number);
	const char *damage = NULL;
	char name[SPOOL_NAME_SIZE];

	spool_name_segment(name, lane, number);
	if (content_read(reading->dirfd, name, 0, &reading->content, reading->err) != 0 ||
		reading->content.length < entry->bytes)
		damage = "cut off";
	else
		reading->content.length = entry->bytes;
	return print_item(reading, name, "segment", entry->flows, "", NULL, damage);
}

static int print_object(struct reading *reading, const char *name, const struct spool_name *parsed, const char *kind)
{
	struct object_head head = { 0 };
	int fd = openat(reading->dirfd, name, O_RDONLY | O_CLOEXEC);
	int error = fd >= 0 ? object_head_read(fd, &file_ops_system, &head, reading->err) : ERR_IO;

	if (fd >= 0)
		close(fd);
	if (error == 0)
		error = content_read(reading->dirfd, name, OBJECT_HEAD_SIZE, &reading->content, reading->err);
	return print_item(reading, name, kind, parsed->flows, head.key, head.sha256, error != 0 ? "unreadable" : NULL);
}

static bool in_flight(const struct commit_lane *lane, const struct spool_name *name)
{
	for (unsigned i = 0; i < lane->in_flight; i++) {
		if (lane->flights[i].number == name->number && lane->flights[i].records == name->records)
			return true;
	}
	return false;
}

static int visit(void *owner, const char *text)
{
	struct reading *reading = owner;
	const struct commit_lane *lane;
	struct spool_name name;

	spool_name_parse(text, &name);
	if (name.kind != NAME_OBJECT)
		return 0;
	lane = &reading->commit.lanes[name.lane];
	if (in_flight(lane, &name))
		return print_object(reading, text, &name, "in flight");
	return name.number >= lane->claimed && name.number < lane->sealed ? print_object(reading, text, &name, "object") : 0;
}

static int print_items(struct reading *reading)
{
	int error = file_ops_system.list(NULL, reading->dirfd, visit, reading);

	for (unsigned lane = 0; lane < SPOOL_LANES && error == 0; lane++) {
		const struct commit_lane *record = &reading->commit.lanes[lane];

		for (uint64_t n = record->sealed; n <= record->open && error == 0; n++) {
			if (commit_entry(&reading->commit.lanes[lane], n)->records > 0)
				error = print_segment(reading, lane, n);
		}
	}
	return error;
}

/* ---- the whole ---- */

/* A spool that has no record yet holds nothing. */
static int read_record(struct reading *reading)
{
	struct commit_found found = { 0 };
	int fd = openat(reading->dirfd, SPOOL_COMMIT, O_RDONLY | O_CLOEXEC);
	int error;

	if (fd < 0)
		return errno == ENOENT ? 0 : err_sys(reading->err, errno, SPOOL_COMMIT);
	error = commit_read(&file_ops_system, fd, &found, reading->err);
	close(fd);
	reading->commit = found.commit;
	return error;
}

int spool_print(const char *folder, struct err *err)
{
	struct reading reading = { .dirfd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC), .first = true, .err = err };
	int error = reading.dirfd >= 0 ? 0 : err_sys(err, errno, "%s", folder);

	buffer_init(&reading.content, CONTENT_CAP);
	if (error == 0)
		error = read_record(&reading);
	if (error == 0) {
		printf("{\"commit\":%" PRIu64 ",\"begun\":%s,\"account\":{", reading.commit.number,
			reading.commit.position.epoch != 0 ? "true" : "false");
		print_account(&reading.commit.account);
		printf("},\"items\":[");
		error = print_items(&reading);
		printf("]}\n");
	}
	if (reading.dirfd >= 0)
		close(reading.dirfd);
	buffer_fini(&reading.content);
	serial_set_fini(&reading.set);
	return error;
}
