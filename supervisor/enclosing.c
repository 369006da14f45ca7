#include "supervisor/enclosing.h"

#include <string.h>

#include "common/config/pipeline_config.h"
#include "common/log.h"
#include "supervisor/destination.h"

int enclosing_parse(const char *name)
{
	static const char *const names[] = { [SANDBOX_AUTO] = "auto", [SANDBOX_REQUIRE] = "require", [SANDBOX_OFF] = "off" };

	for (int i = 0; i < (int)(sizeof(names) / sizeof(names[0])); i++) {
		if (strcmp(names[i], name) == 0)
			return i;
	}
	return -1;
}

/* What one has to know who relies on it; NULL: nothing is missing that is promised. */
static const char *missing(const struct sandbox_means *means)
{
	if (means->landlock == 0 && !means->filter)
		return "this kernel has neither Landlock (Linux 5.19 with CONFIG_SECURITY_LANDLOCK, and lsm=landlock) nor filters of system calls "
			"that could be used: a worker that is taken over may do what this user may";
	if (means->landlock == 0)
		return "this kernel has no Landlock that could be used (Linux 5.19 with CONFIG_SECURITY_LANDLOCK, and lsm=landlock): a worker "
			"that is taken over may read and write this user's files";
	if (!means->filter)
		return "filters of system calls cannot be used here: a worker that is taken over may signal this user's processes, and connect to "
			"its Unix sockets";
	return NULL;
}

int enclosing_choose(enum sandbox_mode mode, struct sandbox_means *means, struct err *err)
{
	const char *lack;

	*means = (struct sandbox_means){ 0 };
	if (mode == SANDBOX_OFF) {
		log_warn("--sandbox off: workers and subscribers may do what this user may");
		return 0;
	}
	sandbox_find(means);
	lack = missing(means);
	if (lack != NULL && mode == SANDBOX_REQUIRE)
		return err_set(err, ERR_UNSUPPORTED, "--sandbox require: %s", lack);
	if (lack != NULL)
		log_warn("the sandbox of workers and subscribers is not whole: %s", lack);
	else
		log_debug("workers and subscribers are enclosed by Landlock (version %d) and a filter of system calls", means->landlock);
	return 0;
}

void enclosing_worker(struct sandbox *sandbox, const struct sandbox_means *means, const struct pipeline_config *config,
	bool confined, bool files)
{
	bool writes_files = config->write.type == WRITE_FILE || config->account.type == ACCOUNT_FILE;

	*sandbox = (struct sandbox){ .means = *means, .files = confined && files, .anywhere = !confined && writes_files };
	sandbox->files_read[0] = config->write.s3.ca_file;
	sandbox->files_read[1] = config->tls.ca_file;
	sandbox->files_read[2] = config->tls.cert_file;
	sandbox->files_read[3] = config->tls.key_file;
	if (config->store.type == STORE_PROM_SKY_CON)
		sandbox->port = (uint16_t)config->store.prometheus_port;
}

void enclosing_subscriber(struct sandbox *sandbox, const struct sandbox_means *means, const struct destination *destination)
{
	*sandbox = (struct sandbox){ .means = *means };
	sandbox->files_read[0] = destination->ca_file;
	sandbox->files_read[1] = destination->cert_file;
	sandbox->files_read[2] = destination->key_file;
}
