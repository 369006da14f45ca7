#include "worker/prometheus/connections.h"

#include <stdio.h>
#include <string.h>

#include "worker/batch.h"

/* A label's value: no character that would have to be escaped, and none that is not ASCII. */
static bool take_text(const struct batch *batch, struct text_ref ref, char *text, size_t size)
{
	const char *from = batch_text(batch, ref);

	if (ref.length >= size || ref.escaped)
		return false;
	for (uint32_t i = 0; i < ref.length; i++) {
		if (from[i] < ' ' || from[i] > '~' || from[i] == '"' || from[i] == '\\')
			return false;
	}
	memcpy(text, from, ref.length);
	text[ref.length] = '\0';
	return true;
}

static bool take_protocol(const struct batch *batch, const struct flow *flow, char *text)
{
	static const char *const names[] = { [PROTOCOL_TCP] = "TCP", [PROTOCOL_UDP] = "UDP", [PROTOCOL_SCTP] = "SCTP" };

	if (flow->transport_protocol >= PROTOCOL_TCP && flow->transport_protocol <= PROTOCOL_SCTP) {
		snprintf(text, CONNECTION_PROTOCOL_SIZE, "%s", names[flow->transport_protocol]);
		return true;
	}
	return take_text(batch, flow->transport_protocol_text, text, CONNECTION_PROTOCOL_SIZE);
}

/* The ends and the protocol: what Skydive's L3TrackingID stands for, and what makes labels differ. A connection that is
 * captured in two places is one, with the place that reported it first, as in the Go exporter. */
static void make_key(const struct connection *labels, uint64_t key[2])
{
	char text[2 * CONNECTION_ADDRESS_SIZE + CONNECTION_PROTOCOL_SIZE + 48];
	int length = snprintf(text, sizeof(text), "%s %lld %s %lld %s", labels->address_a, (long long)labels->port_a,
		labels->address_b, (long long)labels->port_b, labels->protocol);

	slot_key(text, (size_t)length, key);
}

int connections_take(struct connections *connections, const struct batch *batch, const struct flow *flow,
	int64_t timeout_ns, bool *evicted, struct err *err)
{
	struct connection labels = { .port_a = flow->port_a, .port_b = flow->port_b }, *connection;
	uint64_t key[2];
	bool made;

	if (!take_text(batch, flow->network_a, labels.address_a, sizeof(labels.address_a)) ||
		!take_text(batch, flow->network_b, labels.address_b, sizeof(labels.address_b)) ||
		!take_text(batch, flow->node_tid, labels.node_tid, sizeof(labels.node_tid)) ||
		!take_protocol(batch, flow, labels.protocol))
		return err_set(err, ERR_INVALID, "an address or a name that can be no label");
	make_key(&labels, key);
	connection = slot_table_change(connections->table, key, batch->now_ns, &made, evicted);
	if (connection == NULL)
		return err_set(err, ERR_LIMIT, "no room to undo the connections of a slice");
	if (made) {
		const struct slot_entry entry = connection->entry;

		*connection = labels;
		connection->entry = entry;
		connection->made_ns = batch->now_ns;
	}
	connection->total = flow->metric;
	connection->entry.expires_ns = batch->now_ns + timeout_ns;
	return 0;
}
