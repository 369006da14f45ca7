/* Sessions of browsers: a cookie in place of a token. In memory, for 12 h, or 1 h without use; over an upgrade too. */
#ifndef SLUICE_API_SESSION_H
#define SLUICE_API_SESSION_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "api/api_ops.h"
#include "common/err.h"

enum { SESSION_TOKEN_SIZE = 44, SESSION_MAX = 1024, SESSION_LIFE_S = 12 * 3600, SESSION_IDLE_S = 3600 };

struct sessions;

struct session {
	char token[SESSION_TOKEN_SIZE];       /* the cookie's value; "": a free place */
	char csrf[SESSION_TOKEN_SIZE];        /* what X-CSRF-Token must say */
	struct api_caller caller;
	int64_t opened_ns, used_ns;           /* CLOCK_BOOTTIME */
};

int sessions_new(struct sessions **sessions, struct err *err);
void sessions_free(struct sessions **sessions);

/* Valid until the next session_open or session_close; when there are SESSION_MAX, the one longest unused ends. */
const struct session *session_open(struct sessions *sessions, const struct api_caller *caller, int64_t now_ns);
/* The session of a cookie's value, used at now_ns; NULL when there is none or its time is over. */
const struct session *session_find(struct sessions *sessions, const char *token, size_t length, int64_t now_ns);
void session_close(struct sessions *sessions, const struct session *session);

/* Those that are not over, for sessions_take() in the next image of this process; NULL: no memory. They are secrets. */
json_t *sessions_give(const struct sessions *sessions, int64_t now_ns);
/* Into sessions that are new. What is no session is left out. list may be NULL. */
void sessions_take(struct sessions *sessions, const json_t *list);

/* Finds a cookie's value in a Cookie header; NULL: none. */
const char *cookie_find(const char *header, const char *name, size_t *length);

#endif
