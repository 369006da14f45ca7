/* Checking a configuration: what a PUT of it would be told, and nothing is kept. */
#include <inttypes.h>
#include <stdio.h>

#include "common/random.h"
#include "supervisor/serve/ops/ops.h"
#include "supervisor/serve/ops/ops_pipelines.h"
#include "supervisor/store/tenants.h"

enum { NEW_NAME_SIZE = 24 };

int ops_refuse_missing(struct api_answer *answer)
{
	answer_error(answer, &(struct api_error){ "/config", "required", NULL, 0, 0 }, "is missing");
	return answer_refuse(answer, 422, "config.required", "There is no configuration.");
}

/* A name that nothing has, for what is to be checked as new. */
static const char *new_name(char name[NEW_NAME_SIZE])
{
	snprintf(name, NEW_NAME_SIZE, "new-%016" PRIx64, random_u64());
	return name;
}

static int check(struct serve *serve, const struct api_request *request, const struct api_pipeline_input *input,
	struct config **config, struct api_answer *answer)
{
	int error = ops_tenant_exists(serve, request->tenant, answer);

	if (error != 0)
		return error;
	return input->config != NULL ? ops_pipeline_check(serve, request, input, config, answer) : ops_refuse_missing(answer);
}

/* The request's tenant is a new one without limits, which is there for the check alone. */
static int check_in_new_tenant(struct serve *serve, const struct api_request *request,
	const struct api_pipeline_input *input, struct config **config, struct api_answer *answer)
{
	const struct store_tenant tenant = { .name = request->tenant };
	struct store_change change;
	struct err err, ignored;
	int outcome, error = store_group_begin(serve->store, &err);

	if (error != 0)
		return ops_failed(answer, error, &err);
	ops_change(request, &change);
	change.dry_run = false;
	error = store_tenant_put(serve->store, &change, &tenant, &outcome, &err);
	error = error != 0 ? ops_failed(answer, error, &err) : check(serve, request, input, config, answer);
	store_group_end(serve->store, false, &ignored);
	return error;
}

int ops_validate(void *owner, const struct api_request *given, const struct api_pipeline_input *input,
	struct api_answer *answer)
{
	struct api_request request = *given;
	struct config *config = NULL;
	char name[NEW_NAME_SIZE], tenant[NEW_NAME_SIZE];
	bool is_new;
	int error;

	/* a precondition is for what is written */
	request.if_match = (struct api_match){ 0 };
	if (request.name == NULL)
		request.name = new_name(name);
	if (request.tenant == NULL && request.caller->tenant[0] != '\0')
		request.tenant = request.caller->tenant;
	is_new = request.tenant == NULL;
	if (is_new)
		request.tenant = new_name(tenant);
	error = is_new ? check_in_new_tenant(owner, &request, input, &config, answer)
		: check(owner, &request, input, &config, answer);
	if (error == 0 && request.probe)
		error = ops_probe(owner, &request, input, config, answer);
	config_free(&config);
	return error;
}
