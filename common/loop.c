#include "common/loop.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "common/clock.h"

/* FIRST_TIMERS: more than a worker or subscriber has, so that none of its timers fails where memory is short. */
enum { ROUND_EVENTS = 64, FIRST_TIMERS = 64 };

struct loop {
	int epoll_fd;
	bool stopped;
	int64_t now_ns;
	struct loop_source timers;            /* the timerfd */
	struct loop_source signals;           /* the signalfd; fd -1 while there is none */
	void (*on_signal)(int signal, void *data);
	void *on_signal_data;
	struct loop_timer **heap;             /* heap[1 … timer_count], earliest first; owned array of borrowed timers */
	unsigned timer_count, timer_size;
	int64_t armed_ns;                     /* what the timerfd is set to; 0: not set */
	struct epoll_event round[ROUND_EVENTS];
	int round_count, round_next;          /* what is left of this round: removed sources are struck out of it */
};

/* ---- timers: a binary heap ---- */

static void heap_put(struct loop *loop, unsigned position, struct loop_timer *timer)
{
	loop->heap[position] = timer;
	timer->position = position;
}

static void heap_sift_up(struct loop *loop, unsigned position)
{
	struct loop_timer *timer = loop->heap[position];

	while (position > 1 && loop->heap[position / 2]->due_ns > timer->due_ns) {
		heap_put(loop, position, loop->heap[position / 2]);
		position /= 2;
	}
	heap_put(loop, position, timer);
}

static void heap_sift_down(struct loop *loop, unsigned position)
{
	struct loop_timer *timer = loop->heap[position];

	for (;;) {
		unsigned child = 2 * position;

		if (child > loop->timer_count)
			break;
		if (child < loop->timer_count && loop->heap[child + 1]->due_ns < loop->heap[child]->due_ns)
			child++;
		if (loop->heap[child]->due_ns >= timer->due_ns)
			break;
		heap_put(loop, position, loop->heap[child]);
		position = child;
	}
	heap_put(loop, position, timer);
}

static int heap_grow(struct loop *loop, struct err *err)
{
	unsigned size = loop->timer_size ? loop->timer_size * 2 : FIRST_TIMERS;
	struct loop_timer **heap;

	if (loop->timer_count + 1 < loop->timer_size)
		return 0;
	heap = realloc(loop->heap, size * sizeof(*heap));
	if (heap == NULL)
		return err_set(err, ERR_NO_MEMORY, "no memory for a timer");
	loop->heap = heap;
	loop->timer_size = size;
	return 0;
}

int loop_timer_set(struct loop *loop, struct loop_timer *timer, int64_t due_ns, struct err *err)
{
	if (timer->position == 0) {
		int error = heap_grow(loop, err);

		if (error != 0)
			return error;
		timer->due_ns = due_ns;
		heap_put(loop, ++loop->timer_count, timer);
		heap_sift_up(loop, timer->position);
		return 0;
	}
	timer->due_ns = due_ns;
	heap_sift_up(loop, timer->position);
	heap_sift_down(loop, timer->position);
	return 0;
}

void loop_timer_cancel(struct loop *loop, struct loop_timer *timer)
{
	unsigned position = timer->position;
	struct loop_timer *last;

	if (position == 0)
		return;
	last = loop->heap[loop->timer_count--];
	timer->position = 0;
	if (last == timer)
		return;
	heap_put(loop, position, last);
	heap_sift_up(loop, position);
	heap_sift_down(loop, last->position);
}

static void arm_timerfd(struct loop *loop)
{
	int64_t due = loop->timer_count > 0 ? loop->heap[1]->due_ns : 0;
	struct itimerspec spec = { .it_value = { 0, 0 } };

	if (loop->timer_count > 0 && due <= 0)
		due = 1;        /* 0 would disarm */
	if (due == loop->armed_ns)
		return;
	spec.it_value.tv_sec = due / NS_PER_S;
	spec.it_value.tv_nsec = due % NS_PER_S;
	timerfd_settime(loop->timers.fd, TFD_TIMER_ABSTIME, &spec, NULL);
	loop->armed_ns = due;
}

/* Calls what was due when the round began; a timer that sets itself again to the past waits for the next round. */
static void fire_timers(struct loop *loop)
{
	unsigned bound = loop->timer_count;

	while (bound-- > 0 && loop->timer_count > 0 && loop->heap[1]->due_ns <= loop->now_ns) {
		struct loop_timer *timer = loop->heap[1];

		loop_timer_cancel(loop, timer);
		timer->fire(timer);
	}
}

static void timers_ready(struct loop_source *source, uint32_t events)
{
	struct loop *loop = source->owner;
	uint64_t expirations;

	(void)events;
	if (read(source->fd, &expirations, sizeof(expirations)) > 0)
		loop->armed_ns = 0;
}

/* ---- signals ---- */

