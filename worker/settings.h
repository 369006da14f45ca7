/* What a worker is told in IPC_CONFIG (worker/README.md), beside the pipeline's configuration. */
#ifndef SLUICE_WORKER_SETTINGS_H
#define SLUICE_WORKER_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/config/endpoint.h"
#include "common/err.h"

struct config;

struct settings {
	char scope[128];              /* tenant/pipeline, for the log */
	int log_level;                /* enum log_level */
	uint64_t quota_bytes;         /* 0: none */
	int64_t drain_timeout_ns;
	bool files_confined;
	bool files_missing;           /* of a probe: FD_FILES is where the tenant's folder would be made */
	char page_address[64];        /* where a page of store prom_sky_con is served; "": at all addresses */
	bool endpoints_limited;       /* object stores may be where these allow: */
	struct endpoint_rules endpoints;
	bool stopped;                 /* a stop was ordered, at: */
	uint64_t stop_epoch, stop_sequence;
};

/* Parses the message; *config is made (with or without problems of its own). ERR_PROTOCOL, ERR_CONFIG, ERR_NO_MEMORY. */
int settings_parse(struct settings *settings, struct config **config, const char *text, size_t length, struct err *err);

#endif
