/* The documents of exports and imports: a stream of YAML, one a tenant or pipeline (docs/api-transfer.md). Read one at a
 * time, so that whoever checks a thousand can do other things in between. */
#ifndef SLUICE_API_TRANSFER_H
#define SLUICE_API_TRANSFER_H

#include "api/api_ops.h"
#include "api/document.h"
#include "common/buffer.h"

enum { TRANSFER_BODY_MAX = 64 * 1024 * 1024, TRANSFER_DOCUMENT_MAX = 64 * 1024, TRANSFER_DOCUMENTS_MAX = 5000 };

enum transfer_kind { TRANSFER_UNKNOWN, TRANSFER_TENANT, TRANSFER_PIPELINE };

/* Where a document stands in the body. */
struct transfer_place {
	unsigned number;              /* from 1; what is empty does not count */
	size_t offset, length;        /* bytes */
	unsigned line;                /* in which it begins, from 1 */
};

struct transfer_reader {
	const char *text;             /* borrowed */
	size_t length, offset;
	unsigned line, number;
	unsigned parts;               /* documents, empty ones too */
};

void transfer_reader_init(struct transfer_reader *reader, const char *text, size_t length);
/* The next document that is not empty. False: there is none, or there are too many. */
bool transfer_next(struct transfer_reader *reader, struct transfer_place *place);
/* It has ended before the body, which has more than TRANSFER_DOCUMENTS_MAX. */
bool transfer_too_many(const struct transfer_reader *reader);

struct transfer_document {
	struct transfer_place place;
	enum transfer_kind kind;
	const char *tenant;           /* a pipeline's; NULL: none that could be one */
	const char *name;
	struct api_tenant_input settings;     /* of a tenant */
	struct api_pipeline_input pipeline;
	const char *auto_host_id;     /* what config.host_id `auto` is to come to; NULL: no matter */
	struct document document;     /* that all of these point into */
};

/* Reads what stands there. 0, or refused with all that is wrong; what is right is there all the same. The document is to
 * be freed in any case. */
int transfer_read(struct transfer_document *document, const char *body, const struct transfer_place *place,
	struct api_answer *found);
void transfer_document_fini(struct transfer_document *document);
/* What was found wrong with it goes behind what was found before: with the document's number, and lines of the body. What
 * is more than an answer can have, or 50 of one document, is only counted. Returns the number of errors. */
size_t transfer_tell(struct transfer_document *document, struct api_answer *found, struct api_answer *all);

/* One document for an export, with its marker. Members stand as they are given, those below them sorted. When it would be
 * too large, `config` is written on one line. Errors as buffer_append(). */
int transfer_print(const json_t *document, struct buffer *out);

#endif
