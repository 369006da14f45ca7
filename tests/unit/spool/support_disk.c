#include "support_disk_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SECTOR = 512, FILE_MAX = 1 << 20 };

uint64_t disk_random(struct disk *disk, uint64_t below)
{
	disk->random ^= disk->random << 13;
	disk->random ^= disk->random >> 7;
	disk->random ^= disk->random << 17;
	return below > 0 ? (disk->random >> 11) % below : 0;
}

_Noreturn void disk_broken(const char *what)
{
	fprintf(stderr, "fake disk: %s\n", what);
	abort();
}

/* ---- names ---- */

struct disk_link *disk_link_find(struct disk_names *names, unsigned folder, const char *name)
{
	for (unsigned i = 0; i < names->count; i++) {
		if (names->links[i].folder == folder && strcmp(names->links[i].name, name) == 0)
			return &names->links[i];
	}
	return NULL;
}

static void link_remove(struct disk_names *names, unsigned folder, const char *name)
{
	struct disk_link *link = disk_link_find(names, folder, name);

	if (link != NULL)
		*link = names->links[--names->count];
}

static void link_set(struct disk_names *names, const struct disk_link *link)
{
	struct disk_link *old = disk_link_find(names, link->folder, link->name);

	if (old == NULL) {
		if (names->count == DISK_FILES)
			disk_broken("too many names");
		old = &names->links[names->count++];
	}
	*old = *link;
}

static void names_apply(struct disk_names *names, const struct disk_change *change)
{
	const struct disk_link *from = &change->from;
	struct disk_link *there = from->name[0] ? disk_link_find(names, from->folder, from->name) : NULL;

	/* the name may belong to another file when changes before this one were lost */
	if (there != NULL && there->file == from->file)
		link_remove(names, from->folder, from->name);
	if (change->to.file != 0)
		link_set(names, &change->to);
}

void disk_names_change(struct disk *disk, const struct disk_change *change)
{
	names_apply(&disk->names, change);
	if (disk->log_count == DISK_LOG)
		disk_broken("too many changes without a sync");
	disk->log[disk->log_count++] = *change;
}

/* Those of the folder (0: any) become durable, in their order. */
void disk_names_sync(struct disk *disk, unsigned folder)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < disk->log_count; i++) {
		const struct disk_change *change = &disk->log[i];
		bool concerned = folder == 0 || (change->from.name[0] && change->from.folder == folder) ||
			(change->to.file != 0 && change->to.folder == folder);

		if (concerned)
			names_apply(&disk->durable_names, change);
		else
			disk->log[kept++] = *change;
	}
	disk->log_count = kept;
}

/* ---- files ---- */

unsigned disk_file_make(struct disk *disk, bool folder)
{
	for (unsigned i = 1; i < DISK_FILES; i++) {
		if (!disk->files[i].used) {
			disk->files[i] = (struct disk_file){ .used = true, .folder = folder };
			return i;
		}
	}
	disk_broken("too many files");
}

void disk_file_drop(struct disk_file *file)
{
	free(file->cache);
	free(file->durable);
	free(file->clean_lie);
	memset(file, 0, sizeof(*file));
}

static bool named(const struct disk *disk, unsigned file)
{
	for (unsigned i = 0; i < disk->names.count; i++) {
		if (disk->names.links[i].file == file)
			return true;
	}
	for (unsigned i = 0; i < disk->durable_names.count; i++) {
		if (disk->durable_names.links[i].file == file)
			return true;
	}
	for (unsigned i = 0; i < disk->log_count; i++) {
		if (disk->log[i].to.file == file)
			return true;
	}
	return false;
}

void disk_collect(struct disk *disk)
{
	for (unsigned i = DISK_PARENT + 1; i < DISK_FILES; i++) {
		if (disk->files[i].used && disk->files[i].opens == 0 && !named(disk, i))
			disk_file_drop(&disk->files[i]);
	}
}

/* All bytes from size on are zero in both images. */
static void file_room(struct disk_file *file, size_t size)
{
	size_t room = (size + DISK_PAGE - 1) / DISK_PAGE * DISK_PAGE;

	if (room > FILE_MAX)
		disk_broken("file too large");
	if (room <= file->room)
		return;
	file->cache = realloc(file->cache, room);
	file->durable = realloc(file->durable, room);
	file->clean_lie = realloc(file->clean_lie, room / DISK_PAGE * sizeof(bool));
	if (file->cache == NULL || file->durable == NULL || file->clean_lie == NULL)
		disk_broken("no memory");
	memset(file->cache + file->room, 0, room - file->room);
	memset(file->durable + file->room, 0, room - file->room);
	memset(file->clean_lie + file->room / DISK_PAGE, 0, (room - file->room) / DISK_PAGE * sizeof(bool));
	file->room = room;
}

