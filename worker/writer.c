#include "worker/writer.h"

#include <stdlib.h>

extern const struct writer_type writer_file;
extern const struct writer_type writer_page;
extern const struct writer_type writer_s3;
extern const struct writer_type writer_stdout;

const struct writer_type *const writer_registry[] = {
	&writer_page,
	&writer_file,
	&writer_s3,
	&writer_stdout,
	NULL,
};

static const struct writer_type *wanted_type(const struct pipeline_config *config)
{
	for (unsigned i = 0; writer_registry[i] != NULL; i++) {
		if (writer_registry[i]->wanted(config))
			return writer_registry[i];
	}
	return NULL;
}

int writer_new(struct writer **out, const struct writer_context *context,
	void (*done)(void *owner, struct delivery *delivery), void *owner, struct err *err)
{
	const struct writer_type *type = wanted_type(context->config);
	struct writer *writer;
	int error = 0;

	*out = NULL;
	if (type == NULL)
		return err_set(err, ERR_CONFIG, "pipeline.write.type: nothing writes there");
	writer = calloc(1, sizeof(*writer));
	if (writer != NULL)
		writer->private = calloc(1, type->size ? type->size : 1);
	if (writer == NULL || writer->private == NULL) {
		free(writer);
		return err_set(err, ERR_NO_MEMORY, "no memory for a writer");
	}
	writer->type = type;
	writer->context = context;
	writer->done = done;
	writer->owner = owner;
	if (type->init != NULL)
		error = type->init(writer, err);
	if (error != 0) {
		free(writer->private);
		free(writer);
		return error;
	}
	*out = writer;
	return 0;
}

void writer_free(struct writer **out)
{
	struct writer *writer = *out;

	if (writer == NULL)
		return;
	*out = NULL;
	if (writer->type->fini != NULL)
		writer->type->fini(writer);
	free(writer->private);
	free(writer);
}

void delivery_done(struct delivery *delivery)
{
	delivery->writer->done(delivery->writer->owner, delivery);
}

struct delivery *delivery_of_job(struct sealer_job *job)
{
	return loop_owner(job, struct delivery, job);
}

static void job_done(struct sealer_job *job)
{
	struct delivery *delivery = delivery_of_job(job);

	delivery->result = job->result;
	delivery->err = job->err;
	delivery_done(delivery);
}

void delivery_run_on_sealer(struct delivery *delivery, int (*run)(struct sealer_job *job, struct err *err))
{
	delivery->job = (struct sealer_job){ .run = run, .done = job_done };
	sealer_push(delivery->writer->context->sealer, &delivery->job);
}
