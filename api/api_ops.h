/* The only way from the API to the supervisor: the operations that the handlers need.
 *
 * Every operation has one shape, op(owner, request[, input], answer), and one way to end:
 *
 *     0               done: answer->status (0: 200) and answer->body (or text)
 *     API_PENDING     not yet: answer->ticket; the server asks poll() until it is done
 *     negative        refused: answer->problem, filled by answer_refuse()
 *
 * What they get has been checked for form (names, types, ranges, unknown members); what it means (does the tenant
 * exist, is the configuration valid, is the host_id free, is there room) is theirs. Texts and JSON of request and
 * input are borrowed and end with the call. There are no threads: an operation is called from the loop, one at a time,
 * and must not wait. */
#ifndef SLUICE_API_API_OPS_H
#define SLUICE_API_API_OPS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "api/answer.h"

struct buffer;

enum {
	API_NAME_SIZE = 64,           /* [a-z0-9]([a-z0-9-]{0,61}[a-z0-9])? and NUL */
	API_ID_SIZE = 40,             /* a token's id: [a-zA-Z0-9_-]{1,39} and NUL */
	API_LABELS_MAX = 8,           /* of one filter */
	API_MATCH_MAX = 8,            /* entity tags of one If-Match */
};

/* In order: each may do what those before it may. */
enum api_role { API_ROLE_NONE, API_ROLE_VIEWER, API_ROLE_OPERATOR, API_ROLE_ADMIN };

struct api_caller {
	enum api_role role;
	char tenant[API_NAME_SIZE];   /* "": all (an admin) */
	char token_id[API_ID_SIZE];   /* "": none (somebody at the Unix socket) */
	uint64_t generation;          /* the supervisor's own, to see quickly whether the token still holds */
};

/* If-Match. */
struct api_match {
	bool given;
	bool any;                     /* "*": whatever is there */
	size_t count;
	const char *tags[API_MATCH_MAX];      /* without quotes; weak ones are left out, for they never match */
};

/* Does the precondition hold for what has this tag? True when none was given. NULL: there is nothing. */
bool api_match_holds(const struct api_match *match, const char *etag);

struct api_request {
	const struct api_caller *caller;
	const char *id;               /* X-Request-ID, for the audit row */
	const char *address;          /* "192.0.2.1", "2001:db8::1", "unix:1000" (uid), for the audit row */
	/* Of the path (or ?tenant=); NULL: none. API_TENANT_HIDDEN when the caller may not see it: no tenant has that
	 * name, so that looking it up is the same work with the same end, a 404, as for one that does not exist. */
	const char *tenant;
	const char *name;             /* the pipeline's name or the token's id, of the path; NULL: none */
	uint64_t number;              /* of a revision, of the path */
	struct api_match if_match;
	bool dry_run;                 /* all checks, nothing changed; the body says what would happen */
	bool force;                   /* ?force=true: DELETE of a tenant with its pipelines */
	bool discard;                 /* ?discard=true: DELETE of a pipeline with unsent flows */
	bool probe;                   /* ?probe=true: validate is to try analyzer, topology and bucket */
	int64_t wait_ms;              /* ?wait=: how long the answer may be put off; 0: not at all */
};

#define API_TENANT_HIDDEN "!"

/* One page of a list, in the list's stable order. */
struct api_label { const char *key; const char *value; };     /* value NULL: any */

struct api_list {
	unsigned limit;               /* 1 … 1000 */
	const char *after;            /* answer->next of the page before; "": from the beginning */
	const char *state;            /* a state or flow_state; NULL: any */
	const char *q;                /* part of a name or description; NULL: any */
	struct api_label labels[API_LABELS_MAX];      /* all must hold */
	size_t label_count;
	bool with_config;             /* ?fields=config */
};

/* Absent members (NULL) keep their value, or get their default on creation. */
struct api_tenant_input {
	const char *display_name;
	const json_t *limits;         /* {pipelines, spool_bytes, worker_memory_bytes, sinks}; null in it: no limit */
};

struct api_token_input {
	enum api_role role;           /* admin exactly when request->tenant is NULL */
	const char *description;      /* "" when absent */
	int64_t expires_at_ms;        /* wall clock, ms since the epoch; 0: never */
};

enum api_desired_state { API_STATE_KEEP, API_STATE_RUNNING, API_STATE_STOPPED };

