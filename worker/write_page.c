/* store: prom_sky_con. There are no objects: connections are shown at a page that Prometheus reads, from the stages'
 * memory, as long as the worker runs. A port that is taken is tried again; flows are counted meanwhile. */
#include <stdio.h>

#include "common/clock.h"
#include "common/config/pipeline_config.h"
#include "worker/probe.h"
#include "worker/prometheus/server.h"
#include "worker/topology/topology.h"
#include "worker/writer.h"

extern const struct writer_type writer_page;

enum { RETRY_MS = 500, INTERFACES_MS = 10 * 1000 };

static const char port_field[] = "pipeline.store.prom_sky_con.port";

struct page_writer {
	struct writer *writer;
	struct page_server *server;   /* NULL: it does not listen */
	struct loop_timer retry;      /* of the start; then for the interfaces */
};

static int page_wanted(const struct pipeline_config *config)
{
	return config->store.type == STORE_PROM_SKY_CON;
}

static const char *reason_of(int error)
{
	return error == ERR_BUSY ? "PortInUse" : error == ERR_DENIED ? "PortDenied" : err_name(error);
}

static int start(struct page_writer *page, struct err *err)
{
	const struct writer_context *context = page->writer->context;
	int fd, error = page_listen(context->page_address, context->config->store.prometheus_port, &fd, err);

	return error == 0 ? page_server_new(&page->server, context->loop, context->connections, context->topology, fd, err)
		: error;
}

/* Interfaces are asked for in good time, so that a page need not wait for them. */
static void ask_interfaces(struct page_writer *page)
{
	const struct writer_context *context = page->writer->context;
	struct topology_interfaces interfaces;

	if (context->topology != NULL)
		topology_interfaces(context->topology, clock_boottime_ns(), &interfaces);
	loop_timer_set(context->loop, &page->retry, clock_boottime_ns() + INTERFACES_MS * NS_PER_MS, NULL);
}

static void timer_fired(struct loop_timer *timer)
{
	struct page_writer *page = timer->owner;
	const struct writer_context *context = page->writer->context;
	struct err err = { 0 };
	int error;

	if (page->server != NULL) {
		ask_interfaces(page);
		return;
	}
	error = start(page, &err);

	context->condition(context->teller, error == 0, error == 0 ? "Listening" : reason_of(error), err.message,
		error == 0 ? NULL : port_field);
	if (error == 0)
		ask_interfaces(page);
	else
		loop_timer_set(context->loop, &page->retry, clock_boottime_ns() + RETRY_MS * NS_PER_MS, NULL);
}

/* From the loop: whoever hears of it is not ready yet. */
static int page_init(struct writer *writer, struct err *err)
{
	struct page_writer *page = writer_private(writer);

	page->writer = writer;
	page->retry = (struct loop_timer){ .fire = timer_fired, .owner = page };
	if (writer->context->connections == NULL)
		return 0;                     /* a probe */
	return loop_timer_set(writer->context->loop, &page->retry, 0, err);
}

static int page_endpoint(const struct writer *writer, struct buffer *out)
{
	return buffer_printf(out, "page:%u", writer->context->config->store.prometheus_port);
}

/* Left by a configuration that wrote objects. */
static void page_send(struct writer *writer, struct delivery *delivery)
{
	(void)writer;
	delivery->result = err_set(&delivery->err, ERR_CONFIG,
		"objects of an earlier configuration wait: store prom_sky_con writes none");
	delivery->field = "pipeline.store.type";
	delivery_done(delivery);
}

static void page_probe(struct writer *writer, struct probe *probe)
{
	struct page_writer *page = writer_private(writer);

	probe->result = start(page, &probe->err);
	if (probe->result != 0) {
		probe->field = port_field;
		snprintf(probe->reason, sizeof(probe->reason), "%s", reason_of(probe->result));
	}
	page_server_free(&page->server);
	probe->done(probe);
}

static void page_fini(struct writer *writer)
{
	struct page_writer *page = writer_private(writer);

	loop_timer_cancel(writer->context->loop, &page->retry);
	page_server_free(&page->server);
}

const struct writer_type writer_page = {
	.name = "page",
	.wanted = page_wanted,
	.size = sizeof(struct page_writer),
	.parallel = 1,
	.init = page_init,
	.endpoint = page_endpoint,
	.send = page_send,
	.probe = page_probe,
	.fini = page_fini,
};
