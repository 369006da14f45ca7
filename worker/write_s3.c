/* write: s3. Objects become <endpoint>/<bucket>/<key> of an object store that speaks S3: one PUT each, signed, the lanes
 * side by side. Works on the loop; the HTTP client is made, and libcurl loaded, for the first object. */
#include <ctype.h>

#include "common/clock.h"
#include "common/config/address.h"
#include "common/config/pipeline_config.h"
#include "worker/http/http.h"
#include "worker/key.h"
#include "worker/probe.h"
#include "worker/s3/trial.h"
#include "worker/s3/upload.h"
#include "worker/writer.h"

extern const struct writer_type writer_s3;

struct s3_writer {
	struct s3_store store;
	struct upload_context context;        /* http is NULL: nothing was sent yet */
	struct delivery *deliveries[SPOOL_LANES];     /* under way, each its lane's only one; their transfer is the upload */
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

static void upload_ended(void *owner, struct delivery *delivery)
{
	struct s3_writer *s3 = writer_private(owner);

	delivery->transfer = NULL;
	s3->deliveries[delivery->object.lane] = NULL;
	delivery_done(delivery);
}

static int s3_init(struct writer *writer, struct err *err)
{
	const struct pipeline_config *config = writer->context->config;
	struct s3_writer *s3 = writer_private(writer);

	(void)err;
	s3->store = (struct s3_store){ .endpoint = config->write.s3.endpoint, .bucket = config->store.dirname,
		.content_encoding = config->write.s3.content_encoding,
		.credentials = { config->write.s3.access_key, config->write.s3.secret_key, config->write.s3.region } };
	s3->context = (struct upload_context){ .store = &s3->store, .writer = writer->context, .ended = upload_ended,
		.owner = writer };
	return 0;
}

static int make_client(struct writer *writer, struct err *err)
{
	struct s3_writer *s3 = writer_private(writer);
	const struct http_options options = { .loop = writer->context->loop,
		.ca_file = writer->context->config->write.s3.ca_file, .stall_ms = writer->context->stall_ms };

	return s3->context.http != NULL ? 0 : http_new(&s3->context.http, &options, err);
}

static int begin(struct writer *writer, struct delivery *delivery, struct err *err)
{
	struct s3_writer *s3 = writer_private(writer);
	int error = make_client(writer, err);

	if (error != 0)
		return error;
	delivery->transfer = upload_new(&s3->context, delivery);
	if (delivery->transfer == NULL)
		return err_set(err, ERR_NO_MEMORY, "no memory to send an object");
	s3->deliveries[delivery->object.lane] = delivery;
	return 0;
}

static void s3_send(struct writer *writer, struct delivery *delivery)
{
	delivery->result = begin(writer, delivery, &delivery->err);
	if (delivery->result != 0)
		delivery_done(delivery);
}

static void s3_cancel(struct writer *writer, struct delivery *delivery)
{
	(void)writer;
	upload_cancel(delivery->transfer);
}

static void s3_probe(struct writer *writer, struct probe *probe)
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
	if (error == 0)
		return;
	probe->result = error;
	probe->done(probe);
}

static void s3_fini(struct writer *writer)
{
	struct s3_writer *s3 = writer_private(writer);

	for (unsigned i = 0; i < SPOOL_LANES; i++) {
		struct upload *upload = s3->deliveries[i] != NULL ? s3->deliveries[i]->transfer : NULL;

		upload_free(&upload);
	}
	s3_trial_free(&s3->trial);
	http_free(&s3->context.http);
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
	.fini = s3_fini,
};
