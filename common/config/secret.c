/* Secrets: a literal, ${env:NAME} or ${file:/path}. Their text is never part of a message. */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/config/config.h"
#include "common/config/option.h"
#include "common/config/path.h"
#include "common/config/text.h"

enum { SECRET_MAX = 16 * 1024 };

/* What this machine lacks may be there where the configuration is to run: then the secret stays as written. */
static bool refuse(const struct option_context *context, const struct node *node, const char *what, const char *name,
	const char *why)
{
	char quote[PROBLEM_QUOTE_SIZE];

	problem_quote(quote, name, strlen(name));
	if (context->secrets_elsewhere)
		warning_at(context->problems, node, "secret", "on this machine %s %s %s", what, quote, why);
	else
		problem_at(context->problems, node, "secret", NULL, "%s %s %s", what, quote, why);
	return context->secrets_elsewhere;
}

static bool from_environment(const struct option_context *context, const struct node *node, const char *name,
	const char **value)
{
	const char *found = context->environment != NULL ? context->environment(name) : getenv(name);

	if (found == NULL || *found == '\0')
		return refuse(context, node, "the environment variable", name, "is not set");
	if (strlen(found) > SECRET_MAX)
		return refuse(context, node, "the environment variable", name, "is longer than a secret can be");
	if (text_bad_character(found, strlen(found)) != NULL)
		return refuse(context, node, "the environment variable", name, "holds more than one line of text");
	*value = arena_strdup(context->arena, found);
	if (*value == NULL)
		context->problems->no_memory = true;
	return *value != NULL;
}

/* Never waits: O_NONBLOCK is for a FIFO. A tenant's file is opened from the folder for them, and no link on the way. */
static int open_secret(const struct option_context *context, const char *path)
{
	const struct config_confinement *confinement = context->confinement;
	struct open_how how = { .flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS };
	int folder, file;

	if (confinement == NULL)
		return open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	folder = open(confinement->secrets_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0)
		return -1;
	path += strlen(confinement->secrets_dir);
	file = (int)syscall(SYS_openat2, folder, path + strspn(path, "/"), &how, sizeof(how));
	close(folder);
	return file;
}

/* Reads the whole file; the number of bytes, or -1 with errno. */
static ssize_t read_file(const struct option_context *context, const char *path, char *bytes, size_t size)
{
	int file = open_secret(context, path);
	size_t length = 0;
	ssize_t got;
	int error;

	if (file < 0)
		return -1;
	do {
		got = read(file, bytes + length, size - length);
		length += got > 0 ? (size_t)got : 0;
	} while (length < size && (got > 0 || (got < 0 && errno == EINTR)));
	error = errno;
	close(file);
	errno = error;
	return got < 0 ? -1 : (ssize_t)length;
}

static bool from_file(const struct option_context *context, const struct node *node, const char *path,
	const char **value)
{
	char *bytes = arena_alloc(context->arena, SECRET_MAX + 1);
	char reason[128];
	ssize_t length;

	if (bytes == NULL) {
		context->problems->no_memory = true;
		return false;
	}
	length = read_file(context, path, bytes, SECRET_MAX + 1);
	if (length < 0) {
		snprintf(reason, sizeof(reason), "cannot be read: %s", strerror(errno));
		return refuse(context, node, "the file", path, reason);
	}
	if (length > SECRET_MAX)
		return refuse(context, node, "the file", path, "is longer than a secret can be");
	/* editors and `echo` end a file with a line break that is no part of the secret */
	if (length > 0 && bytes[length - 1] == '\n')
		length -= length > 1 && bytes[length - 2] == '\r' ? 2 : 1;
	bytes[length] = '\0';
	if (length == 0)
		return refuse(context, node, "the file", path, "is empty");
	if (text_bad_character(bytes, (size_t)length) != NULL)
		return refuse(context, node, "the file", path, "holds more than one line of text");
	*value = bytes;
	return true;
}

static bool is_variable_name(const char *name)
{
	size_t length = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");

	return length > 0 && name[length] == '\0' && !(name[0] >= '0' && name[0] <= '9');
}

/* A tenant's secrets are not the supervisor's own. */
static bool is_allowed(const struct option_context *context, const struct node *node, bool env, const char *name)
{
	const char *prefix = context->confinement->secret_env, *folder = context->confinement->secrets_dir;

	if (env && prefix != NULL && prefix[0] != '\0' && strncmp(name, prefix, strlen(prefix)) == 0)
		return true;
	if (!env && folder != NULL && path_is_below(name, folder))
		return true;
	problem_at(context->problems, node, "confined", NULL, env ? "this environment variable is not for tenants: the supervisor's "
		"--secret-env says which are" : "this file is not for tenants: only those below the supervisor's --secrets-dir are");
	return false;
}

bool option_read_secret(const struct option_context *context, const struct node *node, const char *text,
	const char **value)
{
	size_t length = strlen(text);
	bool env = strncmp(text, "${env:", strlen("${env:")) == 0;
	bool file = strncmp(text, "${file:", strlen("${file:")) == 0;
	const char *name = text + strlen(env ? "${env:" : "${file:");
	char *copy;

	*value = text;
	if (context->literal_secrets || strncmp(text, "${", 2) != 0 || text[length - 1] != '}')
		return true;
	if (!env && !file) {
		problem_at(context->problems, node, "secret", NULL, "neither ${env:NAME} nor ${file:/path}");
		return false;
	}
	copy = arena_strndup(context->arena, name, (size_t)(text + length - 1 - name));
	if (copy == NULL) {
		context->problems->no_memory = true;
		return false;
	}
	if (env && !is_variable_name(copy)) {
		problem_at(context->problems, node, "secret", NULL, "${env:…} needs the name of an environment variable");
		return false;
	}
	if (file && copy[0] != '/') {
		problem_at(context->problems, node, "secret", NULL, "${file:…} needs an absolute path");
		return false;
	}
	if (context->confinement != NULL && !is_allowed(context, node, env, copy))
		return false;
	if (!context->resolve_secrets)
		return true;
	return env ? from_environment(context, node, copy, value) : from_file(context, node, copy, value);
}
