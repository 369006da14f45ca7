/* Decoding a recording, a core: MB/s and ns a flow; beside it jansson (json_loadb and freeing, no field read) and a
 * memcpy of the same messages. The aim is 1500 MB/s. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "subscriber/decode.h"

enum { MESSAGES_MAX = 512, ROUNDS = 7 };
static const double round_seconds = 0.05;

struct recording {
	char *messages[MESSAGES_MAX];
	size_t lengths[MESSAGES_MAX];
	unsigned count;
	size_t bytes, flows;
};



static struct decoder *decoder;
static char *copy;

static double now_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void run_decoder(const struct recording *recording)
{
	struct decoded out;

	for (unsigned i = 0; i < recording->count; i++) {
		if (decoder_message(decoder, recording->messages[i], recording->lengths[i], &out, NULL) != 0)
			abort();
	}
}

static void run_jansson(const struct recording *recording)
{
	for (unsigned i = 0; i < recording->count; i++)
		json_decref(json_loadb(recording->messages[i], recording->lengths[i], 0, NULL));
}

static void run_memcpy(const struct recording *recording)
{
	for (unsigned i = 0; i < recording->count; i++) {
		memcpy(copy, recording->messages[i], recording->lengths[i]);
		__asm__ volatile("" : : "r"(copy) : "memory");
	}
}

static int double_compare(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;

	return (a > b) - (a < b);
}

/* Seconds for the recording once: the median of some rounds. */
static double measure(void (*run)(const struct recording *), const struct recording *recording)
{
	double rounds[ROUNDS];

	for (unsigned round = 0; round < ROUNDS; round++) {
		double start = now_seconds(), spent;
		unsigned times = 0;

		do {
			run(recording);
			times++;
			spent = now_seconds() - start;
		} while (spent < round_seconds);
		rounds[round] = spent / times;
	}
	qsort(rounds, ROUNDS, sizeof(*rounds), double_compare);
	return rounds[ROUNDS / 2];
}

static int recording_load(struct recording *recording, const char *path)
{
	FILE *file = fopen(path, "r");
	char *line = NULL;
	size_t size = 0;
	ssize_t length;

	memset(recording, 0, sizeof(*recording));
	if (file == NULL)
		return -1;
	while ((length = getline(&line, &size, file)) > 0 && recording->count < MESSAGES_MAX) {
		char *message = calloc(1, (size_t)length + DECODE_PADDING);
		struct decoded out;

		memcpy(message, line, (size_t)length);
		recording->messages[recording->count] = message;
		recording->lengths[recording->count++] = (size_t)length;
		recording->bytes += (size_t)length;
		if (decoder_message(decoder, message, (size_t)length, &out, NULL) != 0)
			return -1;
		recording->flows += out.count;
	}
	free(line);
	fclose(file);
	return 0;
}

static void recording_report(const char *name, const struct recording *recording)
{
	double ours = measure(run_decoder, recording), jansson = measure(run_jansson, recording);
	double plain = measure(run_memcpy, recording), megabytes = (double)recording->bytes / 1e6;

	printf("%-16s %9.0f %9.0f %9.0f %9.0f %9.0f %9.0f\n", name, (double)recording->bytes / (double)recording->flows,
		megabytes / ours, ours / (double)recording->flows * 1e9, megabytes / jansson,
		jansson / (double)recording->flows * 1e9, megabytes / plain);
}

int main(void)
{
	static const char *const names[] = { "mixed", "mixed-nodns", "extra-tcp", "burst", "finish",
		"default-timing" };

	copy = malloc(1 << 20);
	if (copy == NULL || decoder_new(&decoder, DECODE_FLOWS_MAX, NULL) != 0)
		return EXIT_FAILURE;
	printf("%-16s %9s %9s %9s %9s %9s %9s\n", "decode", "bytes", "sluice", "ns", "jansson", "ns", "memcpy");
	printf("%-16s %9s %9s %9s %9s %9s %9s\n", "recording", "a flow", "MB/s", "a flow", "MB/s", "a flow", "MB/s");
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct recording recording;
		char path[512];

		snprintf(path, sizeof(path), "%s/recordings/%s.jsonl", TEST_DATA, names[i]);
		if (recording_load(&recording, path) != 0)
			fprintf(stderr, "%s: cannot be read\n", path);
		else
			recording_report(names[i], &recording);
		for (unsigned message = 0; message < recording.count; message++)
			free(recording.messages[message]);
	}
	decoder_free(&decoder);
	free(copy);
	return EXIT_SUCCESS;
}
