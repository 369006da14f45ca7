/* The files of the web UI. They hold nothing that is anybody's: no token is asked for. */
#include <stdio.h>
#include <string.h>

#include "api/exchange.h"
#include "api/handlers.h"
#include "api/text.h"
#include "api/webui.h"

/* Whether a cache has what would be sent. A tag is a word without quotes, and quotes enclose each: this finds it in lists, and
 * weak ones, too. */
static bool is_known(const char *if_none_match, const char *etag)
{
	char quoted[API_ETAG_SIZE + 2];

	if (if_none_match == NULL)
		return false;
	snprintf(quoted, sizeof(quoted), "\"%s\"", etag);
	return strcmp(if_none_match, "*") == 0 || strstr(if_none_match, quoted) != NULL;
}

/* Nothing but this server's own files and calls, and no page of another has a hold on it. */
static void add_policy(struct reply *reply)
{
	reply_field(reply, "Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
		"img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'");
	reply_field(reply, "Referrer-Policy", "no-referrer");
	reply_field(reply, "Cross-Origin-Opener-Policy", "same-origin");
	reply_field(reply, "Cross-Origin-Resource-Policy", "same-origin");
}

/* The two forms of a file are two things to a cache: each has an ETag of its own. */
static int send_file(struct exchange *exchange, const struct webui_file *file, const char *cache)
{
	struct api_answer *answer = &exchange->answer;
	struct reply *reply = &exchange->reply;
	bool gzip = file->gzip != NULL && text_takes_gzip(exchange->head.accept_encoding);

	add_policy(reply);
	reply->cache = cache;
	reply_field(reply, "Vary", "Accept-Encoding");
	reply->fixed = gzip ? file->gzip : file->bytes;
	reply->length = gzip ? file->gzip_length : file->length;
	snprintf(answer->etag, sizeof(answer->etag), "%s%s", file->hash, gzip ? "-gzip" : "");
	if (is_known(exchange->head.if_none_match, answer->etag)) {
		/* its length is told, and no body is sent */
		answer->status = 304;
		return 0;
	}
	if (gzip)
		reply_field(reply, "Content-Encoding", "gzip");
	reply->content_type = file->type;
	return 0;
}

/* Asked for each time: it names the assets of this version. */
int handle_webui_page(struct exchange *exchange)
{
	return send_file(exchange, &webui_page, "no-cache");
}

/* Their names have a hash of their content: what such a name means never changes. */
int handle_webui_asset(struct exchange *exchange)
{
	for (const struct webui_file *file = webui_assets; file->name != NULL; file++) {
		if (strcmp(file->name, exchange->match.file) == 0)
			return send_file(exchange, file, "public, max-age=31536000, immutable");
	}
	return answer_refuse(&exchange->answer, 404, "not_found",
		"The web UI has no such file. A page of another version asked? Load it again.");
}
