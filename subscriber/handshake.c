#include "subscriber/handshake.h"

#include <openssl/evp.h>
#include <string.h>

#include "common/random.h"

/* RFC 6455 1.3 */
#define ACCEPT_GUID "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

enum { KEY_BYTES = 16, CREDENTIALS_MAX = 1024 };

void handshake_key(char *key)
{
	unsigned char bytes[KEY_BYTES];

	random_bytes(bytes, sizeof(bytes));
	EVP_EncodeBlock((unsigned char *)key, bytes, sizeof(bytes));
}

void handshake_accept(const char *key, char *accept)
{
	unsigned char digest[EVP_MAX_MD_SIZE] = { 0 };
	char text[HANDSHAKE_KEY_SIZE + sizeof(ACCEPT_GUID)];
	size_t length = strnlen(key, HANDSHAKE_KEY_SIZE - 1);
	unsigned size = 20;

	memcpy(text, key, length);
	memcpy(text + length, ACCEPT_GUID, sizeof(ACCEPT_GUID) - 1);
	EVP_Digest(text, length + sizeof(ACCEPT_GUID) - 1, digest, &size, EVP_sha1(), NULL);
	EVP_EncodeBlock((unsigned char *)accept, digest, 20);
}

/* A control character, above all a line's end, would let a configured text forge headers. */
static int put_header(struct buffer *out, const char *name, const char *value, struct err *err)
{
	int error;

	for (const char *c = value; *c != '\0'; c++) {
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			return err_set(err, ERR_CONFIG, "a control character in the value for %s", name);
	}
	error = buffer_printf(out, "%s: %s\r\n", name, value);
	return error != 0 ? err_set(err, error, "the upgrade request is too large") : 0;
}

static int put_credentials(struct buffer *out, const char *username, const char *password, struct err *err)
{
	unsigned char encoded[(CREDENTIALS_MAX + 2) / 3 * 4 + 1];
	char value[sizeof(encoded) + 6] = "Basic ";
	char plain[CREDENTIALS_MAX];
	size_t user_length = strlen(username);
	size_t password_length = strlen(password);
	int error;

	if (memchr(username, ':', user_length) != NULL)
		return err_set(err, ERR_CONFIG, "analyzer.auth.cluster.username must not have a \":\" in it");
	if (user_length + password_length + 1 > sizeof(plain))
		return err_set(err, ERR_CONFIG, "analyzer.auth.cluster: over %d bytes", CREDENTIALS_MAX - 1);
	memcpy(plain, username, user_length);
	plain[user_length] = ':';
	memcpy(plain + user_length + 1, password, password_length);
	EVP_EncodeBlock(encoded, (unsigned char *)plain, (int)(user_length + 1 + password_length));
	memcpy(value + 6, encoded, strlen((char *)encoded) + 1);
	error = put_header(out, "Authorization", value, err);
	OPENSSL_cleanse(plain, sizeof(plain));
	OPENSSL_cleanse(encoded, sizeof(encoded));
	OPENSSL_cleanse(value, sizeof(value));
	return error;
}

static int put_skydive_headers(struct buffer *out, const struct handshake_request *request, struct err *err)
{
	int error = 0;

	for (size_t i = 0; error == 0 && i < request->namespace_count; i++)
		error = put_header(out, "X-Websocket-Namespace", request->namespaces[i], err);
	if (error == 0 && request->host_id[0] != '\0')
		error = put_header(out, "X-Host-ID", request->host_id, err);
	if (error == 0)
		error = put_header(out, "X-Client-Type", "sluice", err);
	if (error == 0)
		error = put_header(out, "X-Client-Protocol", "json", err);
	if (error == 0 && request->username[0] != '\0')
		error = put_credentials(out, request->username, request->password, err);
	return error;
}

int handshake_write(const struct handshake_request *request, const char *key, struct buffer *out, struct err *err)
{
	char authority[URL_AUTHORITY_SIZE];
	int error;

	url_authority(request->url, authority);
	error = buffer_printf(out,
		"GET %s HTTP/1.1\r\n"
		"Host: %s\r\n"
		"Upgrade: websocket\r\n"
		"Connection: Upgrade\r\n"
		"Sec-WebSocket-Key: %s\r\n"
		"Sec-WebSocket-Version: 13\r\n"
		"User-Agent: sluice/" SLUICE_VERSION "\r\n", request->url->path, authority, key);
	if (error != 0)
		return err_set(err, error, "the upgrade request is too large");
	error = put_skydive_headers(out, request, err);
	if (error == 0 && buffer_append_text(out, "\r\n") != 0)
		return err_set(err, ERR_LIMIT, "the upgrade request is too large");
	return error;
}
