#include "worker/s3/upload.h"

#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/hex.h"
#include "worker/object_reader.h"
#include "worker/s3/answer.h"

struct piece_of_content {
	char *bytes;                  /* UPLOAD_PIECE of them */
	size_t length, used;
	bool filled;
};

/* The sealer's between sealer_push() and piece_read(): job, reader, pieces[filling], the delivery's head on its first
 * run. All else is the loop's. */
struct upload {
	const struct upload_context *context;
	struct delivery *delivery;
	struct object_reader *reader;
	struct sealer_job job;
	bool reading;                 /* the job is out */
	unsigned filling, sending;    /* indexes of pieces */
	struct piece_of_content pieces[UPLOAD_PIECES];
	uint64_t read_bytes;          /* of the content, by the reader */
	bool rewound;                 /* the next job begins again at the content's first byte */
	bool again;                   /* what the job that is out reads is void */
	bool asking;                  /* the request is HEAD, not PUT */
	bool token_refused;
	bool over;                    /* has ended, waits for the sealer to let go */
	struct s3_request call;
	struct http_request request;
};

/* ---- the end ---- */

static void release(struct upload *upload)
{
	http_cancel(&upload->request);
	http_request_fini(&upload->request);
	s3_request_fini(&upload->call);
	object_reader_free(&upload->reader);
	for (unsigned i = 0; i < UPLOAD_PIECES; i++)
		free(upload->pieces[i].bytes);
	free(upload);
}

void upload_free(struct upload **upload)
{
	if (*upload == NULL)
		return;
	release(*upload);
	*upload = NULL;
}

/* The result is in the delivery. */
static void end(struct upload *upload)
{
	const struct upload_context *context = upload->context;
	struct delivery *delivery = upload->delivery;
	bool token_refused = upload->token_refused;

	http_cancel(&upload->request);
	upload->over = true;
	if (upload->reading)
		return;
	release(upload);
	context->ended(context->owner, delivery, token_refused);
}

static void fail(struct upload *upload, const struct err *err)
{
	upload->delivery->result = err->code;
	upload->delivery->err = *err;
	end(upload);
}

static void stored(struct upload *upload)
{
	upload->delivery->result = 0;
	end(upload);
}

/* Not stored, as far as is known; not because of the object itself. */
static void refused(struct upload *upload)
{
	struct delivery *delivery = upload->delivery;
	struct s3_refusal refusal;

	s3_answer_judge(&refusal, &upload->request, upload->context->store, clock_wall_ms(), &delivery->err);
	delivery->result = refusal.error;
	delivery->field = refusal.field;
	delivery->retry_after_ms = refusal.retry_after_ms;
	upload->token_refused = refusal.token;
	memcpy(delivery->reason, refusal.reason, sizeof(delivery->reason));
	end(upload);
}
_Static_assert(sizeof(((struct delivery *)0)->reason) == S3_CODE_SIZE, "a reason fits");

void upload_cancel(struct upload *upload)
{
	struct err err;

	if (upload->over)
		return;
	err_set(&err, ERR_AGAIN, "ended before the object store had answered");
	fail(upload, &err);
}

/* ---- reading ahead: sealer thread ---- */

static int fill(struct upload *upload, struct piece_of_content *piece, struct err *err)
{
	const struct object_head *head = &upload->delivery->head;
	int error = object_reader_next(upload->reader, piece->bytes, UPLOAD_PIECE, &piece->length, err);
	size_t none;

	upload->read_bytes += piece->length;
	/* a content that ends with the piece: the digest is checked by asking for more */
	if (error == 0 && piece->length > 0 && upload->read_bytes == head->bytes)
		error = object_reader_next(upload->reader, piece->bytes, UPLOAD_PIECE, &none, err);
	return error;
}

static int read_piece(struct sealer_job *job, struct err *err)
{
	struct upload *upload = loop_owner(job, struct upload, job);
	const struct writer_context *writer = upload->context->writer;
	int error = 0;

	if (upload->reader == NULL)
		error = object_reader_new(&upload->reader, writer->spool_fd, upload->delivery->object.name, writer->files,
			&upload->delivery->head, err);
	else if (upload->rewound)
		error = object_reader_rewind(upload->reader, err);
	if (upload->rewound)
		upload->read_bytes = 0;
	upload->rewound = false;
	return error == 0 ? fill(upload, &upload->pieces[upload->filling], err) : error;
}

/* ---- reading ahead: loop thread ---- */

static void piece_read(struct sealer_job *job);

static bool all_read(const struct upload *upload)
{
	return upload->reader != NULL && upload->read_bytes == upload->delivery->head.bytes && !upload->rewound;
}

/* Has the next free piece filled, unless that is under way or there is none. */
static void read_ahead(struct upload *upload)
{
	struct piece_of_content *piece = &upload->pieces[upload->filling];

	if (upload->reading || piece->filled || all_read(upload))
		return;
	piece->length = piece->used = 0;
	upload->reading = true;
	upload->job = (struct sealer_job){ .run = read_piece, .done = piece_read };
	sealer_push(upload->context->writer->sealer, &upload->job);
}

