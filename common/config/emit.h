/* Nested names and values as YAML or JSON, two blanks an indent. */
#ifndef SLUICE_COMMON_CONFIG_EMIT_H
#define SLUICE_COMMON_CONFIG_EMIT_H

#include <stdbool.h>
#include <stddef.h>

#include "common/buffer.h"
#include "common/config/config.h"

struct emitter {
	struct buffer *out;
	enum config_form form;
	unsigned depth;
	bool first;                   /* nothing yet at this depth */
	int error;                    /* of the buffer; nothing is written from then on */
};

void emit_begin(struct emitter *emitter, struct buffer *out, enum config_form form);
/* 0 or the error that came first. */
int emit_end(struct emitter *emitter);
void emit_open(struct emitter *emitter, const char *name, size_t length);
void emit_close(struct emitter *emitter);
/* A value that needs no quotes: a number, true or false. */
void emit_plain(struct emitter *emitter, const char *name, const char *value);
void emit_text(struct emitter *emitter, const char *name, const char *value);
/* As emit_text, for a name that anybody may have chosen. */
void emit_pair(struct emitter *emitter, const char *name, const char *value);
void emit_texts(struct emitter *emitter, const char *name, const char *const *values, size_t count);

#endif