void disk_file_put(struct disk_file *file, const char *bytes, size_t length, size_t offset)
{
	file_room(file, offset + length);
	if (length > 0)
		memcpy(file->cache + offset, bytes, length);
	for (size_t page = offset / DISK_PAGE; length > 0 && page <= (offset + length - 1) / DISK_PAGE; page++)
		file->clean_lie[page] = false;
	if (offset + length > file->size)
		file->size = offset + length;
}

void disk_file_resize(struct disk_file *file, size_t size)
{
	file_room(file, size);
	if (size < file->size)
		memset(file->cache + size, 0, file->size - size);
	file->size = size;
}

void disk_page_sync(struct disk_file *file, size_t page)
{
	if (!file->clean_lie[page])
		memcpy(file->durable + page * DISK_PAGE, file->cache + page * DISK_PAGE, DISK_PAGE);
}

void disk_file_sync(struct disk_file *file)
{
	for (size_t page = 0; page < file->room / DISK_PAGE; page++)
		disk_page_sync(file, page);
	file->durable_size = file->size;
}

/* What Linux does: the error is told once, and the pages are clean from then on. */
void disk_file_sync_fails(struct disk *disk, struct disk_file *file)
{
	for (size_t page = 0; page < file->room / DISK_PAGE; page++) {
		if (memcmp(file->durable + page * DISK_PAGE, file->cache + page * DISK_PAGE, DISK_PAGE) == 0)
			continue;
		if (disk_random(disk, 2) == 0)
			disk_page_sync(file, page);
		else
			file->clean_lie[page] = true;
	}
}

/* ---- the end of everything ---- */

static void page_lose(struct disk *disk, struct disk_file *file, size_t page, unsigned share)
{
	char *durable = file->durable + page * DISK_PAGE;
	const char *cache = file->cache + page * DISK_PAGE;

	if (file->clean_lie[page] || memcmp(durable, cache, DISK_PAGE) == 0)
		return;
	if (disk_random(disk, 8) == 0) {
		for (unsigned at = 0; at < DISK_PAGE; at += SECTOR) {
			if (disk_random(disk, 2) == 0)
				memcpy(durable + at, cache + at, SECTOR);
		}
	} else if (disk_random(disk, 4) < share) {
		memcpy(durable, cache, DISK_PAGE);
	}
}

static void file_lose(struct disk *disk, struct disk_file *file, unsigned share)
{
	for (size_t page = 0; page < file->room / DISK_PAGE; page++)
		page_lose(disk, file, page, share);
	if (disk_random(disk, 4) < share)
		file->durable_size = file->size;
	if (file->durable_size < file->room)
		memset(file->durable + file->durable_size, 0, file->room - file->durable_size);
	file->size = file->durable_size;
	if (file->room > 0) {
		memcpy(file->cache, file->durable, file->room);
		memset(file->clean_lie, 0, file->room / DISK_PAGE * sizeof(bool));
	}
}

void disk_revive(struct disk *disk)
{
	memset(disk->fds, 0, sizeof(disk->fds));
	for (unsigned i = 1; i < DISK_FILES; i++)
		disk->files[i].opens = 0;
	disk->dead = false;
	disk->kill_at = 0;
	disk_collect(disk);
}

void disk_power_loss(struct disk *disk)
{
	unsigned share = (unsigned)disk_random(disk, 5);      /* of 4: how much of what was not synced is there */

	for (unsigned i = 0; i < disk->log_count; i++) {
		if (disk_random(disk, 4) < share)
			names_apply(&disk->durable_names, &disk->log[i]);
	}
	disk->log_count = 0;
	disk->names = disk->durable_names;
	for (unsigned i = 1; i < DISK_FILES; i++) {
		if (disk->files[i].used)
			file_lose(disk, &disk->files[i], share);
	}
	disk_revive(disk);
}

struct disk_file *disk_find(struct disk *disk, const char *name)
{
	struct disk_link *link = disk_link_find(&disk->names, DISK_ROOT, name);

	return link != NULL ? &disk->files[link->file] : NULL;
}

struct disk *disk_new(int root_fd, uint64_t seed)
{
	struct disk *disk = calloc(1, sizeof(*disk));

	if (disk == NULL)
		disk_broken("no memory");
	disk->root_fd = root_fd;
	disk->random = seed * 0x9e3779b97f4a7c15ULL | 1;
	disk_file_make(disk, true);
	disk_file_make(disk, true);
	disk->ops = disk_ops;
	disk->ops.context = disk;
	return disk;
}

void disk_free(struct disk *disk)
{
	for (unsigned i = 1; i < DISK_FILES; i++)
		disk_file_drop(&disk->files[i]);
	free(disk);
}
