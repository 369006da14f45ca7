/* The fields of AWS's VPC flow logs, up to version 8: names, types and where a value comes from. One table for what may be
 * configured and for what is written. */
#ifndef SLUICE_COMMON_CONFIG_AWS_FIELDS_H
#define SLUICE_COMMON_CONFIG_AWS_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct pipeline_config;

/* How a value is got. */
enum aws_source {
	AWS_CONSTANT,                 /* `static` alone: no flow tells it */
	AWS_VERSION, AWS_INTERFACE, AWS_SOURCE_ADDRESS, AWS_TARGET_ADDRESS, AWS_SOURCE_PORT, AWS_TARGET_PORT, AWS_PROTOCOL,
	AWS_PACKETS, AWS_BYTES, AWS_START, AWS_END, AWS_ACTION, AWS_LOG_STATUS, AWS_TCP_FLAGS, AWS_TYPE, AWS_DIRECTION,
};

struct aws_field {
	const char *name;
	uint8_t version;              /* of the format that brought it: 2 to 8 */
	bool number;                  /* a whole number; else a text */
	uint8_t source;               /* enum aws_source */
};

enum { AWS_FIELDS = 40 };

/* In AWS's order, which is that of a version's columns. */
extern const struct aws_field aws_fields[AWS_FIELDS];

/* -1: there is none of that name. */
int aws_field_find(const char *name);
/* The name that was meant, or NULL. */
const char *aws_field_nearest(const char *name);
/* `static` may say its value. */
bool aws_field_may_be_constant(const struct aws_field *field);

/* The columns of a pipeline's records. */
struct aws_columns {
	uint8_t fields[AWS_FIELDS];   /* indexes into aws_fields */
	size_t count;
	unsigned version;             /* the value of the field `version`: the highest of the fields' */
};

/* What version and fields come to; names that there are not, and those beyond AWS_FIELDS, are passed over. */
void aws_columns_of(const struct pipeline_config *config, struct aws_columns *columns);
/* Whether records are the Go exporter's: one a flow, its own keys. */
bool aws_is_sfe(const struct pipeline_config *config);
/* Whether a flow's direction is written, which the topology tells. */
bool aws_has_direction(const struct pipeline_config *config);
/* The names in a line, with the separator that encode.type asks for and the line's end; NULL: no memory. */
const char *aws_header(const struct pipeline_config *config, struct arena *arena);

#endif
