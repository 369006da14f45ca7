/* A topology's answer: any text gives an error or something bounded that can stand in a record and in the next query.
 *
 * Input: a byte that says what was asked, the answer's text. */
#include <jansson.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "worker/json_text.h"
#include "worker/topology/topology_finding.h"

enum asked { ASKED_RUNC, ASKED_DOCKER, ASKED_POD, ASKED_HOST, ASKED_NODE, ASKED_VALUE, ASKED_CLUSTER, ASKED_KINDS,
	ASKED_INTERFACES = ASKED_KINDS };    /* of this byte alone */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must_be_json(const char *text, const char *quote)
{
	char *whole;
	json_t *value;

	if (asprintf(&whole, "%s%s%s", quote, text, quote) < 0)
		abort();
	value = json_loads(whole, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
	if (value == NULL)
		abort();
	json_decref(value);
	free(whole);
}

static void must_be_text(const char *text, size_t max)
{
	if (text == NULL)
		return;
	if (strlen(text) > max * JSON_GO_GROWTH)
		abort();
	must_be_json(text, "\"");
}

/* As it stands between braces on a page: one line, quotes in pairs, no two the same. */
static void check_interfaces(const struct finding *finding)
{
	for (size_t i = 0; i < finding->interface_count; i++) {
		const char *labels = finding->interfaces[i].labels;
		unsigned quotes = 0;

		if (i > 0 && strcmp(labels, finding->interfaces[i - 1].labels) <= 0)
			abort();
		for (; *labels != '\0'; labels++) {
			if (*labels == '\n' || (*labels == '\\' && labels[1] == '\0'))
				abort();
			if (*labels == '\\')
				labels++;
			else
				quotes += *labels == '"';
		}
		if (quotes != 12)
			abort();
	}
}

static void check_finding(const struct finding *finding, enum asked asked)
{
	if (asked == ASKED_VALUE && finding->found) {
		if (strlen(finding->name) > FINDING_VALUE_MAX * JSON_GO_GROWTH + 2)
			abort();
		must_be_json(finding->name, "");
		return;
	}
	if (asked == ASKED_INTERFACES) {
		check_interfaces(finding);
		return;
	}
	must_be_text(finding->name, 2 * FINDING_TEXT_MAX + 1);
	must_be_text(finding->set, 3 * FINDING_TEXT_MAX + 2);
	must_be_text(finding->pod_name, 2 * FINDING_TEXT_MAX + 8);
	if (finding->address_count > FINDING_ADDRESSES_MAX || finding->prefix_count > FINDING_NODES_MAX)
		abort();
}

static void check_containers(struct containers *containers, bool sfe)
{
	struct buffer query;

	buffer_init(&query, 1 << 16);
	if (containers->count > CONTAINERS_MAX || (containers->count > 0 && containers->names == NAMES_UNKNOWN))
		abort();
	for (unsigned i = 0; i < containers->count; i++) {
		const struct container *container = &containers->items[i];
		struct finding finding;
		struct err err;

		if (container->id[0] != '\0' && !query_is_name(container->id, strlen(container->id)))
			abort();
		if (query_write(&query, QUERY_POD_OF_DOCKER, container->id, NULL) != 0 || buffer_append(&query, "", 1) != 0)
			abort();
		must_be_json(query.bytes, "");
		if (finding_container(&finding, container, sfe, &err) == 0)
			check_finding(&finding, ASKED_RUNC);
		finding_fini(&finding);
	}
	buffer_fini(&query);
	containers_fini(containers);
}

static int find(struct finding *finding, enum asked asked, const char *text, size_t length, bool sfe, struct err *err)
{
	switch (asked) {
	case ASKED_POD:
		return finding_pod(finding, text, length, sfe, err);
	case ASKED_HOST:
		return finding_host(finding, text, length, sfe, err);
	case ASKED_NODE:
		return finding_node(finding, text, length, sfe, err);
	case ASKED_VALUE:
		return finding_value(finding, text, length, sfe, err);
	case ASKED_INTERFACES:
		return finding_interfaces(finding, text, length, err);
	default:
		return finding_cluster(finding, text, length, err);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum asked asked;
	struct containers containers;
	struct finding finding;
	struct err err;
	bool sfe;
	char *text;
	int error;

	if (size == 0)
		return 0;
	asked = data[0] == ASKED_INTERFACES ? ASKED_INTERFACES : (enum asked)(data[0] % ASKED_KINDS);
	sfe = data[0] >= 0x80;
	/* exactly as long as it is, so that reading beyond is seen */
	text = malloc(size > 1 ? size - 1 : 1);
	if (text == NULL)
		return 0;
	memcpy(text, data + 1, size - 1);
	if (asked <= ASKED_DOCKER) {
		error = finding_containers(&containers, text, size - 1, asked == ASKED_DOCKER, &err);
		if (error == 0)
			check_containers(&containers, sfe);
	} else {
		error = find(&finding, asked, text, size - 1, sfe, &err);
		if (error == 0)
			check_finding(&finding, asked);
		finding_fini(&finding);
	}
	if (error != 0 && (error != err.code || err.message[0] == '\0'))
		abort();
	free(text);
	return 0;
}
