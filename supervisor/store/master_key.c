#include "supervisor/store/master_key.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/random.h"
#include "supervisor/store/crypto.h"
#include "supervisor/store/folder.h"

static int fingerprint(const unsigned char *key, unsigned char hash[CRYPTO_HASH_SIZE], struct err *err)
{
	return crypto_hmac(key, "sluice master key", hash, err);
}

int master_key_note(struct store *store, const unsigned char *key, struct err *err)
{
	struct query query = query_begin(store, SQL_KEY_SET, NULL);
	unsigned char hash[CRYPTO_HASH_SIZE];
	int error = fingerprint(key, hash, err);

	if (error != 0)
		return query_end(&query, error, err);
	query_blob(&query, hash, sizeof(hash));
	return query_run(&query, err);
}

/* 1: the database has had a key; 0: not yet. */
static int noted(struct store *store, unsigned char hash[CRYPTO_HASH_SIZE], struct err *err)
{
	struct query query = query_begin(store, SQL_KEY_GET, NULL);
	const void *bytes;
	size_t length;
	int error, row = query_row(&query, err);

	if (row == 1) {
		bytes = query_get_blob(&query, 0, &length);
		if (length == CRYPTO_HASH_SIZE)
			memcpy(hash, bytes, length);
		else
			row = err_set(err, ERR_CORRUPT, "the database is damaged: what it knows of the master key");
	}
	error = query_end(&query, row, err);
	return error < 0 ? error : row;
}

/* 1: the file's key has this fingerprint and is in store->key; 0: another. */
static int fits(struct store *store, const char *name, const unsigned char *hash, struct err *err)
{
	unsigned char key[STORE_KEY_SIZE], own[CRYPTO_HASH_SIZE];
	int error = folder_read(store->dirfd, name, key, sizeof(key), err);
	int result = 0;

	if (error == 0)
		error = fingerprint(key, own, err);
	if (error == 0 && crypto_equal(own, hash, sizeof(own))) {
		memcpy(store->key, key, sizeof(key));
		result = 1;
	}
	crypto_cleanse(key, sizeof(key));
	return error != 0 ? error : result;
}

/* The first start, or one after a first start that was cut short. */
static int make(struct store *store, struct err *err)
{
	int error;

	if (folder_has(store->dirfd, MASTER_KEY_FILE)) {
		error = folder_read(store->dirfd, MASTER_KEY_FILE, store->key, sizeof(store->key), err);
	} else {
		random_bytes(store->key, sizeof(store->key));
		error = folder_write(store->dirfd, MASTER_KEY_FILE, store->key, sizeof(store->key), err);
	}
	if (error == 0)
		error = txn_begin(store, err);
	if (error == 0)
		error = txn_end(store, NULL, master_key_note(store, store->key, err), err);
	return error;
}

/* master.key does not fit (error: or cannot be read): only a change of keys that was cut short explains it. */
static int use_next(struct store *store, const unsigned char *hash, int error, struct err *err)
{
	struct err why;
	int fit = folder_has(store->dirfd, MASTER_KEY_NEXT) ? fits(store, MASTER_KEY_NEXT, hash, &why) : 0;

	if (fit == 1) {
		if (renameat(store->dirfd, MASTER_KEY_NEXT, store->dirfd, MASTER_KEY_FILE) != 0 || fsync(store->dirfd) != 0)
			return err_sys(err, errno, "renaming %s", MASTER_KEY_NEXT);
		log_info("the change of the master key that was cut short is finished");
		return 0;
	}
	if (error == ERR_NOT_FOUND)
		return err_set(err, ERR_NOT_FOUND, "%s/" MASTER_KEY_FILE " is gone, and without it the stored secrets cannot be "
			"read: put the copy back that you keep apart from the backups", store->path);
	if (error < 0)
		return error;
	return err_set(err, ERR_INVALID, "%s/" MASTER_KEY_FILE " is not the key of this database: put the one back that "
		"belongs to it (a restored backup needs the key of its time)", store->path);
}

int master_key_load(struct store *store, struct err *err)
{
	unsigned char hash[CRYPTO_HASH_SIZE];
	int known = noted(store, hash, err);
	int fit;

	if (known < 0)
		return known;
	if (known == 0)
		return make(store, err);
	fit = fits(store, MASTER_KEY_FILE, hash, err);
	if (fit != 1)
		return use_next(store, hash, fit, err);
	if (unlinkat(store->dirfd, MASTER_KEY_NEXT, 0) != 0 && errno != ENOENT)
		log_warn("removing %s: %s", MASTER_KEY_NEXT, strerror(errno));
	return 0;
}
