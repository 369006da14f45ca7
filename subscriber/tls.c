#include "subscriber/tls.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/sandbox.h"

struct tls {
	SSL_CTX *context;
	SSL *ssl;
	BIO *in, *out;                /* owned by ssl */
};

/* OpenSSL's first queued reason, which is the cause; the later ones say where it was noticed. */
static const char *queued_reason(void)
{
	unsigned long code = ERR_get_error();
	const char *reason = code != 0 ? ERR_reason_error_string(code) : NULL;

	ERR_clear_error();
	return reason != NULL ? reason : "no reason given";
}

struct refusal {
	int code;
	const char *reason;
};

/* Why OpenSSL could do nothing with a configured value: memory that was short is no mistake in it. */
static struct refusal refusal(void)
{
	bool no_memory = ERR_GET_REASON(ERR_peek_error()) == ERR_R_MALLOC_FAILURE;

	return (struct refusal){ no_memory ? ERR_NO_MEMORY : ERR_CONFIG, queued_reason() };
}

static int check_file(const char *path, const char *field, struct err *err)
{
	sandbox_give_way(path);
	if (access(path, R_OK) == 0)
		return 0;
	err_sys(err, errno, "%s: %s", field, path);
	return err != NULL ? (err->code = ERR_CONFIG) : ERR_CONFIG;
}

static int load_authorities(SSL_CTX *context, const struct tls_options *options, struct err *err)
{
	struct refusal why;
	int error;

	if (!options->verify)
		return 0;
	if (options->ca_file[0] == '\0') {
		if (SSL_CTX_set_default_verify_paths(context) != 1)
			return err_set(err, ERR_TLS, "the system's certificate authorities: %s", queued_reason());
		return 0;
	}
	error = check_file(options->ca_file, "analyzer.tls.ca_file", err);
	if (error != 0 || SSL_CTX_load_verify_locations(context, options->ca_file, NULL) == 1)
		return error;
	why = refusal();
	return err_set(err, why.code, "analyzer.tls.ca_file: %s holds no certificate in PEM form (%s)", options->ca_file, why.reason);
}

static int load_certificate(SSL_CTX *context, const struct tls_options *options, struct err *err)
{
	bool own_key = options->key_file[0] != '\0';
	const char *key = own_key ? options->key_file : options->cert_file;
	const char *key_field = own_key ? "analyzer.tls.key_file" : "analyzer.tls.cert_file";
	struct refusal why;
	int error;

	if (options->cert_file[0] == '\0')
		return own_key ? err_set(err, ERR_CONFIG, "analyzer.tls.key_file is set, analyzer.tls.cert_file is not") : 0;
	error = check_file(options->cert_file, "analyzer.tls.cert_file", err);
	if (error == 0)
		error = check_file(key, key_field, err);
	if (error != 0)
		return error;
	if (SSL_CTX_use_certificate_chain_file(context, options->cert_file) != 1) {
		why = refusal();
		return err_set(err, why.code, "analyzer.tls.cert_file: %s holds no certificate in PEM form (%s)", options->cert_file,
			why.reason);
	}
	if (SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1) {
		why = refusal();
		return err_set(err, why.code, "%s: no usable private key in %s (%s)", key_field, key, why.reason);
	}
	return 0;
}

static int prepare_context(struct tls *tls, const struct tls_options *options, struct err *err)
{
	int error;

	tls->context = SSL_CTX_new(TLS_client_method());
	if (tls->context == NULL)
		return err_set(err, ERR_NO_MEMORY, "no memory for TLS");
	SSL_CTX_set_min_proto_version(tls->context, TLS1_2_VERSION);
	/* a peer that ends TCP without close_notify: the websocket's own close frame tells whether something is missing */
	SSL_CTX_set_options(tls->context, SSL_OP_IGNORE_UNEXPECTED_EOF);
	SSL_CTX_set_verify(tls->context, options->verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, NULL);
	/* a key with a passphrase must not make OpenSSL ask on a terminal */
	SSL_CTX_set_default_passwd_cb_userdata(tls->context, "");
	error = load_authorities(tls->context, options, err);
	return error != 0 ? error : load_certificate(tls->context, options, err);
}

