/* Pipelines: create, replace, and what that makes of the process. */
#include <stdlib.h>
#include <string.h>

#include "common/json_parse.h"
#include "common/log.h"
#include "supervisor/serve/compose.h"
#include "supervisor/serve/ops/ops.h"
#include "supervisor/serve/ops/ops_pipelines.h"
#include "supervisor/serve/ops/ops_write.h"
#include "supervisor/serve/ops/tickets.h"

/* ---- the store ---- */

static const char *if_match(const struct write *write)
{
	const struct api_match *match = &write->request->if_match;

	if (!match->given)
		return NULL;
	if (match->any)
		return "*";
	/* any of several may hold: the one that does is the one to ask for */
	for (size_t i = 0; i < match->count; i++) {
		if (write->known && strcmp(match->tags[i], write->before.etag) == 0)
			return match->tags[i];
	}
	return "none of them";
}

/* The stored configuration stays: what the store compares is made from it. A secret that is to come later may come
 * later still. */
static int compose_kept(struct write *write, char **shown)
{
	struct api_pipeline_input kept = { .config = json_parse_text(write->before.config, 0, NULL), .config_pointer = "" };
	struct err err;
	int error = compose_input(&write->composed, write->serve, &kept, &write->before, write->answer);

	json_decref((json_t *)kept.config);
	composed_leave_missing(&write->composed);
	*shown = error == 0 ? write_text(write->composed.shown) : NULL;
	if (error == 0 && demands_find(&write->demands, write->composed.config, write->request->tenant, &err) != 0)
		error = ops_failed(write->answer, ERR_NO_MEMORY, &err);
	return error;
}

static int store_desired(struct write *write, struct err *err)
{
	const struct served *served = served_find(write->serve, write->before.id);

	if (served != NULL)
		pipeline_stop_point(served->pipeline, &write->stop);
	return ops_store_desired(write->serve, &write->change, write->before.id, write->wanted, &write->stop, err);
}

/* It runs, and its next worker is to read from elsewhere: where this one ends is kept with the revision. */
static bool moves(struct write *write)
{
	if (write->change.dry_run || !write_moves(write))
		return false;
	pipeline_stop_point(served_find(write->serve, write->before.id)->pipeline, &write->stop);
	return write->stop.epoch != 0;
}

static int store_move(struct write *write, struct err *err)
{
	const struct store_stop kept = { write->stop.epoch, write->stop.sequence };

	if (!write->result.new_revision) {
		write->stop = (struct pipeline_stop){ 0 };
		return 0;
	}
	return store_pipeline_order_stop(write->serve->store, write->before.id, &kept, err);
}

/* All of it in one transaction, or nothing. */
static int store_put(struct write *write, const struct store_put *put, struct err *err)
{
	struct store *store = write->serve->store;
	bool sets = write->known && write->wanted != write->before.running && !write_refused(write);
	bool stops = moves(write), several = sets || stops;
	struct err ignored;
	int error = several ? store_group_begin(store, err) : 0, ended;

	if (error != 0)
		return error;
	error = write->restores == 0 ? store_pipeline_put(store, &write->change, put, &write->result, &write->arena, err)
		: store_pipeline_restore(store, &write->change, write->before.id, write->restores, put->if_match, put->summary,
			&write->result, &write->arena, err);
	if (error == 0 && sets)
		error = store_desired(write, err);
	if (error == 0 && stops)
		error = store_move(write, err);
	ended = several ? store_group_end(store, error == 0, error == 0 ? err : &ignored) : 0;
	return error != 0 ? error : ended;
}

static void fill(struct write *write, struct store_put *put, const char *shown, bool create_only)
{
	const struct composed *composed = &write->composed;

	*put = (struct store_put){ .tenant = write->request->tenant, .name = write->request->name,
		.description = write->input->description, .desired = STORE_KEEP_STATE, .if_match = if_match(write),
		.create_only = create_only, .summary = changes_end(&write->changes), .labels = write->labels,
		.limits = write->limits, .secrets = composed->secrets, .secret_count = composed->secret_count,
		/* of a configuration with mistakes there is no more than what it asks for: to the store it is another one */
		.config = shown != NULL ? shown : "{}", .canonical = composed->canonical != NULL ? composed->canonical : "",
		.host_id = composed_host_id(composed) };
	if (!write->known)
		put->desired = write->wanted ? STORE_RUN : STORE_STOP;
}

/* What the store says of it; with what has refused it before, its failure is no matter. */
static int refused(struct write *write, int error, const struct err *err)
{
	const struct store_refusal *refusal = &write->result.refusal;

	if (error != 0 && refusal->kind != STORE_NOT_REFUSED)
		return ops_refused(write->answer, write->request, refusal, write->input->config_pointer);
	if (write_refused(write))
		return ERR_INVALID;
	return error != 0 ? ops_failed(write->answer, error, err) : 0;
}

/* What was refused is tried all the same: the store's refusals belong to the same answer. */
static int put(struct write *write, bool create_only)
{
	struct store_claim claims[DEMANDS_CLAIMS];
	struct store_put put;
	char *shown = NULL;
	struct err err;
	int error = 0;

	if (write->composed.shown != NULL)
		shown = write_text(write->composed.shown);
	else if (!write_refused(write))
		error = compose_kept(write, &shown);
	else if (write->known)
		return ERR_INVALID;               /* it asks for nothing new */
	if (error != 0)
		return error;
	write->change.dry_run |= write_refused(write);
	fill(write, &put, shown, create_only);
	demands_claims(&write->demands, claims);
	put.claims = claims;
	put.claim_count = DEMANDS_CLAIMS;
	error = store_put(write, &put, &err);
	free(shown);
	return refused(write, error, &err);
}

