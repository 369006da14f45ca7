/* A configuration's text as a tree of nodes with positions. What a scalar means is decided by the field it is for:
 * here `yes`, `60` and `"60"` are text. Nodes live in the arena of their configuration. */
#ifndef SLUICE_COMMON_CONFIG_TREE_H
#define SLUICE_COMMON_CONFIG_TREE_H

#include <stdbool.h>
#include <stddef.h>

enum node_kind { NODE_SCALAR, NODE_MAP, NODE_LIST };

struct node {
	enum node_kind kind;
	bool plain;                   /* scalar without quotes: only then `null` is nothing */
	bool duplicate;               /* its key was there before, or it is an alias: reported, passed over from then on */
	unsigned line, column;        /* 1-based, of the value */
	const char *text;             /* scalar; NUL-terminated, and may contain NUL ("\0") */
	size_t length;
	const char *key;              /* of a map's child; NULL for a list's */
	size_t key_length;
	unsigned key_line, key_column;
	size_t index;                 /* among its siblings */
	struct node *parent;
	struct node *first, *last, *next;
	size_t count;                 /* of children */
};

enum { NODE_PATH_SIZE = 192 };

/* Nothing there: NULL, an empty or null scalar, a map or a list without children. */
bool node_is_empty(const struct node *node);
bool node_text_is(const struct node *node, const char *text);
/* The map's child of that name (not a duplicate), or NULL. */
const struct node *node_child(const struct node *map, const char *key, size_t length);
/* What stands at `path` ("a.b.c"), or the deepest that is there of its sections; root itself when there is none. */
const struct node *node_nearest(const struct node *root, const char *path);
/* "pipeline.filter.excluded_tags[2]"; control characters as '?', cut at NODE_PATH_SIZE - 1. */
void node_path(const struct node *node, char path[static NODE_PATH_SIZE]);
/* Puts a child behind its parent's others. */
void node_append(struct node *parent, struct node *child);

#endif
