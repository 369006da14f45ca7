#include "worker/s3/request.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/clock.h"
#include "common/hex.h"

/* A key of 1024 bytes, each encoded as three, twice (URL and path), and the headers. */
enum { ARENA_CAP = 64 * 1024, NUMBER_SIZE = 24, MD5_BASE64_SIZE = 28 };

const char s3_sha256_header[] = "x-amz-meta-sha256";

/* The headers of one request on their way to being signed; values in its arena or static. */
struct draft {
	struct s3_request *request;
	const struct s3_store *store;
	const char *method;
	const char *host, *path;
	const char *query;            /* canonical; "": none */
	struct s3_header headers[S3_HEADERS_MAX];
	size_t count;
	char date[CLOCK_STAMP_SIZE];
	char payload[S3_HEX_SHA256_SIZE];
};

/* ---- the address ---- */

char *s3_percent_encode(char *out, const char *text, bool in_path)
{
	static const char digits[] = "0123456789ABCDEF";
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~";

	for (; *text != '\0'; text++) {
		unsigned char byte = (unsigned char)*text;

		if (strchr(plain, byte) != NULL || (in_path && byte == '/')) {
			*out++ = (char)byte;
		} else {
			*out++ = '%';
			*out++ = digits[byte >> 4];
			*out++ = digits[byte & 15];
		}
	}
	*out = '\0';
	return out;
}

static int no_room(struct err *err)
{
	return err_set(err, ERR_NO_MEMORY, "no memory for a request to the object store");
}

/* Host as in the header: the port that the scheme implies is left out, as every client does. */
static char *host_of(struct arena *arena, const char *endpoint, const char *path)
{
	bool tls = strncasecmp(endpoint, "https:", 6) == 0;
	const char *begin = strstr(endpoint, "://");
	const char *implied = tls ? ":443" : ":80";
	size_t length;

	begin = begin != NULL ? begin + 3 : endpoint;
	length = (size_t)(path - begin);
	if (length > strlen(implied) && memcmp(path - strlen(implied), implied, strlen(implied)) == 0)
		length -= strlen(implied);
	return arena_strndup(arena, begin, length);
}

/* The path is signed alone, so the query stands in the URL only. */
static int add_query(struct draft *draft, struct err *err)
{
	size_t size = strlen(draft->request->url) + strlen(draft->query) + 2;
	char *url = arena_alloc(&draft->request->arena, size);

	if (url == NULL)
		return no_room(err);
	snprintf(url, size, "%s?%s", draft->request->url, draft->query);
	draft->request->url = url;
	return 0;
}

static int make_address(struct draft *draft, const char *key, struct err *err)
{
	struct arena *arena = &draft->request->arena;
	const char *endpoint = draft->store->endpoint;
	const char *authority = strstr(endpoint, "://");
	const char *rest = authority != NULL ? authority + 3 : endpoint;
	size_t base, own;
	char *url, *end;

	rest += strcspn(rest, "/?#");
	base = (size_t)(rest - endpoint);
	own = strcspn(rest, "?#");            /* a path in front, as a gateway has it */
	while (own > 0 && rest[own - 1] == '/')
		own--;
	url = arena_alloc(arena, base + own + 3 * (strlen(draft->store->bucket) + strlen(key)) + 3);
	draft->host = host_of(arena, endpoint, rest);
	if (url == NULL || draft->host == NULL)
		return no_room(err);
	memcpy(url, endpoint, base + own);
	end = url + base + own;
	*end++ = '/';
	end = s3_percent_encode(end, draft->store->bucket, true);
	*end++ = '/';
	s3_percent_encode(end, key, true);
	draft->path = url + base;
	draft->request->url = url;
	return draft->query[0] != '\0' ? add_query(draft, err) : 0;
}

/* ---- headers ---- */

/* In order of name: that is how they are signed. */
static void add(struct draft *draft, const char *name, const char *value)
{
	draft->headers[draft->count++] = (struct s3_header){ name, value };
}

static int add_number(struct draft *draft, const char *name, int64_t number, struct err *err)
{
	char text[NUMBER_SIZE];
	const char *copy;

	snprintf(text, sizeof(text), "%" PRId64, number);
	copy = arena_strdup(&draft->request->arena, text);
	if (copy == NULL)
		return no_room(err);
	add(draft, name, copy);
	return 0;
}

/* A token has its own time. */
static void add_date(struct draft *draft)
{
	if (draft->store->bearer == NULL)
		add(draft, "x-amz-date", draft->date);
}

static int put_headers(struct draft *draft, const struct object_head *object, struct err *err)
{
	char *md5 = arena_alloc(&draft->request->arena, MD5_BASE64_SIZE);
	int error;

	if (md5 == NULL)
		return no_room(err);
	EVP_EncodeBlock((unsigned char *)md5, object->md5, sizeof(object->md5));
	if (object->content_encoding[0] != '\0' && draft->store->content_encoding)
		add(draft, "content-encoding", object->content_encoding);
	add(draft, "content-md5", md5);
	add(draft, "content-type", object->content_type);
	add(draft, "host", draft->host);
	add(draft, "x-amz-content-sha256", draft->payload);
	add_date(draft);
	error = add_number(draft, "x-amz-meta-first-timestamp", object->first_timestamp_ms, err);
	if (error == 0)
		error = add_number(draft, "x-amz-meta-last-timestamp", object->last_timestamp_ms, err);
	if (error == 0)
		error = add_number(draft, "x-amz-meta-num-records", (int64_t)object->records, err);
	add(draft, s3_sha256_header, draft->payload);
	return error;
}

