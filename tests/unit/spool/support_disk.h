/* A file system in memory that behaves like a page cache above a disk: a killed process leaves everything it wrote, a
 * power loss leaves what was synced and of the rest any subset of pages (torn at sectors), sizes, links, renames and
 * unlinks. Any operation can be made to fail, fall short or be the last. */
#ifndef TESTS_UNIT_SPOOL_SUPPORT_DISK_H
#define TESTS_UNIT_SPOOL_SUPPORT_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "worker/file_ops.h"

enum { DISK_FILES = 512, DISK_FDS = 64, DISK_LOG = 4096, DISK_NAME = 96 };

struct disk_file {
	bool used, folder;
	unsigned opens;
	char *cache, *durable;
	size_t size, durable_size, room;
	bool *clean_lie;              /* page: a failed sync called it clean */
};

struct disk_link {
	unsigned folder;
	char name[DISK_NAME];
	unsigned file;                /* 0: none */
};

struct disk_names {
	struct disk_link links[DISK_FILES];
	unsigned count;
};

struct disk_change {                  /* file 0: from goes; from empty: to is made */
	struct disk_link from, to;
};

enum disk_fault { FAULT_NONE, FAULT_EIO, FAULT_ENOSPC, FAULT_SHORT };

struct disk {
	struct file_ops ops;
	int root_fd;                  /* the number that stands for the root folder */
	uint64_t random;
	struct disk_file files[DISK_FILES];   /* 1: the root, 2: its parent */
	struct disk_names names, durable_names;
	struct disk_change log[DISK_LOG];
	unsigned log_count;
	unsigned fds[DISK_FDS];       /* file, 0: free */
	uint64_t operations;
	uint64_t kill_at;             /* operation that is not carried out, nor any after it; 0: none */
	bool dead;
	void (*died)(void *owner);    /* called at that moment */
	void *owner;
	enum disk_fault fault;
	uint64_t fault_at;            /* first operation it may hit; it hits one that it fits */
	bool fault_hit;
	bool write_back;              /* now and then pages and names reach the disk by themselves */
};

struct disk *disk_new(int root_fd, uint64_t seed);
void disk_free(struct disk *disk);
uint64_t disk_random(struct disk *disk, uint64_t below);

/* Forgets the dead process's descriptors. */
void disk_revive(struct disk *disk);
void disk_power_loss(struct disk *disk);
/* The file of that name in the root folder, NULL: none. */
struct disk_file *disk_find(struct disk *disk, const char *name);

#endif
