/* The tags that classification gives, and the spelling of their names. */
#ifndef SLUICE_COMMON_TAG_H
#define SLUICE_COMMON_TAG_H

enum flow_tag { TAG_OTHER, TAG_INTERNAL, TAG_INGRESS, TAG_EGRESS, TAG_COUNT };

/* "other", "internal", "ingress", "egress", NULL-terminated; index = enum flow_tag. */
extern const char *const flow_tag_names[TAG_COUNT + 1];

#endif