static void signals_ready(struct loop_source *source, uint32_t events)
{
	struct loop *loop = source->owner;
	struct signalfd_siginfo info;

	(void)events;
	while (read(source->fd, &info, sizeof(info)) == (ssize_t)sizeof(info))
		loop->on_signal((int)info.ssi_signo, loop->on_signal_data);
}

int loop_signals(struct loop *loop, const int *signals, void (*handler)(int signal, void *data), void *data,
	struct err *err)
{
	sigset_t set;

	sigemptyset(&set);
	for (; *signals != 0; signals++)
		sigaddset(&set, *signals);
	if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
		return err_sys(err, errno, "blocking signals");
	loop->on_signal = handler;
	loop->on_signal_data = data;
	loop->signals.fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	if (loop->signals.fd < 0)
		return err_sys(err, errno, "signalfd");
	loop->signals.ready = signals_ready;
	loop->signals.owner = loop;
	return loop_add(loop, &loop->signals, EPOLLIN, err);
}

/* ---- sources ---- */

static int control(struct loop *loop, int operation, struct loop_source *source, uint32_t events, struct err *err)
{
	struct epoll_event event = { .events = events, .data.ptr = source };

	if (epoll_ctl(loop->epoll_fd, operation, source->fd, &event) != 0)
		return err_sys(err, errno, "watching descriptor %d", source->fd);
	return 0;
}

int loop_add(struct loop *loop, struct loop_source *source, uint32_t events, struct err *err)
{
	int error = control(loop, EPOLL_CTL_ADD, source, events, err);

	if (error == 0)
		source->added = true;
	return error;
}

int loop_modify(struct loop *loop, struct loop_source *source, uint32_t events, struct err *err)
{
	return control(loop, EPOLL_CTL_MOD, source, events, err);
}

void loop_remove(struct loop *loop, struct loop_source *source)
{
	if (!source->added)
		return;
	source->added = false;
	epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, source->fd, NULL);
	for (int i = loop->round_next; i < loop->round_count; i++) {
		if (loop->round[i].data.ptr == source)
			loop->round[i].data.ptr = NULL;
	}
}

/* ---- the loop ---- */

static int open_timerfd(struct loop *loop, struct err *err)
{
	loop->timers = (struct loop_source){ .ready = timers_ready, .owner = loop };
	loop->timers.fd = timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC);
	if (loop->timers.fd < 0)
		return err_sys(err, errno, "timerfd_create");
	return loop_add(loop, &loop->timers, EPOLLIN, err);
}

int loop_new(struct loop **out, struct err *err)
{
	struct loop *loop = calloc(1, sizeof(*loop));
	int error;

	*out = NULL;
	if (loop == NULL)
		return err_set(err, ERR_NO_MEMORY, "no memory for an event loop");
	loop->timers.fd = -1;
	loop->signals.fd = -1;
	loop->now_ns = clock_boottime_ns();
	loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	error = loop->epoll_fd < 0 ? err_sys(err, errno, "epoll_create1") : open_timerfd(loop, err);
	if (error == 0)
		error = heap_grow(loop, err);
	if (error != 0) {
		loop_free(&loop);
		return error;
	}
	*out = loop;
	return 0;
}

void loop_free(struct loop **loop)
{
	if (*loop == NULL)
		return;
	if ((*loop)->signals.fd >= 0)
		close((*loop)->signals.fd);
	if ((*loop)->timers.fd >= 0)
		close((*loop)->timers.fd);
	if ((*loop)->epoll_fd >= 0)
		close((*loop)->epoll_fd);
	free((*loop)->heap);
	free(*loop);
	*loop = NULL;
}

int loop_run_once(struct loop *loop, int timeout_ms, struct err *err)
{
	arm_timerfd(loop);
	loop->round_count = epoll_wait(loop->epoll_fd, loop->round, ROUND_EVENTS, timeout_ms);
	if (loop->round_count < 0) {
		loop->round_count = 0;
		if (errno != EINTR)
			return err_sys(err, errno, "epoll_wait");
	}
	loop->now_ns = clock_boottime_ns();
	for (loop->round_next = 0; loop->round_next < loop->round_count;) {
		struct epoll_event *event = &loop->round[loop->round_next++];
		struct loop_source *source = event->data.ptr;

		if (source != NULL)
			source->ready(source, event->events);
	}
	loop->round_count = 0;
	fire_timers(loop);
	/* before another library waits on our descriptor for us */
	arm_timerfd(loop);
	return 0;
}

int loop_run(struct loop *loop, struct err *err)
{
	loop->stopped = false;
	while (!loop->stopped) {
		int error = loop_run_once(loop, -1, err);

		if (error != 0)
			return error;
	}
	return 0;
}

void loop_stop(struct loop *loop)
{
	loop->stopped = true;
}

int loop_fd(const struct loop *loop)
{
	return loop->epoll_fd;
}

int64_t loop_now(const struct loop *loop)
{
	return loop->now_ns;
}
