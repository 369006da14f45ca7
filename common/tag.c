#include "common/tag.h"

#include <stddef.h>

const char *const flow_tag_names[TAG_COUNT + 1] = { "other", "internal", "ingress", "egress", NULL };
