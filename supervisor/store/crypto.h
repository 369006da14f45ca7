/* All that this folder needs of OpenSSL. */
#ifndef SLUICE_SUPERVISOR_STORE_CRYPTO_H
#define SLUICE_SUPERVISOR_STORE_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>

#include "common/err.h"

enum { CRYPTO_HASH_SIZE = 32, CRYPTO_KEY_SIZE = 32, CRYPTO_NONCE_SIZE = 12, CRYPTO_TAG_SIZE = 16,
	CRYPTO_OVERHEAD = CRYPTO_NONCE_SIZE + CRYPTO_TAG_SIZE };

int crypto_sha256(const void *bytes, size_t length, unsigned char hash[CRYPTO_HASH_SIZE], struct err *err);
/* HMAC-SHA256 of a text. */
int crypto_hmac(const unsigned char key[CRYPTO_KEY_SIZE], const char *text, unsigned char hash[CRYPTO_HASH_SIZE],
	struct err *err);
/* AES-256-GCM under a random nonce. sealed: nonce, cipher text, tag; length + CRYPTO_OVERHEAD bytes. */
int crypto_seal(const unsigned char key[CRYPTO_KEY_SIZE], const void *associated, size_t associated_length,
	const void *plain, size_t length, unsigned char *sealed, struct err *err);
/* The way back; plain: sealed_length - CRYPTO_OVERHEAD bytes. ERR_CORRUPT: tampered with, or of another key or
 * place. */
int crypto_open(const unsigned char key[CRYPTO_KEY_SIZE], const void *associated, size_t associated_length,
	const unsigned char *sealed, size_t sealed_length, unsigned char *plain, struct err *err);
/* In constant time. */
bool crypto_equal(const void *one, const void *other, size_t length);
void crypto_cleanse(void *bytes, size_t length);

#endif
