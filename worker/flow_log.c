#include "worker/flow_log.h"

#include <string.h>

#include "worker/batch.h"

/* IANA's protocol numbers. */
enum { IANA_ICMP = 1, IANA_TCP = 6, IANA_UDP = 17, IANA_ICMPV6 = 58, IANA_SCTP = 132 };
enum { PORT_MAX = 65535 };

static bool take_text(char to[static FLOW_LOG_TEXT], const struct batch *batch, struct text_ref text)
{
	if (text.length >= FLOW_LOG_TEXT)
		return false;
	memcpy(to, batch_text(batch, text), text.length);
	to[text.length] = '\0';
	return true;
}

static bool take_counters(struct flow_log_counters *counters, const struct flow_metric *metric)
{
	*counters = (struct flow_log_counters){
		.packets = { metric->ab_packets, metric->ba_packets }, .bytes = { metric->ab_bytes, metric->ba_bytes },
	};
	return metric->ab_packets >= 0 && metric->ba_packets >= 0 && metric->ab_bytes >= 0 && metric->ba_bytes >= 0;
}

static uint8_t iana_protocol(const struct flow *flow)
{
	switch (flow->transport_protocol) {
	case PROTOCOL_TCP:
		return IANA_TCP;
	case PROTOCOL_UDP:
		return IANA_UDP;
	case PROTOCOL_SCTP:
		return IANA_SCTP;
	default:
		if ((flow->present & FLOW_HAS_ICMP) == 0)
			return 0;
		return flow->network_protocol == PROTOCOL_IPV6 ? IANA_ICMPV6 : IANA_ICMP;
	}
}

/* An answering SYN is a SYN-ACK; who sent the other is not told, so each side is what it is in a connection. */
static void take_tcp_flags(struct flow_log *log, const struct flow_tcp_metric *tcp)
{
	if (tcp->ab_syn_start != 0)
		log->tcp_flags[FLOW_LOG_A] |= TCP_SYN;
	if (tcp->ba_syn_start != 0)
		log->tcp_flags[FLOW_LOG_B] |= TCP_SYN | TCP_ACK;
	if (tcp->ab_fin_start != 0)
		log->tcp_flags[FLOW_LOG_A] |= TCP_FIN;
	if (tcp->ba_fin_start != 0)
		log->tcp_flags[FLOW_LOG_B] |= TCP_FIN;
	if (tcp->ab_rst_start != 0)
		log->tcp_flags[FLOW_LOG_A] |= TCP_RST;
	if (tcp->ba_rst_start != 0)
		log->tcp_flags[FLOW_LOG_B] |= TCP_RST;
}

static bool port_is_possible(int64_t port)
{
	return port >= 0 && port <= PORT_MAX;
}

bool flow_log_fill(struct flow_log *log, const struct batch *batch, const struct flow *flow, uint8_t tag)
{
	bool possible;

	*log = (struct flow_log){
		.port = { flow->port_a, flow->port_b }, .start_ms = flow->last_update.start, .end_ms = flow->last_update.last,
		.connection_start_ms = flow->metric.start, .flow_start_ms = flow->start, .flow_last_ms = flow->last,
		.link_id = flow->link_id, .network_protocol = flow->network_protocol,
		.transport_protocol = flow->transport_protocol, .protocol = iana_protocol(flow),
		.has_tcp_metric = (flow->present & FLOW_HAS_TCP_METRIC) != 0, .tag = tag,
	};
	possible = take_text(log->address[FLOW_LOG_A], batch, flow->network_a) &&
		take_text(log->address[FLOW_LOG_B], batch, flow->network_b) && take_text(log->node_tid, batch, flow->node_tid) &&
		take_counters(&log->update, &flow->last_update) && take_counters(&log->total, &flow->metric) &&
		port_is_possible(flow->port_a) && port_is_possible(flow->port_b);
	take_tcp_flags(log, &flow->tcp);
	return possible;
}

bool flow_log_is_closed(const struct flow *flow)
{
	const struct flow_tcp_metric *tcp = &flow->tcp;

	return (tcp->ab_fin_start | tcp->ba_fin_start | tcp->ab_rst_start | tcp->ba_rst_start) != 0;
}