static int prepare_connection(struct tls *tls, const char *host, bool address, struct err *err)
{
	struct refusal why;
	int good;

	tls->ssl = SSL_new(tls->context);
	tls->in = BIO_new(BIO_s_mem());
	tls->out = BIO_new(BIO_s_mem());
	if (tls->ssl == NULL || tls->in == NULL || tls->out == NULL) {
		BIO_free(tls->in);
		BIO_free(tls->out);
		return err_set(err, ERR_NO_MEMORY, "no memory for TLS");
	}
	BIO_set_mem_eof_return(tls->in, -1);
	BIO_set_mem_eof_return(tls->out, -1);
	SSL_set_bio(tls->ssl, tls->in, tls->out);
	SSL_set_connect_state(tls->ssl);
	if (address)
		good = X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls->ssl), host);
	else
		good = SSL_set1_host(tls->ssl, host) == 1 && SSL_set_tlsext_host_name(tls->ssl, host) == 1;
	if (good)
		return 0;
	why = refusal();
	return err_set(err, why.code, "TLS cannot check the host \"%s\": %s", host, why.reason);
}

int tls_new(struct tls **tls, const struct tls_options *options, const char *host, bool address, struct err *err)
{
	struct tls *made = calloc(1, sizeof(*made));
	int error;

	if (made == NULL)
		return err_set(err, ERR_NO_MEMORY, "no memory for TLS");
	ERR_clear_error();
	error = prepare_context(made, options, err);
	if (error == 0)
		error = prepare_connection(made, host, address, err);
	if (error != 0) {
		tls_free(&made);
		return error;
	}
	*tls = made;
	return 0;
}

void tls_free(struct tls **tls)
{
	if (tls == NULL || *tls == NULL)
		return;
	SSL_free((*tls)->ssl);
	SSL_CTX_free((*tls)->context);
	free(*tls);
	*tls = NULL;
}

static int set_failure(struct tls *tls, const char *what, struct err *err)
{
	long verify = SSL_get_verify_result(tls->ssl);

	if (verify != X509_V_OK && SSL_get_verify_mode(tls->ssl) != SSL_VERIFY_NONE) {
		ERR_clear_error();
		return err_set(err, ERR_TLS, "the analyzer's certificate was refused: %s", X509_verify_cert_error_string(verify));
	}
	return err_set(err, ERR_TLS, "%s: %s", what, queued_reason());
}

int tls_handshake(struct tls *tls, struct err *err)
{
	int result;

	/* what is queued from before would be taken for this call's */
	ERR_clear_error();
	result = SSL_do_handshake(tls->ssl);

	if (result == 1)
		return 1;
	switch (SSL_get_error(tls->ssl, result)) {
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE:
		return 0;
	default:
		return set_failure(tls, "TLS handshake", err);
	}
}

int tls_input(struct tls *tls, const char *bytes, size_t length, struct err *err)
{
	size_t written = 0;

	if (BIO_write_ex(tls->in, bytes, length, &written) == 1 && written == length)
		return 0;
	return err_set(err, ERR_NO_MEMORY, "no memory for %zu bytes of TLS", length);
}

int tls_read(struct tls *tls, char *bytes, int size, struct err *err)
{
	int result;

	ERR_clear_error();
	result = SSL_read(tls->ssl, bytes, size);

	if (result > 0)
		return result;
	switch (SSL_get_error(tls->ssl, result)) {
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE:
		return 0;
	case SSL_ERROR_ZERO_RETURN:
		return err_set(err, ERR_CLOSED, "the analyzer ended the TLS connection");
	default:
		return set_failure(tls, "TLS", err);
	}
}

int tls_write(struct tls *tls, const char *bytes, size_t length, struct err *err)
{
	size_t written = 0;

	ERR_clear_error();
	/* a memory BIO takes everything, so a partial write cannot be */
	if (SSL_write_ex(tls->ssl, bytes, length, &written) == 1)
		return 0;
	return set_failure(tls, "TLS", err);
}

void tls_shutdown(struct tls *tls)
{
	if (SSL_is_init_finished(tls->ssl))
		SSL_shutdown(tls->ssl);
	ERR_clear_error();
}

size_t tls_output(struct tls *tls, char *bytes, size_t size)
{
	size_t got = 0;

	return BIO_read_ex(tls->out, bytes, size, &got) == 1 ? got : 0;
}
