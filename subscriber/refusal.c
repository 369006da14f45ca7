#include "subscriber/refusal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define URL_FIELD "pipeline.subscriber.url"
#define CREDENTIALS_FIELD "analyzer.auth.cluster"
#define CA_FIELD "analyzer.tls.ca_file"
#define CERT_FIELD "analyzer.tls.cert_file"

__attribute__((format(printf, 6, 7)))
static void set(struct refusal *refusal, const char *reason, const char *field, unsigned gap, bool slow,
	const char *format, ...)
{
	va_list args;

	*refusal = (struct refusal){ .reason = reason, .field = field, .gap = gap, .slow = slow };
	va_start(args, format);
	vsnprintf(refusal->message, sizeof(refusal->message), format, args);
	va_end(args);
}

static void wrong_credentials(struct refusal *refusal, const struct handshake_answer *answer,
	const struct session_config *config)
{
	bool given = config->username[0] != '\0';

	set(refusal, "WrongCredentials", CREDENTIALS_FIELD, GAP_REFUSED, true,
		"the analyzer %s (%d%s%s): %s " CREDENTIALS_FIELD ".username and .password",
		given ? "refuses the credentials" : "wants credentials", answer->status, answer->body[0] != '\0' ? " " : "",
		answer->body, given ? "check" : "set");
}

static void host_id_in_use(struct refusal *refusal, const struct session_config *config)
{
	set(refusal, "HostIdInUse", config->host_id_field, GAP_REFUSED, false,
		"another client is connected with the id \"%s\" (409): stop it, or change %s", config->host_id,
		config->host_id_field);
}

static void wrong_path(struct refusal *refusal, const struct handshake_answer *answer)
{
	if (answer->location[0] != '\0')
		set(refusal, "WrongPath", URL_FIELD, GAP_REFUSED, false,
			"it answers %d and points to %s: set " URL_FIELD " to the address itself, usually …/ws/subscriber/flow",
			answer->status, answer->location);
	else
		set(refusal, "WrongPath", URL_FIELD, GAP_REFUSED, false,
			"no websocket of an analyzer is there (%d): check the path in " URL_FIELD ", usually /ws/subscriber/flow",
			answer->status);
}

void refusal_of_answer(struct refusal *refusal, const struct handshake_answer *answer,
	const struct session_config *config)
{
	int status = answer->status;

	if (status == 401 || status == 403)
		wrong_credentials(refusal, answer, config);
	else if (status == 409)
		host_id_in_use(refusal, config);
	else if (status == 404 || (status >= 300 && status < 400))
		wrong_path(refusal, answer);
	else if (status == 426)
		set(refusal, "UpgradeRefused", URL_FIELD, GAP_REFUSED, false,
			"it answers that it was no websocket request (426): is there a proxy in between that removes the upgrade?");
	else
		set(refusal, "Refused", "", GAP_REFUSED, false, "the analyzer refuses the subscription: %d %s%s%s", status,
			answer->reason, answer->body[0] != '\0' ? ": " : "", answer->body);
}

/* The peer's alert that says what it thinks of our certificate, or of having none. */
static bool own_certificate_refused(const struct err *err)
{
	static const char *const alerts[] = { "alert certificate required", "alert unknown ca", "alert bad certificate",
		"alert unsupported certificate", "alert certificate revoked", "alert certificate expired",
		"alert certificate unknown" };

	for (unsigned i = 0; i < sizeof(alerts) / sizeof(alerts[0]); i++) {
		if (strstr(err->message, alerts[i]) != NULL)
			return true;
	}
	return false;
}

static void tls_failed(struct refusal *refusal, const struct err *err, const struct session_config *config)
{
	if (strstr(err->message, "mismatch") != NULL)
		set(refusal, "TlsFailed", URL_FIELD, GAP_REFUSED, false,
			"TLS: %s: the certificate is not made out to \"%s\", use a name in " URL_FIELD " that it holds", err->message,
			config->url.host);
	else if (strstr(err->message, "certificate was refused") != NULL)
		set(refusal, "TlsFailed", CA_FIELD, GAP_REFUSED, false, "TLS: %s: check " CA_FIELD "%s%s", err->message,
			config->tls.ca_file[0] != '\0' ? ", now " : " (not set: the system's CAs are used)",
			config->tls.ca_file);
	else if (own_certificate_refused(err))
		set(refusal, "TlsFailed", CERT_FIELD, GAP_REFUSED, false, "TLS: %s: the analyzer %s " CERT_FIELD "%s%s", err->message,
			config->tls.cert_file[0] != '\0' ? "refuses the certificate of" :
			"wants a client's certificate, set", config->tls.cert_file[0] != '\0' ? ", now " : " and analyzer.tls.key_file",
			config->tls.cert_file);
	else if (strstr(err->message, "wrong version number") != NULL)
		set(refusal, "TlsFailed", URL_FIELD, GAP_REFUSED, false,
			"TLS: %s: the port does not speak TLS, is it ws:// instead of wss://?", err->message);
	else
		set(refusal, "TlsFailed", "analyzer.tls", GAP_REFUSED, false, "TLS: %s: check analyzer.tls", err->message);
}

/* The field that an ERR_CONFIG names at its beginning. */
static const char *named_field(const struct err *err)
{
	static const char *const fields[] = { CA_FIELD, CERT_FIELD, "analyzer.tls.key_file", CREDENTIALS_FIELD };

	for (unsigned i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (strncmp(err->message, fields[i], strlen(fields[i])) == 0)
			return fields[i];
	}
	return "";
}

void refusal_of_error(struct refusal *refusal, const struct err *err, const struct session_config *config)
{
	switch (err->code) {
	case ERR_TLS:
		tls_failed(refusal, err, config);
		break;
	case ERR_CONFIG:
		set(refusal, "WrongConfiguration", named_field(err), GAP_UNREACHABLE, false, "%s", err->message);
		break;
	case ERR_PROTOCOL:
	case ERR_LIMIT:
		set(refusal, "NotAnAnalyzer", URL_FIELD, GAP_REFUSED, false, "it does not answer as an analyzer does: %s%s",
			err->message, config->url.tls ? "" : " (if it speaks TLS, use wss://)");
		break;
	default:
		set(refusal, "Unreachable", URL_FIELD, GAP_UNREACHABLE, false, "cannot reach the analyzer: %s", err->message);
	}
}

void refusal_of_silence(struct refusal *refusal, int seconds, const struct session_config *config)
{
	set(refusal, "NoAnswer", URL_FIELD, GAP_UNREACHABLE, false,
		"it took the connection and did not answer within %d s: is it an analyzer's websocket%s?", seconds,
		config->url.tls ? "" : ", and without TLS");
}

void refusal_of_close(struct refusal *refusal, unsigned code)
{
	set(refusal, "Refused", "", GAP_REFUSED, false,
		"the analyzer took the subscription and closed it at once (%u): it does not accept a client of this type or "
		"protocol, is its version supported?", code);
}
