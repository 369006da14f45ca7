/* The event loop: epoll for descriptors, one timerfd on CLOCK_BOOTTIME for all timers, signalfd for signals.
 *
 * Sources and timers are embedded in their owner's struct and registered by address; nothing is allocated for them.
 * A callback may remove any source or timer, its own too; a removed source is not called again in the same round. */
#ifndef SLUICE_COMMON_LOOP_H
#define SLUICE_COMMON_LOOP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>

#include "common/err.h"

struct loop;

struct loop_source {
	int fd;
	/* events: what epoll reported (EPOLLIN, EPOLLOUT, EPOLLHUP, EPOLLERR) */
	void (*ready)(struct loop_source *source, uint32_t events);
	void *owner;
	bool added;                   /* kept by the loop */
};

struct loop_timer {
	void (*fire)(struct loop_timer *timer);
	void *owner;
	int64_t due_ns;               /* CLOCK_BOOTTIME */
	unsigned position;            /* in the loop's heap, 1-based; 0: not set */
};

/* The recurring container_of: the struct that embeds `member`. */
#define loop_owner(pointer, type, member) ((type *)(void *)((char *)(pointer) - offsetof(type, member)))

int loop_new(struct loop **loop, struct err *err);
void loop_free(struct loop **loop);

/* Watches source->fd for events (EPOLLIN …, EPOLLET allowed). The descriptor stays the caller's. */
int loop_add(struct loop *loop, struct loop_source *source, uint32_t events, struct err *err);
int loop_modify(struct loop *loop, struct loop_source *source, uint32_t events, struct err *err);
/* Stops watching; harmless when not added. Before close(fd). */
void loop_remove(struct loop *loop, struct loop_source *source);

/* Fires once at due_ns (CLOCK_BOOTTIME), or at once if that has passed; moves a timer that is set. ERR_NO_MEMORY. */
int loop_timer_set(struct loop *loop, struct loop_timer *timer, int64_t due_ns, struct err *err);
void loop_timer_cancel(struct loop *loop, struct loop_timer *timer);

/* Blocks the signals of the 0-terminated list for the process and calls handler(signal, data) from the loop. Once. */
int loop_signals(struct loop *loop, const int *signals, void (*handler)(int signal, void *data), void *data,
	struct err *err);

/* Runs until loop_stop. */
int loop_run(struct loop *loop, struct err *err);
void loop_stop(struct loop *loop);
/* One round: waits at most timeout_ms (-1: for ever, 0: not at all) and calls what is ready. */
int loop_run_once(struct loop *loop, int timeout_ms, struct err *err);
/* The epoll descriptor, for another library's loop to wait on; readable = loop_run_once(loop, 0) has work. */
int loop_fd(const struct loop *loop);
/* The time of this round, CLOCK_BOOTTIME ns: read once a round. */
int64_t loop_now(const struct loop *loop);

#endif
