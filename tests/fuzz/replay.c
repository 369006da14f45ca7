/* Runs a fuzz target over files: each argument is a file or a folder of files. Folders that are not there are passed
 * over, so that a target without findings needs none. The empty input is always tried. */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	struct stat status;
	uint8_t *data = NULL;
	size_t size;
	int result = -1;

	if (file == NULL || fstat(fileno(file), &status) != 0) {
		perror(path);
		goto out;
	}
	/* exactly as large as the input: a read past its end is then seen by the sanitizers */
	size = (size_t)status.st_size;
	data = malloc(size > 0 ? size : 1);
	if (data == NULL || fread(data, 1, size, file) != size) {
		perror(path);
		goto out;
	}
	LLVMFuzzerTestOneInput(data, size);
	result = 0;
out:
	free(data);
	if (file != NULL)
		fclose(file);
	return result;
}

static int replay_folder(const char *folder, unsigned *count)
{
	DIR *entries = opendir(folder);
	struct dirent *entry;
	char path[4096];
	int result = 0;

	if (entries == NULL) {
		perror(folder);
		return -1;
	}
	while ((entry = readdir(entries)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		result |= replay_file(path);
		*count += 1;
	}
	closedir(entries);
	return result;
}

int main(int argc, char **argv)
{
	unsigned count = 0;
	int result = 0;

	LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
	for (int index = 1; index < argc; index++) {
		struct stat status;

		if (stat(argv[index], &status) != 0) {
			if (errno != ENOENT)
				result = -1;
		} else if (S_ISDIR(status.st_mode)) {
			result |= replay_folder(argv[index], &count);
		} else {
			result |= replay_file(argv[index]);
			count++;
		}
	}
	printf("%u inputs replayed\n", count);
	return result == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
