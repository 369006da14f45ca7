/* TLS by OpenSSL on memory BIOs: bytes in, bytes out, no socket (libwebsockets' RAW role carries them). */
#ifndef SLUICE_SUBSCRIBER_TLS_H
#define SLUICE_SUBSCRIBER_TLS_H

#include <stdbool.h>
#include <stddef.h>

#include "common/err.h"

/* analyzer.tls: empty texts are what is not set. Borrowed. */
struct tls_options {
	const char *ca_file;          /* "": the system's CAs */
	const char *cert_file, *key_file;     /* a client certificate; key_file "": the key is in cert_file */
	bool verify;
};

struct tls;

/* A new client connection to host, which is checked against the certificate as a name or, if address, as an IP address.
 * Reads the files anew, so that a corrected one is used at the next attempt. ERR_CONFIG names the field and the file. */
int tls_new(struct tls **tls, const struct tls_options *options, const char *host, bool address, struct err *err);
void tls_free(struct tls **tls);

/* Begins or goes on with the handshake. 1: it is done; 0: more bytes are needed (tls_output may have some to send).
 * ERR_TLS with OpenSSL's own reason. */
int tls_handshake(struct tls *tls, struct err *err);

/* Bytes from the network. */
int tls_input(struct tls *tls, const char *bytes, size_t length, struct err *err);
/* Decrypted bytes: their number, 0 when more input is needed; ERR_CLOSED: the peer ended the TLS connection; ERR_TLS. */
int tls_read(struct tls *tls, char *bytes, int size, struct err *err);
/* Encrypts bytes; tls_output has them. */
int tls_write(struct tls *tls, const char *bytes, size_t length, struct err *err);
/* Says that nothing more will be written (close_notify). */
void tls_shutdown(struct tls *tls);
/* Takes up to `size` bytes that are to be sent; 0 when there are none. */
size_t tls_output(struct tls *tls, char *bytes, size_t size);

#endif
