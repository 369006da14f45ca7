/* What a child may do: docs/adr/0010. The supervisor encloses it between vfork and exec, whatever the program is; the
 * program itself closes what only its start has needed.
 *
 * Everything that was not thought of is refused (EPERM, EACCES), by Landlock for files and by a filter of system calls. */
#ifndef SLUICE_COMMON_SANDBOX_H
#define SLUICE_COMMON_SANDBOX_H

#include <stdbool.h>
#include <stdint.h>

/* What children are enclosed by. */
struct sandbox_means {
	bool on;                      /* false: they are not */
	int landlock;                 /* version of its interface; 0: none, or one before SANDBOX_LANDLOCK_LEAST */
	bool filter;                  /* of system calls */
};

enum {
	SANDBOX_FILES = 4,
	SANDBOX_LANDLOCK_LEAST = 2,   /* before that nothing could be renamed into another folder */
	SANDBOX_LANDLOCK_SCOPES = 6,  /* from there on it keeps signals and abstract sockets apart, too */
};

/* One child's. All texts are borrowed, and read in the child. */
struct sandbox {
	struct sandbox_means means;
	const char *program;          /* that is executed */
	const char *files_read[SANDBOX_FILES];/* that it reads beside the system's, such as certificates; "", NULL or a folder: none */
	uint16_t port;                /* TCP, where it serves a page; 0: it listens nowhere */
	bool files;                   /* what is in FD_FILES is its own */
	bool anywhere;                /* it writes wherever its user may: files of `sluiced run` */
};

/* What the kernel offers. */
void sandbox_find(struct sandbox_means *means);

/* Encloses this process for good: what it may write is below FD_SPOOL, where that is open, and as its options say. Only between vfork and
 * exec; NULL, or the step that failed, with errno. */
const char *sandbox_enter(const struct sandbox *sandbox);

/* For the child's program, when it runs: another one cannot be executed any more. Without any filter of system calls (this
 * sandbox's, or of a container around it) nothing is done. */
void sandbox_seal(void);

/* A file that this user may read, and that the sandbox keeps from this process, is another one than stood there when it was started:
 * it says so and ends (status 1), for one that is started now may read it. path: NULL or "" is none. To be asked when something fails
 * that needs the file. */
void sandbox_give_way(const char *path);
/* The same of the files that names of hosts are looked up by. */
void sandbox_give_way_names(void);

#endif
