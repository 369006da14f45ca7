/* write: s3. Objects become <endpoint>/<bucket>/<key> of an object store that speaks S3: one PUT each, signed, the lanes
 * side by side. Works on the loop; the HTTP client is made, and libcurl loaded, for the first object. */
#include <ctype.h>
#include <string.h>

#include "common/clock.h"
#include "common/config/address.h"
#include "common/config/pipeline_config.h"
#include "worker/http/http.h"
#include "worker/key.h"
#include "worker/probe.h"
#include "worker/s3/iam.h"
#include "worker/s3/trial.h"
#include "worker/s3/upload.h"
#include "worker/writer.h"

extern const struct writer_type writer_s3;

struct s3_writer {
	struct s3_store store;
	struct upload_context context;        /* http is NULL: nothing was sent yet */
	struct s3_delivery {
		struct delivery *delivery;    /* under way, its lane's only one; its transfer is the upload. NULL: none */
		bool waits;                   /* for a token */
		bool again;                   /* the store has refused one token */
	} lanes[SPOOL_LANES];
	struct iam *iam;              /* NULL: requests are signed */
	struct probe *probe;          /* waits for a token */
	struct s3_trial *trial;       /* of a probe; NULL: none */
	char key[OBJECT_KEY_SIZE];    /* the trial's */
};

static int s3_wanted(const struct pipeline_config *config)
{
	return config->write.type == WRITE_S3;
}

/* The host alone, in lower case: ports and schemes may lead to one store, and names that two stores share do no harm. */
static int s3_endpoint(const struct writer *writer, struct buffer *out)
{
	static const char *const schemes[] = { "http", "https", NULL };
	struct address_parts parts;
	int error = buffer_append_text(out, "s3:");

	if (address_parse_url(writer->context->config->write.s3.endpoint, schemes, &parts) != NULL)
		return ERR_CONFIG;
	for (size_t i = 0; i < parts.host_length && error == 0; i++)
		error = buffer_printf(out, "%c", tolower((unsigned char)parts.host[i]));
	return error;
}

static int make_client(struct writer *writer, struct err *err)
{
	struct s3_writer *s3 = writer_private(writer);
	const struct http_options options = { .loop = writer->context->loop,
		.ca_file = writer->context->config->write.s3.ca_file, .endpoints = writer->context->endpoints,
		.stall_ms = writer->context->stall_ms };

	return s3->context.http != NULL ? 0 : http_new(&s3->context.http, &options, err);
}

/* ---- objects ---- */

static void upload_ended(void *owner, struct delivery *delivery, bool token_refused);

static void finish(struct s3_writer *s3, struct delivery *delivery)
{
	s3->lanes[delivery->object.lane] = (struct s3_delivery){ 0 };
	delivery_done(delivery);
}

static int begin(struct writer *writer, struct delivery *delivery, struct err *err)
{
	struct s3_writer *s3 = writer_private(writer);
	int error = make_client(writer, err);

	if (error != 0)
		return error;
	delivery->transfer = upload_new(&s3->context, delivery);
	return delivery->transfer != NULL ? 0 : err_set(err, ERR_NO_MEMORY, "no memory to send an object");
}

static void send(struct writer *writer, struct delivery *delivery)
{
	delivery->result = begin(writer, delivery, &delivery->err);
	if (delivery->result != 0)
		finish(writer_private(writer), delivery);
}

static bool lacks_token(struct s3_writer *s3)
{
	return s3->iam != NULL && *iam_token(s3->iam) == NULL;
}

static void s3_send(struct writer *writer, struct delivery *delivery)
{
	struct s3_writer *s3 = writer_private(writer);
	struct s3_delivery *lane = &s3->lanes[delivery->object.lane];

	lane->delivery = delivery;
	lane->waits = lacks_token(s3);
	if (lane->waits)
		iam_want(s3->iam);
	else
		send(writer, delivery);
}

/* A token that was good when the object was begun may have expired since, or been taken back: once for each attempt that
 * is no answer of the store's to the object. */
static void upload_ended(void *owner, struct delivery *delivery, bool token_refused)
{
	struct s3_writer *s3 = writer_private(owner);
	struct s3_delivery *lane = &s3->lanes[delivery->object.lane];

	delivery->transfer = NULL;
	if (!token_refused || lane->again) {
		finish(s3, delivery);
		return;
	}
	lane->again = lane->waits = true;
	iam_refused(s3->iam);
	iam_want(s3->iam);
}

static void no_token(struct delivery *delivery, int error, const struct s3_refusal *refusal, const struct err *err)
{
	delivery->result = error;
	delivery->err = *err;
	delivery->field = refusal->field;
	delivery->retry_after_ms = refusal->retry_after_ms;
	memcpy(delivery->reason, refusal->reason, sizeof(delivery->reason));
}

