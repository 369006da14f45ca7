#include "supervisor/serve/figures/memory_use.h"

#include <inttypes.h>
#include <stdio.h>

static FILE *open_of(pid_t pid, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	return fopen(path, "re");
}

static bool read_rollup(pid_t pid, struct memory_use *use)
{
	FILE *file = open_of(pid, "smaps_rollup");
	char line[160];
	uint64_t kb;

	if (file == NULL)
		return false;
	while (fgets(line, sizeof(line), file) != NULL) {
		if (sscanf(line, "Private_Clean: %" SCNu64, &kb) == 1 || sscanf(line, "Private_Dirty: %" SCNu64, &kb) == 1)
			use->private_bytes += kb * 1024;
		else if (sscanf(line, "Rss: %" SCNu64, &kb) == 1)
			use->rss_bytes = kb * 1024;
	}
	fclose(file);
	return true;
}

bool memory_use(pid_t pid, struct memory_use *use)
{
	*use = (struct memory_use){ 0 };
	return read_rollup(pid, use);
}