struct api_pipeline_input {
	/* As written, defaults not filled in; a secret may be {"set":true}: keep the stored one. NULL only where the
	 * stored configuration is to stay (an envelope without it): for a new pipeline that is an error. */
	const json_t *config;
	const char *config_pointer;   /* where it stands in the body, to begin errors' pointers: "" or "/config" */
	enum api_desired_state desired_state;
	const char *description;
	const json_t *labels;         /* text → text */
	const json_t *limits;         /* {restarts: "5/60s", spool_bytes, worker_memory_bytes} */
};

/* Which lines of a log. */
struct api_log_query {
	unsigned tail;                /* the last so many; 0: none of those that are there */
	int64_t since_ms;             /* wall clock: those from then on; 0: all */
	bool follow;                  /* and those that come */
	bool events;                  /* as server-sent events */
};

/* Which rows of the audit trail, besides request->tenant and request->name: of a pipeline. */
struct api_audit_query {
	const char *action, *who;     /* NULL: any */
	int64_t since_ms;             /* wall clock: those from then on; 0: all */
};

/* Which events, besides request->tenant and request->name: of a pipeline. */
struct api_event_query {
	const char *last_id;          /* behind which it goes on; NULL: from a snapshot on */
	bool figures;                 /* and what each status is, every few seconds */
	bool replay;                  /* without an id that is known: those that are kept, instead of a snapshot */
};

struct api_import_input {
	struct buffer *body;          /* YAML documents; what it holds may be taken over, leaving it empty */
	bool prune;                   /* what is not in it is deleted */
	bool secrets_later;           /* a pipeline whose secrets are not given is created, stopped */
};

/* A change that was refused. Texts are borrowed. */
struct api_refusal {
	const char *action;           /* what was asked for, as an audit row has it; a login is login, an import import */
	int status;
	const char *code, *detail;    /* of the problem */
	const char *foreign_tenant;   /* whose the path named, which the caller may not see; NULL: none. Tenant and name are NULL then */
};

enum api_verb { API_VERB_START, API_VERB_STOP, API_VERB_RESTART };

struct api_verb_input {
	enum api_verb verb;
	bool force;                   /* stop: skip the drain */
	int64_t drain_timeout_ms;     /* -1: the default */
};

/* The stream ends with whichever comes first. */
struct api_tap_query {
	unsigned limit;               /* records */
	int64_t duration_ms;
	bool events;                  /* server-sent events, else JSON lines */
};

struct api_ops {
	void *owner;

	/* Whose token is it? 0, ERR_DENIED (unknown, expired, malformed; the same work for each), ERR_AGAIN (503). */
	int (*authenticate)(void *owner, const char *token, const char *address, struct api_caller *caller);
	/* Does the token that caller once showed still hold? Asked at every request of a session, and every second for
	 * streams. */
	bool (*caller_holds)(void *owner, const struct api_caller *caller);
	/* What is known of the token that the caller has shown: {"description", "expires_at"}, both null where it has none,
	 * expires_at also when that never comes. A new reference; NULL: no memory. */
	json_t *(*caller_token)(void *owner, const struct api_caller *caller);

	/* May something be changed? False while the supervisor ends: 503. NULL: always. */
	bool (*takes_changes)(void *owner);

	/* For the audit trail. request->caller has API_ROLE_NONE where nobody was authenticated: tenant and name are NULL then. NULL:
	 * refusals are not kept. */
	void (*refused)(void *owner, const struct api_request *request, const struct api_refusal *refusal);

	/* Lists: the body is an array (or text with one), answer->next where the next page begins. */
	int (*tenant_list)(void *owner, const struct api_request *, const struct api_list *, struct api_answer *);
	int (*tenant_get)(void *owner, const struct api_request *, struct api_answer *);
	/* 201 or 200; {…tenant, "changed": bool} */
	int (*tenant_put)(void *owner, const struct api_request *, const struct api_tenant_input *, struct api_answer *);
	/* 204 (dry_run: 200 with what would happen); 409 tenant.not_empty */
	int (*tenant_delete)(void *owner, const struct api_request *, struct api_answer *);

	/* request->tenant NULL: admin tokens. Create answers 201 with "token", the only time it is shown. */
	int (*token_list)(void *owner, const struct api_request *, const struct api_list *, struct api_answer *);
	int (*token_create)(void *owner, const struct api_request *, const struct api_token_input *, struct api_answer *);
	int (*token_delete)(void *owner, const struct api_request *, struct api_answer *);

