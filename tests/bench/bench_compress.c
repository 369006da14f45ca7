/* Throughput and ratio of each gzip level on secadvisor-like content (the recordings), beside zlib 6. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "common/clock.h"
#include "common/config/pipeline_config.h"
#include "worker/compress.h"

enum { CONTENT_MAX = 32 << 20 };

static int count_bytes(void *owner, const void *bytes, size_t length, struct err *err)
{
	size_t *total = owner;

	(void)bytes;
	(void)err;
	*total += length;
	return 0;
}

static size_t read_recording(const char *path, char *content)
{
	FILE *file = fopen(path, "rb");
	size_t length;

	if (file == NULL) {
		perror(path);
		exit(1);
	}
	length = fread(content, 1, CONTENT_MAX, file);
	fclose(file);
	return length;
}

static void measure(const char *name, int level, bool behind, const char *content, size_t length)
{
	int rounds = 0;
	size_t made = 0;
	int64_t start = clock_boottime_ns(), spent;

	do {
		struct compressor *compressor;
		struct err err;

		made = 0;
		if (compressor_new(&compressor, COMPRESS_GZIP, level, length, behind, count_bytes, &made, &err) != 0
		    || compressor_write(compressor, content, length, &err) != 0 || compressor_finish(compressor, &err) != 0)
			exit(1);
		compressor_free(&compressor);
		rounds++;
		spent = clock_boottime_ns() - start;
	} while (spent < NS_PER_S / 4);
	printf("  %-20s %6.0f MB/s  ratio %.2f\n", name, (double)length * rounds / (double)spent * 1000,
		(double)length / (double)made);
}

static void measure_zlib(const char *content, size_t length)
{
	uLongf bound = compressBound(length), made = bound;
	Bytef *out = malloc(bound);
	int64_t start = clock_boottime_ns();

	if (out == NULL || compress2(out, &made, (const Bytef *)content, length, 6) != Z_OK)
		exit(1);
	printf("  %-20s %6.0f MB/s  ratio %.2f\n", "(zlib 6 alone)", (double)length
		/ (double)(clock_boottime_ns() - start) * 1000, (double)length / (double)made);
	free(out);
}

static void measure_all(const char *content, size_t length)
{
	static const struct { const char *name; int level; bool behind; } levels[] = {
		{ "fast", GZIP_FAST, false }, { "auto", GZIP_AUTO, false }, { "auto, behind", GZIP_AUTO, true },
		{ "1", 1, false }, { "3", 3, false }, { "6", 6, false }, { "9", 9, false },
	};

	printf("compress: %.1f MB of flows\n", (double)length / 1e6);
	for (unsigned i = 0; i < sizeof(levels) / sizeof(*levels); i++)
		measure(levels[i].name, levels[i].level, levels[i].behind, content, length);
	measure_zlib(content, length);
}

int main(void)
{
	char *content = malloc(CONTENT_MAX);
	size_t length;

	if (content == NULL)
		return 1;
	length = read_recording(TEST_DATA "/recordings/burst.jsonl", content);
	measure_all(content, length < 1 << 20 ? length : 1 << 20);
	measure_all(content, length);
	free(content);
	return 0;
}
