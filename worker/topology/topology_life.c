/* Making and ending the client. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/config/aws_fields.h"
#include "worker/topology/topology_internal.h"

bool topology_wanted(const struct pipeline_config *config)
{
	if (config->classify.type == CLASSIFY_SUBNET_AUTODISCOVERY || config->store.type == STORE_PROM_SKY_CON)
		return true;
	switch (config->transform.type) {
	case TRANSFORM_SECADVISOR:
	case TRANSFORM_VPCLOGS:
		return true;
	case TRANSFORM_AWSFLOWLOGS:
		return aws_has_direction(config);
	default:
		return false;
	}
}

/* "host:port" is http, or https where the flow stream is wss. */
static int make_url(struct analyzer *analyzer, const char *address, bool tls, struct err *err)
{
	const char *scheme = strstr(address, "://") != NULL ? "" : tls ? "https://" : "http://";
	size_t length = strlen(address);

	while (length > 0 && address[length - 1] == '/')
		length--;
	if (asprintf(&analyzer->url, "%s%.*s/api/topology", scheme, (int)length, address) >= 0)
		return 0;
	analyzer->url = NULL;
	return err_set(err, ERR_NO_MEMORY, "no memory for the topology's address");
}

static int make_analyzers(struct topology *topology, struct err *err)
{
	const struct text_list *list = &topology->options.config->analyzers;
	bool tls = strncasecmp(topology->options.config->subscriber.url, "wss:", 4) == 0;

	topology->analyzers = calloc(list->count > 0 ? list->count : 1, sizeof(topology->analyzers[0]));
	if (topology->analyzers == NULL)
		return err_set(err, ERR_NO_MEMORY, "no memory for the topology's addresses");
	for (size_t i = 0; i < list->count; i++) {
		if (make_url(&topology->analyzers[i], list->items[i], tls, err) != 0)
			return ERR_NO_MEMORY;
		topology->analyzer_count++;
	}
	return topology->analyzer_count > 0 ? 0 : err_set(err, ERR_CONFIG, "analyzers: nobody to ask the topology");
}

static void set_timers(struct topology *topology)
{
	topology->send = (struct loop_timer){ .fire = ask_send, .owner = topology };
	topology->probe = (struct loop_timer){ .fire = ask_probe, .owner = topology };
	topology->tidy = (struct loop_timer){ .fire = topology_tidy, .owner = topology };
	topology->hold.limit = (struct loop_timer){ .fire = topology_hold_over, .owner = topology };
}

int topology_new(struct topology **out, const struct topology_options *options, struct err *err)
{
	struct topology *topology = *out = calloc(1, sizeof(*topology));
	int error;

	if (topology == NULL)
		return err_set(err, ERR_NO_MEMORY, "no memory for the topology");
	topology->options = *options;
	topology->sfe = options->config->compat == COMPAT_SFE;
	topology->last = &topology->first;
	topology->headers[0] = "Content-Type: application/json";
	set_timers(topology);
	error = cache_init(&topology->cache, err);
	if (error == 0)
		error = make_analyzers(topology, err);
	if (error == 0)
		error = analyzer_authorization(options->config, topology->authorization, err);
	if (topology->authorization[0] != '\0')
		topology->headers[1] = topology->authorization;
	if (error != 0)
		topology_free(out);
	return error;
}

void topology_free(struct topology **out)
{
	struct topology *topology = *out;
	struct loop *loop;

	if (topology == NULL)
		return;
	*out = NULL;
	loop = topology->options.loop;
	http_free(&topology->http);
	for (unsigned i = 0; i < TOPOLOGY_REQUESTS; i++) {
		http_request_fini(&topology->askings[i].request);
		buffer_fini(&topology->askings[i].question);
	}
	loop_timer_cancel(loop, &topology->send);
	loop_timer_cancel(loop, &topology->probe);
	loop_timer_cancel(loop, &topology->tidy);
	loop_timer_cancel(loop, &topology->hold.limit);
	cache_fini(&topology->cache);
	for (unsigned i = 0; i < topology->analyzer_count; i++)
		free(topology->analyzers[i].url);
	free(topology->analyzers);
	explicit_bzero(topology->authorization, sizeof(topology->authorization));
	free(topology);
}

void topology_try(struct topology *topology)
{
	loop_timer_set(topology->options.loop, &topology->probe, loop_now(topology->options.loop), NULL);
}