	/* request->tenant NULL: all that the caller may see. */
	int (*pipeline_list)(void *owner, const struct api_request *, const struct api_list *, struct api_answer *);
	/* Answers a body, never text, and sets answer->etag; so do create and put. PATCH is get, RFC 7396 on that body,
	 * put with its etag in if_match. */
	int (*pipeline_get)(void *owner, const struct api_request *, struct api_answer *);
	/* POST: request->name is the new one's; 409 pipeline.exists */
	int (*pipeline_create)(void *owner, const struct api_request *, const struct api_pipeline_input *,
		struct api_answer *);
	/* 201 or 200; {…pipeline, "changed": bool}; may be pending with wait_ms */
	int (*pipeline_put)(void *owner, const struct api_request *, const struct api_pipeline_input *,
		struct api_answer *);
	/* 204, or 200 with what was discarded; 409 spool.not_empty; pending while it drains, whatever wait_ms is */
	int (*pipeline_delete)(void *owner, const struct api_request *, struct api_answer *);
	int (*pipeline_status)(void *owner, const struct api_request *, struct api_answer *);
	/* 202 with the resource; pending with wait_ms, then 200, the problem, or 202 when the time is up */
	int (*pipeline_verb)(void *owner, const struct api_request *, const struct api_verb_input *, struct api_answer *);
	/* A tenant's pipelines, those that the list's state, labels and q choose: 202 {"items":[{name, …}]}; pending with wait_ms,
	 * as pipeline_verb, when each of them takes it: the first that does not is told at once */
	int (*pipeline_verb_all)(void *owner, const struct api_request *, const struct api_verb_input *,
		const struct api_list *, struct api_answer *);

	/* A pipeline's revisions, newest first; and one, with its configuration. 404 when there is none of this number. */
	int (*revision_list)(void *owner, const struct api_request *, const struct api_list *, struct api_answer *);
	int (*revision_get)(void *owner, const struct api_request *, struct api_answer *);
	/* Makes a copy of that revision the present one; answers as pipeline_put, with "restored_from". 422
	 * revision.unknown, revision.invalid */
	int (*pipeline_rollback)(void *owner, const struct api_request *, int64_t revision, struct api_answer *);

	/* answer->stream: lines of the pipeline's log */
	int (*logs)(void *owner, const struct api_request *, const struct api_log_query *, struct api_answer *);
	/* How much its workers log: 200 {"level"}, null: as all others */
	int (*log_level_get)(void *owner, const struct api_request *, struct api_answer *);
	/* How much they log from now on, until the supervisor ends; NULL: as all others. 200 {"level"} */
	int (*log_level)(void *owner, const struct api_request *, const char *level, struct api_answer *);

	/* What pipeline_put would be told, with nothing changed. tenant NULL: the caller's, or a new one; name NULL: a new
	 * pipeline. 200 {"config": effective, "warnings": […]}, or the refusal; pending with probe */
	int (*validate)(void *owner, const struct api_request *, const struct api_pipeline_input *, struct api_answer *);

	/* answer->stream: events of what the caller may see, of request->tenant and request->name when they are given */
	int (*events)(void *owner, const struct api_request *, const struct api_event_query *, struct api_answer *);
	/* answer->stream: all tenants and pipelines as YAML documents */
	int (*export)(void *owner, const struct api_request *, struct api_answer *);
	/* Pending: {dry_run, counts, items, warnings} of what was done, or would be. All of it or nothing */
	int (*import)(void *owner, const struct api_request *, const struct api_import_input *, struct api_answer *);
	/* answer->stream: records of the pipeline as they are written, a sample of them, also while it is yet to be started */
	int (*tap)(void *owner, const struct api_request *, const struct api_tap_query *, struct api_answer *);

	int (*subscription_list)(void *owner, const struct api_request *, const struct api_list *, struct api_answer *);
	int (*host_id_list)(void *owner, const struct api_request *, const struct api_list *, struct api_answer *);
	int (*audit_list)(void *owner, const struct api_request *, const struct api_list *, const struct api_audit_query *,
		struct api_answer *);

	/* 200 {"ready": true}, or 503 with status and body set: {"ready": false, "not_ready": [{what, message}]}; returns
	 * 0 either way. request->caller has API_ROLE_NONE. */
	int (*ready)(void *owner, const struct api_request *, struct api_answer *);
	/* answer->text: the Prometheus text format, what the caller may see */
	int (*metrics)(void *owner, const struct api_request *, struct api_answer *);

	/* Asks for what was pending, after api_server_changed() and with time_up once its limit has passed; then it must
	 * not be pending any longer. When it has ended, the ticket is gone. */
	int (*poll)(void *owner, uint64_t ticket, bool time_up, struct api_answer *answer);
	/* The client has gone: the ticket is gone; what was begun goes on. */
	void (*cancel)(void *owner, uint64_t ticket);
};

#endif
