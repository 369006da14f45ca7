/* The event loop and the control channel over it. realloc is wrapped (CMakeLists.txt). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/ipc.h"
#include "common/loop.h"
#include "common/worker_page.h"

static bool no_memory;

void *__real_realloc(void *old, size_t size);
void *__wrap_realloc(void *old, size_t size);

void *__wrap_realloc(void *old, size_t size)
{
	return no_memory ? NULL : __real_realloc(old, size);
}

static struct loop *new_loop(void)
{
	struct loop *loop;

	assert_int_equal(loop_new(&loop, NULL), 0);
	return loop;
}

/* ---- timers ---- */

struct fired {
	struct loop_timer timer;
	struct loop *loop;
	int id;
	int *order, *count, stop_at;
};

static void note_fired(struct loop_timer *timer)
{
	struct fired *fired = loop_owner(timer, struct fired, timer);

	fired->order[(*fired->count)++] = fired->id;
	if (*fired->count == fired->stop_at)
		loop_stop(fired->loop);
}

static void timers_fire_in_the_order_of_their_times(void **state)
{
	enum { TIMERS = 50 };
	struct loop *loop = new_loop();
	struct fired timers[TIMERS];
	int order[TIMERS], count = 0;
	int64_t now = clock_boottime_ns();

	(void)state;
	for (int i = 0; i < TIMERS; i++) {
		timers[i] = (struct fired){ .timer.fire = note_fired, .loop = loop, .id = i, .order = order,
			.count = &count, .stop_at = TIMERS - 1 };
		assert_int_equal(loop_timer_set(loop, &timers[i].timer, now + (i * 7 % TIMERS) * 1000, NULL), 0);
	}
	loop_timer_cancel(loop, &timers[3].timer);
	loop_timer_set(loop, &timers[0].timer, now + NS_PER_MS, NULL);
	assert_int_equal(loop_run(loop, NULL), 0);
	assert_int_equal(order[TIMERS - 2], 0);
	for (int i = 0; i < TIMERS - 3; i++)
		assert_true(order[i] * 7 % TIMERS < order[i + 1] * 7 % TIMERS);
	loop_free(&loop);
}

/* ---- sources ---- */

struct watched {
	struct loop_source source;
	struct loop *loop;
	struct watched *other;
	int calls;
};

static void remove_other(struct loop_source *source, uint32_t events)
{
	struct watched *watched = loop_owner(source, struct watched, source);

	(void)events;
	watched->calls++;
	loop_remove(watched->loop, &watched->other->source);
	loop_stop(watched->loop);
}

static void a_source_removed_in_a_round_is_not_called_in_it(void **state)
{
	struct loop *loop = new_loop();
	struct watched a = { .source = { .fd = eventfd(1, 0), .ready = remove_other }, .loop = loop };
	struct watched b = { .source = { .fd = eventfd(1, 0), .ready = remove_other }, .loop = loop, .other = &a };

	(void)state;
	a.other = &b;
	loop_add(loop, &a.source, EPOLLIN, NULL);
	loop_add(loop, &b.source, EPOLLIN, NULL);
	assert_int_equal(loop_run(loop, NULL), 0);
	assert_int_equal(a.calls + b.calls, 1);
	close(a.source.fd);
	close(b.source.fd);
	loop_free(&loop);
}

static void stop_on_signal(int signal, void *data)
{
	*(int *)data = signal;
}

static void a_signal_reaches_its_handler_through_the_loop(void **state)
{
	struct loop *loop = new_loop();
	int caught = 0;

	(void)state;
	assert_int_equal(loop_signals(loop, (const int[]){ SIGUSR1, 0 }, stop_on_signal, &caught, NULL), 0);
	raise(SIGUSR1);
	assert_int_equal(loop_run_once(loop, -1, NULL), 0);
	assert_int_equal(caught, SIGUSR1);
	loop_free(&loop);
}

/* ---- control channel ---- */

struct peer {
	struct loop *loop;
	struct ipc_channel *channel;
	int messages, closed;
	size_t bytes;
	uint32_t last_id;
	int closed_code;                      /* enum err_code */
	bool free_in_message;
	struct peer *flooder;         /* sends another message for each that arrives, up to a limit */
};

