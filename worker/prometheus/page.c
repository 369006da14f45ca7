#include "worker/prometheus/page.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct family {
	const char *name, *help;
	size_t forth, back;                   /* offsets in struct flow_metric; NO_BACK: one direction only */
};

#define NO_BACK SIZE_MAX
#define OF(member) offsetof(struct flow_metric, member)

/* Names and words are the exporter's. */
static const struct family families[] = {
	{ "skydive_network_connection_rtt_nanoseconds",
	  "Round Trip Time of packets that have been transmitted on this connection", OF(rtt), NO_BACK },
	{ "skydive_network_connection_total_bytes", "Number of bytes that have been transmmitted on this connection",
	  OF(ab_bytes), OF(ba_bytes) },
	{ "skydive_network_connection_total_packets", "Number of packets that have been transmmitted on this connection",
	  OF(ab_packets), OF(ba_packets) },
};

enum { FAMILIES = sizeof(families) / sizeof(families[0]) };

void page_begin(struct page *page, const struct connections *connections, int64_t now_ns)
{
	*page = (struct page){ .connections = connections, .began_ns = now_ns, .slot = 1 };
}

static int64_t value_of(const struct connection *connection, size_t offset)
{
	int64_t value;

	memcpy(&value, (const char *)&connection->total + offset, sizeof(value));
	return value;
}

static void write_line(struct page *page, const struct connection *connection)
{
	const struct family *family = &families[page->family];
	int length = snprintf(page->line, sizeof(page->line), "%s{direction=\"%s\",initiator_ip=\"%s\",initiator_port=\"%" PRId64
		"\",node_tid=\"%s\",protocol=\"%s\",target_ip=\"%s\",target_port=\"%" PRId64 "\"} %" PRId64 "\n", family->name,
		page->back ? "target_to_initiator" : "initiator_to_target", connection->address_a, connection->port_a,
		connection->node_tid, connection->protocol, connection->address_b, connection->port_b,
		value_of(connection, page->back ? family->back : family->forth));

	page->length = (size_t)length;
}
_Static_assert(PAGE_LINE_SIZE > 160 + 3 * 20 + 2 * CONNECTION_ADDRESS_SIZE + CONNECTION_TID_SIZE + CONNECTION_PROTOCOL_SIZE,
	"a line fits with all texts at their longest");

static void write_head(struct page *page)
{
	const struct family *family = &families[page->family];

	page->headed = true;
	page->length = (size_t)snprintf(page->line, sizeof(page->line), "# HELP %s %s\n# TYPE %s gauge\n", family->name,
		family->help, family->name);
}

/* The next connection from page->slot on; NULL: that were all. */
static const struct connection *next_connection(struct page *page)
{
	const struct slot_table *table = page->connections->table;

	/* where one has gone between its two lines the next one begins with its first */
	for (; page->slot <= slot_table_used(table); page->slot++, page->back = false) {
		const struct connection *connection = slot_table_at(table, page->slot, page->began_ns);

		if (connection != NULL && connection->made_ns <= page->began_ns)
			return connection;
	}
	return NULL;
}

/* False: that was all. */
static bool next_line(struct page *page)
{
	const struct connection *connection = NULL;

	page->used = page->length = 0;
	for (; page->family < FAMILIES; page->family++) {
		connection = next_connection(page);
		if (connection != NULL)
			break;
		*page = (struct page){ .connections = page->connections, .began_ns = page->began_ns, .family = page->family,
			.slot = 1 };
	}
	if (page->family == FAMILIES)
		return false;
	if (!page->headed) {
		write_head(page);
		return true;
	}
	write_line(page, connection);
	page->back = !page->back && families[page->family].back != NO_BACK;
	page->slot += !page->back;
	return true;
}

size_t page_next(struct page *page, char *bytes, size_t size)
{
	size_t taken = 0;

	while (taken < size) {
		size_t left = page->length - page->used;

		if (left == 0) {
			if (!next_line(page))
				break;
			continue;
		}
		if (left > size - taken)
			left = size - taken;
		memcpy(bytes + taken, page->line + page->used, left);
		page->used += left;
		taken += left;
	}
	return taken;
}
