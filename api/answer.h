/* What an operation answers: a body, or a problem (RFC 9457). */
#ifndef SLUICE_API_ANSWER_H
#define SLUICE_API_ANSWER_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

struct api_stream;
struct config;

enum { API_PENDING = 1, API_DETAIL_SIZE = 480, API_ETAG_SIZE = 72, API_NEXT_SIZE = 200,
	ANSWER_ERRORS_MAX = 500 };     /* of one answer; more are left out */

struct api_problem {
	int status;                   /* 4xx or 5xx */
	const char *code;             /* static, stable, dotted: "host_id.in_use" */
	char detail[API_DETAIL_SIZE];
	json_t *errors;               /* array of {pointer, code, detail, suggestion?, line?, column?}; NULL: none */
	json_t *warnings;             /* the same; NULL: none */
	json_t *members;              /* object: further members, such as the number of flows; NULL: none */
	unsigned retry_after;         /* s; 0: no such header */
};

struct api_answer {
	int status;                   /* 0: 200 */
	json_t *body;                 /* NULL: none (204), or text */
	/* Instead of body: malloc'd. JSON that is already written (a list's array, for instance), or the metrics. */
	char *text;
	size_t text_length;
	struct api_stream *stream;    /* instead of body: an answer without an end; owned */
	const char *content_type;     /* of a stream, static */
	char etag[API_ETAG_SIZE];     /* without quotes; "": none */
	char next[API_NEXT_SIZE];     /* list: where the next page begins, any text; "": this was the last */
	struct api_problem problem;   /* when the operation was refused */
	uint64_t ticket;              /* when it is pending */
	int64_t limit_ms;             /* when it is pending: time is up then; 0: after the request's wait_ms */
};

/* Frees what an answer owns; zeroed before its first use. */
void answer_fini(struct api_answer *answer);

/* Fills answer->problem (printf; the detail says what to do) and returns ERR_INVALID, so that an operation can end with
 * it. Whatever the answer held is freed, but the errors and warnings that were added stay. */
int answer_refuse(struct api_answer *answer, int status, const char *code, const char *detail, ...)
	__attribute__((format(printf, 4, 5)));
/* The same, but what has refused it before stays: checks that all have their say are made in the order of weight. */
int answer_refuse_too(struct api_answer *answer, int status, const char *code, const char *detail, ...)
	__attribute__((format(printf, 4, 5)));
/* 404: the server replaces detail and code by the same words for whatever is not there or not to be seen. */
int answer_not_found(struct api_answer *answer);
/* 503 with Retry-After. */
int answer_unavailable(struct api_answer *answer, const char *code, unsigned retry_after_s, const char *detail, ...)
	__attribute__((format(printf, 4, 5)));

/* Where in the request's body something is wrong. */
struct api_error {
	const char *pointer;          /* RFC 6901: "/config/host_id"; "" for the whole */
	const char *code;
	const char *suggestion;       /* NULL or "": none */
	unsigned line, column;        /* 0: the server looks the pointer up in the body that was sent */
};

/* Adds to answer->problem.errors or .warnings, before or after answer_refuse(). */
void answer_error(struct api_answer *answer, const struct api_error *error, const char *detail, ...)
	__attribute__((format(printf, 3, 4)));
void answer_warning(struct api_answer *answer, const struct api_error *error, const char *detail, ...)
	__attribute__((format(printf, 3, 4)));
/* Adds all problems of a checked configuration, errors and warnings; `base` is input->config_pointer. Their lines are
 * left to the server: the text that was checked need not be the one that was sent. Returns the number of errors. */
size_t answer_config(struct api_answer *answer, const struct config *config, const char *base);
/* The warnings that were added, as the array for a 2xx body (a new reference; empty when there are none). */
json_t *answer_take_warnings(struct api_answer *answer);

#endif
