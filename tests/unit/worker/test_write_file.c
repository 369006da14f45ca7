/* The file writer: what stands at an object's path already, and what is durable when it says stored. */
#include "support_worker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/config/pipeline_config.h"
#include "worker/file_place.h"
#include "worker/folder.h"

enum { RING = 1 << 20, SYNCS = 1024 };

static struct stand stand;

/* Every fsync of this process, in order. */
static ino_t synced[SYNCS];
static unsigned sync_count;

int fsync(int fd)
{
	struct stat status;

	if (fstat(fd, &status) == 0 && sync_count < SYNCS)
		synced[sync_count++] = status.st_ino;
	return (int)syscall(SYS_fsync, fd);
}

/* A file system that knows no flags, as over NFS. */
static bool knows_flags = true;

int renameat2(int from_dirfd, const char *from, int to_dirfd, const char *to, unsigned flags)
{
	if (!knows_flags && flags != 0) {
		errno = EINVAL;
		return -1;
	}
	return (int)syscall(SYS_renameat2, from_dirfd, from, to_dirfd, to, flags);
}

static unsigned times_synced(const char *path)
{
	struct stat status;
	unsigned count = 0;

	assert_int_equal(stat(path, &status), 0);
	for (unsigned i = 0; i < sync_count; i++)
		count += synced[i] == status.st_ino;
	return count;
}

static int set_up(void **state)
{
	(void)state;
	sync_count = 0;
	knows_flags = true;
	stand_init(&stand, RING);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	stand_fini(&stand);
	return 0;
}

/* Below the folder that the writer is confined to; "" for the root itself. */
static const char *path_of(const char *below)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/files/out%s", stand.folder, below);
	return path;
}

static void make_folders(const char *below)
{
	char path[256];

	snprintf(path, sizeof(path), "%s", path_of(below));
	for (char *slash = strchr(path + strlen(stand.folder) + 7, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(path, 0700);
		*slash = '/';
	}
	mkdir(path, 0700);
}

static void write_file(const char *path, const char *bytes, size_t length)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, length, file), length);
	assert_int_equal(fclose(file), 0);
}

static size_t read_file(const char *path, char *bytes, size_t size)
{
	FILE *file = fopen(path, "r");
	size_t length;

	assert_non_null(file);
	length = fread(bytes, 1, size, file);
	fclose(file);
	return length;
}

/* The stream that the stand is going to name, and the path of its first object of tag "other". */
static const char *first_object(void)
{
	static char below[128];
	char stamp[CLOCK_STAMP_SIZE];

	stand.last_name_ms = clock_wall_ms() / 1000 * 1000 + 100000;
	clock_stamp(stand.last_name_ms + 1000, stamp);
	snprintf(below, sizeof(below), "/bucket/logs/other/%s", stamp);
	make_folders(below);
	snprintf(below + strlen(below), sizeof(below) - strlen(below), "/00000000.json");
	return below;
}

/* The one sealed object's content. */
static size_t spooled_content(char *bytes, size_t size)
{
	char path[512] = "";
	struct dirent *entry;
	size_t length;
	DIR *folder;

	snprintf(path, sizeof(path), "%s/spool", stand.folder);
	folder = opendir(path);
	while ((entry = readdir(folder)) != NULL) {
		if (strstr(entry->d_name, ".object") != NULL)
			snprintf(path, sizeof(path), "%s/spool/%s", stand.folder, entry->d_name);
	}
	closedir(folder);
	length = read_file(path, bytes, size);
	assert_true(length > OBJECT_HEAD_SIZE);
	memmove(bytes, bytes + OBJECT_HEAD_SIZE, length - OBJECT_HEAD_SIZE);
	return length - OBJECT_HEAD_SIZE;
}

static void start_beside(const char *below)
{
	write_file(path_of(below), "somebody's", 10);
	stand_begin(&stand, 1);
	stand_publish(&stand, 1);
	stand_until(&stand, strstr(stand.conditions[1], "\"reason\":\"busy\"") != NULL);
}

/* ---- what is there already ---- */

static void a_file_with_other_content_is_never_replaced(void **state)
{
	const char *below = first_object();
	char found[64];

	(void)state;
	start_beside(below);

	assert_int_equal(read_file(path_of(below), found, sizeof(found)), 10);
	assert_memory_equal(found, "somebody's", 10);
	assert_non_null(strstr(stand.conditions[1], "pipeline.store.buffered.dirname"));
	assert_int_equal(stand_account(&stand)->written, 0);
	assert_int_equal(stand_account(&stand)->waiting_spool, 1);
	assert_int_equal(unlink(path_of(below)), 0);
	stand_until(&stand, stand_account(&stand)->written == 1);
	assert_true(read_file(path_of(below), found, sizeof(found)) > 10);
}

