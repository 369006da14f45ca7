/* The signature, held against the examples that AWS has published: those of "Signature Calculations for the Authorization
 * Header" (S3) and of the Signature Version 4 test suite. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <string.h>

#include "worker/s3/sign.h"

#define EMPTY_SHA256 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static const struct s3_credentials s3_example = { "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
	"us-east-1" };
static const struct s3_credentials suite = { "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "us-east-1" };

static void check(const struct s3_signed *request, const struct s3_credentials *credentials, const char *wanted)
{
	char authorization[S3_AUTHORIZATION_SIZE];
	struct err err = { 0 };

	assert_int_equal(s3_sign(request, credentials, authorization, &err), 0);
	assert_string_equal(authorization, wanted);
}

static void a_get_of_the_first_bytes_is_signed_as_published(void **state)
{
	const struct s3_header headers[] = { { "host", "examplebucket.s3.amazonaws.com" }, { "range", "bytes=0-9" },
		{ "x-amz-content-sha256", EMPTY_SHA256 }, { "x-amz-date", "20130524T000000Z" } };
	const struct s3_signed request = { .method = "GET", .path = "/test.txt", .query = "", .headers = headers,
		.header_count = 4, .payload_sha256 = EMPTY_SHA256, .date = "20130524T000000Z", .service = "s3" };

	(void)state;
	check(&request, &s3_example, "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
		"SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, "
		"Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

static void a_put_is_signed_as_published(void **state)
{
	static const char payload[] = "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072";
	const struct s3_header headers[] = { { "date", "Fri, 24 May 2013 00:00:00 GMT" },
		{ "host", "examplebucket.s3.amazonaws.com" }, { "x-amz-content-sha256", payload },
		{ "x-amz-date", "20130524T000000Z" }, { "x-amz-storage-class", "REDUCED_REDUNDANCY" } };
	const struct s3_signed request = { .method = "PUT", .path = "/test%24file.text", .query = "", .headers = headers,
		.header_count = 5, .payload_sha256 = payload, .date = "20130524T000000Z", .service = "s3" };

	(void)state;
	check(&request, &s3_example, "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
		"SignedHeaders=date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class, "
		"Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
}

static void a_query_is_signed_as_published(void **state)
{
	const struct s3_header headers[] = { { "host", "examplebucket.s3.amazonaws.com" },
		{ "x-amz-content-sha256", EMPTY_SHA256 }, { "x-amz-date", "20130524T000000Z" } };
	struct s3_signed request = { .method = "GET", .path = "/", .query = "lifecycle=", .headers = headers,
		.header_count = 3, .payload_sha256 = EMPTY_SHA256, .date = "20130524T000000Z", .service = "s3" };

	(void)state;
	check(&request, &s3_example, "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
		"SignedHeaders=host;x-amz-content-sha256;x-amz-date, "
		"Signature=fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
	request.query = "max-keys=2&prefix=J";
	check(&request, &s3_example, "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
		"SignedHeaders=host;x-amz-content-sha256;x-amz-date, "
		"Signature=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

static void the_test_suites_plain_request_is_signed_as_published(void **state)
{
	const struct s3_header headers[] = { { "host", "example.amazonaws.com" }, { "x-amz-date", "20150830T123600Z" } };
	const struct s3_signed request = { .method = "GET", .path = "/", .query = "", .headers = headers, .header_count = 2,
		.payload_sha256 = EMPTY_SHA256, .date = "20150830T123600Z", .service = "service" };

	(void)state;
	check(&request, &suite, "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
		"SignedHeaders=host;x-amz-date, Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");
}

static void blanks_in_header_values_are_folded_as_published(void **state)
{
	const struct s3_header headers[] = { { "host", "example.amazonaws.com" }, { "my-header1", " value1" },
		{ "my-header2", " \"a   b   c\"" }, { "x-amz-date", "20150830T123600Z" } };
	const struct s3_signed request = { .method = "GET", .path = "/", .query = "", .headers = headers, .header_count = 4,
		.payload_sha256 = EMPTY_SHA256, .date = "20150830T123600Z", .service = "service" };

	(void)state;
	check(&request, &suite, "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
		"SignedHeaders=host;my-header1;my-header2;x-amz-date, "
		"Signature=acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736");
}

static void what_is_too_long_is_refused(void **state)
{
	const struct s3_header headers[] = { { "host", "h" } };
	const struct s3_signed request = { .method = "GET", .path = "/", .query = "", .headers = headers, .header_count = 1,
		.payload_sha256 = EMPTY_SHA256, .date = "20150830T123600Z", .service = "service" };
	char authorization[S3_AUTHORIZATION_SIZE], longest[2000];
	struct err err = { 0 };

	(void)state;
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	assert_int_equal(s3_sign(&request, &(struct s3_credentials){ longest, "s", "r" }, authorization, &err), ERR_LIMIT);
	assert_int_equal(s3_sign(&request, &(struct s3_credentials){ "a", longest, "r" }, authorization, &err), ERR_LIMIT);
	assert_int_equal(s3_sign(&request, &(struct s3_credentials){ "a", "s", longest }, authorization, &err), ERR_LIMIT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_get_of_the_first_bytes_is_signed_as_published),
		cmocka_unit_test(a_put_is_signed_as_published),
		cmocka_unit_test(a_query_is_signed_as_published),
		cmocka_unit_test(the_test_suites_plain_request_is_signed_as_published),
		cmocka_unit_test(blanks_in_header_values_are_folded_as_published),
		cmocka_unit_test(what_is_too_long_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
