#include "support_worker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <libgen.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "worker/pipeline.h"
#include "worker/spool.h"
#include "worker/state.h"

enum { FLOW_SIZE = 64 };

/* ---- what the supervisor holds ---- */

static int make_folder(const struct stand *stand, const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", stand->folder, name);
	assert_int_equal(mkdir(path, 0700), 0);
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

void stand_init(struct stand *stand, size_t ring_size)
{
	bool restarted;

	memset(stand, 0, sizeof(*stand));
	snprintf(stand->folder, sizeof(stand->folder), "/tmp/sluice-worker-test-XXXXXX");
	assert_non_null(mkdtemp(stand->folder));
	stand->spool_fd = make_folder(stand, "spool");
	stand->files_fd = make_folder(stand, "files");
	assert_int_equal(ring_create(ring_size, &stand->ring_fd, &stand->epoch, NULL), 0);
	assert_int_equal(ring_reopen_read(stand->ring_fd, &stand->ring_read_fd, NULL), 0);
	stand->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	assert_int_equal(ring_writer_open(&stand->writer, stand->ring_fd, stand->wake_fd, &restarted, NULL), 0);
	assert_int_equal(worker_page_create(&stand->page_fd, NULL), 0);
	assert_int_equal(worker_page_open(&stand->page, stand->page_fd, false, NULL), 0);
	stand->state_fd = memfd_create("state", MFD_CLOEXEC);
	stand->settings = "";
	log_init("test", "", getenv("TEST_LOG") != NULL ? LOG_DEBUG : LOG_ERROR + 1);
}

static int remove_path(const char *path, const struct stat *status, int type, struct FTW *ftw)
{
	(void)status;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void forget_loop(struct stand *stand)
{
	ipc_free(&stand->peer);
	if (!stand->inside)
		loop_free(&stand->loop);
	stand->loop = NULL;
}

void stand_fini(struct stand *stand)
{
	if (stand->inside)
		stand_drop(stand);
	else if (stand->pid > 0)
		stand_kill(stand);
	ring_writer_close(&stand->writer);
	worker_page_close(&stand->page);
	close(stand->spool_fd);
	close(stand->files_fd);
	close(stand->ring_fd);
	close(stand->ring_read_fd);
	close(stand->wake_fd);
	close(stand->page_fd);
	close(stand->state_fd);
	nftw(stand->folder, remove_path, 16, FTW_DEPTH | FTW_PHYS);
}

const char *stand_config(unsigned max_flows_per_object)
{
	static char text[1024];

	snprintf(text, sizeof(text), "{\"host_id\":\"test\",\"pipeline\":{\"subscriber\":{\"url\":\"ws://127.0.0.1:1/ws/subscriber/flow\"},"
		"\"classify\":{\"type\":\"subnet\",\"cluster_net_masks\":[\"10.0.0.0/8\"]},\"transform\":{\"type\":\"none\"},"
		"\"encode\":{\"type\":\"json\"},\"compress\":{\"type\":\"none\"},\"store\":{\"type\":\"buffered\",\"buffered\":"
		"{\"dirname\":\"bucket\",\"filename_prefix\":\"logs\",\"max_flows_per_object\":%u,\"max_flow_array_size\":1000000,"
		"\"max_seconds_per_object\":3600}},\"write\":{\"type\":\"file\",\"file\":{\"root\":\"/out\"}}}}", max_flows_per_object);
	return text;
}

/* ---- what the supervisor hears ---- */

static void answer_name(struct stand *stand, uint32_t id)
{
	struct ipc_stream_name name = { .wall_ms = clock_wall_ms() / 1000 * 1000 };

	stand->asked++;
	if (stand->silent)
		return;
	if (stand->refusing) {
		ipc_send(stand->peer, IPC_STREAM_REFUSED, id, "{\"message\":\"disk full\"}", 23, NULL);
		return;
	}
	if (name.wall_ms <= stand->last_name_ms)
		name.wall_ms = stand->last_name_ms + 1000;
	stand->last_name_ms = name.wall_ms;
	ipc_send(stand->peer, IPC_STREAM_NAME, id, &name, sizeof(name), NULL);
}

/* Up to its quote, behind those that were noted before. */
static void note_word(char *words, size_t size, const char *word)
{
	size_t used = strlen(words);

	snprintf(words + used, size - used, "%.*s ", (int)strcspn(word, "\""), word);
}

static void note_condition(struct stand *stand, const char *payload)
{
	static const char *const types[] = { "WorkerReady", "SinkReachable", "SpoolWritable" };

	const char *reason = strstr(payload, "\"reason\":\"");

	if (strstr(payload, types[0]) != NULL && strstr(payload, "false") != NULL)
		note_word(stand->not_ready, sizeof(stand->not_ready), reason + 10);
	for (unsigned i = 0; i < 3; i++) {
		if (strstr(payload, types[i]) != NULL)
			snprintf(stand->conditions[i], sizeof(stand->conditions[i]), "%s", payload);
	}
}

static void note_retry(struct stand *stand, const char *payload)
{
	snprintf(stand->retry, sizeof(stand->retry), "%s", payload);
	stand->retries++;
}

static void note_event(struct stand *stand, const char *payload)
{
	size_t used = strlen(stand->events);

	snprintf(stand->events + used, sizeof(stand->events) - used, "%s\n", payload);
}

static void note_tapped(struct stand *stand, uint32_t session, const char *payload, size_t length)
{
	assert_true(length > sizeof(stand->tapped_record));
	memcpy(&stand->tapped_record, payload, sizeof(stand->tapped_record));
	snprintf(stand->tapped_text, sizeof(stand->tapped_text), "%s", payload + sizeof(stand->tapped_record));
	stand->tap_session = session;
	stand->tapped++;
	stand->tap_passed += stand->tapped_record.skipped + 1;
}

static void hear(void *owner, uint16_t type, uint32_t id, const char *payload, size_t length)
{
	struct stand *stand = owner;

	if (type == IPC_READY)
		stand->ready = true;
	else if (type == IPC_STREAM_REQUEST)
		answer_name(stand, id);
	else if (type == IPC_CONDITION)
		note_condition(stand, payload);
	else if (type == IPC_RETRY)
		note_retry(stand, payload);
	else if (type == IPC_EVENT)
		note_event(stand, payload);
	else if (type == IPC_TAP_RECORD)
		note_tapped(stand, id, payload, length);
	else if (type == IPC_DRAINED && length == sizeof(stand->drained)) {
		memcpy(&stand->drained, payload, length);
		stand->told_drained = true;
	}
}

static void hear_end(void *owner, const struct err *err)
{
	(void)err;
	((struct stand *)owner)->closed = true;
}

static const struct ipc_handler handler = { hear, hear_end };

static void begin(struct stand *stand, int peer_fd, const char *config)
{
	char text[4096];
	int length = snprintf(text, sizeof(text), "{\"tenant\":\"acme\",\"pipeline\":\"edge\",\"log_level\":\"%s\","
		"\"drain_timeout_s\":5,\"files_confined\":true,\"config\":%s%s}", getenv("TEST_LOG") ? "debug" : "error", config,
		stand->settings);

	assert_true(length < (int)sizeof(text));
	stand->ready = stand->told_drained = stand->closed = false;
	assert_int_equal(ipc_new(&stand->peer, stand->loop, peer_fd, &handler, stand, NULL), 0);
	ipc_send(stand->peer, IPC_EPOCHS, 0, stand->epochs, stand->epoch_count * sizeof(stand->epochs[0]), NULL);
	ipc_send(stand->peer, IPC_CONFIG, 0, text, (size_t)length, NULL);
}

/* ---- workers ---- */

void stand_start(struct stand *stand, const char *config)
{
	int sockets[2];
	struct worker_fds fds;

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, sockets), 0);
	fds = (struct worker_fds){ .control = sockets[0], .ring = stand->ring_read_fd, .wake = stand->wake_fd,
		.page = stand->page_fd, .state = stand->state_fd, .spool = stand->spool_fd, .files = stand->files_fd };
	assert_int_equal(worker_init(&stand->worker, &fds, NULL), 0);
	stand->inside = true;
	stand->loop = stand->worker.loop;
	begin(stand, sockets[1], config);
}