static int give_body(struct http_request *request, char *bytes, size_t size, size_t *length)
{
	struct upload *upload = request->owner;
	struct piece_of_content *piece = &upload->pieces[upload->sending];

	if (!piece->filled)
		return HTTP_BODY_WAITS;
	*length = piece->length - piece->used < size ? piece->length - piece->used : size;
	memcpy(bytes, piece->bytes + piece->used, *length);
	piece->used += *length;
	if (piece->used == piece->length) {
		piece->filled = false;
		upload->sending = (upload->sending + 1) % UPLOAD_PIECES;
		read_ahead(upload);
	}
	return 0;
}

/* All that was read is void; a job that is out fills a piece that is thrown away when it comes back. */
static void rewind_body(struct http_request *request)
{
	struct upload *upload = request->owner;

	for (unsigned i = 0; i < UPLOAD_PIECES; i++)
		upload->pieces[i].filled = false;
	upload->sending = upload->filling;
	if (upload->reading) {
		upload->again = true;
		return;
	}
	upload->rewound = true;
	read_ahead(upload);
}

/* ---- requests ---- */

/* Credentials that may store need not be allowed to look: a damaged object must not hold up those behind it for ever. */
static void cannot_ask(struct upload *upload)
{
	struct delivery *delivery = upload->delivery;
	const struct err why = delivery->err;

	delivery->result = err_set(&delivery->err, ERR_CORRUPT, "%s; whether the store has it already cannot be asked: it answers %ld",
		why.message, upload->request.status);
	end(upload);
}

static void request_done(struct http_request *request)
{
	struct upload *upload = request->owner;
	char digest[S3_HEX_SHA256_SIZE], wanted[S3_HEX_SHA256_SIZE];

	if (!upload->asking) {
		if (request->status / 100 == 2)
			stored(upload);
		else
			refused(upload);
		return;
	}
	hex_text(upload->delivery->head.sha256, sizeof(upload->delivery->head.sha256), wanted);
	http_answer_header(request, s3_sha256_header, digest, sizeof(digest));
	if (request->status == 200 && strcmp(digest, wanted) == 0) {
		stored(upload);
	} else if (request->status == 200 || request->status == 404) {
		/* why it was asked for is still in err */
		upload->delivery->result = ERR_CORRUPT;
		end(upload);
	} else if (request->failure == HTTP_ANSWERED && (request->status == 403 ||
		(request->status == 401 && upload->context->store->bearer == NULL))) {
		cannot_ask(upload);
	} else {
		refused(upload);
	}
}

static void send(struct upload *upload)
{
	const struct object_head *head = &upload->delivery->head;
	const struct s3_store *store = upload->context->store;
	struct err err;
	int error;

	if (upload->asking)
		error = s3_request_head(&upload->call, store, head, clock_wall_ms(), &err);
	else
		error = s3_request_put(&upload->call, store, head, clock_wall_ms(), &err);
	/* it was refused to another object while this one was read */
	upload->token_refused = error == ERR_AGAIN;
	upload->request = (struct http_request){ .method = upload->asking ? "HEAD" : "PUT", .url = upload->call.url,
		.headers = upload->call.headers, .body_length = head->bytes, .body = give_body, .rewind = rewind_body,
		.done = request_done, .owner = upload };
	if (error == 0)
		error = http_send(upload->context->http, &upload->request, &err);
	if (error != 0)
		fail(upload, &err);
}

/* Damaged here. Where an earlier attempt may have stored it, the store is asked; with a damaged head there is nothing to
 * ask for. */
static void damaged(struct upload *upload)
{
	struct delivery *delivery = upload->delivery;

	http_cancel(&upload->request);
	http_request_fini(&upload->request);
	delivery->err = upload->job.err;
	if (!delivery->in_doubt || upload->reader == NULL) {
		delivery->result = ERR_CORRUPT;
		end(upload);
		return;
	}
	s3_request_fini(&upload->call);
	upload->asking = true;
	send(upload);
}

static void piece_read(struct sealer_job *job)
{
	struct upload *upload = loop_owner(job, struct upload, job);

	upload->reading = false;
	if (upload->over) {
		end(upload);
	} else if (job->result == ERR_CORRUPT) {
		damaged(upload);
	} else if (job->result != 0) {
		fail(upload, &job->err);
	} else if (upload->again) {
		upload->again = false;
		upload->rewound = true;
		read_ahead(upload);
	} else {
		upload->pieces[upload->filling].filled = true;
		upload->filling = (upload->filling + 1) % UPLOAD_PIECES;
		read_ahead(upload);
		if (upload->call.url == NULL)
			send(upload);
		else
			http_resume(&upload->request);
	}
}

/* ---- the beginning ---- */

struct upload *upload_new(const struct upload_context *context, struct delivery *delivery)
{
	struct upload *upload = calloc(1, sizeof(*upload));

	if (upload == NULL)
		return NULL;
	upload->context = context;
	upload->delivery = delivery;
	for (unsigned i = 0; i < UPLOAD_PIECES; i++) {
		upload->pieces[i].bytes = malloc(UPLOAD_PIECE);
		if (upload->pieces[i].bytes == NULL) {
			release(upload);
			return NULL;
		}
	}
	read_ahead(upload);
	return upload;
}
