#include "worker/topology/topology_finding.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "worker/topology/topology_json.h"

void finding_fini(struct finding *finding)
{
	free(finding->name);
	free(finding->set);
	free(finding->pod_name);
	free(finding->addresses);
	free(finding->prefixes);
	for (size_t i = 0; i < finding->interface_count; i++)
		free(finding->interfaces[i].labels);
	free(finding->interfaces);
	*finding = (struct finding){ 0 };
}

static size_t text_size(const char *text)
{
	return text != NULL ? strlen(text) + 1 : 0;
}

size_t finding_size(const struct finding *finding)
{
	size_t interfaces = finding->interface_count * sizeof(finding->interfaces[0]);

	for (size_t i = 0; i < finding->interface_count; i++)
		interfaces += text_size(finding->interfaces[i].labels);
	return interfaces + text_size(finding->name) + text_size(finding->set) + text_size(finding->pod_name) +
		finding->address_count * sizeof(finding->addresses[0]) + finding->prefix_count * sizeof(finding->prefixes[0]);
}

static int no_memory(struct err *err)
{
	return err_set(err, ERR_NO_MEMORY, "no memory for an answer of the topology");
}

/* ---- strings ---- */

/* The parts (NULL ends them) in one; NULL: no memory. */
static char *join(const char *const *parts)
{
	size_t length = 1;
	char *text, *to;

	for (const char *const *part = parts; *part != NULL; part++)
		length += strlen(*part);
	text = to = malloc(length);
	for (; text != NULL && *parts != NULL; parts++)
		to = stpcpy(to, *parts);
	return text;
}

/* "0_0_<name>_0", each character but letters, digits, . and - replaced by -. */
static char *pod_label(const char *name)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-";
	char *label = malloc(strlen(name) + sizeof("0_0__0"));
	char *to = label;

	if (label == NULL)
		return NULL;
	to = stpcpy(to, "0_0_");
	for (; *name != '\0'; name++) {
		/* a character of several bytes is one */
		if (((unsigned char)*name & 0xc0) != 0x80)
			*to++ = strchr(plain, *name) != NULL ? *name : '-';
	}
	stpcpy(to, "_0");
	return label;
}

/* ---- one node of several ---- */

static const char *node_id(const json_t *node)
{
	return json_text_at(node, "ID", QUERY_NAME_MAX);
}

/* These come without paths, so that the ID alone counts. */
static bool take_least(void *owner, const json_t *node, size_t distance)
{
	json_t **least = owner;

	(void)distance;
	if (!json_is_object(node) || (*least != NULL && strcmp(node_id(node), node_id(*least)) >= 0))
		return true;
	json_decref(*least);
	*least = json_incref((json_t *)(uintptr_t)node);
	return true;
}

/* *metadata: of the node that is meant; NULL: there is none. *node is to be released. */
static int find_node(json_t **node, const json_t **metadata, const char *text, size_t length, struct err *err)
{
	const struct json_walk walk = { .take = take_least, .owner = node };
	int error;

	*node = NULL;
	error = json_walk_answer(&walk, text, length, err);
	*metadata = error == 0 && *node != NULL ? json_at(*node, "Metadata") : NULL;
	return error;
}

/* ---- containers ---- */

void containers_fini(struct containers *containers)
{
	for (unsigned i = 0; i < containers->count; i++)
		free(containers->items[i].name);
	*containers = (struct containers){ 0 };
}

/* Where a container's metadata has what; the first that is there counts. */
struct container_paths {
	const char *id, *name;
	enum container_names names;
};

static const struct container_paths runc_paths[] = {
	{ "Container.ID", "Container.Hosts.Hostname", NAMES_NEW }, { "Runc.ContainerID", "Runc.Hosts.Hostname", NAMES_OLD },
};
static const struct container_paths docker_paths[] = {
	{ "Container.ID", "Name", NAMES_NEW }, { "Docker.ContainerID", "Name", NAMES_OLD },
};

struct container_search {
	struct containers *found;
	const struct container_paths *paths;
	bool no_memory;
};

static bool goes_before(const struct container *one, const struct container *other)
{
	return one->distance < other->distance ||
		(one->distance == other->distance && strcmp(one->node, other->node) < 0);
}

