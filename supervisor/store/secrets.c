#include "supervisor/store/secrets.h"

#include <stdlib.h>
#include <string.h>

#include "common/buffer.h"
#include "supervisor/store/crypto.h"

/* The three texts with their NULs: no two places give the same bytes. */
static int associated(const struct secret_place *place, struct buffer *bytes, struct err *err)
{
	buffer_init(bytes, 64 * 1024);
	if (buffer_append(bytes, place->tenant, strlen(place->tenant) + 1) == 0
		&& buffer_append(bytes, place->pipeline, strlen(place->pipeline) + 1) == 0
		&& buffer_append(bytes, place->field, strlen(place->field) + 1) == 0)
		return 0;
	return err_set(err, ERR_LIMIT, "the name of a secret field is too long");
}

int secret_seal(const unsigned char *key, const struct secret_place *place, const char *value, unsigned char **sealed,
	size_t *sealed_length, struct err *err)
{
	struct buffer bytes;
	size_t length = strlen(value);
	int error = associated(place, &bytes, err);

	*sealed = NULL;
	*sealed_length = length + CRYPTO_OVERHEAD;
	if (error == 0 && (*sealed = malloc(*sealed_length)) == NULL)
		error = err_set(err, ERR_NO_MEMORY, "no memory for a secret");
	if (error == 0)
		error = crypto_seal(key, bytes.bytes, bytes.length, value, length, *sealed, err);
	if (error != 0) {
		free(*sealed);
		*sealed = NULL;
	}
	buffer_fini(&bytes);
	return error;
}

int secret_open(const unsigned char *key, const struct secret_place *place, const void *sealed, size_t sealed_length,
	char **plain, struct err *err)
{
	struct buffer bytes;
	int error = associated(place, &bytes, err);

	*plain = NULL;
	if (error == 0 && (*plain = calloc(1, sealed_length + 1)) == NULL)
		error = err_set(err, ERR_NO_MEMORY, "no memory for a secret");
	if (error == 0)
		error = crypto_open(key, bytes.bytes, bytes.length, sealed, sealed_length, (unsigned char *)*plain, err);
	if (error != 0) {
		if (err != NULL && error == ERR_CORRUPT)
			err_prefix(err, "%s of a pipeline of %s", place->field, place->tenant);
		/* what was decrypted before its seal was found to be broken */
		if (*plain != NULL)
			explicit_bzero(*plain, sealed_length + 1);
		free(*plain);
		*plain = NULL;
	}
	buffer_fini(&bytes);
	return error;
}

static int insert(struct store *store, const struct secret_place *place, int64_t revision, const char *value,
	struct err *err)
{
	struct query query = query_begin(store, SQL_SECRET_INSERT, NULL);
	unsigned char *sealed;
	size_t length;
	int error = secret_seal(store->key, place, value, &sealed, &length, err);

	if (error != 0)
		return query_end(&query, error, err);
	query_text(&query, place->pipeline);
	query_number(&query, revision);
	query_text(&query, place->field);
	query_blob(&query, sealed, length);
	error = query_run(&query, err);
	free(sealed);
	return error;
}

int secrets_write(struct store *store, const char *tenant, const char *pipeline, int64_t revision,
	const struct store_secret *secrets, size_t count, const struct store_secrets *kept, struct err *err)
{
	int error = 0;

	for (size_t i = 0; error == 0 && i < count; i++) {
		struct secret_place place = { tenant, pipeline, secrets[i].field };
		const char *value = secrets[i].value ? secrets[i].value : store_secrets_value(kept, secrets[i].field);

		error = insert(store, &place, revision, value, err);
	}
	return error;
}

static int read_one(struct store *store, struct query *query, const char *id, struct store_secrets *secrets,
	struct err *err)
{
	struct store_secret_value *items = realloc(secrets->items, (secrets->count + 1) * sizeof(*items));
	const char *field = (const char *)sqlite3_column_text(query->statement, 0);
	struct secret_place place = { (const char *)sqlite3_column_text(query->statement, 2), id, field };
	const void *sealed;
	size_t length;
	int error;

	if (items == NULL)
		return err_set(err, ERR_NO_MEMORY, "no memory for secrets");
	secrets->items = items;
	items[secrets->count] = (struct store_secret_value){ .field = field ? strdup(field) : NULL };
	if (items[secrets->count++].field == NULL || place.tenant == NULL)
		return err_set(err, ERR_NO_MEMORY, "no memory for secrets");
	sealed = query_get_blob(query, 1, &length);
	error = secret_open(store->key, &place, sealed, length, &items[secrets->count - 1].value, err);
	return error == 0 ? 1 : error;
}

int store_secrets_read(struct store *store, const char *id, int64_t revision, struct store_secrets *secrets,
	struct err *err)
{
	struct query query = query_begin(store, SQL_SECRETS_LIST, NULL);
	int row, error;

	*secrets = (struct store_secrets){ 0 };
	query_text(&query, id);
	query_number(&query, revision);
	while ((row = query_row(&query, err)) == 1 && (row = read_one(store, &query, id, secrets, err)) == 1)
		;
	error = query_end(&query, row, err);
	if (error != 0)
		store_secrets_fini(secrets);
	return error;
}

int store_secrets_read_kept(struct store *store, const char *id, int64_t revision, struct store_secrets *secrets,
	struct err *err)
{
	int error = store_secrets_read(store, id, revision, secrets, err);

	return error == ERR_CORRUPT ? 0 : error;
}

void store_secrets_fini(struct store_secrets *secrets)
{
	for (size_t i = 0; i < secrets->count; i++) {
		if (secrets->items[i].value != NULL)
			crypto_cleanse(secrets->items[i].value, strlen(secrets->items[i].value));
		free(secrets->items[i].value);
		free(secrets->items[i].field);
	}
	free(secrets->items);
	*secrets = (struct store_secrets){ 0 };
}

const char *store_secrets_value(const struct store_secrets *secrets, const char *field)
{
	for (size_t i = 0; i < secrets->count; i++) {
		if (strcmp(secrets->items[i].field, field) == 0)
			return secrets->items[i].value;
	}
	return NULL;
}

int store_secret_fields(struct store *store, const char *id, int64_t revision, const char *const **fields,
	size_t *count, struct arena *arena, struct err *err)
{
	struct query query = query_begin(store, SQL_SECRETS_LIST, arena);
	const char **list = NULL;
	size_t size = 0;
	int row;

	*count = 0;
	query_text(&query, id);
	query_number(&query, revision);
	while ((row = query_row(&query, err)) == 1) {
		if (*count == size) {
			const char **more = list_alloc(arena, size = size ? 2 * size : 8, sizeof(*more), err);

			if (more == NULL)
				return query_end(&query, ERR_LIMIT, err);
			if (*count > 0)
				memcpy(more, list, *count * sizeof(*more));
			list = more;
		}
		list[(*count)++] = query_get_text(&query, 0);
	}
	*fields = list;
	return query_end(&query, row, err);
}
