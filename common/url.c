#include "common/url.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { PORT_WS = 80, PORT_WSS = 443 };

static int take_scheme(struct url *url, const char **text, struct err *err)
{
	static const char *const schemes[] = { "ws://", "wss://" };

	for (unsigned i = 0; i < 2; i++) {
		if (strncasecmp(*text, schemes[i], strlen(schemes[i])) == 0) {
			*text += strlen(schemes[i]);
			url->tls = i == 1;
			return 0;
		}
	}
	return err_set(err, ERR_CONFIG, "\"%s\" does not begin with ws:// or wss://", *text);
}

/* A character of a path or query that needs no encoding. Spaces and controls would break the request apart. */
static bool path_character(char c)
{
	return c > ' ' && c < 0x7f && strchr("\"<>\\^`{|}", c) == NULL;
}

static int take_path(struct url *url, const char *text, struct err *err)
{
	size_t length = strlen(text);

	if (strchr(text, '#') != NULL)
		return err_set(err, ERR_CONFIG, "a websocket URL has no fragment (#…)");
	if (length + 2 > sizeof(url->path))
		return err_set(err, ERR_CONFIG, "the path is longer than %d characters", URL_PATH_SIZE - 2);
	for (size_t i = 0; i < length; i++) {
		if (!path_character(text[i]))
			return err_set(err, ERR_CONFIG, "the path has a character that must be written as %%%02X",
				(unsigned char)text[i]);
	}
	snprintf(url->path, sizeof(url->path), "%s%s", text[0] == '/' ? "" : "/", text);
	return 0;
}

static int parse_port(struct url *url, const char *text, size_t length, struct err *err)
{
	unsigned port = 0;

	for (size_t i = 0; i < length && port <= UINT16_MAX; i++) {
		if (!isdigit((unsigned char)text[i]))
			return err_set(err, ERR_CONFIG, "\"%.*s\" is no port", (int)length, text);
		port = port * 10 + (unsigned)(text[i] - '0');
	}
	if (port == 0 || port > UINT16_MAX)
		return err_set(err, ERR_CONFIG, "\"%.*s\" is no port: 1 to 65535", (int)length, text);
	url->port = (uint16_t)port;
	return 0;
}

static int copy_host(struct url *url, const char *text, size_t length, struct err *err)
{
	if (length == 0)
		return err_set(err, ERR_CONFIG, "the URL names no host");
	if (length >= sizeof(url->host))
		return err_set(err, ERR_CONFIG, "the host is longer than %d characters", URL_HOST_SIZE - 1);
	memcpy(url->host, text, length);
	url->host[length] = '\0';
	return 0;
}

/* text: what stands behind "[". Sets *rest to what follows "]". */
static int take_ipv6(struct url *url, const char *text, size_t length, const char **rest, struct err *err)
{
	unsigned char address[16];
	const char *end = memchr(text, ']', length);
	int error;

	if (end == NULL)
		return err_set(err, ERR_CONFIG, "an IPv6 address is written as [address], the \"]\" is missing");
	error = copy_host(url, text, (size_t)(end - text), err);
	if (error != 0)
		return error;
	if (inet_pton(AF_INET6, url->host, address) != 1)
		return err_set(err, ERR_CONFIG, "\"%s\" is no IPv6 address", url->host);
	url->address = url->ipv6 = true;
	*rest = end + 1;
	return 0;
}

static int take_name(struct url *url, const char *text, size_t length, const char **rest, struct err *err)
{
	const char *colon = memchr(text, ':', length);
	size_t host_length = colon != NULL ? (size_t)(colon - text) : length;
	unsigned char address[4];
	int error = copy_host(url, text, host_length, err);

	if (error != 0)
		return error;
	if (colon != NULL && memchr(colon + 1, ':', length - host_length - 1) != NULL)
		return err_set(err, ERR_CONFIG, "an IPv6 address is written in brackets: [%.*s]", (int)length, text);
	for (size_t i = 0; i < host_length; i++) {
		if (!isalnum((unsigned char)text[i]) && strchr("-._", text[i]) == NULL)
			return err_set(err, ERR_CONFIG, "\"%s\" is no host name", url->host);
	}
	url->address = inet_pton(AF_INET, url->host, address) == 1;
	*rest = text + host_length;
	return 0;
}

int url_parse(struct url *url, const char *text, struct err *err)
{
	const char *rest = text;
	size_t length;
	int error;

	*url = (struct url){ 0 };
	error = take_scheme(url, &text, err);
	if (error != 0)
		return error;
	url->port = url->tls ? PORT_WSS : PORT_WS;
	length = strcspn(text, "/?#");
	if (memchr(text, '@', length) != NULL)
		return err_set(err, ERR_CONFIG, "credentials do not belong in the URL: use analyzer.auth.cluster");
	error = text[0] == '[' ? take_ipv6(url, text + 1, length - 1, &rest, err) : take_name(url, text, length, &rest, err);
	if (error != 0)
		return error;
	length -= (size_t)(rest - text);
	if (length > 0 && rest[0] != ':')
		return err_set(err, ERR_CONFIG, "\"%.*s\" behind the host", (int)length, rest);
	if (length > 0)
		error = parse_port(url, rest + 1, length - 1, err);
	return error != 0 ? error : take_path(url, rest + length, err);
}

void url_authority(const struct url *url, char *text)
{
	int length = snprintf(text, URL_AUTHORITY_SIZE, "%s%s%s", url->ipv6 ? "[" : "", url->host, url->ipv6 ? "]" : "");

	if (url->port != (url->tls ? PORT_WSS : PORT_WS))
		snprintf(text + length, (size_t)(URL_AUTHORITY_SIZE - length), ":%u", url->port);
}
