#include "worker/prometheus/interfaces.h"

#include <stdlib.h>

enum { INTERFACES_MAX = 16 << 20 };

/* Names and words are the exporter's. */
static const struct { const char *name, *help; } families[INTERFACE_FIGURES] = {
	[INTERFACE_COLLISIONS] = { "collisions", "Number of collisions reported on this interface" },
	[INTERFACE_RX_BYTES] = { "rx_bytes", "Number of bytes that have been received on this interface" },
	[INTERFACE_RX_DROPPED] = { "rx_dropped", "Number of received packets that have been dropped by this interface" },
	[INTERFACE_RX_ERRORS] = { "rx_errors", "Number of errors on received packets on this interface" },
	[INTERFACE_RX_MISSED_ERRORS] = { "rx_missed_errors", "Number of missed errors on received packets on this interface" },
	[INTERFACE_RX_PACKETS] = { "rx_packets", "Number of packets that have been received on this interface" },
	[INTERFACE_TX_BYTES] = { "tx_bytes", "Number of bytes that have been transmitted by this interface" },
	[INTERFACE_TX_DROPPED] = { "tx_dropped", "Number of transmitted packets that have been dropped on this interface" },
	[INTERFACE_TX_ERRORS] = { "tx_errors", "Number of errors on transmitted packets on this interface" },
	[INTERFACE_TX_MISSED_ERRORS] = { "tx_missed_errors", "Number of missed errors on transmitted packets on this interface" },
	[INTERFACE_TX_PACKETS] = { "tx_packets", "Number of packets that have been transmitted by this interface" },
};

static int write_all(const struct topology_interfaces *interfaces, struct buffer *out)
{
	int error = 0;

	for (unsigned i = 0; i < INTERFACE_FIGURES && interfaces->count > 0 && error == 0; i++) {
		const char *name = families[i].name;

		error = buffer_printf(out, "# HELP skydive_network_interface_%s %s\n# TYPE skydive_network_interface_%s gauge\n", name,
			families[i].help, name);
		for (size_t j = 0; j < interfaces->count && error == 0; j++)
			error = buffer_printf(out, "skydive_network_interface_%s{%s} %.17g\n", name, interfaces->items[j].labels,
				interfaces->items[j].figures[i]);
	}
	return error;
}

static struct interfaces_text *make(const struct topology_interfaces *interfaces)
{
	struct interfaces_text *text = calloc(1, sizeof(*text));

	if (text == NULL)
		return NULL;
	buffer_init(&text->bytes, INTERFACES_MAX);
	text->generation = interfaces->generation;
	text->users = 1;
	/* what there is no room for is left out; whole families are better than half of them */
	if (write_all(interfaces, &text->bytes) != 0)
		text->bytes.length = 0;
	return text;
}

struct interfaces_text *interfaces_share(struct interfaces_text **last, const struct topology_interfaces *interfaces)
{
	if (*last == NULL || (*last)->generation != interfaces->generation) {
		interfaces_let_go(last);
		*last = make(interfaces);
	}
	if (*last != NULL)
		(*last)->users++;
	return *last;
}

void interfaces_let_go(struct interfaces_text **text)
{
	struct interfaces_text *old = *text;

	*text = NULL;
	if (old == NULL || --old->users > 0)
		return;
	buffer_fini(&old->bytes);
	free(old);
}
