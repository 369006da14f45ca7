#include "tests/tools/analyzer/template.h"

#include <stdlib.h>
#include <string.h>

#include "common/fnv.h"
#include "tests/tools/analyzer/json_walk.h"

/* A value of the line that the template replaces by one of fixed width. */
struct spot {
	size_t from;
	size_t to;
	enum patch_kind kind;
	unsigned width;
	uint64_t value;
};

struct scan {
	const char *line;
	const struct recording_style *style;
	struct spot *spots;
	size_t spot_count, spot_size;
	struct flow_template *flows;          /* offset and length in the line, until the template is built */
	size_t flow_count, flow_size;
	struct flow_template flow;            /* the one being walked */
	size_t namespace_from, namespace_to;
	size_t number_at;
	uint64_t uuid_hash;
	struct flow_names *names;
	int error;
};

void flow_names_fini(struct flow_names *names)
{
	free(names->hashes);
	free(names->numbers);
	*names = (struct flow_names){ 0 };
}

static uint64_t hash_text(const char *text, size_t length)
{
	return fnv_hash(FNV_BASE, text, length) | 1;
}

static int names_grow(struct flow_names *names)
{
	struct flow_names larger = { .size = names->size ? names->size * 2 : 1024, .count = names->count };

	larger.hashes = calloc(larger.size, sizeof(*larger.hashes));
	larger.numbers = calloc(larger.size, sizeof(*larger.numbers));
	if (larger.hashes == NULL || larger.numbers == NULL) {
		flow_names_fini(&larger);
		return ERR_NO_MEMORY;
	}
	for (size_t i = 0; i < names->size; i++) {
		size_t slot = names->hashes[i] & (larger.size - 1);

		if (names->hashes[i] == 0)
			continue;
		while (larger.hashes[slot] != 0)
			slot = (slot + 1) & (larger.size - 1);
		larger.hashes[slot] = names->hashes[i];
		larger.numbers[slot] = names->numbers[i];
	}
	flow_names_fini(names);
	*names = larger;
	return 0;
}

static int names_number(struct flow_names *names, uint64_t hash, uint32_t *number)
{
	size_t slot;

	if (names->count * 2 >= names->size && names_grow(names) != 0)
		return ERR_NO_MEMORY;
	slot = hash & (names->size - 1);
	while (names->hashes[slot] != 0 && names->hashes[slot] != hash)
		slot = (slot + 1) & (names->size - 1);
	if (names->hashes[slot] == 0) {
		names->hashes[slot] = hash;
		names->numbers[slot] = names->count++;
	}
	*number = names->numbers[slot];
	return 0;
}

/* Makes room for one more element of an array of `size` elements. */
static int array_grow(void **array, size_t count, size_t *size, size_t element)
{
	size_t larger = *size ? *size * 2 : 128;
	void *bytes;

	if (count < *size)
		return 0;
	bytes = realloc(*array, larger * element);
	if (bytes == NULL)
		return ERR_NO_MEMORY;
	*array = bytes;
	*size = larger;
	return 0;
}

static void add_spot(struct scan *scan, size_t from, size_t to, enum patch_kind kind, unsigned width)
{
	struct spot *spot;

	if (array_grow((void **)&scan->spots, scan->spot_count, &scan->spot_size, sizeof(*spot)) != 0) {
		scan->error = ERR_NO_MEMORY;
		return;
	}
	spot = &scan->spots[scan->spot_count++];
	*spot = (struct spot){ .from = from, .to = to, .kind = kind, .width = width };
	if (kind != PATCH_UUID)
		spot->value = strtoull(scan->line + from, NULL, 10);
	scan->flow.patch_count++;
}

static bool path_is_any(const char *path, const char *const *list)
{
	for (; *list != NULL; list++) {
		if (strcmp(path, *list) == 0)
			return true;
	}
	return false;
}

static void visit_number(struct scan *scan, const char *path, size_t from, size_t to)
{
	static const char *const times[] = { "Start", "Last", "Metric.Start", "Metric.Last", "LastUpdateMetric.Start",
		"LastUpdateMetric.Last", "TCPMetric.ABSynStart", "TCPMetric.BASynStart", "TCPMetric.ABFinStart",
		"TCPMetric.BAFinStart", "TCPMetric.ABRstStart", "TCPMetric.BARstStart", NULL };
	static const char *const ab[] = { "Metric.ABBytes", "LastUpdateMetric.ABBytes", NULL };
	static const char *const ba[] = { "Metric.BABytes", "LastUpdateMetric.BABytes", NULL };
	bool counters = scan->style->identity == IDENTITY_REPORT;
	bool moved = scan->style->identity != IDENTITY_NONE || scan->style->retime;

	/* zeros mean something (no packets, no SYN seen): they stay */
	if (scan->line[from] == '0')
		return;
	if (moved && to - from == TIME_DIGITS && path_is_any(path, times))
		add_spot(scan, from, to, PATCH_TIME, TIME_DIGITS);
	else if (counters && path_is_any(path, ab))
		add_spot(scan, from, to, PATCH_AB_BYTES, TIME_DIGITS);
	else if (counters && path_is_any(path, ba))
		add_spot(scan, from, to, PATCH_BA_BYTES, TIME_DIGITS);
}

