#include "worker/topology/topology_query.h"

#include <stdint.h>

#include "common/flow.h"
#include "worker/json_text.h"

/* $ is the subject, # the other. */
static const char *const templates[] = {
	[QUERY_NODE] = "G.V().Has(\"TID\", \"$\")",
	[QUERY_RUNC_OLD] = "G.V().Has(\"Runc.Hosts.IP\", \"$\").ShortestPathTo(Metadata(\"TID\", \"#\"))",
	[QUERY_RUNC_NEW] = "G.V().Has(\"Container.Hosts.IP\", \"$\").ShortestPathTo(Metadata(\"TID\", \"#\"))",
	[QUERY_DOCKER] = ("G.V().Has(\"IPV4\", Regex(\"$/.*\")).ShortestPathTo(Metadata(\"TID\", \"#\")).Dedup()"
		".In(\"Type\", \"netns\").Out(\"Type\", \"container\")"),
	[QUERY_HOST] = "G.V().Has(\"RoutingTables.Src\", \"$\").In().Has(\"Type\", \"host\")",
	[QUERY_POD_OF_CONTAINERD] = "G.V().Has(\"K8s.Extra.Status.ContainerStatuses.ContainerID\", \"containerd://$\")",
	[QUERY_POD_OF_DOCKER] = "G.V().Has(\"K8s.Extra.Status.ContainerStatuses.ContainerID\", \"docker://$\")",
	[QUERY_CLUSTER] = "G.V().Has(\"Manager\", \"k8s\", \"Type\", \"node\")",
	[QUERY_INTERFACES] = "G.V().Has('EncapType', 'ether')",
	[QUERY_PROBE] = "G.V().Has(\"TID\", \"sluice\")",
	[QUERY_TEXT] = "$",
};

static bool is_name_byte(char byte)
{
	return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') || byte == '.' ||
		byte == '_' || byte == ':' || byte == '-';
}

bool query_is_name(const char *text, size_t length)
{
	if (length == 0 || length > QUERY_NAME_MAX)
		return false;
	for (size_t i = 0; i < length; i++) {
		if (!is_name_byte(text[i]))
			return false;
	}
	return true;
}

bool query_is_address(const char *text, size_t length)
{
	uint8_t address[16];

	return length <= QUERY_ADDRESS_MAX && address_parse(text, (uint32_t)length, address) == 1;
}

bool query_is_text(const char *text, size_t length)
{
	if (length == 0 || length > QUERY_TEXT_MAX)
		return false;
	for (size_t i = 0; i < length; i++) {
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
			return false;
	}
	return true;
}

static int append_inside(struct buffer *out, const char *text, size_t length)
{
	int error = buffer_reserve(out, length * JSON_GO_GROWTH);

	if (error == 0)
		out->length = (size_t)(json_put_text(out->bytes + out->length, text, length) - out->bytes);
	return error;
}

/* The template with what belongs into it. */
static int append_template(struct buffer *out, const char *template, const char *subject, const char *other)
{
	int error = 0;

	while (error == 0 && *template != '\0') {
		size_t plain = strcspn(template, "$#");
		const char *put = template[plain] == '$' ? subject : template[plain] == '#' ? other : "";

		error = append_inside(out, template, plain);
		if (error == 0)
			error = append_inside(out, put, strlen(put));
		template += plain + (template[plain] != '\0');
	}
	return error;
}

int query_write(struct buffer *out, enum query query, const char *subject, const char *other)
{
	int error;

	out->length = 0;
	error = buffer_append_text(out, "{\"GremlinQuery\":\"");
	if (error == 0)
		error = append_template(out, templates[query], subject, other);
	return error == 0 ? buffer_append_text(out, "\"}") : error;
}