/* Keeps the list in order and short; takes the container over. */
static void insert(struct containers *found, const struct container *container)
{
	unsigned at = found->count;

	while (at > 0 && goes_before(container, &found->items[at - 1]))
		at--;
	if (found->count == CONTAINERS_MAX && at < CONTAINERS_MAX)
		free(found->items[--found->count].name);
	if (at == CONTAINERS_MAX) {
		free(container->name);
		return;
	}
	memmove(&found->items[at + 1], &found->items[at], (found->count - at) * sizeof(found->items[0]));
	found->items[at] = *container;
	found->count++;
}

static bool take_container(void *owner, const json_t *node, size_t distance)
{
	struct container_search *search = owner;
	const json_t *metadata = json_at(node, "Metadata");
	const struct container_paths *paths = json_at(metadata, "Container") != NULL ? search->paths : search->paths + 1;
	struct container container = { .distance = distance };
	const char *id = json_text_at(metadata, paths->id, QUERY_NAME_MAX);

	if (!json_is_object(node))
		return true;
	if (query_is_name(id, strlen(id)))
		snprintf(container.id, sizeof(container.id), "%s", id);
	snprintf(container.node, sizeof(container.node), "%s", node_id(node));
	container.name = strdup(json_text_at(metadata, paths->name, FINDING_TEXT_MAX));
	search->no_memory = container.name == NULL;
	if (!search->no_memory)
		insert(search->found, &container);
	search->found->names = paths->names;
	return !search->no_memory;
}

int finding_containers(struct containers *containers, const char *text, size_t length, bool docker, struct err *err)
{
	struct container_search search = { .found = containers, .paths = docker ? docker_paths : runc_paths };
	struct json_walk walk = { .take = take_container, .owner = &search };
	int error;

	*containers = (struct containers){ 0 };
	error = json_walk_answer(&walk, text, length, err);
	if (error == 0 && search.no_memory)
		error = no_memory(err);
	if (error != 0)
		containers_fini(containers);
	return error;
}

int finding_container(struct finding *finding, const struct container *container, bool sfe, struct err *err)
{
	*finding = (struct finding){ .found = true, .type = "container", .name = json_inside(container->name, sfe) };
	return finding->name != NULL ? 0 : no_memory(err);
}

/* ---- hosts and pods ---- */

int finding_host(struct finding *finding, const char *text, size_t length, bool sfe, struct err *err)
{
	const json_t *metadata;
	json_t *node;
	int error = find_node(&node, &metadata, text, length, err);

	*finding = (struct finding){ 0 };
	if (error == 0 && node != NULL) {
		*finding = (struct finding){ .found = true, .type = "host",
			.name = json_inside(json_text_at(metadata, "Name", FINDING_TEXT_MAX), sfe) };
		error = finding->name != NULL ? 0 : no_memory(err);
	}
	json_decref(node);
	return error;
}

static int fill_pod(struct finding *finding, const json_t *metadata, bool sfe, struct err *err)
{
	static const char owner[] = "K8s.Extra.ObjectMeta.OwnerReferences.0";
	const json_t *reference = json_at(metadata, owner);
	const char *space = json_text_at(metadata, "K8s.Namespace", FINDING_TEXT_MAX);
	const char *name = json_text_at(metadata, "K8s.Name", FINDING_TEXT_MAX);
	const char *kind = json_text_at(reference, "Kind", FINDING_TEXT_MAX);
	const char *of = json_text_at(reference, "Name", FINDING_TEXT_MAX);
	const char *const name_parts[] = { space, "/", name, NULL };
	const char *const set_parts[] = { kind, ":", space, "/", of, NULL };
	char *whole = join(name_parts), *set = join(set_parts);

	if (whole != NULL && set != NULL)
		*finding = (struct finding){ .found = true, .type = "pod", .name = json_inside(whole, sfe),
			.set = json_inside(reference != NULL ? set : "", sfe), .pod_name = pod_label(whole) };
	free(whole);
	free(set);
	return finding->name != NULL && finding->set != NULL && finding->pod_name != NULL ? 0 : no_memory(err);
}

int finding_pod(struct finding *finding, const char *text, size_t length, bool sfe, struct err *err)
{
	const json_t *metadata;
	json_t *node;
	int error = find_node(&node, &metadata, text, length, err);

	*finding = (struct finding){ 0 };
	if (error == 0 && json_text_at(metadata, "K8s.Name", FINDING_TEXT_MAX)[0] != '\0')
		error = fill_pod(finding, metadata, sfe, err);
	if (error != 0)
		finding_fini(finding);
	json_decref(node);
	return error;
}
