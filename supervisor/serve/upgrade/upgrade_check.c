/* What a new program finds out as it is asked whether it can take over (upgrade.c), in a process of its own and beside the
 * supervisor that runs: behind the exec each of these would end everything. It changes nothing. */
#include <limits.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "supervisor/child.h"
#include "supervisor/serve/serve.h"

/* That it is there is not enough: a library that it needs may not be. What it says is ours, and no answer. */
static int try_program(const char *name, struct err *err)
{
	char path[PATH_MAX], version[] = "--version", end[96];
	char *const arguments[] = { path, version, NULL };
	pid_t pid;
	int status, error = child_find_program(name, path, sizeof(path), err);

	if (error != 0)
		return error;
	error = posix_spawn(&pid, path, NULL, NULL, arguments, environ);
	if (error != 0)
		return err_sys(err, error, "%s cannot be executed", path);
	if (waitpid(pid, &status, 0) != pid)
		return err_set(err, ERR_IO, "%s: nobody knows how it ended", path);
	if (status == 0)
		return 0;
	child_describe_end(status, end, sizeof(end));
	return err_set(err, ERR_IO, "%s does not start: %s", path, end);
}

int upgrade_check(const struct serve_options *options, struct err *err)
{
	int error = try_program("sluice-subscriber", err);

	if (error == 0)
		error = try_program("sluice-worker", err);
	return error == 0 ? store_check(options->data_dir, err) : error;
}
