#include "worker/object_reader.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "worker/digest.h"
#include "worker/file_ops.h"

struct object_reader {
	int fd;
	const struct file_ops *files;
	const struct object_head *head;       /* the caller's */
	uint64_t offset;                      /* in the content */
	EVP_MD_CTX *digest;
};

int object_reader_new(struct object_reader **out, int dirfd, const char *name, const struct file_ops *files,
	struct object_head *head, struct err *err)
{
	struct object_reader *reader = calloc(1, sizeof(*reader));
	int error;

	*out = NULL;
	if (reader == NULL)
		return err_set(err, ERR_NO_MEMORY, "no memory to read an object");
	reader->fd = -1;
	reader->files = files;
	reader->head = head;
	reader->digest = EVP_MD_CTX_new();
	error = digest_begin(reader->digest, EVP_sha256(), err);
	if (error == 0)
		reader->fd = files->openat(files->context, dirfd, name, O_RDONLY | O_CLOEXEC, 0);
	if (error == 0 && reader->fd < 0)
		error = err_sys(err, errno, "spooled object %s", name);
	if (error == 0)
		error = object_head_read(reader->fd, files, head, err);
	if (error != 0) {
		object_reader_free(&reader);
		return file_damage(error, err);
	}
	*out = reader;
	return 0;
}

void object_reader_free(struct object_reader **out)
{
	struct object_reader *reader = *out;

	if (reader == NULL)
		return;
	*out = NULL;
	if (reader->fd >= 0)
		reader->files->close(reader->files->context, reader->fd);
	EVP_MD_CTX_free(reader->digest);
	free(reader);
}

int object_reader_rewind(struct object_reader *reader, struct err *err)
{
	reader->offset = 0;
	return digest_begin(reader->digest, EVP_sha256(), err);
}

static int check_digest(struct object_reader *reader, struct err *err)
{
	uint8_t digest[EVP_MAX_MD_SIZE];

	if (EVP_DigestFinal_ex(reader->digest, digest, NULL) != 1)
		return err_set(err, ERR_NO_MEMORY, "no memory for a digest");
	if (memcmp(digest, reader->head->sha256, sizeof(reader->head->sha256)) != 0)
		return err_set(err, ERR_CORRUPT, "spooled object of %s: its content has another SHA-256", reader->head->key);
	return 0;
}

int object_reader_next(struct object_reader *reader, void *bytes, size_t size, size_t *length, struct err *err)
{
	uint64_t left = reader->head->bytes - reader->offset;
	int error;

	*length = 0;
	if (left == 0)
		return check_digest(reader, err);
	if (size > left)
		size = (size_t)left;
	error = file_read(reader->files, reader->fd, bytes, size, (off_t)(OBJECT_HEAD_SIZE + reader->offset), "a spooled object",
		err);
	if (error != 0)
		return file_damage(error, err);
	if (EVP_DigestUpdate(reader->digest, bytes, size) != 1)
		return err_set(err, ERR_NO_MEMORY, "no memory for a digest");
	reader->offset += size;
	*length = size;
	return 0;
}

int content_sha256(int fd, uint8_t out[32], struct err *err)
{
	EVP_MD_CTX *digest = EVP_MD_CTX_new();
	uint8_t result[EVP_MAX_MD_SIZE];
	char bytes[16 * 1024];
	int error = digest_begin(digest, EVP_sha256(), err);
	off_t offset = 0;
	ssize_t got = 1;

	while (error == 0 && got > 0) {
		got = pread(fd, bytes, sizeof(bytes), offset);
		if (got < 0)
			error = err_sys(err, errno, "reading a stored object");
		else if (EVP_DigestUpdate(digest, bytes, (size_t)got) != 1)
			error = err_set(err, ERR_NO_MEMORY, "no memory for a digest");
		offset += got > 0 ? got : 0;
	}
	if (error == 0 && EVP_DigestFinal_ex(digest, result, NULL) != 1)
		error = err_set(err, ERR_NO_MEMORY, "no memory for a digest");
	EVP_MD_CTX_free(digest);
	if (error == 0)
		memcpy(out, result, 32);
	return error;
}
