#include "supervisor/config_message.h"

#include <jansson.h>

#include "common/buffer.h"
#include "common/config/config.h"
#include "common/ipc.h"
#include "common/json_parse.h"

json_t *config_message(const struct config *config)
{
	struct buffer text;
	json_t *message = NULL;

	buffer_init(&text, IPC_PAYLOAD_MAX);
	if (config_effective(config, CONFIG_JSON, false, &text) == 0)
		message = json_parse(text.bytes, text.length, 0, NULL);
	buffer_cleanse(&text);
	return message;
}
