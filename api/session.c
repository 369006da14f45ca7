#include "api/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/text.h"
#include "common/clock.h"
#include "common/random.h"

enum { RANDOM_BYTES = 32 };

struct sessions {
	struct session places[SESSION_MAX];
};

int sessions_new(struct sessions **sessions, struct err *err)
{
	*sessions = calloc(1, sizeof(**sessions));
	if (*sessions == NULL)
		return err_set(err, ERR_NO_MEMORY, "no memory for sessions");
	return 0;
}

void sessions_free(struct sessions **sessions)
{
	if (*sessions != NULL)
		explicit_bzero(*sessions, sizeof(**sessions));
	free(*sessions);
	*sessions = NULL;
}

static void make_token(char token[static SESSION_TOKEN_SIZE])
{
	unsigned char bytes[RANDOM_BYTES];

	random_bytes(bytes, sizeof(bytes));
	text_encode64(bytes, sizeof(bytes), token, SESSION_TOKEN_SIZE);
}

static bool is_over(const struct session *session, int64_t now_ns)
{
	return session->token[0] == '\0' || now_ns - session->opened_ns >= SESSION_LIFE_S * NS_PER_S ||
		now_ns - session->used_ns >= SESSION_IDLE_S * NS_PER_S;
}

const struct session *session_open(struct sessions *sessions, const struct api_caller *caller, int64_t now_ns)
{
	struct session *place = &sessions->places[0];

	for (struct session *other = sessions->places; other < sessions->places + SESSION_MAX; other++) {
		if (is_over(other, now_ns)) {
			place = other;
			break;
		}
		if (other->used_ns < place->used_ns)
			place = other;
	}
	*place = (struct session){ .caller = *caller, .opened_ns = now_ns, .used_ns = now_ns };
	make_token(place->token);
	make_token(place->csrf);
	return place;
}

/* Its place; SESSION_MAX: it has none. All are looked at, so that the time says nothing. */
static size_t place_of(const struct sessions *sessions, const char *token, size_t length)
{
	size_t found = SESSION_MAX;

	for (size_t i = 0; length == SESSION_TOKEN_SIZE - 1 && i < SESSION_MAX; i++) {
		if (text_equal_secret(sessions->places[i].token, token, length))
			found = i;
	}
	return found;
}

const struct session *session_find(struct sessions *sessions, const char *token, size_t length, int64_t now_ns)
{
	size_t place = place_of(sessions, token, length);
	struct session *found;

	if (place == SESSION_MAX)
		return NULL;
	found = &sessions->places[place];
	if (is_over(found, now_ns)) {
		session_close(sessions, found);
		return NULL;
	}
	found->used_ns = now_ns;
	return found;
}

void session_close(struct sessions *sessions, const struct session *session)
{
	explicit_bzero(&sessions->places[session - sessions->places], sizeof(*session));
}

/* ---- over an upgrade ---- */

json_t *sessions_give(const struct sessions *sessions, int64_t now_ns)
{
	json_t *list = json_array();

	for (const struct session *session = sessions->places; session < sessions->places + SESSION_MAX; session++) {
		const struct api_caller *caller = &session->caller;

		if (is_over(session, now_ns))
			continue;
		if (json_array_append_new(list, json_pack("{ss ss si ss ss sI sI}", "token", session->token, "csrf", session->csrf,
			"role", (int)caller->role, "tenant", caller->tenant, "token_id", caller->token_id, "opened_ns",
			(json_int_t)session->opened_ns, "used_ns", (json_int_t)session->used_ns)) != 0) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

/* Whether it is one. The token that it was opened with is asked for at each request. */
static bool take(struct session *session, const json_t *object)
{
	const char *token, *csrf, *tenant, *token_id;
	json_int_t opened_ns, used_ns;
	int role;

	if (json_unpack((json_t *)(uintptr_t)object, "{ss ss si ss ss sI sI}", "token", &token, "csrf", &csrf, "role", &role,
		"tenant", &tenant, "token_id", &token_id, "opened_ns", &opened_ns, "used_ns", &used_ns) != 0)
		return false;
	if (strlen(token) != SESSION_TOKEN_SIZE - 1 || strlen(csrf) != SESSION_TOKEN_SIZE - 1 || token_id[0] == '\0' ||
		role < API_ROLE_VIEWER || role > API_ROLE_ADMIN)
		return false;
	*session = (struct session){ .caller.role = (enum api_role)role, .opened_ns = opened_ns, .used_ns = used_ns };
	memcpy(session->token, token, sizeof(session->token));
	memcpy(session->csrf, csrf, sizeof(session->csrf));
	snprintf(session->caller.tenant, sizeof(session->caller.tenant), "%s", tenant);
	snprintf(session->caller.token_id, sizeof(session->caller.token_id), "%s", token_id);
	return true;
}

void sessions_take(struct sessions *sessions, const json_t *list)
{
	struct session *place = sessions->places;

	for (size_t i = 0; i < json_array_size(list) && place < sessions->places + SESSION_MAX; i++)
		place += take(place, json_array_get(list, i));
}

const char *cookie_find(const char *header, const char *name, size_t *length)
{
	size_t name_length = strlen(name);

	while (header != NULL && *header != '\0') {
		header += strspn(header, "; \t");
		if (strncmp(header, name, name_length) == 0 && header[name_length] == '=') {
			header += name_length + 1;
			*length = strcspn(header, "; \t");
			return header;
		}
		header += strcspn(header, ";");
	}
	return NULL;
}
