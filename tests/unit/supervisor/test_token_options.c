/* Which token the options of `token create` come to, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "supervisor/token_options.h"

#define NOW_MS INT64_C(1700000000000)

static struct token_options given(const char *role, const char *tenant, const char *expires)
{
	return (struct token_options){ .role = role, .tenant = tenant, .expires = expires, .description = "",
		.data_dir = "x" };
}

static void a_role_has_a_tenant_unless_it_is_admin(void **state)
{
	struct token_options admin = given("admin", NULL, NULL), viewer = given("viewer", "acme", NULL);
	struct store_token token;
	struct err err;

	(void)state;
	assert_int_equal(token_options_check(&admin, NOW_MS, &token, &err), 0);
	assert_int_equal(token.role, STORE_ADMIN);
	assert_null(token.tenant);
	assert_int_equal(token.expires_ms, 0);
	assert_int_equal(token_options_check(&viewer, NOW_MS, &token, &err), 0);
	assert_int_equal(token.role, STORE_VIEWER);
	assert_string_equal(token.tenant, "acme");
}

static void an_end_is_a_time_or_a_span_from_now(void **state)
{
	struct token_options at = given("admin", NULL, "2027-01-31T00:00:00Z"), in = given("admin", NULL, "12h");
	struct store_token token;
	struct err err;

	(void)state;
	assert_int_equal(token_options_check(&at, NOW_MS, &token, &err), 0);
	assert_int_equal(token.expires_ms, INT64_C(1801353600000));
	assert_int_equal(token_options_check(&in, NOW_MS, &token, &err), 0);
	assert_int_equal(token.expires_ms, NOW_MS + INT64_C(12) * 3600 * 1000);
}

static void what_does_not_fit_is_refused_by_the_options_name(void **state)
{
	const struct { struct token_options options; const char *said; } wrong[] = {
		{ given(NULL, NULL, NULL), "no role given" },
		{ given("boss", NULL, NULL), "--role: \"boss\"" },
		{ given("admin", "acme", NULL), "--tenant: an admin" },
		{ given("operator", NULL, NULL), "--role operator is of one tenant" },
		{ given("operator", "../acme", NULL), "--tenant: \"../acme\"" },
		{ given("admin", NULL, "tomorrow"), "--expires: \"tomorrow\"" },
		{ given("admin", NULL, "2001-01-01T00:00:00Z"), "--expires: 2001" },
		{ given("admin", NULL, "0s"), "--expires: 0s is past" },
	};
	struct store_token token;
	struct err err;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(token_options_check(&wrong[i].options, NOW_MS, &token, &err), ERR_INVALID);
		assert_non_null(strstr(err.message, wrong[i].said));
	}
}

static void a_description_is_text_of_a_bounded_length(void **state)
{
	struct token_options options = given("admin", NULL, NULL);
	struct store_token token;
	char text[1002];
	struct err err;

	(void)state;
	options.description = "two\nlines";
	assert_int_equal(token_options_check(&options, NOW_MS, &token, &err), ERR_INVALID);
	options.description = "\xff";
	assert_int_equal(token_options_check(&options, NOW_MS, &token, &err), ERR_INVALID);
	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	options.description = text;
	assert_int_equal(token_options_check(&options, NOW_MS, &token, &err), ERR_INVALID);
	options.description = text + 1;
	assert_int_equal(token_options_check(&options, NOW_MS, &token, &err), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_role_has_a_tenant_unless_it_is_admin),
		cmocka_unit_test(an_end_is_a_time_or_a_span_from_now),
		cmocka_unit_test(what_does_not_fit_is_refused_by_the_options_name),
		cmocka_unit_test(a_description_is_text_of_a_bounded_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
