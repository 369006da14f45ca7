#include "support_store.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "common/clock.h"

static int put_tenant(struct fixture *f, const char *name, const char *display, const char *limits)
{
	struct store_tenant tenant = { .name = name, .display_name = display, .limits = limits };
	int outcome;

	expect_done(store_tenant_put(f->store, &by_ann, &tenant, &outcome, &f->err), &f->err);
	return outcome;
}

static void the_default_tenant_is_there_and_can_be_deleted_for_good(void **state)
{
	struct fixture *f = *state;
	struct store_tenant tenant;

	expect_done(store_tenant_get(f->store, "default", &tenant, &f->arena, &f->err), &f->err);
	assert_string_equal(tenant.limits, "{}");
	assert_true(tenant.created_ms > 1600000000000);
	expect_done(store_tenant_delete(f->store, &by_ann, "default", false, NULL, &f->err), &f->err);
	store_reopen(f);
	assert_int_equal(store_tenant_get(f->store, "default", &tenant, &f->arena, &f->err), ERR_NOT_FOUND);
}

static void a_tenant_is_created_changed_or_left_alone(void **state)
{
	struct fixture *f = *state;
	struct store_tenant bad = { .name = "acme", .limits = "7" };
	struct store_tenant tenant;
	int outcome;

	assert_int_equal(put_tenant(f, "acme", "Acme", "{\"pipelines\": 3}"), STORE_CREATED);
	assert_int_equal(put_tenant(f, "acme", "Acme", "{\"pipelines\":3}"), STORE_UNCHANGED);
	assert_int_equal(put_tenant(f, "acme", NULL, NULL), STORE_UNCHANGED);
	assert_int_equal(put_tenant(f, "acme", "ACME Inc.", NULL), STORE_CHANGED);
	assert_int_equal(store_tenant_put(f->store, &by_ann, &bad, &outcome, &f->err), ERR_INVALID);
	bad = (struct store_tenant){ .name = "Bad_Name" };
	assert_int_equal(store_tenant_put(f->store, &by_ann, &bad, &outcome, &f->err), ERR_INVALID);
	expect_done(store_tenant_get(f->store, "acme", &tenant, &f->arena, &f->err), &f->err);
	assert_string_equal(tenant.display_name, "ACME Inc.");
	assert_string_equal(tenant.limits, "{\"pipelines\":3}");
}

static void tenants_are_listed_in_pages(void **state)
{
	struct fixture *f = *state;
	struct store_tenants list;

	put_tenant(f, "zeta", NULL, NULL);
	put_tenant(f, "acme", NULL, NULL);
	expect_done(store_tenants_list(f->store, NULL, 2, &list, &f->arena, &f->err), &f->err);
	assert_int_equal(list.count, 2);
	assert_string_equal(list.items[0].name, "acme");
	assert_string_equal(list.next, "default");
	expect_done(store_tenants_list(f->store, list.next, 2, &list, &f->arena, &f->err), &f->err);
	assert_int_equal(list.count, 1);
	assert_string_equal(list.items[0].name, "zeta");
	assert_null(list.next);
}

static void a_tenant_with_pipelines_is_deleted_only_by_force(void **state)
{
	struct fixture *f = *state;
	const char *id = create_pipeline(f, "edge", "edge-1");
	struct store_refusal refusal = { 0 };
	struct store_pipeline pipeline;

	assert_int_equal(store_tenant_delete(f->store, &by_ann, "default", false, &refusal, &f->err), ERR_BUSY);
	assert_int_equal(refusal.kind, STORE_NOT_EMPTY);
	assert_int_equal(refusal.number, 1);
	expect_done(store_tenant_delete(f->store, &by_ann, "default", true, &refusal, &f->err), &f->err);
	assert_int_equal(store_pipeline_get_id(f->store, id, &pipeline, &f->arena, &f->err), ERR_NOT_FOUND);
	assert_int_equal(store_tenant_delete(f->store, &by_ann, "default", true, &refusal, &f->err), ERR_NOT_FOUND);
	assert_int_equal(refusal.kind, STORE_NO_TENANT);
}

static int64_t now;

static int verify(struct fixture *f, const char *text, struct store_token *token)
{
	return store_token_verify(f->store, text, strlen(text), now, token, &f->arena, &f->err);
}

