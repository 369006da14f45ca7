#include "supervisor/store/admin_token.h"

#include <string.h>

#include "supervisor/store/folder.h"
#include "supervisor/store/tokens.h"

#define ADMIN_TOKEN_FILE "admin.token"
#define ADMIN_TOKEN_MADE "admin_token"

/* Inside a group that takes token and note together. */
static int make(struct store *store, struct arena *arena, struct err *err)
{
	struct store_token token = { .role = STORE_ADMIN, .description = "made at the first start" };
	char text[TOKEN_TEXT_SIZE + 1];
	int error = store_token_create(store, NULL, &token, text, NULL, arena, err);

	if (error == 0) {
		text[TOKEN_TEXT_LENGTH] = '\n';
		error = folder_write(store->dirfd, ADMIN_TOKEN_FILE, text, TOKEN_TEXT_LENGTH + 1, err);
	}
	explicit_bzero(text, sizeof(text));
	return error == 0 ? store_setting_set(store, ADMIN_TOKEN_MADE, token.id, err) : error;
}

int admin_token_make(struct store *store, struct err *err)
{
	const char *made;
	struct arena arena;
	struct err ignored;
	int error;

	arena_init(&arena, 64 * 1024);
	error = store_setting_get(store, ADMIN_TOKEN_MADE, &made, &arena, err);
	if (error == 0 && made == NULL) {
		error = store_group_begin(store, err);
		if (error == 0) {
			error = make(store, &arena, err);
			if (error == 0)
				error = store_group_end(store, true, err);
			else
				store_group_end(store, false, &ignored);
		}
	}
	arena_fini(&arena);
	return error;
}
