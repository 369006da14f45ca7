/* The answer about all interfaces: their labels and figures, as a page for Prometheus has them. */
#include <stdlib.h>
#include <string.h>

#include "common/buffer.h"
#include "worker/topology/topology_finding.h"
#include "worker/topology/topology_json.h"

/* In the order of enum interface_figure. */
static const char *const figure_paths[] = {
	"Metadata.Metric.Collisions", "Metadata.Metric.RxBytes", "Metadata.Metric.RxDropped", "Metadata.Metric.RxErrors",
	"Metadata.Metric.RxMissedErrors", "Metadata.Metric.RxPackets", "Metadata.Metric.TxBytes", "Metadata.Metric.TxDropped",
	"Metadata.Metric.TxErrors", "Metadata.Metric.TxMissedErrors", "Metadata.Metric.TxPackets",
};
_Static_assert(sizeof(figure_paths) / sizeof(figure_paths[0]) == INTERFACE_FIGURES, "a path for each figure");

static const struct { const char *name, *path; } labels[] = {
	{ "host", "Host" }, { "interface_name", "Metadata.Name" }, { "interface_type", "Metadata.Type" },
	{ "ipv4", "Metadata.IPV4.0" }, { "ipv6", "Metadata.IPV6.0" }, { "node_tid", "Metadata.TID" },
};

enum { LABELS = sizeof(labels) / sizeof(labels[0]), LABELS_MAX = LABELS * (2 * FINDING_TEXT_MAX + 32) };

/* As a label's value: a backslash, a quote and the end of a line stand behind a backslash. */
static int append_value(struct buffer *out, const char *text)
{
	int error = 0;

	for (; *text != '\0' && error == 0; text++) {
		if (*text == '\n')
			error = buffer_append_text(out, "\\n");
		else if (*text == '"' || *text == '\\')
			error = buffer_printf(out, "\\%c", *text);
		else
			error = buffer_append(out, text, 1);
	}
	return error;
}

/* NULL: no memory. */
static char *make_labels(const json_t *node)
{
	struct buffer text;
	char *made = NULL;
	int error = 0;

	buffer_init(&text, LABELS_MAX);
	for (size_t i = 0; i < LABELS && error == 0; i++) {
		error = buffer_printf(&text, "%s%s=\"", i > 0 ? "," : "", labels[i].name);
		if (error == 0)
			error = append_value(&text, json_text_at(node, labels[i].path, FINDING_TEXT_MAX));
		if (error == 0)
			error = buffer_append_text(&text, "\"");
	}
	if (error == 0)
		made = strndup(text.bytes, text.length);
	buffer_fini(&text);
	return made;
}

static bool take_interface(void *owner, const json_t *node, size_t length)
{
	struct finding *finding = owner;
	struct interface *interface = &finding->interfaces[finding->interface_count];

	(void)length;
	if (!json_is_object(node))
		return true;
	interface->labels = make_labels(node);
	if (interface->labels == NULL)
		return false;
	for (unsigned i = 0; i < INTERFACE_FIGURES; i++)
		interface->figures[i] = json_number_value(json_at(node, figure_paths[i]));
	finding->interface_count++;
	return finding->interface_count < FINDING_INTERFACES_MAX;
}

static int by_labels(const void *one, const void *other)
{
	return strcmp(((const struct interface *)one)->labels, ((const struct interface *)other)->labels);
}

/* A page has no labels twice. */
static void drop_repeated(struct finding *finding)
{
	size_t kept = 0;

	for (size_t i = 0; i < finding->interface_count; i++) {
		if (kept > 0 && by_labels(&finding->interfaces[i], &finding->interfaces[kept - 1]) == 0)
			free(finding->interfaces[i].labels);
		else
			finding->interfaces[kept++] = finding->interfaces[i];
	}
	finding->interface_count = kept;
}

int finding_interfaces(struct finding *finding, const char *text, size_t length, struct err *err)
{
	const struct json_walk walk = { .take = take_interface, .owner = finding };
	int error;

	*finding = (struct finding){ .interfaces = calloc(FINDING_INTERFACES_MAX, sizeof(struct interface)) };
	if (finding->interfaces == NULL)
		return err_set(err, ERR_NO_MEMORY, "no memory for an answer of the topology");
	error = json_walk_answer(&walk, text, length, err);
	if (error != 0) {
		finding_fini(finding);
		return error;
	}
	qsort(finding->interfaces, finding->interface_count, sizeof(struct interface), by_labels);
	drop_repeated(finding);
	finding->found = finding->interface_count > 0;
	return 0;
}