static void a_token_is_known_until_it_expires_or_is_deleted(void **state)
{
	struct fixture *f = *state;
	struct store_token made = { .role = STORE_OPERATOR, .tenant = "default", .description = "ci" };
	struct store_token token;
	char text[TOKEN_TEXT_SIZE], wrong[TOKEN_TEXT_SIZE];
	uint64_t generation = store_tokens_generation(f->store);
	struct store_refusal refusal = { 0 };

	now = clock_wall_ms();
	made.expires_ms = now + 1000;
	expect_done(store_token_create(f->store, &by_ann, &made, text, NULL, &f->arena, &f->err), &f->err);
	assert_int_equal(strlen(text), TOKEN_TEXT_LENGTH);
	expect_done(verify(f, text, &token), &f->err);
	assert_string_equal(token.id, made.id);
	assert_int_equal(token.role, STORE_OPERATOR);
	assert_string_equal(token.tenant, "default");
	assert_string_equal(token.description, "ci");

	token_text_make(wrong);
	assert_int_equal(verify(f, wrong, &token), ERR_DENIED);
	memcpy(wrong, text, sizeof(wrong));
	wrong[20] = wrong[20] == '0' ? '1' : '0';
	assert_int_equal(verify(f, wrong, &token), ERR_DENIED);
	now += 1000;
	assert_int_equal(verify(f, text, &token), ERR_DENIED);
	now -= 1;
	expect_done(verify(f, text, &token), &f->err);

	assert_int_equal(store_tokens_generation(f->store), generation);
	assert_int_equal(store_token_delete(f->store, &by_ann, NULL, made.id, &refusal, &f->err), ERR_NOT_FOUND);
	assert_int_equal(refusal.kind, STORE_NO_TOKEN);
	expect_done(store_token_delete(f->store, &by_ann, "default", made.id, NULL, &f->err), &f->err);
	assert_true(store_tokens_generation(f->store) > generation);
	assert_int_equal(verify(f, text, &token), ERR_DENIED);
	assert_int_equal(store_token_get(f->store, made.id, &token, &f->arena, &f->err), ERR_NOT_FOUND);
}

static void the_use_of_a_token_is_noted_at_most_once_a_minute(void **state)
{
	struct fixture *f = *state;
	struct store_token made = { .role = STORE_ADMIN };
	struct store_token token;
	char text[TOKEN_TEXT_SIZE];
	int64_t start = now = clock_wall_ms();

	expect_done(store_token_create(f->store, &by_ann, &made, text, NULL, &f->arena, &f->err), &f->err);
	expect_done(store_token_get(f->store, made.id, &token, &f->arena, &f->err), &f->err);
	assert_int_equal(token.used_ms, 0);
	expect_done(verify(f, text, &token), &f->err);
	now += 59999;
	expect_done(verify(f, text, &token), &f->err);
	expect_done(store_token_get(f->store, made.id, &token, &f->arena, &f->err), &f->err);
	assert_true(token.used_ms == start);
	now += 1;
	expect_done(verify(f, text, &token), &f->err);
	expect_done(store_token_get(f->store, made.id, &token, &f->arena, &f->err), &f->err);
	assert_true(token.used_ms == now);
}

static void a_role_and_a_tenant_must_fit_together(void **state)
{
	struct fixture *f = *state;
	struct store_token token = { .role = STORE_ADMIN, .tenant = "default" };
	struct store_refusal refusal = { 0 };
	char text[TOKEN_TEXT_SIZE];

	assert_int_equal(store_token_create(f->store, &by_ann, &token, text, NULL, &f->arena, &f->err), ERR_INVALID);
	token = (struct store_token){ .role = STORE_VIEWER };
	assert_int_equal(store_token_create(f->store, &by_ann, &token, text, NULL, &f->arena, &f->err), ERR_INVALID);
	token.tenant = "nobody";
	assert_int_equal(store_token_create(f->store, &by_ann, &token, text, &refusal, &f->arena, &f->err), ERR_NOT_FOUND);
	assert_int_equal(refusal.kind, STORE_NO_TENANT);
	assert_string_equal(text, "");
	assert_int_equal(store_role_of("operator"), STORE_OPERATOR);
	assert_int_equal(store_role_of("root"), -1);
	assert_string_equal(store_role_name(STORE_VIEWER), "viewer");
}

