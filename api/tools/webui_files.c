/* Build tool: the built web UI → a C file with its files, each as it is and compressed. webui-files FOLDER OUT
 *
 * FOLDER has index.html and assets/, and nothing else. The same files make the same text. */
#include <dirent.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "api/text.h"
#include "api/tools/tool.h"
#include "common/fnv.h"

enum { FILE_MAX = 4 * 1024 * 1024, FILES_MAX = 200, PATH_SIZE = 4096, ZLIB_WINDOW = 15 + 16, ZLIB_MEMORY = 9 };

struct input {
	char *name;                   /* owned */
	const char *type;
	uint64_t hash;
	bool compressed;              /* its gzip form is there, too */
};

/* The page, and behind it the assets by their names. */
struct inputs {
	struct input items[FILES_MAX];
	size_t count;
};

static const char *type_of(const char *name)
{
	static const struct { const char *ending, *type; } types[] = { { ".html", "text/html; charset=utf-8" },
		{ ".js", "text/javascript; charset=utf-8" }, { ".css", "text/css; charset=utf-8" }, { ".svg", "image/svg+xml" } };
	const char *ending = strrchr(name, '.');

	for (size_t i = 0; ending != NULL && i < sizeof(types) / sizeof(types[0]); i++) {
		if (strcmp(ending, types[i].ending) == 0)
			return types[i].type;
	}
	return NULL;
}

/* ---- which files there are ---- */

static int add(struct inputs *inputs, const char *path, const char *name)
{
	struct input *input = &inputs->items[inputs->count];
	const char *type = type_of(name);

	if (type == NULL || !text_is_file_name(name, strlen(name)) || inputs->count == FILES_MAX) {
		fprintf(stderr, "%s/%s: nobody could get it: %s\n", path, name, inputs->count == FILES_MAX ? "there are too many files" :
			type == NULL ? "its name must end with .html, .js, .css or .svg" : "a name has letters, digits and . _ -");
		return 1;
	}
	*input = (struct input){ .name = strdup(name), .type = type };
	inputs->count += input->name != NULL;
	return input->name == NULL;
}

static int is_visible(const struct dirent *entry)
{
	return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

static int by_name(const struct dirent **left, const struct dirent **right)
{
	return strcmp((*left)->d_name, (*right)->d_name);
}

static int list_assets(struct inputs *inputs, const char *folder)
{
	char path[PATH_SIZE];
	struct dirent **entries;
	int count, status = 0;

	snprintf(path, sizeof(path), "%s/assets", folder);
	count = scandir(path, &entries, is_visible, by_name);
	if (count < 0) {
		perror(path);
		return 1;
	}
	for (int i = 0; i < count; i++) {
		if (status == 0)
			status = add(inputs, path, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	return status;
}

static int is_foreign(const struct dirent *entry)
{
	return is_visible(entry) && strcmp(entry->d_name, "index.html") != 0 && strcmp(entry->d_name, "assets") != 0;
}

static int check_folder(const char *folder)
{
	struct dirent **entries;
	int count = scandir(folder, &entries, is_foreign, by_name);

	if (count < 0)
		perror(folder);
	for (int i = 0; i < count; i++) {
		fprintf(stderr, "%s/%s: nobody could get it: it is neither index.html nor in assets/\n", folder, entries[i]->d_name);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
	return count != 0;
}

/* ---- what is written ---- */

static char *compress_bytes(const char *bytes, size_t length, size_t *compressed)
{
	z_stream stream = { .next_in = (Bytef *)(uintptr_t)bytes, .avail_in = (uInt)length };
	char *out = NULL;
	size_t size;

	if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, ZLIB_WINDOW, ZLIB_MEMORY, Z_DEFAULT_STRATEGY) != Z_OK)
		return NULL;
	size = deflateBound(&stream, (uLong)length);
	out = malloc(size);
	stream.next_out = (Bytef *)out;
	stream.avail_out = out != NULL ? (uInt)size : 0;
	if (deflate(&stream, Z_FINISH) != Z_STREAM_END) {
		free(out);
		out = NULL;
	}
	*compressed = size - stream.avail_out;
	deflateEnd(&stream);
	return out;
}

static int print_bytes(FILE *out, const char *folder, struct input *input, size_t index)
{
	char path[PATH_SIZE], name[40];
	size_t length, compressed = 0;
	char *bytes, *gzip;

	snprintf(path, sizeof(path), "%s/%s%s", folder, index > 0 ? "assets/" : "", input->name);
	bytes = tool_read(path, FILE_MAX, &length);
	gzip = bytes != NULL && length > 0 ? compress_bytes(bytes, length, &compressed) : NULL;
	if (gzip != NULL) {
		input->hash = fnv_hash(FNV_BASE, bytes, length);
		input->compressed = compressed < length;
		snprintf(name, sizeof(name), "bytes_%zu", index);
		tool_print_array(out, name, true, bytes, length);
		snprintf(name, sizeof(name), "gzip_%zu", index);
		if (input->compressed)
			tool_print_array(out, name, true, gzip, compressed);
	} else if (bytes != NULL) {
		fprintf(stderr, "%s: it is empty, or there is no memory\n", path);
	}
	free(bytes);
	free(gzip);
	return gzip == NULL;
}

static void print_row(FILE *out, const struct input *input, size_t index)
{
	fprintf(out, "{ \"%s\", \"%s\", \"%016" PRIx64 "\", bytes_%zu, sizeof(bytes_%zu), ", input->name, input->type, input->hash,
		index, index);
	if (input->compressed)
		fprintf(out, "gzip_%zu, sizeof(gzip_%zu) }", index, index);
	else
		fprintf(out, "0, 0 }");
}

static int print_all(FILE *out, const char *folder, struct inputs *inputs)
{
	fputs("/* Made of webui/. */\n#include \"api/webui.h\"\n\n", out);
	for (size_t i = 0; i < inputs->count; i++) {
		if (print_bytes(out, folder, &inputs->items[i], i) != 0)
			return 1;
	}
	fputs("const struct webui_file webui_page = ", out);
	print_row(out, &inputs->items[0], 0);
	fputs(";\nconst struct webui_file webui_assets[] = {\n", out);
	for (size_t i = 1; i < inputs->count; i++) {
		fputs("\t", out);
		print_row(out, &inputs->items[i], i);
		fputs(",\n", out);
	}
	fputs("\t{ 0 },\n};\n", out);
	return ferror(out) != 0;
}

/* What is not whole is not left for the compiler. */
static int write_file(const char *path, const char *folder, struct inputs *inputs)
{
	FILE *out = fopen(path, "w");
	int status = out == NULL || print_all(out, folder, inputs) != 0;

	if (out == NULL)
		perror(path);
	else
		status |= fclose(out) != 0;
	if (status != 0)
		remove(path);
	return status;
}

int main(int argc, char **argv)
{
	static struct inputs inputs;
	int status = 1;

	if (argc != 3)
		fprintf(stderr, "usage: webui-files FOLDER OUT\n");
	else if (check_folder(argv[1]) == 0 && add(&inputs, argv[1], "index.html") == 0 && list_assets(&inputs, argv[1]) == 0)
		status = write_file(argv[2], argv[1], &inputs);
	for (size_t i = 0; i < inputs.count; i++)
		free(inputs.items[i].name);
	return status;
}
