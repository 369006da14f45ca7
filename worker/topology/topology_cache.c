#include "worker/topology/topology_cache.h"

#include <stdlib.h>
#include <string.h>

#include "worker/state.h"

enum { BUCKETS_MIN = 256, KEY_ON_STACK = 256 };

int cache_init(struct cache *cache, struct err *err)
{
	*cache = (struct cache){ .bucket_count = BUCKETS_MIN };
	cache->buckets = calloc(BUCKETS_MIN, sizeof(cache->buckets[0]));
	return cache->buckets != NULL ? 0 : err_set(err, ERR_NO_MEMORY, "no memory for what the topology answers");
}

static void entry_free(struct entry *entry)
{
	finding_fini(&entry->finding);
	if (entry->search != NULL)
		containers_fini(&entry->search->containers);
	free(entry->search);
	free(entry);
}

void cache_fini(struct cache *cache)
{
	for (size_t i = 0; cache->buckets != NULL && i < cache->bucket_count; i++) {
		while (cache->buckets[i] != NULL) {
			struct entry *entry = cache->buckets[i];

			cache->buckets[i] = entry->next;
			entry_free(entry);
		}
	}
	free(cache->buckets);
	*cache = (struct cache){ 0 };
}

/* ---- finding ---- */

static size_t key_size(const struct cache_key *key)
{
	return 1 + key->subject_length + 1 + key->other_length + 1;
}

static void key_put(char *to, const struct cache_key *key)
{
	*to++ = (char)key->kind;
	memcpy(to, key->subject, key->subject_length);
	to += key->subject_length;
	*to++ = '\0';
	memcpy(to, key->other, key->other_length);
	to[key->other_length] = '\0';
}

static struct entry **bucket_of(const struct cache *cache, uint64_t hash)
{
	return &cache->buckets[hash & (cache->bucket_count - 1)];
}

static struct entry *find_text(const struct cache *cache, const char *text, size_t length)
{
	struct entry *entry;
	uint64_t hash[2];

	slot_key(text, length, hash);
	for (entry = *bucket_of(cache, hash[0]); entry != NULL; entry = entry->next) {
		if (entry->hash == hash[0] && entry->key_length == length && memcmp(entry->key, text, length) == 0)
			break;
	}
	if (entry != NULL)
		entry->used = true;
	return entry;
}

struct entry *cache_find(const struct cache *cache, const struct cache_key *key)
{
	size_t length = key_size(key);
	char small[KEY_ON_STACK], *text = small;
	struct entry *entry;

	if (length > sizeof(small))
		text = malloc(length);
	if (text == NULL)
		return NULL;
	key_put(text, key);
	entry = find_text(cache, text, length);
	if (text != small)
		free(text);
	return entry;
}

/* ---- adding ---- */

/* Without memory for more buckets, the chains get longer. */
static void grow(struct cache *cache)
{
	size_t count = cache->bucket_count * 2;
	struct entry **buckets = calloc(count, sizeof(buckets[0]));
	struct cache larger = { .buckets = buckets, .bucket_count = count, .count = cache->count, .bytes = cache->bytes };

	if (buckets == NULL)
		return;
	for (size_t i = 0; i < cache->bucket_count; i++) {
		while (cache->buckets[i] != NULL) {
			struct entry *entry = cache->buckets[i];
			struct entry **bucket = bucket_of(&larger, entry->hash);

			cache->buckets[i] = entry->next;
			entry->next = *bucket;
			*bucket = entry;
		}
	}
	free(cache->buckets);
	*cache = larger;
}

struct entry *cache_add(struct cache *cache, const struct cache_key *key)
{
	size_t length = key_size(key);
	struct entry *entry, **bucket;
	uint64_t hash[2];

	if (length > CACHE_KEY_MAX || cache->count >= CACHE_ENTRIES_MAX + CACHE_OVER_MAX || cache->bytes > 2 * CACHE_BYTES_MAX)
		return NULL;
	entry = calloc(1, sizeof(*entry) + length);
	if (entry == NULL)
		return NULL;
	key_put(entry->key, key);
	slot_key(entry->key, length, hash);
	entry->hash = hash[0];
	entry->kind = (uint8_t)key->kind;
	entry->subject_length = (uint32_t)key->subject_length;
	entry->key_length = (uint32_t)length;
	entry->used = true;
	if (cache->count >= cache->bucket_count)
		grow(cache);
	bucket = bucket_of(cache, entry->hash);
	entry->next = *bucket;
	*bucket = entry;
	cache->count++;
	entry->bytes = sizeof(*entry) + length;
	cache->bytes += entry->bytes;
	return entry;
}

void cache_put(struct cache *cache, struct entry *entry, struct finding *finding)
{
	finding_fini(&entry->finding);
	entry->finding = *finding;
	*finding = (struct finding){ 0 };
	cache->bytes -= entry->bytes;
	entry->bytes = sizeof(*entry) + entry->key_length + finding_size(&entry->finding);
	cache->bytes += entry->bytes;
}

/* ---- tidying ---- */

/* The cluster's nodes serve until others are known. */
static bool may_go(const struct entry *entry)
{
	return !entry->asked && entry->kind != ENTRY_CLUSTER;
}

static bool is_over(const struct entry *entry, int64_t now_ns)
{
	return !entry->known ? entry->retry_ns <= now_ns : entry->expires_ns <= now_ns;
}

/* Frees of a bucket what has expired, and what was not used since it was last looked at if `unused`. */
static void tidy_bucket(struct cache *cache, struct entry **link, int64_t now_ns, bool unused)
{
	while (*link != NULL) {
		struct entry *entry = *link;

		if (may_go(entry) && (is_over(entry, now_ns) || (unused && !entry->used))) {
			*link = entry->next;
			cache->count--;
			cache->bytes -= entry->bytes;
			entry_free(entry);
			continue;
		}
		if (unused)
			entry->used = false;
		link = &entry->next;
	}
}

bool cache_is_full(const struct cache *cache)
{
	return cache->count > CACHE_ENTRIES_MAX || cache->bytes > CACHE_BYTES_MAX;
}

void cache_tidy(struct cache *cache, int64_t now_ns)
{
	for (size_t i = 0; i < cache->bucket_count; i++)
		tidy_bucket(cache, &cache->buckets[i], now_ns, false);
	/* twice round at most: the first may find all of them used */
	for (size_t i = 0; i < 2 * cache->bucket_count && cache_is_full(cache); i++) {
		cache->hand = (cache->hand + 1) & (cache->bucket_count - 1);
		tidy_bucket(cache, &cache->buckets[cache->hand], now_ns, true);
	}
}
