#include "supervisor/store/crypto.h"

#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#include "common/random.h"

/* Looked up once: EVP_sha256() has it looked up at each use, which takes longer than a token's digest. NULL: no memory. */
static const EVP_MD *sha256(void)
{
	static const EVP_MD *found;

	if (found == NULL)
		found = EVP_MD_fetch(NULL, "SHA256", NULL);
	return found;
}

int crypto_sha256(const void *bytes, size_t length, unsigned char hash[CRYPTO_HASH_SIZE], struct err *err)
{
	if (sha256() != NULL && EVP_Digest(bytes, length, hash, NULL, sha256(), NULL) == 1)
		return 0;
	return err_set(err, ERR_NO_MEMORY, "SHA-256 failed");
}

int crypto_hmac(const unsigned char key[CRYPTO_KEY_SIZE], const char *text, unsigned char hash[CRYPTO_HASH_SIZE],
	struct err *err)
{
	if (HMAC(EVP_sha256(), key, CRYPTO_KEY_SIZE, (const unsigned char *)text, strlen(text), hash, NULL) != NULL)
		return 0;
	return err_set(err, ERR_NO_MEMORY, "HMAC-SHA256 failed");
}

static bool encrypt(EVP_CIPHER_CTX *context, const unsigned char *key, const void *associated, int associated_length,
	const void *plain, int length, unsigned char *sealed)
{
	unsigned char *text = sealed + CRYPTO_NONCE_SIZE;
	int used, last;

	return EVP_EncryptInit_ex(context, EVP_aes_256_gcm(), NULL, key, sealed) == 1
		&& EVP_EncryptUpdate(context, NULL, &used, associated, associated_length) == 1
		&& EVP_EncryptUpdate(context, text, &used, plain, length) == 1
		&& EVP_EncryptFinal_ex(context, text + used, &last) == 1
		&& EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, CRYPTO_TAG_SIZE, text + length) == 1;
}

int crypto_seal(const unsigned char key[CRYPTO_KEY_SIZE], const void *associated, size_t associated_length,
	const void *plain, size_t length, unsigned char *sealed, struct err *err)
{
	EVP_CIPHER_CTX *context;
	bool done;

	if (length > INT_MAX - CRYPTO_OVERHEAD || associated_length > INT_MAX)
		return err_set(err, ERR_LIMIT, "a secret is too long");
	context = EVP_CIPHER_CTX_new();
	random_bytes(sealed, CRYPTO_NONCE_SIZE);
	done = context != NULL
		&& encrypt(context, key, associated, (int)associated_length, plain, (int)length, sealed);
	EVP_CIPHER_CTX_free(context);
	return done ? 0 : err_set(err, ERR_NO_MEMORY, "encrypting a secret failed");
}

static bool decrypt(EVP_CIPHER_CTX *context, const unsigned char *key, const void *associated, int associated_length,
	const unsigned char *sealed, int length, unsigned char *plain)
{
	const unsigned char *text = sealed + CRYPTO_NONCE_SIZE;
	unsigned char tag[CRYPTO_TAG_SIZE];
	unsigned char none[16];
	int used, last;

	memcpy(tag, text + length, sizeof(tag));
	return EVP_DecryptInit_ex(context, EVP_aes_256_gcm(), NULL, key, sealed) == 1
		&& EVP_DecryptUpdate(context, NULL, &used, associated, associated_length) == 1
		&& EVP_DecryptUpdate(context, plain, &used, text, length) == 1
		&& EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, CRYPTO_TAG_SIZE, tag) == 1
		&& EVP_DecryptFinal_ex(context, none, &last) == 1;
}

int crypto_open(const unsigned char key[CRYPTO_KEY_SIZE], const void *associated, size_t associated_length,
	const unsigned char *sealed, size_t sealed_length, unsigned char *plain, struct err *err)
{
	EVP_CIPHER_CTX *context;
	size_t length;
	bool done;

	if (sealed_length < CRYPTO_OVERHEAD || sealed_length > INT_MAX || associated_length > INT_MAX)
		return err_set(err, ERR_CORRUPT, "a stored secret has an impossible length");
	length = sealed_length - CRYPTO_OVERHEAD;
	context = EVP_CIPHER_CTX_new();
	if (context == NULL)
		return err_set(err, ERR_NO_MEMORY, "no memory to decrypt a secret");
	done = decrypt(context, key, associated, (int)associated_length, sealed, (int)length, plain);
	EVP_CIPHER_CTX_free(context);
	if (done)
		return 0;
	crypto_cleanse(plain, length);
	return err_set(err, ERR_CORRUPT, "a stored secret cannot be decrypted: it was changed from outside");
}

bool crypto_equal(const void *one, const void *other, size_t length)
{
	return CRYPTO_memcmp(one, other, length) == 0;
}

void crypto_cleanse(void *bytes, size_t length)
{
	if (bytes != NULL)
		OPENSSL_cleanse(bytes, length);
}