/* ---- the process ---- */

/* Another worker is to go on; where this one's end had to be kept first, it is. */
static void replace(const struct write *write, struct served *served)
{
	pipeline_replace(served->pipeline, &write->stop, served_deadline(write->serve, -1));
}

/* It should run, and has given up: what corrects it starts it. */
static bool ended(const struct write *write)
{
	const struct served *served = served_find(write->serve, write->before.id);

	return served == NULL || pipeline_over(served->pipeline);
}

static void decide(struct write *write)
{
	if (write->wanted != write->before.running)
		write->action = write->wanted ? ACTION_START : ACTION_STOP;
	else if (write->wanted && write->result.new_revision)
		write->action = ended(write) ? ACTION_START : ACTION_RESTART;
}

/* It is stored; what cannot be put into effect now is shown with the pipeline, and tried again. */
static void act(struct write *write)
{
	struct served *served = served_find(write->serve, write->result.pipeline.id);
	struct err err;
	int error = 0;

	if (served == NULL)
		error = served_add(write->serve, &write->result.pipeline, &served, &err);
	if (served != NULL && write->result.new_revision)
		served->fallback[0] = '\0';
	if (error == 0 && write->result.outcome != STORE_UNCHANGED)
		error = served_apply(served, &write->result.pipeline, &err);
	if (error != 0)
		log_error("%s/%s: %s", write->result.pipeline.tenant, write->result.pipeline.name, err.message);
	if (served == NULL)
		return;
	served->stop_kept = served->stop_kept || write->stop.epoch != 0;
	if (write->action == ACTION_RESTART && error == 0)
		replace(write, served);
	if (write->action == ACTION_START || write->action == ACTION_STOP)
		ops_follow(served, write->wanted, &write->stop, -1, false);
}

/* ---- the whole ---- */

static int answer_write(struct write *write)
{
	static const char *const names[] = { "none", "start", "restart", "stop" };
	struct serve *serve = write->serve;
	struct store_pipeline *row = &write->result.pipeline;
	struct api_answer *answer = write->answer;
	json_t *members = json_pack("{sb ss so}", "changed", (int)write->result.new_revision, "action",
		names[write->action], "warnings", answer_take_warnings(answer));
	struct ticket *ticket;

	if (write->restores != 0)
		json_object_set_new(members, "restored_from", json_integer((json_int_t)write->restores));
	if (!write->change.dry_run)
		row->running = write->wanted;
	answer->status = write->known || write->change.dry_run ? 200 : 201;
	if (write->request->wait_ms > 0 && write->action != ACTION_NONE && !write->change.dry_run &&
		(ticket = ticket_new(serve, write->wanted ? WAIT_RUNNING : WAIT_STOPPED, row->id, write->request)) != NULL) {
		ticket->status = answer->status;
		ticket->revision = row->revision;
		ticket->members = members;
		return ops_wait(ticket, serve, answer);
	}
	ops_show(serve, row, write->request->caller, answer);
	json_object_update(answer->body, members);
	json_decref(members);
	return 0;
}

/* Everything that can refuse it; of a dry run the store keeps nothing. */
static int check_and_store(struct write *write, bool create_only)
{
	int error = ops_tenant_exists(write->serve, write->request->tenant, write->answer);

	if (error == 0)
		error = write_read(write);
	if (error == 0)
		error = write_check_deletes(write);
	if (error != 0)
		return error;
	error = write_check(write);
	return ops_goes_on(error) ? put(write, create_only) : error;
}

static int run(struct write *write, bool create_only)
{
	int error = check_and_store(write, create_only);

	if (error != 0)
		return error;
	decide(write);
	if (!write->change.dry_run)
		act(write);
	return answer_write(write);
}

static int write_pipeline(void *owner, const struct api_request *request, const struct api_pipeline_input *input,
	bool create_only, struct api_answer *answer)
{
	struct write write;
	int error;

	write_init(&write, owner, request, input, answer);
	error = run(&write, create_only);
	write_fini(&write);
	return error;
}

int ops_pipeline_check(struct serve *serve, const struct api_request *request, const struct api_pipeline_input *input,
	struct config **config, struct api_answer *answer)
{
	struct write write;
	int error;

	write_init(&write, serve, request, input, answer);
	write.change.dry_run = true;
	error = check_and_store(&write, false);
	if (error == 0)
		answer->body = json_pack("{so so}", "config", compose_effective(&write.composed), "warnings",
			answer_take_warnings(answer));
	if (error == 0 && answer->body == NULL)
		error = answer_unavailable(answer, "memory", 1, "no memory for a configuration");
	if (error == 0 && config != NULL) {
		*config = write.composed.config;
		write.composed.config = NULL;
	}
	write_fini(&write);
	return error;
}

int ops_pipeline_create(void *owner, const struct api_request *request, const struct api_pipeline_input *input,
	struct api_answer *answer)
{
	return write_pipeline(owner, request, input, true, answer);
}

int ops_pipeline_put(void *owner, const struct api_request *request, const struct api_pipeline_input *input,
	struct api_answer *answer)
{
	return write_pipeline(owner, request, input, false, answer);
}

int ops_pipeline_rollback(void *owner, const struct api_request *request, int64_t revision, struct api_answer *answer)
{
	const struct api_pipeline_input nothing = { .config_pointer = "" };
	struct write write;
	int error;

	write_init(&write, owner, request, &nothing, answer);
	write.restores = revision;
	error = run(&write, false);
	write_fini(&write);
	return error;
}
