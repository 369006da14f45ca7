/* sluiced run: configuration files as pipelines until a signal. */
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/random.h"
#include "supervisor/command.h"
#include "supervisor/config_files.h"
#include "supervisor/fleet.h"
#include "supervisor/left_spools.h"
#include "supervisor/log_print.h"
#include "supervisor/pipeline.h"
#include "supervisor/run_names.h"
#include "supervisor/run_options.h"
#include "supervisor/run_store.h"
#include "supervisor/shell_words.h"
#include "supervisor/status_line.h"
#include "supervisor/summary.h"

enum { COMMAND_SIZE = 64 * 1024 };

/* A terminal's Ctrl-C can come twice, from its group and from a script: no second wish within this time. */
#define REPEAT_TIME NS_PER_S

struct run {
	struct run_options options;
	struct config_files files;
	struct run_name *names;       /* of each file; owned */
	struct loop *loop;
	struct run_store *store;
	struct fleet fleet;
	char host_id[24];             /* drawn */
	bool stopping;
	int64_t stopping_since_ns;    /* CLOCK_BOOTTIME */
	bool began;                   /* flows may have come: the spools may hold some */
};

/* ---- running ---- */

static void begin_stop(struct run *run)
{
	run->stopping = true;
	run->stopping_since_ns = clock_boottime_ns();
	fleet_drain(&run->fleet);
}

static void stop_on_signal(int signal, void *data)
{
	struct run *run = data;

	if (!run->stopping) {
		log_info("SIG%s: writing out what there is, at most %u s; a second signal ends the wait", sigabbrev_np(signal),
			run->options.drain_timeout_s);
		begin_stop(run);
	} else if (clock_boottime_ns() - run->stopping_since_ns >= REPEAT_TIME) {
		log_warn("SIG%s again: not waiting any longer", sigabbrev_np(signal));
		fleet_kill(&run->fleet);
	}
}

/* One pipeline that fails leaves the others alone; when all have failed there is nothing left to wait for. */
static void fleet_changed(struct fleet *fleet)
{
	struct run *run = loop_owner(fleet, struct run, fleet);

	if (run->stopping && fleet_ended(fleet))
		loop_stop(run->loop);
	if (!run->stopping && fleet_failed(fleet) == fleet->pipeline_count) {
		log_error("every pipeline has failed");
		begin_stop(run);
	}
}

static bool prints_to_stdout(const struct config_files *files)
{
	for (size_t i = 0; i < files->count; i++) {
		if (config_pipeline(files->configs[i])->write.type == WRITE_STDOUT)
			return true;
	}
	return false;
}

/* What can be known to fail later fails before anything runs. */
static int open_store(struct run *run, struct err *err)
{
	int error = run->options.summary != NULL ? summary_check(run->options.summary, err) : 0;

	if (error != 0)
		return err_prefix(err, "--summary");
	error = run_store_open(&run->store, run->options.data_dir, err);
	if (error == 0 && !run_store_temporary(run->store))
		error = left_spools_check(run->options.data_dir, run->files.paths, run->names, run->files.count, err);
	return error;
}

static int add_pipeline(struct run *run, size_t index, struct err *err)
{
	const struct pipeline_identity identity = { "", run->names[index].name, run->names[index].id };
	struct pipeline *pipeline;
	int error = fleet_add(&run->fleet, &identity, &pipeline, err);

	if (error == 0)
		pipeline_use(pipeline, run->files.configs[index], NULL);
	return error;
}

/* One file alone shows its own host_id; otherwise the id is the supervisor's. */
static void choose_host_id(struct run *run, struct fleet_options *options)
{
	options->host_id = run->options.host_id;
	options->host_id_field = "--host-id";
	if (options->host_id != NULL)
		return;
	if (run->files.count == 1) {
		options->host_id = config_pipeline(run->files.configs[0])->host_id;
		options->host_id_field = "host_id";
		return;
	}
	snprintf(run->host_id, sizeof(run->host_id), "sluice-%08x", (unsigned)(random_u64() >> 32));
	options->host_id = run->host_id;
}

