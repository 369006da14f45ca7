/* Reading spooled objects: what is damage, and what is only this moment's trouble. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "worker/file_ops.h"
#include "worker/object_reader.h"

enum { CONTENT = 100000 };

static char folder[64];
static int dirfd;
static char content[CONTENT];
static struct {
	int open_errno, read_errno;           /* of the next call; 0: none */
	unsigned reads;                       /* until read_errno */
} fail;

static int failing_openat(void *context, int base, const char *name, int flags, mode_t mode)
{
	errno = fail.open_errno;
	return fail.open_errno != 0 ? -1 : file_ops_system.openat(context, base, name, flags, mode);
}

/* Short as well: a read may bring less than was asked for. */
static ssize_t failing_pread(void *context, int fd, void *bytes, size_t length, off_t offset)
{
	if (fail.read_errno != 0 && fail.reads-- == 0) {
		errno = fail.read_errno;
		fail.read_errno = 0;
		return -1;
	}
	return file_ops_system.pread(context, fd, bytes, length > 1000 ? length - 999 : length, offset);
}

static struct file_ops files;

static int make_object(void **state)
{
	struct object_head head = { .key = "key", .bytes = CONTENT };
	unsigned char bytes[OBJECT_HEAD_SIZE];
	int fd;

	(void)state;
	files = file_ops_system;
	files.openat = failing_openat;
	files.pread = failing_pread;
	memset(&fail, 0, sizeof(fail));
	memset(content, 'x', sizeof(content));
	snprintf(folder, sizeof(folder), "/tmp/sluice-test-XXXXXX");
	assert_non_null(mkdtemp(folder));
	dirfd = open(folder, O_RDONLY | O_DIRECTORY);
	assert_int_equal(EVP_Digest(content, CONTENT, head.sha256, NULL, EVP_sha256(), NULL), 1);
	object_head_encode(&head, bytes);
	fd = openat(dirfd, "object", O_WRONLY | O_CREAT, 0600);
	assert_int_equal(write(fd, bytes, sizeof(bytes)), sizeof(bytes));
	assert_int_equal(write(fd, content, CONTENT), CONTENT);
	return close(fd);
}

static int remove_object(void **state)
{
	(void)state;
	unlinkat(dirfd, "object", 0);
	close(dirfd);
	return rmdir(folder);
}

/* Reads it from beginning to end; the first error, or 0. */
static int read_object(void)
{
	struct object_reader *reader;
	struct object_head head;
	char bytes[30000];
	size_t length = 1, all = 0;
	struct err err;
	int error = object_reader_new(&reader, dirfd, "object", &files, &head, &err);

	while (error == 0 && length > 0) {
		error = object_reader_next(reader, bytes, sizeof(bytes), &length, &err);
		all += length;
	}
	if (error == 0)
		assert_int_equal(all, CONTENT);
	object_reader_free(&reader);
	return error;
}

static void what_is_missing_or_cannot_be_read_is_damaged(void **state)
{
	(void)state;
	fail.open_errno = EIO;
	assert_int_equal(read_object(), ERR_CORRUPT);
	fail.open_errno = 0;
	fail.read_errno = EIO;
	assert_int_equal(read_object(), ERR_CORRUPT);
	fail.read_errno = EIO;
	fail.reads = 5;
	assert_int_equal(read_object(), ERR_CORRUPT);
	assert_int_equal(read_object(), 0);
	assert_int_equal(unlinkat(dirfd, "object", 0), 0);
	assert_int_equal(read_object(), ERR_CORRUPT);
}

static void what_this_process_cannot_do_now_is_no_damage(void **state)
{
	static const int numbers[] = { EMFILE, ENFILE, EACCES, ENOMEM, EPERM, ESTALE };

	(void)state;
	for (unsigned i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		fail.open_errno = numbers[i];
		assert_int_not_equal(read_object(), 0);
		assert_int_not_equal(read_object(), ERR_CORRUPT);
		fail.open_errno = 0;
		fail.read_errno = numbers[i];
		fail.reads = 5;
		assert_int_not_equal(read_object(), ERR_CORRUPT);
	}
	fail.read_errno = EINTR;
	fail.reads = 5;
	assert_int_equal(read_object(), 0);
	assert_int_equal(fail.read_errno, 0);
}

static void other_content_is_damaged(void **state)
{
	int fd = openat(dirfd, "object", O_WRONLY);

	(void)state;
	assert_int_equal(pwrite(fd, "y", 1, OBJECT_HEAD_SIZE + 5), 1);
	assert_int_equal(read_object(), ERR_CORRUPT);
	assert_int_equal(ftruncate(fd, OBJECT_HEAD_SIZE + 5), 0);
	assert_int_equal(read_object(), ERR_CORRUPT);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_is_missing_or_cannot_be_read_is_damaged, make_object, remove_object),
		cmocka_unit_test_setup_teardown(what_this_process_cannot_do_now_is_no_damage, make_object, remove_object),
		cmocka_unit_test_setup_teardown(other_content_is_damaged, make_object, remove_object),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
