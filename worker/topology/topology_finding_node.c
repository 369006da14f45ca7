/* Answers about nodes as such: an interface, the cluster's nodes; and plain values. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/flow.h"
#include "worker/topology/topology_finding.h"
#include "worker/topology/topology_json.h"

enum { ADDRESS_SIZE = 16, PREFIX_BITS = 128, ADDRESS_TEXT_MAX = 64 };

/* The first of an answer, of any kind. */
static bool take_first(void *owner, const json_t *value, size_t length)
{
	json_t **first = owner;

	(void)length;
	*first = json_incref((json_t *)(uintptr_t)value);
	return false;
}

/* *first is to be released; NULL: there is none. */
static int find_first(json_t **first, bool exact, const char *text, size_t length, struct err *err)
{
	const struct json_walk walk = { .take = take_first, .owner = first, .exact = exact };
	int error;

	*first = NULL;
	error = json_walk_answer(&walk, text, length, err);
	if (error != 0) {
		json_decref(*first);
		*first = NULL;
	}
	return error;
}

static int no_memory(struct err *err)
{
	return err_set(err, ERR_NO_MEMORY, "no memory for an answer of the topology");
}

/* ---- an interface ---- */

/* "10.1.2.3/24", each in the list. */
static void take_addresses(struct finding *finding, const json_t *list)
{
	for (size_t i = 0; i < json_array_size(list) && finding->address_count < FINDING_ADDRESSES_MAX; i++) {
		const char *text = json_string_value(json_array_get(list, i));

		if (text != NULL && address_parse(text, (uint32_t)strcspn(text, "/"), finding->addresses[finding->address_count]) == 1)
			finding->address_count++;
	}
}

static int fill_node(struct finding *finding, const json_t *metadata, bool sfe, struct err *err)
{
	const json_t *four = json_at(metadata, "IPV4"), *six = json_at(metadata, "IPV6");
	size_t most = json_array_size(four) + json_array_size(six);

	if (most > FINDING_ADDRESSES_MAX)
		most = FINDING_ADDRESSES_MAX;
	finding->found = true;
	finding->name = json_inside(json_text_at(metadata, "Type", FINDING_TEXT_MAX), sfe);
	finding->addresses = calloc(most + 1, ADDRESS_SIZE);
	if (finding->name == NULL || finding->addresses == NULL)
		return no_memory(err);
	take_addresses(finding, four);
	take_addresses(finding, six);
	return 0;
}

int finding_node(struct finding *finding, const char *text, size_t length, bool sfe, struct err *err)
{
	json_t *node;
	int error = find_first(&node, false, text, length, err);

	*finding = (struct finding){ 0 };
	if (error == 0 && json_is_object(node))
		error = fill_node(finding, json_at(node, "Metadata"), sfe, err);
	if (error != 0)
		finding_fini(finding);
	json_decref(node);
	return error;
}

/* ---- a value ---- */

static int fill_value(struct finding *finding, const json_t *value, bool sfe, struct err *err)
{
	const char *text = json_string_value(value);

	if (text == NULL) {
		finding->name = json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
	} else if (json_string_length(value) <= FINDING_VALUE_MAX) {
		char *inside = json_inside(text, sfe);

		if (inside == NULL || asprintf(&finding->name, "\"%s\"", inside) < 0)
			finding->name = NULL;
		free(inside);
	} else {
		return 0;
	}
	finding->found = finding->name != NULL;
	return finding->found ? 0 : no_memory(err);
}

int finding_value(struct finding *finding, const char *text, size_t length, bool sfe, struct err *err)
{
	json_t *value;
	int error = find_first(&value, true, text, length, err);

	*finding = (struct finding){ 0 };
	if (error == 0 && (json_is_string(value) || json_is_number(value) || json_is_boolean(value)))
		error = fill_value(finding, value, sfe, err);
	json_decref(value);
	return error;
}

/* ---- the cluster's nodes ---- */

/* The external address, or the internal one where there is none. */
static const char *node_address(const json_t *addresses)
{
	const char *internal = "";

	for (size_t i = 0; i < json_array_size(addresses); i++) {
		const json_t *address = json_array_get(addresses, i);
		const char *type = json_text_at(address, "Type", FINDING_TEXT_MAX);
		const char *text = json_text_at(address, "Address", ADDRESS_TEXT_MAX);

		if (strcmp(type, "ExternalIP") == 0 && text[0] != '\0')
			return text;
		if (strcmp(type, "InternalIP") == 0 && internal[0] == '\0')
			internal = text;
	}
	return internal;
}

static bool take_node(void *owner, const json_t *node, size_t length)
{
	struct finding *finding = owner;
	const char *text = node_address(json_at(node, "Metadata.K8s.Extra.Status.Addresses"));
	struct prefix *prefix = &finding->prefixes[finding->prefix_count];

	(void)length;
	if (address_parse(text, (uint32_t)strlen(text), prefix->address) == 1) {
		prefix->length = PREFIX_BITS;
		finding->prefix_count++;
	}
	return finding->prefix_count < FINDING_NODES_MAX;
}

static int in_order(const void *one, const void *other)
{
	return memcmp(one, other, sizeof(struct prefix));
}

int finding_cluster(struct finding *finding, const char *text, size_t length, struct err *err)
{
	const struct json_walk walk = { .take = take_node, .owner = finding };
	struct prefix *shrunk;
	int error;

	*finding = (struct finding){ .prefixes = calloc(FINDING_NODES_MAX, sizeof(struct prefix)) };
	if (finding->prefixes == NULL)
		return no_memory(err);
	error = json_walk_answer(&walk, text, length, err);
	if (error != 0) {
		finding_fini(finding);
		return error;
	}
	/* of the few that most clusters have, not of all that there may be */
	shrunk = realloc(finding->prefixes, (finding->prefix_count + 1) * sizeof(*shrunk));
	if (shrunk != NULL)
		finding->prefixes = shrunk;
	qsort(finding->prefixes, finding->prefix_count, sizeof(struct prefix), in_order);
	finding->found = finding->prefix_count > 0;
	return 0;
}
