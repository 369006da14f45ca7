/* What goes over from this image of the process to the next, when it executes itself anew (SIGUSR2): a tree of JSON in
 * memory that has no name, and the descriptors that it speaks of. What a struct gives and takes is one table, so that both
 * sides are the same. What is missing in it leaves its field as it is: fields may be added without another format. */
#ifndef SLUICE_SUPERVISOR_HANDOVER_H
#define SLUICE_SUPERVISOR_HANDOVER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "common/err.h"
#include "common/loop.h"

/* What must be the same in two versions for one to take over from the other: the meaning of what is handed over, and of what
 * the children of before go on using: control messages, ring, shared page. Raised when that changes. */
enum { HANDOVER_FORMAT = 2 };

struct handover;

enum handover_kind {
	HANDOVER_BOOL,                /* bool */
	HANDOVER_NUMBER,              /* an integer of 4 or 8 bytes, with a sign or without */
	HANDOVER_TEXT,                /* char[] */
};

struct handover_field {
	const char *name;             /* NULL ends a table */
	enum handover_kind kind;
	size_t offset, size;
};

#define HANDOVER_ROW(type, kind, member) { #member, kind, offsetof(type, member), sizeof(((type *)NULL)->member) }

/* ---- giving ---- */

int handover_new(struct handover **handover, struct err *err);
/* Descriptors that have come and were not taken are closed: at their other end somebody notices. */
void handover_free(struct handover **handover);

/* Everything is below it; borrowed. */
json_t *handover_root(const struct handover *handover);
/* Puts it there, taken over; NULL, or no memory for it: nothing can be handed over any more. Returns it, borrowed. */
json_t *handover_put(struct handover *handover, json_t *object, const char *name, json_t *value);
/* The same behind the last of a list. */
void handover_append(struct handover *handover, json_t *list, json_t *value);
/* The text, made valid where it is not; NULL: nothing. */
void handover_put_text(struct handover *handover, json_t *object, const char *name, const char *text);
void handover_put_fields(struct handover *handover, json_t *object, const struct handover_field *fields, const void *from);
/* items: an array of structs of `size` bytes. */
void handover_put_list(struct handover *handover, json_t *object, const char *name, const struct handover_field *fields,
	const void *items, size_t count, size_t size);
/* -1: nothing. The descriptor stays open over the exec. */
void handover_put_fd(struct handover *handover, json_t *object, const char *name, int fd);
/* Nothing when it is not set. */
void handover_put_timer(struct handover *handover, json_t *object, const char *name, const struct loop_timer *timer);

/* Executes the program with these arguments in place of this one. Returns with an error, and everything is as it was. */
int handover_execute(struct handover *handover, const char *program, char *const *arguments, struct err *err);

/* ---- taking ---- */

/* *handover: what the image before has left, NULL: nothing, it is a start like any other. With an error too, and nothing
 * that is damaged is used. */
int handover_receive(struct handover **handover, struct err *err);
/* As handover_put_*. */
const char *handover_text(const json_t *object, const char *name);
void handover_take_fields(const json_t *object, const struct handover_field *fields, void *to);
/* Returns how many were taken, at most max. */
size_t handover_take_list(const json_t *object, const char *name, const struct handover_field *fields, void *items,
	size_t max, size_t size);
/* The caller's from now on; -1: there is none, or it was taken before. From the first on there is no way back. */
int handover_take_fd(struct handover *handover, const json_t *object, const char *name);
/* A duplicate, the caller's: what was handed over stays whole. -1: there is none. */
int handover_copy_fd(const struct handover *handover, const json_t *object, const char *name);
void handover_take_timer(const json_t *object, const char *name, struct loop *loop, struct loop_timer *timer);

/* ---- back ---- */

/* Gives everything back as it came to the image before, whose program was handed over as the descriptor "program".
 * Returns with an error: something was taken, or this is the way back. */
int handover_return(struct handover *handover, const char *reason, char *const *arguments, struct err *err);
/* The reason, where that was done, borrowed; "": it was not. */
const char *handover_returned(const struct handover *handover);

#endif
