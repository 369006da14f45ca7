#include "api/session.h"

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

const struct session *session_find(struct sessions *sessions, const char *token, size_t length, int64_t now_ns)
{
	struct session *found = NULL;

	if (length != SESSION_TOKEN_SIZE - 1)
		return NULL;
	/* all are looked at, so that the time says nothing */
	for (struct session *session = sessions->places; session < sessions->places + SESSION_MAX; session++) {
		if (text_equal_secret(session->token, token, length))
			found = session;
	}
	if (found == NULL)
		return NULL;
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