void stand_drop(struct stand *stand)
{
	forget_loop(stand);
	worker_fini(&stand->worker);
	stand->inside = false;
}

static void program_path(char *path, size_t size)
{
	char self[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);

	assert_true(length > 0);
	self[length] = '\0';
	snprintf(path, size, "%s/sluice-worker", dirname(self));
}

/* In the child: descriptors to their places by way of numbers that none of them has. */
static void become_worker(const struct stand *stand, int control, const char *path)
{
	const int fds[] = { control, stand->ring_read_fd, stand->wake_fd, stand->page_fd, stand->state_fd, stand->spool_fd,
		stand->files_fd };
	int high[7];

	for (unsigned i = 0; i < 7; i++)
		high[i] = fcntl(fds[i], F_DUPFD, 100);
	for (unsigned i = 0; i < 7; i++)
		dup2(high[i], FD_CONTROL + (int)i);
	close_range(FD_CHILD_END, ~0U, 0);
	execl(path, "sluice-worker", (char *)NULL);
	_exit(127);
}

void stand_begin(struct stand *stand, unsigned max_flows_per_object)
{
	stand_start(stand, stand_config(max_flows_per_object));
	stand_until(stand, stand->ready);
}

void stand_spawn(struct stand *stand, const char *config)
{
	char path[PATH_MAX];
	int sockets[2];

	program_path(path, sizeof(path));
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, sockets), 0);
	stand->pid = fork();
	assert_true(stand->pid >= 0);
	if (stand->pid == 0)
		become_worker(stand, sockets[0], path);
	close(sockets[0]);
	assert_int_equal(loop_new(&stand->loop, NULL), 0);
	begin(stand, sockets[1], config);
}

