/* store-test-tool: a data folder as `sluiced serve` leaves it, for tests of the commands that work on one.
 *
 *     make DIR            makes it: a tenant acme, with a pipeline that has the secret "tiger"
 *     token DIR TOKEN     whose token it is: "ROLE TENANT EXPIRES_MS WHO", TENANT - for none; WHO made it
 *     secret DIR          prints the secret; for a restored copy too
 *     hold DIR            has it open, as a supervisor would, until standard input ends; says "open" before */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "supervisor/store/audit.h"
#include "supervisor/store/pipelines.h"
#include "supervisor/store/revisions.h"
#include "supervisor/store/store.h"
#include "supervisor/store/tenants.h"
#include "supervisor/store/tokens.h"

enum { ARENA_SIZE = 1 << 20 };

static int make(struct store *store, struct arena *arena, struct err *err)
{
	const struct store_change change = { .who = "test", .role = "admin" };
	const struct store_tenant tenant = { .name = "acme" };
	const struct store_secret secret = { "a.secret", "tiger" };
	struct store_put put = { .tenant = "acme", .name = "edge", .config = "{}", .canonical = "{}", .secrets = &secret,
		.secret_count = 1, .host_id = "edge-1" };
	struct store_put_result result;
	int outcome;
	int error = store_tenant_put(store, &change, &tenant, &outcome, err);

	return error != 0 ? error : store_pipeline_put(store, &change, &put, &result, arena, err);
}

static int token(struct store *store, const char *text, struct arena *arena, struct err *err)
{
	struct store_audits audits;
	struct store_token found;
	int error = store_token_verify(store, text, strlen(text), clock_wall_ms(), &found, arena, err);

	if (error == 0)
		error = store_audit_list(store, NULL, 0, 1, &audits, arena, err);
	if (error == 0)
		printf("%s %s %" PRId64 " %s\n", store_role_name(found.role), found.tenant != NULL ? found.tenant : "-",
			found.expires_ms, audits.count > 0 ? audits.items[0].who : "?");
	return error;
}

static int secret(struct store *store, struct arena *arena, struct err *err)
{
	struct store_pipeline pipeline;
	struct store_secrets secrets = { 0 };
	int error = store_pipeline_get(store, "acme", "edge", &pipeline, arena, err);

	if (error == 0)
		error = store_secrets_read(store, pipeline.id, pipeline.revision, &secrets, err);
	if (error == 0) {
		puts(store_secrets_value(&secrets, "a.secret"));
		store_secrets_fini(&secrets);
	}
	return error;
}

static int hold(void)
{
	puts("open");
	fflush(stdout);
	while (getchar() != EOF)
		;
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 2 ? argv[1] : "";
	struct store *store = NULL;
	struct arena arena;
	struct err err = { 0 };
	int error = store_open(&store, argc > 2 ? argv[2] : "", NULL, &err);

	arena_init(&arena, ARENA_SIZE);
	if (error == 0 && strcmp(what, "make") == 0)
		error = make(store, &arena, &err);
	else if (error == 0 && strcmp(what, "token") == 0 && argc > 3)
		error = token(store, argv[3], &arena, &err);
	else if (error == 0 && strcmp(what, "secret") == 0)
		error = secret(store, &arena, &err);
	else if (error == 0)
		error = hold();
	arena_fini(&arena);
	store_close(&store);
	if (error != 0)
		fprintf(stderr, "store-test-tool: %s\n", err.message);
	return error != 0;
}
