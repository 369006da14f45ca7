/* A plain GET of the websocket's address. The analyzer looks at path and credentials before it asks for an upgrade: 426
 * says that all else was right. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/config/pipeline_config.h"
#include "worker/analyzer_auth.h"
#include "worker/http/http.h"
#include "worker/probe.h"
#include "worker/worker.h"

enum { UPGRADE_REQUIRED = 426, SAID_SIZE = 120 };

#define URL_FIELD "pipeline.subscriber.url"

struct analyzer_probe {
	const struct pipeline_config *config;
	struct probe *probe;
	struct http *http;
	struct http_request request;
	char *url;                    /* http:// or https:// */
	const char *headers[3];
	char authorization[ANALYZER_AUTHORIZATION_SIZE];
};

/* ---- what the answer means ---- */

static void judge(struct probe *probe, const char *reason, const char *field, int error)
{
	snprintf(probe->reason, sizeof(probe->reason), "%s", reason);
	probe->field = field;
	probe->result = error;
}

static void judge_failure(struct analyzer_probe *analyzer)
{
	const struct http_request *request = &analyzer->request;
	bool of_tls = request->failure == HTTP_NO_TRUST;

	judge(analyzer->probe, of_tls ? "TlsFailed" : request->failure == HTTP_STALLED ? "NoAnswer" : "Unreachable",
		of_tls ? "analyzer.tls.ca_file" : URL_FIELD, err_set(&analyzer->probe->err, request->err.code, "analyzer %s: %s",
		analyzer->config->subscriber.url, request->err.message));
}

static void judge_status(struct analyzer_probe *analyzer)
{
	const char *url = analyzer->config->subscriber.url;
	struct probe *probe = analyzer->probe;
	long status = analyzer->request.status;

	if (status == UPGRADE_REQUIRED)
		return;
	if (status == 401 || status == 403)
		judge(probe, "WrongCredentials", "analyzer.auth.cluster", err_set(&probe->err, ERR_DENIED, "analyzer %s: it %s (%ld)",
			url, analyzer->config->username[0] != '\0' ? "refuses the credentials" : "wants credentials", status));
	else if (status == 404 || (status >= 300 && status < 400))
		judge(probe, "WrongPath", URL_FIELD, err_set(&probe->err, ERR_NOT_FOUND, "analyzer %s: no websocket of an analyzer is "
			"there (%ld), the path is usually /ws/subscriber/flow", url, status));
	else
		judge(probe, "NotAnAnalyzer", URL_FIELD, err_set(&probe->err, ERR_PROTOCOL, "analyzer %s: it does not answer as an "
			"analyzer does (%ld)", url, status));
}

static void answered(struct http_request *request)
{
	struct analyzer_probe *analyzer = request->owner;

	if (request->failure == HTTP_ANSWERED)
		judge_status(analyzer);
	else
		judge_failure(analyzer);
	analyzer->probe->done(analyzer->probe);
}

/* ---- the question ---- */

/* ws:// is http:// before its upgrade. */
static int make_url(struct analyzer_probe *analyzer, struct err *err)
{
	const char *rest = analyzer->config->subscriber.url + strlen("ws");

	if (asprintf(&analyzer->url, "http%s", rest) < 0) {
		analyzer->url = NULL;
		return err_set(err, ERR_NO_MEMORY, "no memory for a probe");
	}
	return 0;
}

static int make_request(struct analyzer_probe *analyzer, struct err *err)
{
	int error = make_url(analyzer, err);

	analyzer->headers[0] = "X-Client-Type: sluice-probe";
	if (error == 0)
		error = analyzer_authorization(analyzer->config, analyzer->authorization, err);
	if (analyzer->authorization[0] != '\0')
		analyzer->headers[1] = analyzer->authorization;
	analyzer->request = (struct http_request){ .method = "GET", .url = analyzer->url, .headers = analyzer->headers,
		.done = answered, .owner = analyzer };
	return error;
}

int analyzer_probe_new(struct analyzer_probe **out, struct worker *worker, struct probe *probe, struct err *err)
{
	const struct pipeline_config *config = worker->pipeline_config;
	const struct http_options options = { .loop = worker->loop, .ca_file = config->tls.ca_file,
		.cert_file = config->tls.cert_file, .key_file = config->tls.key_file, .unverified = !config->tls.verify,
		.stall_ms = PROBE_STALL_MS };
	struct analyzer_probe *analyzer = *out = calloc(1, sizeof(*analyzer));
	int error;

	if (analyzer == NULL)
		return err_set(err, ERR_NO_MEMORY, "no memory for a probe");
	analyzer->config = config;
	analyzer->probe = probe;
	error = make_request(analyzer, err);
	if (error == 0)
		error = http_new(&analyzer->http, &options, err);
	return error == 0 ? http_send(analyzer->http, &analyzer->request, err) : error;
}

void analyzer_probe_free(struct analyzer_probe **out)
{
	struct analyzer_probe *analyzer = *out;

	if (analyzer == NULL)
		return;
	*out = NULL;
	http_cancel(&analyzer->request);
	http_request_fini(&analyzer->request);
	http_free(&analyzer->http);
	free(analyzer->url);
	explicit_bzero(analyzer->authorization, sizeof(analyzer->authorization));
	free(analyzer);
}
