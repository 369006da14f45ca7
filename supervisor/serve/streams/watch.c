#include "supervisor/serve/streams/watch.h"

#include <stddef.h>

void watch_add(struct watch **list, struct watch *watch)
{
	watch->next = *list;
	watch->link = list;
	if (watch->next != NULL)
		watch->next->link = &watch->next;
	*list = watch;
}

void watch_remove(struct watch *watch)
{
	if (watch->link == NULL)
		return;
	*watch->link = watch->next;
	if (watch->next != NULL)
		watch->next->link = watch->link;
	watch->link = NULL;
}

void watch_wake_all(struct watch *list)
{
	for (struct watch *watch = list, *next; watch != NULL; watch = next) {
		next = watch->next;
		watch->wake(watch);
	}
}
