/* What may refuse a write beside the configuration's own checks and the store's. */
#include <stdio.h>
#include <string.h>

#include "common/config/config.h"
#include "supervisor/serve/ops.h"
#include "supervisor/serve/ops_pipelines.h"
#include "supervisor/serve/ops_write.h"
#include "supervisor/store/tenants.h"

static const char *writer_name(int type)
{
	return type == WRITE_S3 ? "s3" : type == WRITE_FILE ? "file" : "stdout";
}

int write_check_sinks(struct write *write)
{
	const struct pipeline_config *config = config_pipeline(write->composed.config);
	struct store_tenant tenant;
	struct err err;
	char pointer[128];
	bool allowed = true;
	json_t *limits, *sinks;
	int error = store_tenant_get(write->serve->store, write->request->tenant, &tenant, &write->arena, &err);

	if (error != 0)
		return ops_failed(write->answer, error, &err);
	limits = ops_json(tenant.limits);
	sinks = json_object_get(limits, "sinks");
	if (json_is_array(sinks)) {
		const json_t *item;
		size_t index;

		allowed = false;
		json_array_foreach(sinks, index, item)
			allowed = allowed || strcmp(json_string_value(item), writer_name(config->write.type)) == 0;
	}
	json_decref(limits);
	if (allowed)
		return 0;
	snprintf(pointer, sizeof(pointer), "%s/pipeline/write/type", write->input->config_pointer);
	answer_error(write->answer, &(struct api_error){ pointer, "sink.not_allowed", NULL, 0, 0 },
		"the tenant's limits do not allow the writer %s", writer_name(config->write.type));
	return answer_refuse(write->answer, 422, "sink.not_allowed", "The tenant may not write there: see errors.");
}

int ops_check_workers(struct serve *serve, struct api_answer *answer)
{
	unsigned wanted = 0;

	if (serve->options.max_workers == 0)
		return 0;
	for (size_t i = 0; i < serve->served_count; i++)
		wanted += pipeline_wanted(serve->served[i]->pipeline);
	if (wanted < serve->options.max_workers)
		return 0;
	return answer_refuse(answer, 422, "quota.workers", "The supervisor runs as many pipelines as it may "
		"(--max-workers %u): stop one first.", serve->options.max_workers);
}

/* What is to start with the configuration that is stored must be able to. */
static int check_usable(struct write *write)
{
	struct served *served = write->input->config == NULL ? served_find(write->serve, write->before.id) : NULL;
	struct err err;

	if (served == NULL || served->config != NULL || served_apply(served, &write->before, &err) == 0)
		return 0;
	/* whatever keeps it from being used */
	return ops_failed(write->answer, ERR_CONFIG, &err);
}

int write_check_process(struct write *write)
{
	int error;

	/* one more is to run than now */
	if (!write->wanted || write->before.running)
		return 0;
	error = check_usable(write);
	return error == 0 ? ops_check_workers(write->serve, write->answer) : error;
}