static void tokens_are_listed_by_tenant_and_go_with_it(void **state)
{
	struct fixture *f = *state;
	struct store_tokens list;
	struct store_token token = { .role = STORE_VIEWER, .tenant = "default" };
	char texts[3][TOKEN_TEXT_SIZE];

	for (int i = 0; i < 3; i++)
		expect_done(store_token_create(f->store, &by_ann, &token, texts[i], NULL, &f->arena, &f->err), &f->err);
	expect_done(store_tokens_list(f->store, "default", NULL, 2, &list, &f->arena, &f->err), &f->err);
	assert_int_equal(list.count, 2);
	expect_done(store_tokens_list(f->store, "default", list.next, 2, &list, &f->arena, &f->err), &f->err);
	assert_int_equal(list.count, 1);
	assert_string_equal(list.items[0].id, token.id);
	assert_null(list.next);
	expect_done(store_tokens_list(f->store, NULL, NULL, 0, &list, &f->arena, &f->err), &f->err);
	assert_int_equal(list.count, 1);
	expect_done(store_tenant_delete(f->store, &by_ann, "default", false, NULL, &f->err), &f->err);
	assert_int_equal(verify(f, texts[0], &token), ERR_DENIED);
}

static void the_first_start_writes_an_admin_token_that_works(void **state)
{
	struct fixture *f = *state;
	FILE *file = fopen(store_file(f, "admin.token"), "r");
	char text[TOKEN_TEXT_SIZE + 1];
	struct store_token token;
	struct stat status;

	now = clock_wall_ms();
	assert_non_null(file);
	assert_non_null(fgets(text, sizeof(text), file));
	fclose(file);
	assert_int_equal(stat(store_file(f, "admin.token"), &status), 0);
	assert_int_equal(status.st_mode & 07777, 0600);
	expect_done(store_token_verify(f->store, text, TOKEN_TEXT_LENGTH, now, &token, &f->arena, &f->err), &f->err);
	assert_int_equal(token.role, STORE_ADMIN);
	remove(store_file(f, "admin.token"));
	store_reopen(f);
	assert_int_equal(stat(store_file(f, "admin.token"), &status), -1);
}

static void each_change_has_its_audit_row(void **state)
{
	struct fixture *f = *state;
	const struct store_audit_filter of_acme = { .tenant = "acme" }, later = { .tenant = "acme", .since_ms = 1500000 };
	struct store_change change = by_ann;
	struct store_audits list;
	struct store_tenant tenant = { .name = "acme" };
	int outcome;

	change.at_ms = 1000000;
	change.detail = "{\"why\":\"test\"}";
	expect_done(store_tenant_put(f->store, &change, &tenant, &outcome, &f->err), &f->err);
	change.at_ms = 2000000;
	change.detail = "no JSON";
	expect_done(store_audit_add(f->store, &change, "acme", "pipeline.restart", "edge", &f->err), &f->err);

	expect_done(store_audit_list(f->store, &of_acme, 0, 1, &list, &f->arena, &f->err), &f->err);
	assert_int_equal(list.count, 1);
	assert_string_equal(list.items[0].action, "pipeline.restart");
	assert_string_equal(list.items[0].detail, "{\"text\":\"no JSON\"}");
	expect_done(store_audit_list(f->store, &of_acme, list.next, 1, &list, &f->arena, &f->err), &f->err);
	assert_int_equal(list.count, 1);
	assert_string_equal(list.items[0].action, "tenant.create");
	assert_string_equal(list.items[0].who, "ann");
	assert_string_equal(list.items[0].role, "admin");
	assert_string_equal(list.items[0].address, "127.0.0.1");
	assert_string_equal(list.items[0].request_id, "r-1");
	assert_string_equal(list.items[0].target, "acme");
	assert_string_equal(list.items[0].detail, "{\"why\":\"test\"}");
	assert_int_equal(list.next, 0);
	expect_done(store_audit_list(f->store, &later, 0, 0, &list, &f->arena, &f->err), &f->err);
	assert_int_equal(list.count, 1);
	expect_done(store_audit_list(f->store, NULL, 0, 0, &list, &f->arena, &f->err), &f->err);
	assert_int_equal(list.count, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, store_setup, store_teardown)
		TEST(the_default_tenant_is_there_and_can_be_deleted_for_good),
		TEST(a_tenant_is_created_changed_or_left_alone),
		TEST(tenants_are_listed_in_pages),
		TEST(a_tenant_with_pipelines_is_deleted_only_by_force),
		TEST(a_token_is_known_until_it_expires_or_is_deleted),
		TEST(the_use_of_a_token_is_noted_at_most_once_a_minute),
		TEST(a_role_and_a_tenant_must_fit_together),
		TEST(tokens_are_listed_by_tenant_and_go_with_it),
		TEST(the_first_start_writes_an_admin_token_that_works),
		TEST(each_change_has_its_audit_row),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