static void visit_flow_end(struct scan *scan, size_t from, size_t to)
{
	struct flow_template *flow = &scan->flow;

	if (array_grow((void **)&scan->flows, scan->flow_count, &scan->flow_size, sizeof(*flow)) != 0 ||
		names_number(scan->names, scan->uuid_hash, &flow->number) != 0) {
		scan->error = ERR_NO_MEMORY;
		return;
	}
	flow->offset = (uint32_t)from;
	flow->length = (uint32_t)(to - from);
	scan->flows[scan->flow_count++] = *flow;
	*flow = (struct flow_template){ .first_patch = (uint32_t)scan->spot_count };
	scan->uuid_hash = 1;
}

static void visit_flow_text(struct scan *scan, const char *path, size_t from, size_t to)
{
	size_t length = to - from - 2;

	if (strcmp(path, "UUID") == 0) {
		scan->uuid_hash = hash_text(scan->line + from + 1, length);
		if (scan->style->identity != IDENTITY_NONE)
			add_spot(scan, from + 1, to - 1, PATCH_UUID, UUID_DIGITS);
	} else if (strcmp(path, "CaptureID") == 0 && length < sizeof(scan->flow.capture)) {
		memcpy(scan->flow.capture, scan->line + from + 1, length);
		scan->flow.capture[length] = '\0';
	}
}

static void visit(void *data, const char *path, size_t from, size_t to)
{
	struct scan *scan = data;
	bool is_text = scan->line[from] == '"';

	if (strcmp(path, "Namespace") == 0 && is_text) {
		scan->namespace_from = from + 1;
		scan->namespace_to = to - 1;
	} else if (strcmp(path, "UUID") == 0 && is_text && to - from == 38 && scan->style->identity != IDENTITY_NONE) {
		scan->number_at = to - 1 - NUMBER_DIGITS;
	} else if (strcmp(path, "Obj[]") == 0) {
		visit_flow_end(scan, from, to);
	} else if (strncmp(path, "Obj[].", 6) == 0 && is_text) {
		visit_flow_text(scan, path + 6, from, to);
	} else if (strncmp(path, "Obj[].", 6) == 0) {
		visit_number(scan, path + 6, from, to);
	}
}

/* Copies the line, each spot widened to its width; moves what the scan found to its place in the new text. */
static int build_text(struct message *message, struct scan *scan, size_t length)
{
	size_t flow = 0;
	size_t from = 0;
	size_t at = 0;

	message->text = malloc(length + scan->spot_count * UUID_DIGITS + 1);
	message->patches = calloc(scan->spot_count + 1, sizeof(*message->patches));
	if (message->text == NULL || message->patches == NULL)
		return ERR_NO_MEMORY;
	for (size_t i = 0; i <= scan->spot_count; i++) {
		size_t to = i < scan->spot_count ? scan->spots[i].from : length;

		for (; flow < scan->flow_count && scan->flows[flow].offset < to; flow++)
			scan->flows[flow].offset += (uint32_t)(at - from);
		if (scan->number_at >= from && scan->number_at < to && scan->number_at != 0)
			message->number_at = (uint32_t)(scan->number_at + at - from);
		memcpy(message->text + at, scan->line + from, to - from);
		at += to - from;
		if (i == scan->spot_count)
			break;
		message->patches[i] = (struct patch){ (uint32_t)at, scan->spots[i].kind, scan->spots[i].value };
		memset(message->text + at, '0', scan->spots[i].width);
		at += scan->spots[i].width;
		from = scan->spots[i].to;
	}
	message->length = (uint32_t)at;
	message->patch_count = (uint32_t)scan->spot_count;
	return 0;
}

/* A flow's length in the new text: what its spots grew by is added. */
static void fix_lengths(struct scan *scan)
{
	for (size_t i = 0; i < scan->flow_count; i++) {
		struct flow_template *flow = &scan->flows[i];

		for (uint32_t j = 0; j < flow->patch_count; j++) {
			const struct spot *spot = &scan->spots[flow->first_patch + j];

			flow->length += (uint32_t)(spot->width - (spot->to - spot->from));
		}
	}
}

static void template_raw(struct scan *scan)
{
	scan->spot_count = 0;
	scan->flow_count = 0;
	scan->number_at = 0;
	scan->namespace_to = scan->namespace_from;
}

int template_make(struct message *message, const char *line, size_t length, const struct recording_style *style,
	struct flow_names *names, struct err *err)
{
	struct scan scan = { .line = line, .style = style, .names = names, .uuid_hash = 1 };
	struct json_visitor visitor = { visit, &scan };

	*message = (struct message){ 0 };
	if (json_walk(line, length, &visitor) != 0)
		template_raw(&scan);
	fix_lengths(&scan);
	if (scan.error == 0)
		scan.error = build_text(message, &scan, length);
	message->namespace = strndup(line + scan.namespace_from, scan.namespace_to - scan.namespace_from);
	if (message->namespace == NULL)
		scan.error = ERR_NO_MEMORY;
	/* the envelope's first members come before every spot: their places are the same in the text */
	message->namespace_from = (uint32_t)scan.namespace_from;
	message->namespace_to = (uint32_t)scan.namespace_to;
	message->flows = scan.flows;
	message->flow_count = (uint32_t)scan.flow_count;
	free(scan.spots);
	if (scan.error == 0)
		return 0;
	template_fini(message);
	return err_set(err, scan.error, "no memory for a message of %zu bytes", length);
}

void template_fini(struct message *message)
{
	free(message->namespace);
	free(message->text);
	free(message->flows);
	free(message->patches);
	*message = (struct message){ 0 };
}
