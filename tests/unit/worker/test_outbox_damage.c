/* The way out when an object is damaged or its place is not what it seems. */
#include "support_outbox.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/clock.h"
#include "worker/file_ops.h"
#include "worker/spool.h"

/* ---- damage ---- */

/* The one object in the spool: its path. */
static void find_object(char *path, size_t size)
{
	char folder[128];
	struct dirent *entry;
	DIR *listing;

	path[0] = '\0';
	snprintf(folder, sizeof(folder), "%s/spool", stand.folder);
	listing = opendir(folder);
	while ((entry = readdir(listing)) != NULL) {
		if (strstr(entry->d_name, ".object") != NULL)
			snprintf(path, size, "%s/%s", folder, entry->d_name);
	}
	closedir(listing);
	assert_true(path[0] != '\0');
}

/* An object of one flow in doubt, of a worker that was killed. */
static void leave_object_in_doubt(char *path, size_t size)
{
	start_fake(1, 1, ERR_BUSY);
	stand_publish(&stand, 1);
	stand_until(&stand, fake.held_count == 1);
	find_object(path, size);
	stand_drop(&stand);
}

static void damage(const char *path)
{
	int fd = open(path, O_RDWR);
	char byte;

	assert_int_equal(pread(fd, &byte, 1, OBJECT_HEAD_SIZE + 5), 1);
	byte ^= 1;
	assert_int_equal(pwrite(fd, &byte, 1, OBJECT_HEAD_SIZE + 5), 1);
	close(fd);
}

static void a_damaged_object_is_lost_and_counted(void **state)
{
	char path[512];

	(void)state;
	leave_object_in_doubt(path, sizeof(path));
	damage(path);
	stand_begin(&stand, 1);
	stand_until(&stand, stand_account(&stand)->lost_spool == 1);

	assert_int_equal(stand_account(&stand)->written, 0);
	assert_int_equal(stored(), 0);
	stand_check_account(&stand);
}

/* As the file writer stores it. */
static void store_by_hand(const char *path)
{
	struct object_head head;
	char target[2048], content[256];
	int fd = open(path, O_RDONLY);
	ssize_t length;

	assert_int_equal(object_head_read(fd, &file_ops_system, &head, NULL), 0);
	length = pread(fd, content, sizeof(content), OBJECT_HEAD_SIZE);
	close(fd);
	snprintf(target, sizeof(target), "%s/files/out/bucket/%s", stand.folder, head.key);
	for (char *slash = strchr(target + strlen(stand.folder) + 7, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(target, 0700);
		*slash = '/';
	}
	fd = open(target, O_WRONLY | O_CREAT, 0600);
	assert_int_equal(write(fd, content, (size_t)length), length);
	close(fd);
}

static void a_damaged_object_in_doubt_that_is_stored_is_settled(void **state)
{
	char path[512];

	(void)state;
	leave_object_in_doubt(path, sizeof(path));
	store_by_hand(path);
	damage(path);
	stand_begin(&stand, 1);
	stand_until(&stand, stand_account(&stand)->written == 1);

	assert_int_equal(stand_account(&stand)->lost_spool, 0);
	assert_int_equal(stored(), 1);
}

/* ---- the file writer's folder ---- */

static void a_link_in_a_tenant_s_folder_is_not_followed(void **state)
{
	char link[128], target[128];

	(void)state;
	snprintf(link, sizeof(link), "%s/files/out", stand.folder);
	snprintf(target, sizeof(target), "%s/spool", stand.folder);
	assert_int_equal(symlink(target, link), 0);
	stand_begin(&stand, 1);
	stand_publish(&stand, 1);
	stand_until(&stand, strstr(stand.conditions[CONDITION_SINK], "\"status\":false") != NULL);

	assert_non_null(strstr(stand.conditions[CONDITION_SINK], "pipeline.write.file.root"));
	snprintf(target, sizeof(target), "%s/spool/bucket", stand.folder);
	assert_int_equal(access(target, F_OK), -1);

	/* mended, it goes on */
	assert_int_equal(unlink(link), 0);
	stand_until(&stand, stand_account(&stand)->written == 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, outbox_set_up, outbox_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_damaged_object_is_lost_and_counted),
		TEST(a_damaged_object_in_doubt_that_is_stored_is_settled),
		TEST(a_link_in_a_tenant_s_folder_is_not_followed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