static int put_line(struct draft *draft, size_t index, const char *name, const char *colon, const char *value,
	struct err *err)
{
	size_t size = strlen(name) + strlen(colon) + strlen(value) + 1;
	char *line = arena_alloc(&draft->request->arena, size);

	if (line == NULL)
		return no_room(err);
	snprintf(line, size, "%s%s%s", name, colon, value);
	draft->request->headers[index] = line;
	draft->request->headers[index + 1] = NULL;
	return 0;
}

static int put_signature(struct draft *draft, struct err *err)
{
	char authorization[S3_AUTHORIZATION_SIZE];
	struct s3_signed content = { .method = draft->method, .path = draft->path, .query = draft->query,
		.headers = draft->headers, .header_count = draft->count, .payload_sha256 = draft->payload, .date = draft->date, .service = "s3" };
	int error = s3_sign(&content, &draft->store->credentials, authorization, err);

	return error == 0 ? put_line(draft, draft->count, "authorization", ": ", authorization, err) : error;
}

static int put_token(struct draft *draft, struct err *err)
{
	const char *token = *draft->store->bearer;

	if (token == NULL)
		return err_set(err, ERR_AGAIN, "no token for the object store");
	return put_line(draft, draft->count, "authorization", ": Bearer ", token, err);
}

static int finish(struct draft *draft, struct err *err)
{
	int error = 0;

	for (size_t i = 0; i < draft->count && error == 0; i++)
		error = put_line(draft, i, draft->headers[i].name, ": ", draft->headers[i].value, err);
	if (error != 0)
		return error;
	return draft->store->bearer != NULL ? put_token(draft, err) : put_signature(draft, err);
}

static int begin(struct draft *draft, struct s3_request *request, const struct s3_store *store, const char *method,
	const char *key, const char *query, int64_t wall_ms, struct err *err)
{
	*draft = (struct draft){ .request = request, .store = store, .method = method, .query = query };
	clock_stamp(wall_ms, draft->date);
	return make_address(draft, key, err);
}

int s3_request_put(struct s3_request *request, const struct s3_store *store, const struct object_head *object,
	int64_t wall_ms, struct err *err)
{
	struct draft draft;
	int error;

	arena_init(&request->arena, ARENA_CAP);
	error = begin(&draft, request, store, "PUT", object->key, "", wall_ms, err);
	hex_text(object->sha256, sizeof(object->sha256), draft.payload);
	if (error == 0)
		error = put_headers(&draft, object, err);
	return error == 0 ? finish(&draft, err) : error;
}

/* One without a body; the request's arena is ready, and the query may be in it. */
static int make_bare(struct s3_request *request, const struct s3_store *store, const char *method, const char *key,
	const char *query, int64_t wall_ms, struct err *err)
{
	unsigned char nothing[SHA256_DIGEST_LENGTH];
	struct draft draft;
	int error = begin(&draft, request, store, method, key, query, wall_ms, err);

	if (error != 0)
		return error;
	SHA256((const unsigned char *)"", 0, nothing);
	hex_text(nothing, sizeof(nothing), draft.payload);
	add(&draft, "host", draft.host);
	add(&draft, "x-amz-content-sha256", draft.payload);
	add_date(&draft);
	return finish(&draft, err);
}

int s3_request_head(struct s3_request *request, const struct s3_store *store, const struct object_head *object,
	int64_t wall_ms, struct err *err)
{
	arena_init(&request->arena, ARENA_CAP);
	return make_bare(request, store, "HEAD", object->key, "", wall_ms, err);
}

int s3_request_parts_begin(struct s3_request *request, const struct s3_store *store, const char *key, int64_t wall_ms,
	struct err *err)
{
	arena_init(&request->arena, ARENA_CAP);
	return make_bare(request, store, "POST", key, "uploads=", wall_ms, err);
}

int s3_request_parts_abort(struct s3_request *request, const struct s3_store *store, const char *key,
	const char *upload_id, int64_t wall_ms, struct err *err)
{
	static const char name[] = "uploadId=";
	char *query;

	arena_init(&request->arena, ARENA_CAP);
	query = arena_alloc(&request->arena, sizeof(name) + 3 * strlen(upload_id));
	if (query == NULL)
		return no_room(err);
	memcpy(query, name, sizeof(name));
	s3_percent_encode(query + sizeof(name) - 1, upload_id, false);
	return make_bare(request, store, "DELETE", key, query, wall_ms, err);
}

void s3_request_fini(struct s3_request *request)
{
	arena_fini(&request->arena);
	request->url = NULL;
}