static void s3_cancel(struct writer *writer, struct delivery *delivery)
{
	struct s3_writer *s3 = writer_private(writer);

	if (delivery->transfer != NULL) {
		upload_cancel(delivery->transfer);
		return;
	}
	delivery->result = err_set(&delivery->err, ERR_AGAIN, "ended before there was a token for the object store");
	finish(s3, delivery);
}

/* ---- a probe ---- */

static void probe_failed(struct probe *probe, int error)
{
	probe->result = error;
	probe->done(probe);
}

static void try_store(struct writer *writer, struct probe *probe)
{
	struct s3_writer *s3 = writer_private(writer);
	const struct pipeline_config *config = writer->context->config;
	const struct spool_format format = { .prefix = config->store.filename_prefix, .ending = "-probe",
		.host_id = config->host_id, .key_layout = config->store.key_layout };
	const struct commit_entry entry = { .stream_ms = clock_wall_ms(), .last_ms = clock_wall_ms() };
	int error = make_client(writer, &probe->err);

	/* where objects go, as rights may be given for those alone */
	if (error == 0)
		error = key_make(&format, 0, &entry, s3->key, &probe->err);
	if (error == 0)
		error = s3_trial_new(&s3->trial, s3->context.http, &s3->store, s3->key, probe, &probe->err);
	if (error != 0)
		probe_failed(probe, error);
}

static void s3_probe(struct writer *writer, struct probe *probe)
{
	struct s3_writer *s3 = writer_private(writer);

	if (s3->iam == NULL) {
		try_store(writer, probe);
		return;
	}
	s3->probe = probe;
	iam_want(s3->iam);
}

static void no_token_to_try(struct probe *probe, int error, const struct s3_refusal *refusal, const struct err *err)
{
	probe->err = *err;
	probe->field = refusal->field;
	memcpy(probe->reason, refusal->reason, sizeof(probe->reason));
	probe_failed(probe, error);
}

/* ---- tokens ---- */

static void token_ended(void *owner, int error, const struct s3_refusal *refusal, const struct err *err)
{
	struct s3_writer *s3 = writer_private(owner);
	struct probe *probe = s3->probe;

	s3->probe = NULL;
	if (error == 0)
		(void)iam_token(s3->iam);
	for (unsigned i = 0; i < SPOOL_LANES; i++) {
		struct delivery *delivery = s3->lanes[i].delivery;

		if (!s3->lanes[i].waits)
			continue;
		s3->lanes[i].waits = false;
		if (error == 0) {
			send(owner, delivery);
			continue;
		}
		no_token(delivery, error, refusal, err);
		finish(s3, delivery);
	}
	if (probe != NULL && error == 0)
		try_store(owner, probe);
	else if (probe != NULL)
		no_token_to_try(probe, error, refusal, err);
}

static void s3_told(struct writer *writer, uint16_t type, uint32_t id, const char *payload, size_t length)
{
	struct s3_writer *s3 = writer_private(writer);

	if (s3->iam != NULL)
		iam_told(s3->iam, type, id, payload, length);
}

/* ---- beginning and end ---- */

static int s3_init(struct writer *writer, struct err *err)
{
	const struct pipeline_config *config = writer->context->config;
	const struct iam_options options = { .context = writer->context, .ended = token_ended, .owner = writer };
	struct s3_writer *s3 = writer_private(writer);
	int error = 0;

	s3->store = (struct s3_store){ .endpoint = config->write.s3.endpoint, .bucket = config->store.dirname,
		.content_encoding = config->write.s3.content_encoding,
		.credentials = { config->write.s3.access_key, config->write.s3.secret_key, config->write.s3.region } };
	s3->context = (struct upload_context){ .store = &s3->store, .writer = writer->context, .ended = upload_ended,
		.owner = writer };
	if (config->write.s3.api_key[0] == '\0')
		return 0;
	error = iam_new(&s3->iam, &options, err);
	if (error == 0)
		s3->store.bearer = iam_token(s3->iam);
	return error;
}

static void s3_fini(struct writer *writer)
{
	struct s3_writer *s3 = writer_private(writer);

	for (unsigned i = 0; i < SPOOL_LANES; i++) {
		struct delivery *delivery = s3->lanes[i].delivery;
		struct upload *upload = delivery != NULL ? delivery->transfer : NULL;

		upload_free(&upload);
	}
	s3_trial_free(&s3->trial);
	http_free(&s3->context.http);
	iam_free(&s3->iam);
}

const struct writer_type writer_s3 = {
	.name = "s3",
	.wanted = s3_wanted,
	.size = sizeof(struct s3_writer),
	.parallel = SPOOL_LANES,
	.init = s3_init,
	.endpoint = s3_endpoint,
	.send = s3_send,
	.cancel = s3_cancel,
	.probe = s3_probe,
	.told = s3_told,
	.fini = s3_fini,
};
