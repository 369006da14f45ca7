/* What sandbox*.c share. */
#ifndef SLUICE_COMMON_SANDBOX_PRIVATE_H
#define SLUICE_COMMON_SANDBOX_PRIVATE_H

#include <stdbool.h>

/* Sanitizers look at their process through /proc, and stop its threads for a look at its memory: builds with one allow that. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANDBOX_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANDBOX_SANITIZED 1
#endif
#endif
#ifndef SANDBOX_SANITIZED
#define SANDBOX_SANITIZED 0
#endif

/* Files that names of hosts are looked up by, NULL at the end. */
extern const char *const sandbox_name_files[];

/* sandbox_filter.c: from here on this process makes no other system calls than those of its table; `serves`: also those of
 * who listens. False, with errno. Async-signal-safe. */
bool sandbox_filter_calls(bool serves);
/* No other program, and no other filter. */
bool sandbox_filter_seal(void);
/* sandbox_files.c: the same for files, and for what else Landlock keeps apart. */
struct sandbox;
bool sandbox_limit_files(const struct sandbox *sandbox);

#endif
