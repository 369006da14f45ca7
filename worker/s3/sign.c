#include "worker/s3/sign.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common/buffer.h"
#include "common/hex.h"

enum { SHA256_SIZE = 32, CANONICAL_CAP = 64 * 1024, NAMES_SIZE = 512, SCOPE_SIZE = 256 };

static const char algorithm[] = "AWS4-HMAC-SHA256";

/* White space at both ends goes, inside it becomes one blank. */
static int append_value(struct buffer *out, const char *value)
{
	int error = 0;

	value += strspn(value, " \t");
	while (*value != '\0' && error == 0) {
		size_t word = strcspn(value, " \t");

		error = buffer_append(out, value, word);
		value += word;
		value += strspn(value, " \t");
		if (*value != '\0' && error == 0)
			error = buffer_append(out, " ", 1);
	}
	return error;
}

static int canonical_request(const struct s3_signed *request, const char *names, struct buffer *out)
{
	int error = buffer_printf(out, "%s\n%s\n%s\n", request->method, request->path, request->query);

	for (size_t i = 0; i < request->header_count && error == 0; i++) {
		error = buffer_printf(out, "%s:", request->headers[i].name);
		if (error == 0)
			error = append_value(out, request->headers[i].value);
		if (error == 0)
			error = buffer_append(out, "\n", 1);
	}
	return error == 0 ? buffer_printf(out, "\n%s\n%s", names, request->payload_sha256) : error;
}

static int hash_request(const struct s3_signed *request, const char *names, char hex[S3_HEX_SHA256_SIZE], struct err *err)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	struct buffer text;
	int error;

	buffer_init(&text, CANONICAL_CAP);
	error = canonical_request(request, names, &text);
	if (error == 0 && EVP_Digest(text.bytes, text.length, digest, NULL, EVP_sha256(), NULL) != 1)
		error = ERR_NO_MEMORY;
	buffer_fini(&text);
	if (error != 0)
		return err_set(err, error, "signing a request: %s", error == ERR_LIMIT ? "it is too long" : "no memory");
	hex_text(digest, SHA256_SIZE, hex);
	return 0;
}

static int signed_names(const struct s3_signed *request, char names[NAMES_SIZE], struct err *err)
{
	size_t used = 0;

	names[0] = '\0';
	for (size_t i = 0; i < request->header_count; i++) {
		int length = snprintf(names + used, NAMES_SIZE - used, "%s%s", i > 0 ? ";" : "", request->headers[i].name);

		if (length < 0 || (size_t)length >= NAMES_SIZE - used)
			return err_set(err, ERR_LIMIT, "signing a request: too many headers");
		used += (size_t)length;
	}
	return 0;
}

static bool hmac(const void *key, size_t key_length, const char *text, unsigned char out[SHA256_SIZE])
{
	return HMAC(EVP_sha256(), key, (int)key_length, (const unsigned char *)text, strlen(text), out, NULL) != NULL;
}

/* The key of a day, region and service: the secret itself signs nothing else. */
static bool signing_key(const struct s3_signed *request, const struct s3_credentials *credentials,
	unsigned char key[SHA256_SIZE])
{
	char secret[512], day[9];
	int length = snprintf(secret, sizeof(secret), "AWS4%s", credentials->secret_key);
	bool done;

	snprintf(day, sizeof(day), "%.8s", request->date);
	done = length > 0 && (size_t)length < sizeof(secret) && hmac(secret, (size_t)length, day, key) &&
		hmac(key, SHA256_SIZE, credentials->region, key) && hmac(key, SHA256_SIZE, request->service, key) &&
		hmac(key, SHA256_SIZE, "aws4_request", key);
	explicit_bzero(secret, sizeof(secret));
	return done;
}

int s3_sign(const struct s3_signed *request, const struct s3_credentials *credentials,
	char authorization[S3_AUTHORIZATION_SIZE], struct err *err)
{
	unsigned char key[SHA256_SIZE] = { 0 }, signature[SHA256_SIZE];
	char names[NAMES_SIZE], scope[SCOPE_SIZE], hash[S3_HEX_SHA256_SIZE], hex[S3_HEX_SHA256_SIZE];
	char to_sign[SCOPE_SIZE + 128];
	bool done;
	int error = signed_names(request, names, err);

	if (error == 0)
		error = hash_request(request, names, hash, err);
	if (error != 0)
		return error;
	if (snprintf(scope, sizeof(scope), "%.8s/%s/%s/aws4_request", request->date, credentials->region,
		request->service) >= (int)sizeof(scope))
		return err_set(err, ERR_LIMIT, "signing a request: the region's name is too long");
	snprintf(to_sign, sizeof(to_sign), "%s\n%s\n%s\n%s", algorithm, request->date, scope, hash);
	done = signing_key(request, credentials, key) && hmac(key, sizeof(key), to_sign, signature);
	explicit_bzero(key, sizeof(key));
	if (!done)
		return err_set(err, ERR_LIMIT, "signing a request: the secret key is too long, or there is no memory");
	hex_text(signature, sizeof(signature), hex);
	if (snprintf(authorization, S3_AUTHORIZATION_SIZE, "%s Credential=%s/%s, SignedHeaders=%s, Signature=%s", algorithm,
		credentials->access_key, scope, names, hex) >= S3_AUTHORIZATION_SIZE)
		return err_set(err, ERR_LIMIT, "signing a request: the access key is too long");
	return 0;
}
