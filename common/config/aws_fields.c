#include "common/config/aws_fields.h"

#include <string.h>

#include "common/arena.h"
#include "common/config/config.h"
#include "common/config/pipeline_config.h"

#define TEXT(name, version, source) { name, version, false, source }
#define NUMBER(name, version, source) { name, version, true, source }

const struct aws_field aws_fields[AWS_FIELDS] = {
	NUMBER("version", 2, AWS_VERSION),
	TEXT("account-id", 2, AWS_CONSTANT),
	TEXT("interface-id", 2, AWS_INTERFACE),
	TEXT("srcaddr", 2, AWS_SOURCE_ADDRESS),
	TEXT("dstaddr", 2, AWS_TARGET_ADDRESS),
	NUMBER("srcport", 2, AWS_SOURCE_PORT),
	NUMBER("dstport", 2, AWS_TARGET_PORT),
	NUMBER("protocol", 2, AWS_PROTOCOL),
	NUMBER("packets", 2, AWS_PACKETS),
	NUMBER("bytes", 2, AWS_BYTES),
	NUMBER("start", 2, AWS_START),
	NUMBER("end", 2, AWS_END),
	TEXT("action", 2, AWS_ACTION),
	TEXT("log-status", 2, AWS_LOG_STATUS),
	TEXT("vpc-id", 3, AWS_CONSTANT),
	TEXT("subnet-id", 3, AWS_CONSTANT),
	TEXT("instance-id", 3, AWS_CONSTANT),
	NUMBER("tcp-flags", 3, AWS_TCP_FLAGS),
	TEXT("type", 3, AWS_TYPE),
	TEXT("pkt-srcaddr", 3, AWS_SOURCE_ADDRESS),
	TEXT("pkt-dstaddr", 3, AWS_TARGET_ADDRESS),
	TEXT("region", 4, AWS_CONSTANT),
	TEXT("az-id", 4, AWS_CONSTANT),
	TEXT("sublocation-type", 4, AWS_CONSTANT),
	TEXT("sublocation-id", 4, AWS_CONSTANT),
	TEXT("pkt-src-aws-service", 5, AWS_CONSTANT),
	TEXT("pkt-dst-aws-service", 5, AWS_CONSTANT),
	TEXT("flow-direction", 5, AWS_DIRECTION),
	NUMBER("traffic-path", 5, AWS_CONSTANT),
	/* version 6 is that of transit gateways' logs: it brought none here */
	TEXT("ecs-cluster-arn", 7, AWS_CONSTANT),
	TEXT("ecs-cluster-name", 7, AWS_CONSTANT),
	TEXT("ecs-container-instance-arn", 7, AWS_CONSTANT),
	TEXT("ecs-container-instance-id", 7, AWS_CONSTANT),
	TEXT("ecs-container-id", 7, AWS_CONSTANT),
	TEXT("ecs-second-container-id", 7, AWS_CONSTANT),
	TEXT("ecs-service-name", 7, AWS_CONSTANT),
	TEXT("ecs-task-definition-arn", 7, AWS_CONSTANT),
	TEXT("ecs-task-arn", 7, AWS_CONSTANT),
	TEXT("ecs-task-id", 7, AWS_CONSTANT),
	TEXT("reject-reason", 8, AWS_CONSTANT),
};

int aws_field_find(const char *name)
{
	for (int i = 0; i < AWS_FIELDS; i++) {
		if (strcmp(aws_fields[i].name, name) == 0)
			return i;
	}
	return -1;
}

const char *aws_field_nearest(const char *name)
{
	const char *names[AWS_FIELDS + 1] = { NULL };

	for (size_t i = 0; i < AWS_FIELDS; i++)
		names[i] = aws_fields[i].name;
	return config_nearest(name, names);
}

bool aws_field_may_be_constant(const struct aws_field *field)
{
	return field->source == AWS_CONSTANT || field->source == AWS_INTERFACE;
}

static void add(struct aws_columns *columns, int field)
{
	if (field < 0 || columns->count == AWS_FIELDS)
		return;
	columns->fields[columns->count++] = (uint8_t)field;
	if (aws_fields[field].version > columns->version)
		columns->version = aws_fields[field].version;
}

void aws_columns_of(const struct pipeline_config *config, struct aws_columns *columns)
{
	const struct text_list *fields = &config->transform.aws.fields;

	*columns = (struct aws_columns){ .version = 2 };
	for (size_t i = 0; i < fields->count; i++)
		add(columns, aws_field_find(fields->items[i]));
	for (int i = 0; i < AWS_FIELDS && fields->count == 0; i++) {
		if (aws_fields[i].version <= config->transform.aws.version)
			add(columns, i);
	}
}

bool aws_is_sfe(const struct pipeline_config *config)
{
	return config->compat == COMPAT_SFE && config->encode.type != ENCODE_CSV && config->encode.type != ENCODE_TEXT;
}

bool aws_has_direction(const struct pipeline_config *config)
{
	struct aws_columns columns;
	bool has = false;

	aws_columns_of(config, &columns);
	for (size_t i = 0; i < columns.count; i++)
		has |= aws_fields[columns.fields[i]].source == AWS_DIRECTION;
	return has && !aws_is_sfe(config);
}

const char *aws_header(const struct pipeline_config *config, struct arena *arena)
{
	char separator = config->encode.type == ENCODE_CSV ? ',' : ' ';
	struct aws_columns columns;
	size_t size = 1;
	char *header, *at;

	aws_columns_of(config, &columns);
	for (size_t i = 0; i < columns.count; i++)
		size += strlen(aws_fields[columns.fields[i]].name) + 1;
	header = arena_alloc(arena, size);
	if (header == NULL)
		return NULL;
	at = header;
	for (size_t i = 0; i < columns.count; i++) {
		const char *name = aws_fields[columns.fields[i]].name;
		size_t length = strlen(name);

		memcpy(at, name, length);
		at[length] = i + 1 < columns.count ? separator : '\n';
		at += length + 1;
	}
	*at = '\0';
	return header;
}
