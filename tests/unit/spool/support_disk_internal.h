/* The halves of the fake disk: support_disk.c keeps names and files, support_disk_ops.c is struct file_ops on them. */
#ifndef TESTS_UNIT_SPOOL_SUPPORT_DISK_INTERNAL_H
#define TESTS_UNIT_SPOOL_SUPPORT_DISK_INTERNAL_H

#include "support_disk.h"

enum { DISK_PAGE = 4096, DISK_ROOT = 1, DISK_PARENT = 2 };

_Noreturn void disk_broken(const char *what);

struct disk_link *disk_link_find(struct disk_names *names, unsigned folder, const char *name);
void disk_names_change(struct disk *disk, const struct disk_change *change);
/* Those of the folder (0: any) become durable, in their order. */
void disk_names_sync(struct disk *disk, unsigned folder);

unsigned disk_file_make(struct disk *disk, bool folder);
void disk_file_drop(struct disk_file *file);
/* Frees files that nothing names or has open. */
void disk_collect(struct disk *disk);
void disk_file_put(struct disk_file *file, const char *bytes, size_t length, size_t offset);
void disk_file_resize(struct disk_file *file, size_t size);
void disk_file_sync(struct disk_file *file);
void disk_file_sync_fails(struct disk *disk, struct disk_file *file);
void disk_page_sync(struct disk_file *file, size_t page);

extern const struct file_ops disk_ops;

#endif