static int start(struct run *run, struct err *err)
{
	/* a terminal that hangs up ends a run as Ctrl-C does */
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, 0 };
	struct fleet_options options = {
		.ring_size = run->options.ring_size,
		.drain_timeout_ns = run->options.drain_timeout_s * NS_PER_S,
		.log_level = log_level_name(run->options.log_level),
		.final = run->options.data_dir == NULL,
	};
	const struct status_line_options line = { run->options.status_interval_s, prints_to_stdout(&run->files) };
	int error = loop_new(&run->loop, err);

	if (error == 0)
		error = enclosing_choose(run->options.sandbox, &options.sandbox, err);
	choose_host_id(run, &options);
	signal(SIGPIPE, SIG_IGN);
	if (error == 0)
		error = loop_signals(run->loop, signals, stop_on_signal, run, err);
	if (error == 0)
		error = open_store(run, err);
	if (error == 0)
		error = fleet_init(&run->fleet, run->loop, run_store_memory(run->store), &options, err);
	if (error != 0)
		return error;
	run->fleet.changed = fleet_changed;
	run->fleet.log_line = status_line_log;
	for (size_t i = 0; i < run->files.count && error == 0; i++)
		error = add_pipeline(run, i, err);
	if (error == 0)
		error = fleet_start(&run->fleet, err);
	return error == 0 ? status_line_start(&run->fleet, &line, err) : error;
}

/* On a line of its own, without the log's time before it: to be copied. */
static void tell_how_to_go_on(const struct run *run)
{
	char command[COMMAND_SIZE];

	shell_command(command, sizeof(command), run_store_path(run->store), run->files.paths, run->files.count);
	log_warn("to go on with what is left:");
	log_print_bare(LOG_WARN, "%s", command);
}

/* What could not be written stays where it is, and is named; so is what stages hold, where no other run goes on with it. */
static uint64_t report_unsent(const struct run *run)
{
	uint64_t all = 0;

	for (size_t i = 0; i < run->fleet.pipeline_count; i++) {
		uint64_t unread = pipeline_unread(run->fleet.pipelines[i]);
		uint64_t held = run_store_temporary(run->store) ? pipeline_held(run->fleet.pipelines[i]) : 0;
		uint64_t objects, flows;

		pipeline_unsent(run->fleet.pipelines[i], &objects, &flows);
		all += objects + unread + held;
		if (unread > 0)
			log_warn("%s: %llu flows were received and could not be read any more",
				pipeline_name(run->fleet.pipelines[i]), (unsigned long long)unread);
		if (held > 0)
			log_warn("%s: %llu flows were held for others and could not be given out any more",
				pipeline_name(run->fleet.pipelines[i]), (unsigned long long)held);
		if (objects == 0)
			continue;
		log_warn("%s: %llu objects with %llu flows could not be written; they are kept in %s/spool/%s",
			pipeline_name(run->fleet.pipelines[i]), (unsigned long long)objects, (unsigned long long)flows,
			run_store_path(run->store), pipeline_id(run->fleet.pipelines[i]));
	}
	if (all > 0)
		tell_how_to_go_on(run);
	return all;
}

static int finish(struct run *run, int error, const struct err *err)
{
	struct err summary_err;
	int status = EXIT_STATUS_OK;
	uint64_t unsent = 0;

	status_line_stop();
	if (error != 0) {
		log_error("%s", err->message);
		status = EXIT_STATUS_ERROR;
		if (run->began)
			log_warn("what was not written yet is kept in %s", run_store_path(run->store));
	} else {
		unsent = report_unsent(run);
		if (unsent > 0)
			status = EXIT_STATUS_UNSENT;
		if (fleet_failed(&run->fleet) > 0)
			status = EXIT_STATUS_FAILED;
	}
	if (error == 0 && run->options.summary != NULL &&
		summary_write(&run->fleet, run->options.summary, &summary_err) != 0)
		log_error("--summary: %s", summary_err.message);
	if (run->fleet.loop != NULL)
		fleet_fini(&run->fleet);
	run_store_close(&run->store, unsent == 0 && !(error != 0 && run->began));
	loop_free(&run->loop);
	return status;
}

int command_run(int argc, char **argv)
{
	struct run run = { 0 };
	struct err err = { 0 };
	size_t mistakes = 0;
	int error, status = run_options_parse(&run.options, argc, argv);

	if (status >= 0) {
		run_options_fini(&run.options);
		return status;
	}
	log_init("sluiced", "", run.options.log_level);
	log_format_set(run.options.log_format);
	error = config_files_load(&run.files, run.options.files, (size_t)run.options.file_count, CONFIG_FILES_RUN,
		&mistakes, &err);
	status = error != 0 ? EXIT_STATUS_ERROR : EXIT_STATUS_CONFIG;
	if (error == 0 && mistakes == 0) {
		run.names = run_names_new(run.files.paths, run.files.count);
		error = run.names != NULL ? start(&run, &err) : err_set(&err, ERR_NO_MEMORY, "no memory for the files' names");
		run.began = error == 0;
		if (error == 0)
			error = loop_run(run.loop, &err);
		status = finish(&run, error, &err);
	}
	config_files_free(&run.files);
	free(run.names);
	run_options_fini(&run.options);
	return status;
}
