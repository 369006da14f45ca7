/* How a request has ended: libcurl's words as ours. */
#include <stddef.h>

#include "common/config/endpoint.h"
#include "common/sandbox.h"
#include "worker/http/http_internal.h"

struct ending {
	CURLcode code;
	enum http_failure failure;
	int error;
};

static const struct ending endings[] = {
	{ CURLE_OK, HTTP_ANSWERED, 0 },
	{ CURLE_COULDNT_RESOLVE_HOST, HTTP_NO_HOST, ERR_NOT_FOUND },
	{ CURLE_COULDNT_CONNECT, HTTP_NO_CONNECTION, ERR_IO },
	{ CURLE_OPERATION_TIMEDOUT, HTTP_NO_CONNECTION, ERR_TIMEOUT },
	{ CURLE_PEER_FAILED_VERIFICATION, HTTP_NO_TRUST, ERR_TLS },
	{ CURLE_SSL_CACERT_BADFILE, HTTP_NO_TRUST, ERR_TLS },
	{ CURLE_SSL_CERTPROBLEM, HTTP_NO_TRUST, ERR_TLS },
	{ CURLE_SSL_ISSUER_ERROR, HTTP_NO_TRUST, ERR_TLS },
	{ CURLE_SSL_CONNECT_ERROR, HTTP_BROKEN, ERR_TLS },
	{ CURLE_GOT_NOTHING, HTTP_BROKEN, ERR_CLOSED },
	{ CURLE_SEND_ERROR, HTTP_BROKEN, ERR_CLOSED },
	{ CURLE_RECV_ERROR, HTTP_BROKEN, ERR_CLOSED },
	{ CURLE_PARTIAL_FILE, HTTP_BROKEN, ERR_CLOSED },
	{ CURLE_SEND_FAIL_REWIND, HTTP_BROKEN, ERR_CLOSED },
	{ CURLE_WEIRD_SERVER_REPLY, HTTP_BROKEN, ERR_PROTOCOL },
	{ CURLE_UNSUPPORTED_PROTOCOL, HTTP_BROKEN, ERR_PROTOCOL },
	{ CURLE_WRITE_ERROR, HTTP_BROKEN, ERR_LIMIT },
	{ CURLE_BAD_CONTENT_ENCODING, HTTP_BROKEN, ERR_PROTOCOL },
	{ CURLE_OUT_OF_MEMORY, HTTP_INTERNAL, ERR_NO_MEMORY },
};

static const struct ending *find_ending(CURLcode code)
{
	static const struct ending other = { CURL_LAST, HTTP_INTERNAL, ERR_IO };

	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		if (endings[i].code == code)
			return &endings[i];
	}
	return &other;
}

/* libcurl's own words have the milliseconds that it took, and not always why. */
static void describe_connect(struct http_transfer *transfer, CURLcode code)
{
	long system = 0;

	transfer->http->curl->easy_getinfo(transfer->easy, CURLINFO_OS_ERRNO, &system);
	if (code == CURLE_OPERATION_TIMEDOUT)
		err_set(&transfer->request->err, ERR_TIMEOUT, "no connection within %d s", HTTP_CONNECT_MS / 1000);
	else if (system != 0)
		err_sys(&transfer->request->err, (int)system, "connecting");
	else
		err_set(&transfer->request->err, ERR_IO, "%s", transfer->message);
}

/* It may have had other addresses, that did not answer: this is what can be mended here. */
static void refuse_address(struct http_transfer *transfer)
{
	transfer->request->failure = HTTP_NOT_ALLOWED;
	err_set(&transfer->request->err, ERR_DENIED, "it leads to %s, %s", transfer->refused, endpoint_remedy(transfer->refused));
}

/* What was asked for may be in a file that only another process can read. */
static void give_way(const struct http_transfer *transfer, enum http_failure failure)
{
	const struct http_options *options = &transfer->http->options;

	if (failure == HTTP_NO_HOST)
		sandbox_give_way_names();
	if (failure != HTTP_NO_TRUST)
		return;
	sandbox_give_way(options->ca_file);
	sandbox_give_way(options->cert_file);
	sandbox_give_way(options->key_file);
}

void http_transfer_end(struct http_transfer *transfer, CURLcode code)
{
	const struct curl_api *curl = transfer->http->curl;
	struct http_request *request = transfer->request;
	const struct ending *ending;

	/* what libcurl says of a header line that is longer than it takes */
	if (code == CURLE_OUT_OF_MEMORY && request->answer_headers.length > 0)
		code = CURLE_WRITE_ERROR;
	ending = find_ending(code);
	request->failure = ending->failure;
	give_way(transfer, ending->failure);
	if (code == CURLE_OK)
		curl->easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &request->status);
	else if (ending->failure == HTTP_NO_CONNECTION && transfer->refused != NULL)
		refuse_address(transfer);
	else if (ending->failure == HTTP_NO_CONNECTION)
		describe_connect(transfer, code);
	else if (ending->error == ERR_LIMIT)
		err_set(&request->err, ERR_LIMIT, "an answer of more than %zu bytes", http_answer_max(request));
	else
		err_set(&request->err, ending->error, "%s",
			transfer->message[0] != '\0' ? transfer->message : curl->easy_strerror(code));
}
