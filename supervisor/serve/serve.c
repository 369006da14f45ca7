#include "supervisor/serve/serve.h"

#include <jansson.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>

#include "common/clock.h"
#include "common/log.h"
#include "supervisor/handover.h"
#include "supervisor/serve/endpoints.h"
#include "supervisor/serve/ops/ops_pipelines.h"
#include "supervisor/serve/ops/tickets.h"
#include "supervisor/serve/served.h"
#include "supervisor/serve/streams/events.h"
#include "supervisor/serve/streams/log_stream.h"
#include "supervisor/serve/streams/tap.h"
#include "supervisor/serve/transfer/transfer.h"

enum { API_DRAIN_MS = 2000, HEAP_KEPT = 8 << 20 };

static void print_line(const char *line)
{
	fprintf(stderr, "%s\n", line);
}

/* All have ended: nothing keeps the loop. */
static void fleet_changed(struct fleet *fleet)
{
	struct serve *serve = loop_owner(fleet, struct serve, fleet);

	if (serve->stopping && fleet_ended(fleet))
		loop_stop(serve->loop);
}

void serve_hang_up(struct serve *serve)
{
	if (serve->stopping)
		return;
	if (serve->upgrade != NULL) {
		upgrade_note_hang_up(serve);
		return;
	}
	announce_reload(serve, true);
	serve_reload(serve, "SIGHUP");
	announce_reload(serve, false);
}

static void take_signal(int signal, void *data)
{
	struct serve *serve = data;

	if (signal == SIGHUP || signal == SIGUSR2) {
		if (signal == SIGHUP)
			serve_hang_up(serve);
		else
			upgrade_begin(serve);
		return;
	}
	if (serve->stopping) {
		log_warn("SIG%s again: not waiting any longer", sigabbrev_np(signal));
		fleet_kill(&serve->fleet);
		return;
	}
	log_info("SIG%s: handing over, at most %u s", sigabbrev_np(signal), serve->options.drain_timeout_s);
	serve_stop(serve);
}

static void api_drained(void *owner)
{
	(void)owner;
}

void serve_stop(struct serve *serve)
{
	serve->stopping = true;
	upgrade_cancel(serve);
	served_time_keep(serve);
	announce_stop(serve);
	if (serve->api != NULL)
		api_server_drain(serve->api, API_DRAIN_MS, api_drained, serve, NULL);
	fleet_drain(&serve->fleet);
	fleet_changed(&serve->fleet);
}

/* ---- starting ---- */

/* Connections, rings and spools of a thousand pipelines are descriptors. */
static void raise_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

static int open_fleet(struct serve *serve, struct err *err)
{
	struct fleet_options options = { .ring_size = serve->options.ring_size,
		.drain_timeout_ns = serve->options.drain_timeout_s * NS_PER_S, .host_id = serve->options.host_id,
		.host_id_field = "--host-id", .page_address = serve->options.page_address, .log_level = log_level_name(serve->options.log_level), .dynamic = true };
	int error = options.host_id != NULL ? 0 : store_host_id(serve->store, &options.host_id, err);

	options.endpoints = serve->endpoints_message = endpoints_message(&serve->options);
	if (error == 0 && options.endpoints == NULL)
		error = err_set(err, ERR_NO_MEMORY, "no memory for a list of endpoints");
	if (error == 0)
		error = enclosing_choose(serve->options.sandbox, &options.sandbox, err);
	if (error == 0)
		error = fleet_init(&serve->fleet, serve->loop, &serve->memory, &options, err);
	serve->fleet.changed = fleet_changed;
	serve->fleet.pipeline_changed = served_changed;
	serve->fleet.log_line = print_line;
	serve->fleet.quota = served_quota;
	serve->fleet.prepare = served_prepare;
	serve->fleet.tapped = tap_record;
	return error;
}

