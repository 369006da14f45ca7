/* Those who wait for something to come: each is woken by it, in no order. Embedded in their owner's struct; zeroed but for
 * wake before they are added. */
#ifndef SLUICE_SUPERVISOR_SERVE_STREAMS_WATCH_H
#define SLUICE_SUPERVISOR_SERVE_STREAMS_WATCH_H

struct watch {
	void (*wake)(struct watch *watch);
	struct watch *next, **link;   /* link NULL: it is in no list */
};

/* list: the first of them, NULL for none. */
void watch_add(struct watch **list, struct watch *watch);
/* Harmless when it is in no list. */
void watch_remove(struct watch *watch);
/* One that is woken may be removed. */
void watch_wake_all(struct watch *list);

#endif