int stand_wait(struct stand *stand)
{
	int status = 0;

	forget_loop(stand);
	assert_int_equal(waitpid(stand->pid, &status, 0), stand->pid);
	stand->pid = 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

void stand_kill(struct stand *stand)
{
	kill(stand->pid, SIGKILL);
	stand_wait(stand);
}

/* ---- the subscriber ---- */

static void fill_address(uint8_t *address, bool inside)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	static const uint8_t in[4] = { 10, 0, 0, 1 }, out[4] = { 192, 0, 2, 1 };

	memcpy(address, mapped, sizeof(mapped));
	memcpy(address + 12, inside ? in : out, 4);
}

static void fill_flow(struct flow *flow, struct flow_column *column, uint64_t number, uint32_t offset, uint32_t length)
{
	memset(flow, 0, sizeof(*flow));
	memset(column, 0, sizeof(*column));
	flow->raw = (struct text_ref){ .offset = offset, .length = length };
	flow->uuid = (struct text_ref){ .offset = offset + 9, .length = 16 };
	column->text_length = length;
	column->valid = ADDRESS_A_VALID | ADDRESS_B_VALID;
	fill_address(column->a, number % 4 == 1 || number % 4 == 3);
	fill_address(column->b, number % 4 == 1 || number % 4 == 2);
}

void stand_publish(struct stand *stand, uint32_t count)
{
	struct flow *flows = calloc(count, sizeof(*flows));
	struct flow_column *columns = calloc(count, sizeof(*columns));
	char *text = malloc((size_t)count * FLOW_SIZE);
	uint32_t used = 0;
	struct ring_flows batch;

	for (uint32_t i = 0; i < count; i++) {
		uint64_t number = stand->published++;
		int length = snprintf(text + used, FLOW_SIZE, "{\"UUID\":\"%016llx\",\"Application\":\"test\"}",
			(unsigned long long)number);

		fill_flow(&flows[i], &columns[i], number, used, (uint32_t)length);
		used += (uint32_t)length;
	}
	batch = (struct ring_flows){ .columns = columns, .flows = flows, .count = count, .text = text, .text_length = used,
		.wall_ms = clock_wall_ms(), .boottime_ns = clock_boottime_ns() };
	assert_int_equal(ring_publish_flows(stand->writer, &batch, NULL), 0);
	if (!stand->silent_ring)
		ring_wake(stand->writer);
	free(flows);
	free(columns);
	free(text);
}

/* ---- looking ---- */

void stand_run_ms(struct stand *stand, int64_t ms)
{
	int64_t end = clock_boottime_ns() + ms * NS_PER_MS;
	int64_t left;

	while ((left = end - clock_boottime_ns()) > 0)
		loop_run_once(stand->loop, (int)(left / NS_PER_MS) + 1, NULL);
}

void stand_figures(struct stand *stand)
{
	worker_page_read(stand->page, &stand->figures);
}

const struct account *stand_account(struct stand *stand)
{
	stand_figures(stand);
	return &stand->figures.account;
}

void stand_drain(struct stand *stand, uint32_t mode, bool read_all, int64_t ms)
{
	struct ipc_drain order = { .mode = mode, .deadline_ns = clock_boottime_ns() + ms * NS_PER_MS };

	if (read_all) {
		order.epoch = stand->epoch;
		order.sequence = ring_writer_sequence(stand->writer);
	}
	assert_int_equal(ipc_send(stand->peer, IPC_DRAIN, 0, &order, sizeof(order), NULL), 0);
}

void stand_check_account(struct stand *stand)
{
	const struct account *account = stand_account(stand);

	assert_int_equal(account->passed, account->excluded_capture + account->excluded_tag + account->excluded_started +
		account->excluded_rule + account->lost_ring + account->lost_error + account->lost_overflow + account->lost_spool +
		account->waiting_state + account->waiting_spool + account->written);
}
