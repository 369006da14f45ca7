/* AWS Signature Version 4 for one request, with its headers and the hash of its body
 * (docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html). Pure: no clock, no memory of its own. */
#ifndef SLUICE_WORKER_S3_SIGN_H
#define SLUICE_WORKER_S3_SIGN_H

#include <stddef.h>

#include "common/err.h"

struct s3_credentials {
	const char *access_key, *secret_key, *region;
};

struct s3_header {
	const char *name;             /* lower case */
	const char *value;
};

struct s3_signed {
	const char *method;           /* "PUT" */
	const char *path;             /* percent-encoded, with its leading slash */
	const char *query;            /* canonical: encoded, sorted by name; "" for none */
	const struct s3_header *headers;      /* all that are signed, sorted by name; host and x-amz-date among them */
	size_t header_count;
	const char *payload_sha256;   /* of the body, 64 hexadecimal digits */
	const char *date;             /* "20130524T000000Z": what x-amz-date says */
	const char *service;          /* "s3" */
};

enum { S3_AUTHORIZATION_SIZE = 1024, S3_HEX_SHA256_SIZE = 65 };

/* The value of the header Authorization. ERR_LIMIT: longer than that; ERR_NO_MEMORY. */
int s3_sign(const struct s3_signed *request, const struct s3_credentials *credentials,
	char authorization[S3_AUTHORIZATION_SIZE], struct err *err);

#endif
