/* sluiced run: configuration files as pipelines until SIGINT or SIGTERM. */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "supervisor/command.h"
#include "supervisor/config_file.h"
#include "supervisor/fleet.h"
#include "supervisor/pipeline.h"
#include "supervisor/run_options.h"
#include "supervisor/run_store.h"
#include "supervisor/status_line.h"
#include "supervisor/summary.h"

enum { NAME_SIZE = 128, ID_SIZE = NAME_SIZE + 20 };

/* One file of the command line. */
struct run_file {
	const char *path;
	struct config *config;
	char name[NAME_SIZE];         /* shown: the file's name without folder and ending */
	char id[ID_SIZE];             /* of its spool folder: the name and a hash of the whole path */
};

struct run {
	struct run_options options;
	struct run_file *files;
	size_t file_count;
	struct loop *loop;
	struct run_store *store;
	struct fleet fleet;
	bool stopping;
};

/* ---- files ---- */

static void name_file(struct run_file *file)
{
	const char *slash = strrchr(file->path, '/');
	const char *base = slash ? slash + 1 : file->path;
	const char *dot = strrchr(base, '.');
	size_t length = dot && dot > base ? (size_t)(dot - base) : strlen(base);
	char whole[PATH_MAX];
	uint64_t hash = 0xcbf29ce484222325u;

	if (realpath(file->path, whole) == NULL)
		snprintf(whole, sizeof(whole), "%s", file->path);
	for (const char *next = whole; *next != '\0'; next++)
		hash = (hash ^ (unsigned char)*next) * 0x100000001b3u;
	snprintf(file->name, sizeof(file->name), "%.*s", (int)length, base);
	snprintf(file->id, sizeof(file->id), "%s-%08x", file->name, (unsigned)(hash ^ hash >> 32));
	for (char *next = file->id; *next != '\0'; next++) {
		if (!isalnum((unsigned char)*next) && *next != '-' && *next != '_')
			*next = '_';
	}
}

/* Problems of all files are printed before anything is given up. Returns their number. */
static size_t load_files(struct run *run)
{
	size_t mistakes = 0;

	for (size_t i = 0; i < run->file_count; i++) {
		struct run_file *file = &run->files[i];
		struct err err;

		file->path = run->options.files[i];
		name_file(file);
		if (config_file_load(&file->config, file->path, true, &err) != 0) {
			fprintf(stderr, "%s\n", err.message);
			mistakes++;
			continue;
		}
		config_file_report(file->path, file->config, stderr);
		mistakes += config_problem_count(file->config, CONFIG_ERROR);
	}
	return mistakes;
}

static size_t report_clash(const struct run_file *one, const struct run_file *two)
{
	const char *host_id = config_pipeline(two->config)->host_id;
	unsigned line, column;

	if (strcmp(one->id, two->id) == 0) {
		fprintf(stderr, "%s: given twice\n", two->path);
		return 1;
	}
	/* the machine's name, the default of `compat: sfe`, is everybody's */
	if (!config_given(one->config, "host_id", &line, &column) || !config_given(two->config, "host_id", &line, &column) ||
	    strcmp(config_pipeline(one->config)->host_id, host_id) != 0)
		return 0;
	fprintf(stderr, "%s:%u:%u: host_id: \"%s\" is in use by %s; each pipeline needs one of its own, or \"\"\n", two->path,
		line, column, host_id, one->path);
	return 1;
}

static size_t count_clashes(const struct run *run)
{
	size_t mistakes = 0;

	for (size_t i = 0; i < run->file_count; i++) {
		for (size_t j = 0; j < i; j++)
			mistakes += report_clash(&run->files[j], &run->files[i]);
	}
	return mistakes;
}

/* Two files of the same name in different folders are told apart by the name that the store knows. */
static void make_names_unique(struct run *run)
{
	for (size_t i = 0; i < run->file_count; i++) {
		for (size_t j = 0; j < i; j++) {
			if (strcmp(run->files[i].name, run->files[j].name) == 0)
				memcpy(run->files[i].name, run->files[i].id, NAME_SIZE - 1);
		}
	}
}

