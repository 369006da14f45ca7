/* The header object: what stands around the records of vpclogs, its places not yet filled in. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/config/pipeline_config.h"
#include "worker/pipeline.h"
#include "worker/wrapper.h"

#define FROM_TO(space) "\"capture_end_time\":" space "\"" WRAPPER_LAST "\",\"capture_start_time\":" space "\"" WRAPPER_FIRST "\""

static struct text_pair values[] = { { "vpc_crn", "crn:\"vpc\"" }, { "Attached_Type", "v<nic" }, { "name\t", "5" } };

static void assert_around(const struct pipeline_config *config, const char *open, const char *separator, const char *close)
{
	struct stage_context context = { .config = config };
	struct pipeline *pipeline;
	struct spool_format format;
	struct err err;

	assert_int_equal(pipeline_new(&pipeline, &context, &err), 0);
	pipeline_format(pipeline, &format);
	assert_string_equal(format.open, open);
	assert_string_equal(format.separator, separator);
	assert_string_equal(format.close, close);
	pipeline_free(&pipeline);
}

static struct pipeline_config vpclogs(size_t value_count)
{
	return (struct pipeline_config){ .host_id = "", .subscriber = { .capture_id = "" },
		.transform = { .type = TRANSFORM_VPCLOGS }, .storeheader = { .values = { values, value_count } } };
}

static void what_is_configured_comes_first_as_it_is_spelled(void **state)
{
	struct pipeline_config config = vpclogs(3);

	(void)state;
	config.storeheader.type = STOREHEADER_VPCLOGS;
	assert_around(&config, "{\"vpc_crn\":\"crn:\\\"vpc\\\"\",\"Attached_Type\":\"v\\u003cnic\",\"name\\t\":\"5\","
		"\"version\":\"0.0.1\",\"capture_start_time\":\"" WRAPPER_FIRST "\",\"capture_end_time\":\"" WRAPPER_LAST "\","
		"\"number_of_flow_logs\":" WRAPPER_RECORDS ",\"state\":\"" WRAPPER_STATE "\",\"flow_logs\":[", ",", "]}\n");
}

static void the_object_needs_no_section_of_its_own(void **state)
{
	struct pipeline_config config = vpclogs(0);

	(void)state;
	assert_around(&config, "{\"version\":\"0.0.1\",\"capture_start_time\":\"" WRAPPER_FIRST "\","
		"\"capture_end_time\":\"" WRAPPER_LAST "\",\"number_of_flow_logs\":" WRAPPER_RECORDS ","
		"\"state\":\"" WRAPPER_STATE "\",\"flow_logs\":[", ",", "]}\n");
	config.store.type = STORE_DIRECT;
	config.encode.pretty = true;
	assert_around(&config, "{\n\t\"version\": \"0.0.1\",\n\t\"capture_start_time\": \"" WRAPPER_FIRST "\",\n\t"
		"\"capture_end_time\": \"" WRAPPER_LAST "\",\n\t\"number_of_flow_logs\": " WRAPPER_RECORDS ",\n\t"
		"\"state\": \"" WRAPPER_STATE "\",\n\t\"flow_logs\": [\n\t\t", ",\n\t\t", "\n\t]\n}\n");
}

static void consumers_of_the_exporter_find_all_names_in_order_and_lower_case(void **state)
{
	struct pipeline_config config = vpclogs(2);

	(void)state;
	config.compat = COMPAT_SFE;
	config.storeheader.type = STOREHEADER_VPCLOGS;
	assert_around(&config, "{\"attached_type\":\"v\\u003cnic\"," FROM_TO("") ",\"flow_logs\":[", ",",
		"],\"number_of_flow_logs\":" WRAPPER_RECORDS ",\"state\":\"skip data\",\"version\":\"0.0.1\","
		"\"vpc_crn\":\"crn:\\\"vpc\\\"\"}\n");
	config.encode.pretty = true;
	assert_around(&config, "{\n\t\"attached_type\": \"v\\u003cnic\",\n\t\"capture_end_time\": \"" WRAPPER_LAST "\",\n\t"
		"\"capture_start_time\": \"" WRAPPER_FIRST "\",\n\t\"flow_logs\": [\n\t\t", ",\n\t\t",
		"\n\t],\n\t\"number_of_flow_logs\": " WRAPPER_RECORDS ",\n\t\"state\": \"skip data\",\n\t\"version\": \"0.0.1\",\n\t"
		"\"vpc_crn\": \"crn:\\\"vpc\\\"\"\n}\n");
}

static void consumers_of_the_exporter_get_an_array_where_it_made_one(void **state)
{
	struct pipeline_config config = vpclogs(0);

	(void)state;
	config.compat = COMPAT_SFE;
	config.encode.type = ENCODE_JSON;
	assert_around(&config, "[", ",", "]\n");
	config.storeheader.type = STOREHEADER_VPCLOGS;
	config.store.type = STORE_DIRECT;
	assert_around(&config, "[", ",", "]\n");
}

static void the_encoder_s_wrapper_is_used_where_it_is_asked_for(void **state)
{
	struct pipeline_config config = vpclogs(0);

	(void)state;
	config.encode.type = ENCODE_SECADVISOR;
	assert_around(&config, "{\"data\":[", ",", "]}\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_configured_comes_first_as_it_is_spelled),
		cmocka_unit_test(the_object_needs_no_section_of_its_own),
		cmocka_unit_test(consumers_of_the_exporter_find_all_names_in_order_and_lower_case),
		cmocka_unit_test(consumers_of_the_exporter_get_an_array_where_it_made_one),
		cmocka_unit_test(the_encoder_s_wrapper_is_used_where_it_is_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
