/* How long each revision has run, its worker being ready. A worker's end is kept at once; what a supervisor that is killed
 * had not kept is lost, which is why it is kept now and then as well. */
#include "common/clock.h"
#include "common/log.h"
#include "supervisor/serve/served.h"
#include "supervisor/store/revisions.h"

int64_t served_time_unkept(const struct served *served, int64_t revision)
{
	if (served->ready_ns == 0 || served->ready_revision != revision)
		return 0;
	return (clock_boottime_ns() - served->ready_ns) / NS_PER_MS;
}

/* A revision that is not kept any more (there were 50 since) has no time either. */
static bool keep(struct served *served, int64_t now_ns)
{
	int64_t ms = (now_ns - served->ready_ns) / NS_PER_MS;
	struct err err;
	int error = store_revision_add_ran(served->serve->store, served->id, served->ready_revision, ms, &err);

	if (error != 0 && error != ERR_NOT_FOUND)
		log_error("%s/%s: noting how long it ran: %s", served->tenant, served->name, err.message);
	return error == 0 || error == ERR_NOT_FOUND;
}

void served_time_event(struct served *served, enum life_event event)
{
	bool ready = event == LIFE_READY;
	bool ended = event == LIFE_ENDED || event == LIFE_REFUSED || event == LIFE_GIVEN_UP || event == LIFE_DRAINED ||
		event == LIFE_DRAINED_WANTED || event == LIFE_DRAINED_FAILED;

	if (served->ready_ns != 0 && (ready || ended))
		keep(served, clock_boottime_ns());
	if (ready || ended)
		served->ready_ns = ready ? clock_boottime_ns() : 0;
	if (ready)
		served->ready_revision = served->revision;
}

/* One transaction for all: a thousand would hold up the loop for seconds. */
static int keep_all(struct serve *serve, int64_t now_ns, struct err *err)
{
	int error = store_group_begin(serve->store, err);
	bool kept = true;

	if (error != 0)
		return error;
	for (size_t i = 0; i < serve->served_count && kept; i++)
		kept = serve->served[i]->ready_ns == 0 || keep(serve->served[i], now_ns);
	error = store_group_end(serve->store, kept, err);
	return error == 0 && !kept ? err_set(err, ERR_IO, "nothing of it is kept") : error;
}

void served_time_keep(struct serve *serve)
{
	int64_t now_ns = clock_boottime_ns();
	struct err err;

	if (keep_all(serve, now_ns, &err) != 0) {
		log_error("noting how long revisions ran: %s", err.message);
		return;
	}
	for (size_t i = 0; i < serve->served_count; i++) {
		if (serve->served[i]->ready_ns != 0)
			serve->served[i]->ready_ns = now_ns;
	}
}