/* ---- running ---- */

static void stop_on_signal(int signal, void *data)
{
	struct run *run = data;

	if (run->stopping) {
		log_warn("%s again: not waiting any longer", strsignal(signal));
		fleet_kill(&run->fleet);
		return;
	}
	log_info("%s: writing out what there is, at most %u s", strsignal(signal), run->options.drain_timeout_s);
	run->stopping = true;
	fleet_drain(&run->fleet);
}

/* One pipeline that fails leaves the others alone; when all have failed there is nothing left to wait for. */
static void fleet_changed(struct fleet *fleet)
{
	struct run *run = loop_owner(fleet, struct run, fleet);

	if (run->stopping && fleet_ended(fleet))
		loop_stop(run->loop);
	if (!run->stopping && fleet_failed(fleet) == fleet->pipeline_count) {
		log_error("every pipeline has failed");
		run->stopping = true;
		fleet_drain(fleet);
	}
}

static int start(struct run *run, struct err *err)
{
	static const int signals[] = { SIGINT, SIGTERM, 0 };
	struct fleet_options options = {
		.ring_size = run->options.ring_size,
		.drain_timeout_ns = run->options.drain_timeout_s * NS_PER_S,
		.host_id = run->options.host_id,
		.log_level = run->options.log_level,
	};
	int error = loop_new(&run->loop, err);

	signal(SIGPIPE, SIG_IGN);
	if (error == 0)
		error = loop_signals(run->loop, signals, stop_on_signal, run, err);
	if (error == 0)
		error = run_store_open(&run->store, run->options.data_dir, err);
	if (error == 0)
		error = fleet_init(&run->fleet, run->loop, run->store, &options, err);
	if (error != 0)
		return error;
	run->fleet.changed = fleet_changed;
	run->fleet.log_line = status_line_log;
	for (size_t i = 0; i < run->file_count && error == 0; i++)
		error = fleet_add(&run->fleet, run->files[i].name, run->files[i].id, run->files[i].config, err);
	if (error == 0)
		error = fleet_start(&run->fleet, err);
	return error == 0 ? status_line_start(&run->fleet, run->options.status_interval_s, err) : error;
}

/* What could not be written stays where it is, and is named. */
static uint64_t report_unsent(const struct run *run)
{
	uint64_t all = 0;

	for (size_t i = 0; i < run->fleet.pipeline_count; i++) {
		uint64_t objects, flows;

		pipeline_unsent(run->fleet.pipelines[i], &objects, &flows);
		all += objects;
		if (objects > 0)
			log_warn("%s: %llu objects with %llu flows could not be written; kept in %s/spool/%s",
				pipeline_name(run->fleet.pipelines[i]), (unsigned long long)objects,
				(unsigned long long)flows, run_store_path(run->store),
				pipeline_id(run->fleet.pipelines[i]));
	}
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
	run_store_close(&run->store, unsent == 0);
	loop_free(&run->loop);
	return status;
}

static void free_files(struct run *run)
{
	for (size_t i = 0; i < run->file_count; i++)
		config_free(&run->files[i].config);
	free(run->files);
}

int command_run(int argc, char **argv)
{
	struct run run = { 0 };
	struct err err;
	int error, status = run_options_parse(&run.options, argc, argv);

	if (status >= 0)
		return status;
	log_init("sluiced", "", (enum log_level)log_level_parse(run.options.log_level));
	run.file_count = (size_t)run.options.file_count;
	run.files = calloc(run.file_count, sizeof(*run.files));
	if (run.files == NULL)
		return EXIT_STATUS_ERROR;
	status = EXIT_STATUS_CONFIG;
	if (load_files(&run) == 0 && count_clashes(&run) == 0) {
		make_names_unique(&run);
		error = start(&run, &err);
		if (error == 0)
			error = loop_run(run.loop, &err);
		status = finish(&run, error, &err);
	}
	free_files(&run);
	return status;
}