static int open_api(struct serve *serve, struct err *err)
{
	const struct line_list *names = &serve->options.host_names;
	const struct api_server_options options = { .loop = serve->loop, .ops = &serve->ops,
		.tls = { serve->options.tls_cert, serve->options.tls_key },
		.host_names = names->count > 0 ? (const char *const *)names->items : NULL };
	char socket[4200];
	const char *address;
	bool adopted = false;
	int error = api_server_new(&serve->api, &options, err);

	if (error == 0)
		error = upgrade_adopt_api(serve, &adopted, err);
	for (size_t i = 0; i < serve->options.listen.count && error == 0 && !adopted; i++)
		error = api_server_listen(serve->api, serve->options.listen.items[i], err);
	snprintf(socket, sizeof(socket), "%s/sluiced.sock", store_path(serve->store));
	if (error == 0 && !adopted && (serve->options.socket == NULL || serve->options.socket[0] != '\0'))
		error = api_server_listen_unix(serve->api, serve->options.socket != NULL ? serve->options.socket : socket, err);
	for (size_t i = 0; error == 0 && api_server_listener(serve->api, i, &address) >= 0; i++)
		log_info("the API listens at %s", address);
	return error;
}

static int open_parts(struct serve *serve, struct err *err)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGUSR2, 0 };
	struct store_options options = { 0 };
	int error = loop_new(&serve->loop, err);

	if (error == 0)
		error = loop_signals(serve->loop, signals, take_signal, serve, err);
	options.lock_fd = upgrade_adopt_lock(serve);
	if (error == 0)
		error = store_open(&serve->store, serve->options.data_dir, &options, err);
	if (error != 0)
		return error;
	if (serve->options.file_root != NULL)
		snprintf(serve->file_root, sizeof(serve->file_root), "%s", serve->options.file_root);
	else
		snprintf(serve->file_root, sizeof(serve->file_root), "%.4000s/files", store_path(serve->store));
	serve->confinement = (struct config_confinement){ serve->options.secret_env, serve->options.secrets_dir, &serve->endpoints };
	error = endpoints_read(&serve->endpoints, &serve->options, err);
	if (error == 0)
		error = events_new(&serve->events, err);
	if (error == 0)
		error = recall_init(serve, err);
	return error == 0 ? open_fleet(serve, err) : error;
}

/* Whatever was handed over is looked at, and still as it was. */
static int open_all(struct serve *serve, struct err *err)
{
	int error = open_parts(serve, err);

	if (error != 0)
		return error;
	ops_init(serve);
	event_sources_init(serve);
	upgrade_adopt_events(serve);
	error = logs_init(serve, err);
	if (error != 0)
		return error;
	serve->sampling = (struct loop_timer){ .fire = served_sample, .owner = serve };
	serve->deletes = (struct loop_timer){ .fire = ops_deletes, .owner = serve };
	error = served_load(serve, err);
	return error == 0 ? open_api(serve, err) : error;
}

int serve_start(struct serve *serve, struct err *err)
{
	int error;

	signal(SIGPIPE, SIG_IGN);
	/* a long list takes some megabytes for a moment: given back each time, they would cost a fourth of its time */
	mallopt(M_TRIM_THRESHOLD, HEAP_KEPT);
	mallopt(M_MMAP_THRESHOLD, HEAP_KEPT);
	raise_descriptors();
	serve->spool_fd = serve->logs_fd = serve->notify.fd = -1;
	error = upgrade_receive(serve, err);
	if (error != 0)
		return error;
	announce_open(serve);
	error = open_all(serve, err);
	if (error != 0) {
		upgrade_turn_back(serve, err);
		return error;
	}
	upgrade_adopt_served(serve);
	error = ops_deletes_resume(serve, err);
	if (error != 0)
		return error;
	served_sample(&serve->sampling);
	upgrade_finish(serve);
	log_info("%zu pipelines", serve->served_count);
	announce_ready(serve);
	return 0;
}

void serve_fini(struct serve *serve)
{
	serve->stopping = true;
	upgrade_cancel(serve);
	announce_close(serve);
	api_server_free(&serve->api);
	import_free(serve);
	while (serve->tickets != NULL)
		ticket_free(serve, serve->tickets);
	if (serve->loop != NULL) {
		loop_timer_cancel(serve->loop, &serve->sampling);
		loop_timer_cancel(serve->loop, &serve->deletes);
	}
	if (serve->fleet.loop != NULL)
		fleet_fini(&serve->fleet);
	served_fini(serve);
	logs_fini(serve);
	event_sources_fini(serve);
	event_snapshot_free(&serve->snapshot);
	events_free(&serve->events);
	handover_free(&serve->handover);
	recall_fini(serve);
	json_decref(serve->endpoints_message);
	store_close(&serve->store);
	loop_free(&serve->loop);
}
