/* Files of others. */
#include "tests/tools/hostile/hostile.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/inotify.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "common/ipc.h"

static bool database(const struct targets *targets) { return opens_below(targets->data, "sluice.db", O_RDONLY); }
static bool database_write(const struct targets *targets) { return opens_below(targets->data, "sluice.db", O_RDWR); }
static bool master_key(const struct targets *targets) { return opens_below(targets->data, "master.key", O_RDONLY); }
static bool admin_token(const struct targets *targets) { return opens_below(targets->data, "admin.token", O_RDONLY); }
static bool data_folder(const struct targets *targets) { return opens(targets->data, O_RDONLY | O_DIRECTORY); }
static bool spool_folder(const struct targets *targets) { return opens_below(targets->data, "spool", O_RDONLY | O_DIRECTORY); }
static bool data_folder_new(const struct targets *targets) { return opens_below(targets->data, "new", O_RDWR | O_CREAT); }
static bool other_spool(const struct targets *targets) { return opens(targets->spool, O_RDONLY | O_DIRECTORY); }
static bool other_commit(const struct targets *targets) { return opens_below(targets->spool, "commit", O_RDONLY); }
static bool other_commit_write(const struct targets *targets) { return opens_below(targets->spool, "commit", O_RDWR); }
static bool other_log(const struct targets *targets) { return opens(targets->log, O_RDONLY); }
static bool other_file(const struct targets *targets) { return opens(targets->file, O_RDONLY); }
static bool other_file_write(const struct targets *targets) { return opens(targets->file, O_WRONLY); }
static bool outside(const struct targets *targets) { return opens_below(targets->outside, "secret", O_RDONLY); }
static bool outside_new(const struct targets *targets) { return opens_below(targets->outside, "new", O_RDWR | O_CREAT); }
static bool outside_nameless(const struct targets *targets) { return opens(targets->outside, O_RDWR | O_TMPFILE); }
static bool shadow(const struct targets *targets) { return (void)targets, opens("/etc/shadow", O_RDONLY); }
static bool passwd(const struct targets *targets) { return (void)targets, opens("/etc/passwd", O_RDONLY); }
static bool root_folder(const struct targets *targets) { return (void)targets, opens("/", O_RDONLY | O_DIRECTORY); }
static bool sys(const struct targets *targets) { return (void)targets, opens("/sys/kernel/mm/transparent_hugepage/enabled", O_RDONLY); }
static bool core_pattern(const struct targets *targets) { return (void)targets, opens("/proc/sys/kernel/core_pattern", O_WRONLY); }
static bool memory_device(const struct targets *targets) { return (void)targets, opens("/dev/zero", O_RDWR); }
static bool kernel_log(const struct targets *targets) { return (void)targets, opens("/dev/kmsg", O_RDONLY); }

static const char *last_of(const char *path)
{
	return strrchr(path, '/') != NULL ? strrchr(path, '/') + 1 : path;
}

/* By way of a folder that is given: the others' stand beside it. */
static bool up_from_spool(const struct targets *targets)
{
	char path[1024];
	int fd;

	snprintf(path, sizeof(path), "../%s/commit", last_of(targets->spool));
	fd = openat(FD_SPOOL, path, O_RDONLY | O_CLOEXEC);
	return fd >= 0;
}

static bool up_from_spool_to_key(const struct targets *targets)
{
	(void)targets;
	return openat(FD_SPOOL, "../../master.key", O_RDONLY | O_CLOEXEC) >= 0;
}

static bool up_from_files(const struct targets *targets)
{
	(void)targets;
	return openat(FD_FILES, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC) >= 0;
}

static bool up_by_openat2(const struct targets *targets)
{
	struct open_how how = { .flags = O_RDONLY | O_CLOEXEC };

	(void)targets;
	return syscall(SYS_openat2, FD_SPOOL, "../../sluice.db", &how, sizeof(how)) >= 0;
}

static bool up_through_proc(const struct targets *targets)
{
	char path[1024];

	snprintf(path, sizeof(path), "/proc/self/fd/%d/../../sluice.db", FD_SPOOL);
	return (void)targets, opens(path, O_RDONLY);
}

static bool other_file_cut(const struct targets *targets) { return truncate(targets->file, 0) == 0; }
static bool other_file_mode(const struct targets *targets) { return chmod(targets->file, 0666) == 0; }
static bool other_file_owner(const struct targets *targets) { return chown(targets->file, getuid(), getgid()) == 0; }
static bool other_file_time(const struct targets *targets) { return utimensat(AT_FDCWD, targets->file, NULL, 0) == 0; }
static bool other_file_attribute(const struct targets *targets) { return setxattr(targets->file, "user.x", "y", 1, 0) == 0; }
static bool other_file_moved(const struct targets *targets)
{
	char kept[1024];

	snprintf(kept, sizeof(kept), "%s.moved", targets->file);
	return rename(targets->file, kept) == 0 && rename(kept, targets->file) == 0;
}

