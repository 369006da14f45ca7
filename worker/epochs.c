/* Recovery step 5 (docs/durability.md): what lies between the record's position and the present epoch. */
#include <inttypes.h>
#include <string.h>

#include "common/clock.h"
#include "worker/spool.h"
#include "worker/worker.h"

static const struct ipc_epoch *find(const struct worker *worker, uint64_t epoch)
{
	for (size_t i = 0; i < worker->epoch_count; i++) {
		if (worker->epochs[i].epoch == epoch)
			return &worker->epochs[i];
	}
	return NULL;
}

static uint64_t known_flows(const struct ipc_epoch *epoch, uint64_t from, uint64_t to)
{
	uint64_t first = from > epoch->first_sequence ? from : epoch->first_sequence;

	return to > first ? to - first : 0;
}

/* An end that nobody wrote down: the flows up to the next epoch's first batch cannot be numbered. */
static void pass_gap(const struct ipc_epoch *epoch, int64_t until_ms, struct passage *passage)
{
	uint8_t boot_id[BOOT_ID_SIZE];
	int64_t length = until_ms - epoch->last_wall_ms;
	struct ring_ends *ends;

	clock_boot_id(boot_id);
	ends = memcmp(boot_id, epoch->boot_id, sizeof(boot_id)) == 0 ? &passage->killed : &passage->power;
	passage->gaps++;
	passage->gap_ms += length > 0 ? (uint64_t)length : 0;
	ends->count++;
	ends->gap_ms += length > 0 ? (uint64_t)length : 0;
}

/* From the record's position through every later epoch, up to the present one or to a stop's end. */
static void pass_epochs(struct worker *worker, const struct ring_position *position, uint64_t last_epoch,
	struct passage *passage)
{
	const struct ipc_epoch *epoch = find(worker, position->epoch);
	const struct ipc_epoch *end = worker->epochs + worker->epoch_count;

	if (epoch == NULL) {
		passage->gaps++;
		passage->unknown = true;
		return;
	}
	for (; epoch < end && epoch->epoch != last_epoch; epoch++) {
		uint64_t from = epoch->epoch == position->epoch ? position->sequence : 0;

		if (epoch->last_sequence != UINT64_MAX)
			passage->lost += known_flows(epoch, from, epoch->last_sequence);
		else
			pass_gap(epoch, epoch + 1 < end ? epoch[1].first_wall_ms : clock_wall_ms(), passage);
	}
}

/* A stop that was ordered and not carried out to its end: what was missing of it. */
static void pass_to_stop(struct worker *worker, const struct ring_position *position, struct passage *passage)
{
	const struct settings *settings = &worker->settings;
	const struct ipc_epoch *epoch = find(worker, settings->stop_epoch);

	if (position->epoch == settings->stop_epoch) {
		if (settings->stop_sequence > position->sequence)
			passage->lost += settings->stop_sequence - position->sequence;
		return;
	}
	pass_epochs(worker, position, settings->stop_epoch, passage);
	passage->lost += settings->stop_sequence - (epoch != NULL && epoch->first_sequence < settings->stop_sequence ?
		epoch->first_sequence : 0);
}

/* A start that failed later has settled it: what was published since then is this pipeline's. */
static bool passed_stop(const struct worker *worker, const struct ring_position *position)
{
	const struct ipc_epoch *present = find(worker, position->epoch);
	const struct ipc_epoch *stop = find(worker, worker->settings.stop_epoch);

	if (position->epoch == worker->settings.stop_epoch)
		return position->sequence > worker->settings.stop_sequence;
	return present != NULL && (stop == NULL || stop < present);
}

void epochs_settle(struct worker *worker, bool fresh, struct passage *passage)
{
	struct ring_position *position = spool_position(worker->spool);
	struct account *account = spool_account(worker->spool);
	const struct ipc_epoch *present = find(worker, ring_epoch(worker->ring));
	bool begins = fresh || position->epoch == 0;

	*passage = (struct passage){ 0 };
	if (!begins && worker->settings.stopped && !passed_stop(worker, position)) {
		pass_to_stop(worker, position, passage);
		begins = true;
	}
	if (begins) {
		ring_head(worker->ring, position);
	} else if (position->epoch != ring_epoch(worker->ring)) {
		pass_epochs(worker, position, ring_epoch(worker->ring), passage);
		*position = (struct ring_position){ .epoch = ring_epoch(worker->ring),
			.sequence = present != NULL ? present->first_sequence : 0 };
	}
	account->passed += passage->lost;
	account->lost_ring += passage->lost;
	account->gaps += passage->gaps;
	account->gap_ms += passage->gap_ms;
}

static void tell_ends(struct worker *worker, const struct ring_ends *ends, const char *why)
{
	double seconds = (double)ends->gap_ms / 1000;

	if (ends->count == 1)
		worker_event(worker, LOG_WARN, "epoch.gap", "the flow ring ended without notice (%s): a gap of %.1f s", why, seconds);
	else if (ends->count > 1)
		worker_event(worker, LOG_WARN, "epoch.gap", "%u flow rings ended without notice (%s): gaps of %.1f s in all",
			ends->count, why, seconds);
}

void epochs_tell(struct worker *worker, const struct passage *passage)
{
	if (passage->unknown)
		worker_event(worker, LOG_WARN, "epoch.unknown", "the flow ring that was read last is not on record: a gap of unknown "
			"length");
	tell_ends(worker, &passage->killed, "killed");
	tell_ends(worker, &passage->power, "power");
	if (passage->lost != 0)
		worker_event(worker, LOG_WARN, "ring.lost", "%" PRIu64 " flows were published and never read", passage->lost);
}
