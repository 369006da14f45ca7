/* What the formats of cloud flow logs (vpclogs, awsflowlogs) and mangle `action` know of one report of a flow: fixed
 * layout, no pointers, so that it can be kept in the stages' memory. A record's detail, in the batch's arena. */
#ifndef SLUICE_WORKER_FLOW_LOG_H
#define SLUICE_WORKER_FLOW_LOG_H

#include <stdbool.h>
#include <stdint.h>

struct batch;
struct flow;

enum { FLOW_LOG_TEXT = 64 };                  /* the longest address or node id, NUL included */

/* The ends of a connection, as indexes: A began it (analyzer: the sender of the first packet seen). */
enum flow_log_end { FLOW_LOG_A, FLOW_LOG_B, FLOW_LOG_ENDS };

/* Seen from the capture's interface. */
enum flow_log_direction { DIRECTION_UNKNOWN, DIRECTION_IN, DIRECTION_OUT };

enum flow_log_action { ACTION_UNSAID, ACTION_ACCEPTED, ACTION_REJECTED };

enum flow_log_tcp_flags { TCP_FIN = 1, TCP_SYN = 2, TCP_RST = 4, TCP_ACK = 16 };

/* Sent by each end. */
struct flow_log_counters {
	int64_t packets[FLOW_LOG_ENDS], bytes[FLOW_LOG_ENDS];
};

struct flow_log {
	char address[FLOW_LOG_ENDS][FLOW_LOG_TEXT];   /* as they came; "" without a network layer */
	char node_tid[FLOW_LOG_TEXT];         /* of the node it was captured on */
	int64_t port[FLOW_LOG_ENDS];
	int64_t start_ms, end_ms;             /* of this report: LastUpdateMetric */
	int64_t connection_start_ms;          /* Metric */
	int64_t flow_start_ms, flow_last_ms;  /* the flow's own Start and Last */
	int64_t link_id;
	struct flow_log_counters update, total;       /* LastUpdateMetric, Metric */
	uint8_t network_protocol, transport_protocol; /* enum flow_protocol */
	uint8_t protocol;                     /* IANA number; 0: none known */
	uint8_t tcp_flags[FLOW_LOG_ENDS];     /* of enum flow_log_tcp_flags, as each end sent them */
	uint8_t initiated, terminated;        /* this report holds the connection's beginning, its end */
	uint8_t direction;                    /* enum flow_log_direction */
	uint8_t action;                       /* enum flow_log_action */
	uint8_t has_tcp_metric;
	uint8_t tag;                          /* enum flow_tag */
	uint8_t reserved[6];
};

/* Fills all but initiated, terminated, direction and action. False: a text is longer than FLOW_LOG_TEXT - 1, a port
 * beyond 16 bits or a counter negative: an impossible value (`error` in the account). */
bool flow_log_fill(struct flow_log *log, const struct batch *batch, const struct flow *flow, uint8_t tag);
/* Whether a FIN or RST was seen. */
bool flow_log_is_closed(const struct flow *flow);

#endif