static void a_file_with_the_same_content_is_stored_when_it_is_durable(void **state)
{
	const char *below = first_object();
	char bytes[16384], folder[256];
	unsigned before;

	(void)state;
	start_beside(below);
	snprintf(folder, sizeof(folder), "%.*s", (int)(strrchr(path_of(below), '/') - path_of(below)), path_of(below));
	write_file(path_of(below), bytes, spooled_content(bytes, sizeof(bytes)));
	before = times_synced(folder);
	stand_until(&stand, stand_account(&stand)->written == 1);

	assert_int_equal(times_synced(path_of(below)), 1);
	assert_int_equal(times_synced(folder), before + 1);
}

static void the_names_of_folders_that_were_there_are_made_durable_once(void **state)
{
	(void)state;
	make_folders("/bucket/logs/other");
	stand_begin(&stand, 1);
	stand_publish(&stand, 1);
	stand_until(&stand, stand_account(&stand)->written == 1);

	assert_int_equal(times_synced(path_of("")), 1);
	assert_int_equal(times_synced(path_of("/bucket")), 1);
	assert_int_equal(times_synced(path_of("/bucket/logs")), 1);
	stand_publish(&stand, 3);
	stand_until(&stand, stand_account(&stand)->written == 4);
	assert_int_equal(times_synced(path_of("")), 1);
	assert_int_equal(times_synced(path_of("/bucket")), 1);
}

/* A folder may get the number of one that was known and is gone. */
static void the_name_of_a_folder_that_was_made_is_made_durable_whatever_its_number(void **state)
{
	struct folder_memory memory = { .next = 0 };
	int base = open(stand.folder, O_RDONLY | O_DIRECTORY);

	(void)state;
	/* most file systems give a number that has become free to the next */
	for (unsigned i = 1; i <= 20; i++) {
		int fd;

		assert_int_equal(folder_open(base, "made", true, &memory, &fd, NULL), 0);
		close(fd);
		assert_int_equal(times_synced(stand.folder), i);
		assert_int_equal(unlinkat(base, "made", AT_REMOVEDIR), 0);
	}
	close(base);
}

static void a_file_system_that_cannot_rename_without_replacing_is_written_to_by_links(void **state)
{
	uint64_t flows;

	(void)state;
	knows_flags = false;
	stand_begin(&stand, 1);
	stand_publish(&stand, 4);
	stand_until(&stand, stand_account(&stand)->written == 4);
	stand_stored(&stand, &flows);          /* no temporary names are left, either */
	assert_int_equal(flows, 4);
}

/* ---- where it is ---- */

static const char *root_of(const char *root)
{
	static char text[PLACE_PATH_SIZE];
	struct pipeline_config config = { .write.file_root = root };
	struct writer_context context = { .config = &config, .files_fd = -1 };
	struct buffer out;

	buffer_init(&out, sizeof(text));
	assert_int_equal(place_root(&context, &out), 0);
	snprintf(text, sizeof(text), "%.*s", (int)out.length, out.bytes);
	buffer_fini(&out);
	return text;
}

static void one_folder_has_one_name_however_it_is_written(void **state)
{
	char link[128], target[128], old[512];

	(void)state;
	assert_non_null(getcwd(old, sizeof(old)));
	assert_int_equal(chdir(stand.folder), 0);
	snprintf(link, sizeof(link), "%s/link", stand.folder);
	snprintf(target, sizeof(target), "%s/files", stand.folder);
	assert_int_equal(symlink(target, link), 0);

	assert_string_equal(root_of(target), target);
	assert_string_equal(root_of("files"), target);
	assert_string_equal(root_of("./files//"), target);
	assert_string_equal(root_of("spool/../files"), target);
	assert_string_equal(root_of("link"), target);
	snprintf(target + strlen(target), sizeof(target) - strlen(target), "/not/there");
	assert_string_equal(root_of("link/not/yet/../there/."), target);
	assert_string_equal(root_of("/"), "/");
	assert_string_equal(root_of("/none-such-folder/x"), "/none-such-folder/x");
	assert_int_equal(chdir(old), 0);
}

static void the_newest_stream_that_is_there_is_found(void **state)
{
	struct pipeline_config config = { .write.file_root = "/out", .store = { .dirname = "bucket", .filename_prefix = "/logs/", .key_layout = "" } };
	struct writer_context context = { .config = &config, .files_fd = stand.files_fd, .confined = true };

	(void)state;
	assert_int_equal(place_newest_stream(&context), 0);
	make_folders("/bucket/logs/ingress/20240102T030405Z");
	make_folders("/bucket/logs/other/20240102T030406Z");
	make_folders("/bucket/logs/other/20230102T030406Z");
	make_folders("/bucket/logs/other/99990102T030406Z");
	make_folders("/bucket/logs/other/20249902T030406Z");
	assert_int_equal(place_newest_stream(&context), 1704164646000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_file_with_other_content_is_never_replaced, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_file_with_the_same_content_is_stored_when_it_is_durable, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_names_of_folders_that_were_there_are_made_durable_once, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_name_of_a_folder_that_was_made_is_made_durable_whatever_its_number, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(a_file_system_that_cannot_rename_without_replacing_is_written_to_by_links, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(one_folder_has_one_name_however_it_is_written, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_newest_stream_that_is_there_is_found, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
