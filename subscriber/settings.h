/* The IPC_CONFIG message of a subscriber (README.md), read. */
#ifndef SLUICE_SUBSCRIBER_SETTINGS_H
#define SLUICE_SUBSCRIBER_SETTINGS_H

#include <stddef.h>

#include "common/err.h"
#include "subscriber/session.h"

struct settings {
	struct session_config session;
	unsigned readers;
	const char *scope;            /* of the log */
	int log_level;                /* enum log_level */
	void *document;               /* what the texts point into */
	const char **namespaces;      /* owned */
};

/* ERR_CONFIG with the field for what cannot work, ERR_PROTOCOL for what no supervisor sends. settings_fini in any case. */
int settings_parse(struct settings *settings, const char *text, size_t length, struct err *err);
void settings_fini(struct settings *settings);

#endif
