/* object-serials: which of the simulator's reports (identity `report`) objects hold. For runs of many millions of
 * records, which are too many for a script. Formats whose records begin with a UUID.
 *
 *     object-serials FOLDER           the stored objects below a folder, together: objects, records, "twice", "mixed",
 *                                     the first file of either, and the serials as ranges
 *     object-serials --spool FOLDER   a pipeline's spool: the commit record's account, and what it names, one by one
 *
 * Each prints one line of JSON. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>

#include "tests/tools/serials/content.h"
#include "tests/tools/serials/serial_set.h"
#include "tests/tools/serials/spool.h"

/* nftw gives its callback no pointer of ours: one run, one set of figures. */
static struct {
	struct serial_set set;
	uint64_t objects;
	struct buffer content;
	struct err err;
} found;

static int visit(const char *path, const struct stat *status, int type, struct FTW *place)
{
	(void)status;
	if (type != FTW_F || path[place->base] == '.')
		return 0;
	found.objects++;
	if (content_read(AT_FDCWD, path, 0, &found.content, &found.err) != 0)
		return 1;
	return serial_set_scan(&found.set, found.content.bytes, found.content.length, path, &found.err) != 0;
}

static int folder_print(const char *folder)
{
	buffer_init(&found.content, CONTENT_CAP);
	if (nftw(folder, visit, 16, FTW_PHYS) < 0)
		err_sys(&found.err, errno, "%s", folder);
	if (found.err.code == 0) {
		printf("{\"objects\":%llu,\"records\":%llu,\"twice\":%llu,\"mixed\":%llu,\"bad\":\"%s\",\"ranges\":[",
			(unsigned long long)found.objects, (unsigned long long)found.set.records,
			(unsigned long long)found.set.twice, (unsigned long long)found.set.mixed, found.set.bad);
		serial_set_print_ranges(&found.set);
		printf("]}\n");
	}
	buffer_fini(&found.content);
	serial_set_fini(&found.set);
	return found.err.code;
}

int main(int argc, char **argv)
{
	int error;

	if (argc == 3 && strcmp(argv[1], "--spool") == 0) {
		error = spool_print(argv[2], &found.err);
	} else if (argc == 2) {
		error = folder_print(argv[1]);
	} else {
		fprintf(stderr, "usage: object-serials [--spool] FOLDER\n");
		return 2;
	}
	if (error != 0)
		fprintf(stderr, "object-serials: %s\n", found.err.message);
	return error != 0;
}