static bool other_file_stolen(const struct targets *targets)
{
	return renameat(AT_FDCWD, targets->file, FD_SPOOL, "stolen") == 0 &&
		renameat(FD_SPOOL, "stolen", AT_FDCWD, targets->file) == 0;
}

static bool other_file_linked(const struct targets *targets)
{
	return linkat(AT_FDCWD, targets->file, FD_SPOOL, "linked", 0) == 0 && unlinkat(FD_SPOOL, "linked", 0) == 0;
}

static bool other_folder_new(const struct targets *targets)
{
	char path[1024];

	snprintf(path, sizeof(path), "%s/made", targets->spool);
	return mkdir(path, 0700) == 0 && rmdir(path) == 0;
}

/* The supervisor reads in there. */
static bool link_for_supervisor(const struct targets *targets)
{
	char key[1024];

	snprintf(key, sizeof(key), "%s/master.key", targets->data);
	return symlinkat(key, FD_SPOOL, "link") == 0 && unlinkat(FD_SPOOL, "link", 0) == 0;
}

static bool link_in_files(const struct targets *targets)
{
	(void)targets;
	return symlinkat("/", FD_FILES, "link") == 0 && unlinkat(FD_FILES, "link", 0) == 0;
}

static bool pipe_for_supervisor(const struct targets *targets)
{
	(void)targets;
	return mkfifoat(FD_SPOOL, "pipe", 0600) == 0 && unlinkat(FD_SPOOL, "pipe", 0) == 0;
}

static bool device(const struct targets *targets)
{
	(void)targets;
	return mknodat(FD_SPOOL, "device", S_IFCHR | 0600, 1 << 8 | 3) == 0 && unlinkat(FD_SPOOL, "device", 0) == 0;
}

static bool by_handle(const struct targets *targets)
{
	union { struct file_handle handle; char space[sizeof(struct file_handle) + 128]; } held = { .handle.handle_bytes = 128 };
	int mount, folder = open(targets->data, O_PATH | O_CLOEXEC);

	return name_to_handle_at(folder, "sluice.db", &held.handle, &mount, 0) == 0 &&
		open_by_handle_at(FD_SPOOL, &held.handle, O_RDONLY) >= 0;
}

static bool watched(const struct targets *targets)
{
	int fd = inotify_init1(IN_CLOEXEC);

	return fd >= 0 && inotify_add_watch(fd, targets->spool, IN_ALL_EVENTS) >= 0;
}

static bool watched_all(const struct targets *targets)
{
	(void)targets;
	return fanotify_init(FAN_CLASS_NOTIF, O_RDONLY) >= 0;
}

/* Where the supervisor prints to may be a file of its log, or a terminal. */
static bool supervisors_output(const struct targets *targets)
{
	struct stat status;

	(void)targets;
	return fstat(STDOUT_FILENO, &status) == 0 && !(S_ISCHR(status.st_mode) && status.st_rdev == makedev(1, 3));
}

static bool mounted(const struct targets *targets) { return mount("x", targets->outside, "tmpfs", 0, NULL) == 0 && umount(targets->outside) == 0; }
static bool new_root(const struct targets *targets) { return chroot(targets->outside) == 0; }
static bool new_folder(const struct targets *targets) { return chdir(targets->data) == 0; }

#define ROW(name) { #name, name, false }

const struct probe file_probes[] = {
	ROW(database), ROW(database_write), ROW(master_key), ROW(admin_token), ROW(data_folder), ROW(spool_folder), ROW(data_folder_new),
	ROW(other_spool), ROW(other_commit), ROW(other_commit_write), ROW(other_log), ROW(other_file), ROW(other_file_write),
	ROW(outside), ROW(outside_new), ROW(outside_nameless), ROW(shadow), ROW(passwd), ROW(root_folder), { "sys", sys, true }, ROW(core_pattern),
	ROW(memory_device), ROW(kernel_log), ROW(up_from_spool), ROW(up_from_spool_to_key), ROW(up_from_files), ROW(up_by_openat2),
	ROW(up_through_proc), ROW(other_file_cut), ROW(other_file_mode), ROW(other_file_owner), ROW(other_file_time),
	{ "other_file_attribute", other_file_attribute, true }, ROW(other_file_moved), ROW(other_file_stolen), ROW(other_file_linked),
	ROW(other_folder_new), ROW(link_for_supervisor), ROW(link_in_files), ROW(pipe_for_supervisor), ROW(device), { "by_handle", by_handle, true },
	ROW(watched), { "watched_all", watched_all, true }, { "supervisors_output", supervisors_output, true }, ROW(mounted), ROW(new_root), ROW(new_folder), { 0 },
};
