/* fault-shim.so, preloaded into a worker: counts the system calls that it makes on its spool and on its store, and at
 * the one that was ordered kills the process or has the call fail. What it is told: README.md.
 *
 *     shim    the calls         decide   which is counted, and what happens at it         durable   what a power loss leaves */
#ifndef SLUICE_FAULTS_FAULTS_H
#define SLUICE_FAULTS_FAULTS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum faults_kind {
	KIND_OPENAT, KIND_PREAD, KIND_PWRITE, KIND_WRITE, KIND_FSYNC, KIND_FDATASYNC, KIND_RENAMEAT, KIND_LINKAT,
	KIND_UNLINKAT, KIND_MKDIRAT, KIND_FTRUNCATE, KIND_FALLOCATE, KIND_SEND, KIND_COUNT
};

enum faults_action {
	ACTION_NONE, ACTION_KILL_BEFORE, ACTION_KILL_AFTER, ACTION_EIO, ACTION_ENOSPC, ACTION_SHORT, ACTION_POWER_BEFORE,
	ACTION_POWER_AFTER
};

/* ---- decide.c ---- */

/* A call is about to be made. name: of the file, for calls that have one besides fd; else NULL. Returns what is to
 * happen: ACTION_NONE, ACTION_EIO, ACTION_ENOSPC (errno is set), ACTION_SHORT, or one for faults_after(). A process that is
 * to be killed before it does not return. */
enum faults_action faults_before(enum faults_kind kind, int fd, const char *name);
/* It has been made. */
void faults_after(enum faults_action action);
/* Whether fd is the spool folder or a file in it. */
bool faults_in_spool(int fd);
/* Another file to read instead of the kernel's boot id; NULL: none. */
const char *faults_boot_id(void);

/* ---- durable.c ---- */

/* fd of the spool has been made durable, or made anew. Kept in the folder that FAULTS_DURABLE names, if any. */
void durable_synced(int fd);
void durable_made(int fd);

#endif
