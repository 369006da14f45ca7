#include "api/throttle.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"

struct place {
	unsigned char key[16];
	int64_t failures[THROTTLE_FAILURES];  /* a ring: next is the oldest; 0: none */
	unsigned next;
	int64_t last_ns;
};

struct throttle {
	struct place places[THROTTLE_PLACES];
};

int throttle_new(struct throttle **throttle, struct err *err)
{
	*throttle = calloc(1, sizeof(**throttle));
	if (*throttle == NULL)
		return err_set(err, ERR_NO_MEMORY, "no memory for the throttle");
	return 0;
}

void throttle_free(struct throttle **throttle)
{
	free(*throttle);
	*throttle = NULL;
}

/* Whoever has an IPv6 address has 2^64 of them. What is no address (a Unix socket's peer) is one key. */
static void make_key(const char *address, unsigned char key[static 16])
{
	memset(key, 0, 16);
	if (inet_pton(AF_INET6, address, key) == 1)
		memset(key + 8, 0, 8);
	else if (inet_pton(AF_INET, address, key + 12) == 1)
		key[11] = 1;
}

/* Its place; that of the address silent for longest when there is none. */
static struct place *find_place(struct throttle *throttle, const unsigned char *key)
{
	struct place *oldest = &throttle->places[0];

	for (struct place *place = throttle->places; place < throttle->places + THROTTLE_PLACES; place++) {
		if (place->last_ns != 0 && memcmp(place->key, key, sizeof(place->key)) == 0)
			return place;
		if (place->last_ns < oldest->last_ns)
			oldest = place;
	}
	*oldest = (struct place){ 0 };
	memcpy(oldest->key, key, sizeof(oldest->key));
	return oldest;
}

unsigned throttle_failed(struct throttle *throttle, const char *address, int64_t now_ns)
{
	unsigned char key[16];
	struct place *place;
	int64_t free_ns;

	make_key(address, key);
	place = find_place(throttle, key);
	place->last_ns = now_ns;
	free_ns = place->failures[place->next] + THROTTLE_WINDOW_S * NS_PER_S;
	if (place->failures[place->next] != 0 && free_ns > now_ns)
		return (unsigned)((free_ns - now_ns + NS_PER_S - 1) / NS_PER_S);
	place->failures[place->next] = now_ns;
	place->next = (place->next + 1) % THROTTLE_FAILURES;
	return 0;
}
