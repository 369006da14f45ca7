/* Bearer tokens. Only a token's SHA-256 is kept. */
#ifndef SLUICE_SUPERVISOR_STORE_TOKENS_H
#define SLUICE_SUPERVISOR_STORE_TOKENS_H

#include "supervisor/store/store.h"
#include "supervisor/store/token_text.h"

enum store_role { STORE_ADMIN, STORE_OPERATOR, STORE_VIEWER };
/* "admin", "operator", "viewer". */
const char *store_role_name(int role);
/* -1: none of them. */
int store_role_of(const char *name);

struct store_token {
	const char *id;               /* 16 hex digits; no part of the token */
	int role;                     /* enum store_role */
	const char *tenant;           /* NULL: of no tenant (admin) */
	const char *description;
	int64_t created_ms;
	int64_t expires_ms;           /* 0: never */
	int64_t used_ms;              /* 0: never; a minute too old at most */
};

struct store_tokens {
	struct store_token *items;
	size_t count;
	const char *next;
};

/* Makes one; text receives what is shown once (cleanse it). token: role, tenant, description, expires_ms are read, id
 * and created_ms set (in the arena). ERR_INVALID: admin with a tenant, or another role without. STORE_NO_TENANT; refusal may
 * be NULL. */
int store_token_create(struct store *store, const struct store_change *change, struct store_token *token,
	char text[TOKEN_TEXT_SIZE], struct store_refusal *refusal, struct arena *arena, struct err *err);
/* Those of a tenant, or with NULL those of none, oldest first. */
int store_tokens_list(struct store *store, const char *tenant, const char *after, unsigned limit,
	struct store_tokens *list, struct arena *arena, struct err *err);
/* tenant as in list: another tenant's token is not found (STORE_NO_TOKEN). refusal may be NULL. */
int store_token_delete(struct store *store, const struct store_change *change, const char *tenant, const char *id,
	struct store_refusal *refusal, struct err *err);

/* Whose is it? Form and checksum are looked at first, without the database. Notes the use, at most once a minute a
 * token; a note that fails changes nothing else. ERR_DENIED: malformed, unknown or expired (tell nobody which). */
int store_token_verify(struct store *store, const char *text, size_t length, int64_t now_ms, struct store_token *token,
	struct arena *arena, struct err *err);
/* Grows whenever a token goes (deleted, its tenant deleted), so that a session needs to look for its token only when
 * this has changed since it last did. */
uint64_t store_tokens_generation(const struct store *store);
/* ERR_NOT_FOUND when it has gone. */
int store_token_get(struct store *store, const char *id, struct store_token *token, struct arena *arena,
	struct err *err);

#endif