static void send_pattern(struct ipc_channel *channel, uint32_t id, size_t length);

static void peer_message(void *owner, uint16_t type, uint32_t id, const char *payload, size_t length)
{
	struct peer *peer = owner;

	assert_int_equal(type, IPC_EVENT);
	assert_int_equal(payload[length], '\0');
	for (size_t i = 0; i < length; i++)
		assert_int_equal((unsigned char)payload[i], (unsigned char)(i * 31 + id));
	peer->messages++;
	peer->bytes += length;
	peer->last_id = id;
	if (peer->flooder != NULL && peer->messages < 10000)
		send_pattern(peer->flooder->channel, id, length);
	if (peer->free_in_message)
		ipc_free(&peer->channel);
}

static void peer_closed(void *owner, const struct err *err)
{
	struct peer *peer = owner;

	assert_non_null(err);
	peer->closed++;
	peer->closed_code = err->code;
}

static const struct ipc_handler peer_handler = { peer_message, peer_closed };

static void connect_peers(struct loop *loop, struct peer *a, struct peer *b)
{
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, fds), 0);
	*a = (struct peer){ .loop = loop };
	*b = (struct peer){ .loop = loop };
	assert_int_equal(ipc_new(&a->channel, loop, fds[0], &peer_handler, a, NULL), 0);
	assert_int_equal(ipc_new(&b->channel, loop, fds[1], &peer_handler, b, NULL), 0);
}

static void send_pattern(struct ipc_channel *channel, uint32_t id, size_t length)
{
	char *payload = malloc(length + 1);

	for (size_t i = 0; i < length; i++)
		payload[i] = (char)(i * 31 + id);
	assert_int_equal(ipc_send(channel, IPC_EVENT, id, payload, length, NULL), 0);
	free(payload);
}

static void messages_of_every_size_arrive_whole_and_in_order(void **state)
{
	static const size_t sizes[] = { 0, 1, 32767, 32768, 32769, 65536, 300000, IPC_PAYLOAD_MAX, 5 };
	enum { SIZES = sizeof(sizes) / sizeof(sizes[0]) };
	struct loop *loop = new_loop();
	struct peer a, b;
	size_t total = 0;

	(void)state;
	connect_peers(loop, &a, &b);
	for (uint32_t i = 0; i < SIZES; i++) {
		send_pattern(a.channel, i, sizes[i]);
		total += sizes[i];
	}
	while (b.messages < SIZES)
		assert_int_equal(loop_run_once(loop, 1000, NULL), 0);
	assert_int_equal(b.bytes, total);
	assert_int_equal(b.last_id, SIZES - 1);
	ipc_free(&a.channel);
	ipc_free(&b.channel);
	loop_free(&loop);
}

static void a_full_queue_refuses_whole_messages(void **state)
{
	struct loop *loop = new_loop();
	struct peer a, b;
	char *payload = calloc(1, IPC_PAYLOAD_MAX + 1);
	int sent = 0;

	(void)state;
	connect_peers(loop, &a, &b);
	assert_int_equal(ipc_send(a.channel, IPC_EVENT, 0, payload, IPC_PAYLOAD_MAX + 1, NULL), ERR_LIMIT);
	while (ipc_send(a.channel, IPC_EVENT, 0, payload, 0, NULL) == 0 && sent < 2000000)
		sent++;
	assert_true(sent < 2000000);
	while (b.messages < sent)
		assert_int_equal(loop_run_once(loop, 1000, NULL), 0);
	assert_int_equal(b.messages, sent);
	free(payload);
	ipc_free(&a.channel);
	ipc_free(&b.channel);
	loop_free(&loop);
}

static void the_end_of_one_side_is_told_once_and_a_channel_may_be_freed_in_its_own_callback(void **state)
{
	struct loop *loop = new_loop();
	struct peer a, b;

	(void)state;
	connect_peers(loop, &a, &b);
	b.free_in_message = true;
	send_pattern(a.channel, 1, 10);
	send_pattern(a.channel, 2, 10);
	while (b.channel != NULL)
		assert_int_equal(loop_run_once(loop, 1000, NULL), 0);
	while (!a.closed)
		assert_int_equal(loop_run_once(loop, 1000, NULL), 0);
	assert_int_equal(b.messages, 1);
	assert_int_equal(a.closed_code, ERR_CLOSED);
	assert_int_equal(ipc_send(a.channel, IPC_EVENT, 0, "x", 1, NULL), ERR_CLOSED);
	assert_int_equal(a.closed, 1);
	ipc_free(&a.channel);
	loop_free(&loop);
}

