/* A configuration on its way to a worker. */
#ifndef SLUICE_SUPERVISOR_CONFIG_MESSAGE_H
#define SLUICE_SUPERVISOR_CONFIG_MESSAGE_H

struct config;
struct json_t;

/* With every default, secrets in clear: child_send_json() cleanses the text that it makes of it. A new reference; NULL: no
 * memory. */
struct json_t *config_message(const struct config *config);

#endif
