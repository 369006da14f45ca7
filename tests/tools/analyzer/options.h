/* The simulator's command line. */
#ifndef SLUICE_ANALYZER_OPTIONS_H
#define SLUICE_ANALYZER_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"
#include "tests/tools/analyzer/recording.h"
#include "tests/tools/analyzer/render.h"

enum { RECORDINGS_MAX = 16, TOPOLOGIES_MAX = 4 };

/* All strings are borrowed from argv. */
struct options {
	const char *recordings[RECORDINGS_MAX];
	unsigned recording_count;
	const char *topologies[TOPOLOGIES_MAX];
	unsigned topology_count;
	const char *address;
	const char *host_id;          /* shown in X-Host-Id */
	const char *username;         /* with password: what Authorization must carry; NULL: everybody */
	const char *password;
	const char *cert;             /* with key: wss and https */
	const char *key;
	const char *client_ca;        /* NULL: clients need no certificate */
	const char *log;
	const char *control;          /* path of a Unix socket; commands are read from stdin as well */
	const char *discard;          /* URL: be a client that throws everything away */
	bool libwebsockets;
	int port;                     /* 0: any */
	uint64_t loops;               /* 0: for ever */
	double messages_per_second;   /* 0: as fast as taken */
	double flows_per_second;      /* 0: no bound */
	bool real_pace;               /* by the recording's arrival times */
	enum identity identity;
	bool retime;
	int start_with;               /* subscribers to wait for; 0: the command `start` */
	uint64_t max_flows;           /* 0: no bound */
	double seconds;               /* 0: no bound */
	unsigned queue;               /* messages a client */
	bool drop_when_full;
	bool hold;                    /* publish only while somebody gets it */
	enum framing framing;
	unsigned garbage_percent;
	int wipe_delay_ms;
};

/* ERR_CONFIG with what is wrong. *done: --help was printed, nothing is to be run. */
int options_parse(struct options *options, int argc, char **argv, bool *done, struct err *err);

#endif