static void a_packet_without_a_head_closes_the_channel(void **state)
{
	struct loop *loop = new_loop();
	struct peer a = { .loop = loop };
	int fds[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, fds), 0);
	assert_int_equal(ipc_new(&a.channel, loop, fds[0], &peer_handler, &a, NULL), 0);
	assert_int_equal(write(fds[1], "abc", 3), 3);
	while (!a.closed)
		assert_int_equal(loop_run_once(loop, 1000, NULL), 0);
	ipc_free(&a.channel);
	close(fds[1]);
	loop_free(&loop);
}

static void one_that_never_stops_sending_leaves_the_loop_to_others(void **state)
{
	struct loop *loop = new_loop();
	struct peer a, b;

	(void)state;
	connect_peers(loop, &a, &b);
	b.flooder = &a;
	send_pattern(a.channel, 1, 10);
	assert_int_equal(loop_run_once(loop, 1000, NULL), 0);
	assert_in_range(b.messages, 1, 1000);
	/* and the rest is taken in the rounds that follow */
	while (b.messages < 10000)
		assert_int_equal(loop_run_once(loop, 1000, NULL), 0);
	ipc_free(&a.channel);
	ipc_free(&b.channel);
	loop_free(&loop);
}

static void memory_that_is_short_costs_whole_messages_and_is_no_end_of_the_other_side(void **state)
{
	static const char payload[40000];
	struct loop *loop = new_loop();
	struct peer a, b;

	(void)state;
	connect_peers(loop, &a, &b);
	no_memory = true;
	assert_int_equal(ipc_send(a.channel, IPC_EVENT, 0, payload, sizeof(payload), NULL), ERR_NO_MEMORY);
	no_memory = false;
	send_pattern(a.channel, 7, 10);
	while (b.messages == 0)
		assert_int_equal(loop_run_once(loop, 1000, NULL), 0);
	assert_int_equal(b.bytes, 10);
	send_pattern(a.channel, 8, 10);
	no_memory = true;
	while (!b.closed)
		assert_int_equal(loop_run_once(loop, 1000, NULL), 0);
	no_memory = false;
	assert_int_equal(b.closed_code, ERR_NO_MEMORY);
	ipc_free(&a.channel);
	ipc_free(&b.channel);
	loop_free(&loop);
}

/* ---- the shared page ---- */

static void figures_are_read_as_they_were_written(void **state)
{
	struct worker_figures written = { .account.passed = 7, .held = 1 }, read;
	struct worker_page *writer, *reader;
	int fd;

	(void)state;
	assert_int_equal(worker_page_create(&fd, NULL), 0);
	assert_int_equal(worker_page_open(&writer, fd, true, NULL), 0);
	assert_int_equal(worker_page_open(&reader, fd, false, NULL), 0);
	worker_page_write(writer, &written);
	assert_true(worker_page_read(reader, &read));
	assert_memory_equal(&read, &written, sizeof(read));
	worker_page_close(&writer);
	worker_page_close(&reader);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(timers_fire_in_the_order_of_their_times),
		cmocka_unit_test(a_source_removed_in_a_round_is_not_called_in_it),
		cmocka_unit_test(a_signal_reaches_its_handler_through_the_loop),
		cmocka_unit_test(messages_of_every_size_arrive_whole_and_in_order),
		cmocka_unit_test(a_full_queue_refuses_whole_messages),
		cmocka_unit_test(the_end_of_one_side_is_told_once_and_a_channel_may_be_freed_in_its_own_callback),
		cmocka_unit_test(a_packet_without_a_head_closes_the_channel),
		cmocka_unit_test(one_that_never_stops_sending_leaves_the_loop_to_others),
		cmocka_unit_test(memory_that_is_short_costs_whole_messages_and_is_no_end_of_the_other_side),
		cmocka_unit_test(figures_are_read_as_they_were_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
