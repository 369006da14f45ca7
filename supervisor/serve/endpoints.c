#include "supervisor/serve/endpoints.h"

#include <jansson.h>

#include "supervisor/serve/serve_options.h"

int endpoints_read(struct endpoint_rules *rules, const struct serve_options *options, struct err *err)
{
	*rules = (struct endpoint_rules){ 0 };
	for (size_t i = 0; i < options->allow_endpoints.count; i++) {
		const char *network = options->allow_endpoints.items[i], *wrong = endpoint_allow(rules, network);

		if (wrong != NULL)
			return err_set(err, ERR_CONFIG, "--allow-endpoints: \"%s\": %s", network, wrong);
	}
	/* what listens at any port that is free (0) is not known by a number */
	for (size_t i = 0; i < options->listen.count; i++)
		endpoint_own(rules, options->listen.items[i]);
	return 0;
}

json_t *endpoints_message(const struct serve_options *options)
{
	json_t *allowed = json_array(), *own = json_array();
	struct endpoint_rules rules = { 0 };

	for (size_t i = 0; i < options->allow_endpoints.count; i++)
		json_array_append_new(allowed, json_string(options->allow_endpoints.items[i]));
	for (size_t i = 0; i < options->listen.count; i++) {
		if (endpoint_own(&rules, options->listen.items[i]) == NULL)
			json_array_append_new(own, json_string(options->listen.items[i]));
	}
	return json_pack("{so so}", "allowed", allowed, "own", own);
}
