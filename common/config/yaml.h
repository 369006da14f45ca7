/* YAML (and with it JSON) to a tree, by libyaml's events. The only file that knows libyaml. */
#ifndef SLUICE_COMMON_CONFIG_YAML_H
#define SLUICE_COMMON_CONFIG_YAML_H

#include <stdbool.h>

#include "common/config/problem.h"
#include "common/config/tree.h"

/* The tree of one document; NULL for an empty one. All that the language allows and a configuration has no use for
 * (anchors, aliases, tags, directives, a second document, duplicate keys, depth over CONFIG_DEPTH_MAX) is a problem.
 * *whole is false when reading ended at a mistake: what is missing from the tree may stand behind it. Lines
 * count from problems->lines_before. */
struct node *yaml_read(const char *text, size_t length, struct problems *problems, bool *whole);

#endif
