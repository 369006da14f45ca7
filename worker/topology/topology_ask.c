/* Questions under way: a queue, up to TOPOLOGY_REQUESTS requests at once, the analyzers in turn. */
#include "worker/topology/topology_internal.h"

#include "common/log.h"

enum { QUESTION_MAX = 64 * 1024 };
#define TELL_EVERY_NS (60 * NS_PER_S)

static void done(struct http_request *request);

/* ---- the queue ---- */

static void put_last(struct topology *topology, struct entry *entry)
{
	entry->behind = NULL;
	*topology->last = entry;
	topology->last = &entry->behind;
	topology->waiting++;
}

/* What has been begun is finished before anything else begins. */
static void put_first(struct topology *topology, struct entry *entry)
{
	entry->behind = topology->first;
	topology->first = entry;
	if (entry->behind == NULL)
		topology->last = &entry->behind;
	topology->waiting++;
}

static struct entry *take_first(struct topology *topology)
{
	struct entry *entry = topology->first;

	topology->first = entry->behind;
	if (topology->first == NULL)
		topology->last = &topology->first;
	topology->waiting--;
	return entry;
}

bool ask_begin(struct topology *topology, struct entry *entry)
{
	if (topology->reach == REACH_NO || topology->waiting >= TOPOLOGY_WAITING_MAX ||
		search_begin(topology, entry, NULL) != 0)
		return false;
	entry->asked = true;
	put_last(topology, entry);
	if (topology->send.position == 0)
		loop_timer_set(topology->options.loop, &topology->send, loop_now(topology->options.loop), NULL);
	return true;
}

/* ---- sending ---- */

static int open_http(struct topology *topology, struct err *err)
{
	const struct pipeline_config *config = topology->options.config;
	const struct http_options options = { .loop = topology->options.loop, .ca_file = config->tls.ca_file,
		.cert_file = config->tls.cert_file, .key_file = config->tls.key_file, .unverified = !config->tls.verify,
		.stall_ms = topology->options.request_ms == 0 ? TOPOLOGY_REQUEST_MS :
			topology->options.request_ms / topology->analyzer_count, .connections = TOPOLOGY_REQUESTS };

	return topology->http != NULL ? 0 : http_new(&topology->http, &options, err);
}

static int write_question(struct asking *asking)
{
	if (asking->question.cap == 0)
		buffer_init(&asking->question, QUESTION_MAX);
	return asking->entry != NULL ? search_write(asking->entry, &asking->question) :
		query_write(&asking->question, QUERY_PROBE, NULL, NULL);
}

static int send_question(struct topology *topology, struct asking *asking, struct err *err)
{
	bool large = asking->entry != NULL && (asking->entry->kind == ENTRY_CLUSTER || asking->entry->kind == ENTRY_INTERFACES);
	int error = open_http(topology, err);

	if (error == 0 && write_question(asking) != 0)
		error = err_set(err, ERR_NO_MEMORY, "no memory for a question to the topology");
	if (error != 0)
		return error;
	asking->topology = topology;
	asking->analyzer = topology->current;
	asking->sent_ns = loop_now(topology->options.loop);
	http_request_fini(&asking->request);
	asking->request = (struct http_request){ .method = "POST", .url = topology->analyzers[asking->analyzer].url,
		.headers = topology->headers, .content = asking->question.bytes, .content_length = asking->question.length,
		.answer_max = large ? TOPOLOGY_CLUSTER_MAX : TOPOLOGY_ANSWER_MAX, .packed = true, .done = done,
		.owner = asking };
	asking->busy = true;
	error = http_send(topology->http, &asking->request, err);
	if (error != 0)
		asking->busy = false;
	return error;
}

static struct asking *find_free(struct topology *topology)
{
	for (unsigned i = 0; i < TOPOLOGY_REQUESTS; i++) {
		if (!topology->askings[i].busy)
			return &topology->askings[i];
	}
	return NULL;
}

/* Nothing can be sent at all: no libcurl, no memory. */
static void cannot_send(struct topology *topology, struct judgement *judgement)
{
	judgement->reason = "Unreachable";
	judgement->field = NULL;
	reach_lost(topology, judgement, TOPOLOGY_RETRY_MS * NS_PER_MS);
}

static void send_waiting(struct topology *topology)
{
	struct asking *asking;

	while (topology->first != NULL && (asking = find_free(topology)) != NULL) {
		struct judgement judgement;

		asking->entry = take_first(topology);
		if (send_question(topology, asking, &judgement.err) == 0)
			continue;
		topology_settled(topology, asking->entry);
		asking->entry = NULL;
		cannot_send(topology, &judgement);
	}
}

void ask_send(struct loop_timer *timer)
{
	send_waiting(timer->owner);
}

void ask_probe(struct loop_timer *timer)
{
	struct topology *topology = timer->owner;
	struct asking *asking = find_free(topology);
	struct judgement judgement;

	topology->probe_tries = 0;
	if (asking == NULL) {
		/* all that is under way are tries themselves */
		loop_timer_set(topology->options.loop, timer, loop_now(topology->options.loop) + TOPOLOGY_REQUEST_MS * NS_PER_MS,
			NULL);
		return;
	}
	asking->entry = NULL;
	if (send_question(topology, asking, &judgement.err) != 0)
		cannot_send(topology, &judgement);
}

/* ---- answers ---- */

/* Another analyzer is asked from now on, unless somebody has gone over to one already. */
static void leave_analyzer(struct topology *topology, unsigned analyzer)
{
	if (topology->current != analyzer)
		return;
	topology->analyzers[analyzer].names = NAMES_UNKNOWN;
	topology->current = (analyzer + 1) % topology->analyzer_count;
}

void ask_gives_up(struct topology *topology)
{
	bool others = topology->tries + 1 < topology->analyzer_count;
	unsigned silent = topology->current;

	/* the next one is tried at once */
	reach_too_slow(topology, others ? 0 : TOPOLOGY_RETRY_MS * NS_PER_MS);
	leave_analyzer(topology, silent);
}

/* A try with no question behind it. */
static void probed(struct topology *topology, struct asking *asking, const struct judgement *judgement)
{
	struct judgement unsendable;

	if (++topology->probe_tries >= topology->analyzer_count)
		reach_lost(topology, judgement, TOPOLOGY_RETRY_MS * NS_PER_MS);
	else if (send_question(topology, asking, &unsendable.err) != 0)
		cannot_send(topology, &unsendable);
}

static void failed(struct topology *topology, struct asking *asking, const struct judgement *judgement)
{
	struct entry *entry = asking->entry;

	leave_analyzer(topology, asking->analyzer);
	if (entry == NULL) {
		probed(topology, asking, judgement);
		return;
	}
	if (++entry->tries < topology->analyzer_count && topology->reach != REACH_NO) {
		put_first(topology, entry);
		return;
	}
	topology_settled(topology, entry);
	if (topology->reach != REACH_NO && topology->answered_ns <= asking->sent_ns)
		reach_lost(topology, judgement, TOPOLOGY_RETRY_MS * NS_PER_MS);
}

static void refused(struct topology *topology, struct asking *asking, const struct judgement *judgement)
{
	int64_t now = loop_now(topology->options.loop);

	if (topology->refusal_ns == 0 || now - topology->refusal_ns > TELL_EVERY_NS) {
		log_warn("%s", judgement->err.message);
		topology->refusal_ns = now;
	}
	reach_answered(topology, asking);
	if (asking->entry != NULL)
		topology_settled(topology, asking->entry);
}

/* The text of an answer; what is none is as good as no answer. */
static void answered(struct topology *topology, struct asking *asking)
{
	struct judgement judgement = { .reason = "NotAnAnalyzer", .field = "analyzers" };
	struct entry *entry = asking->entry;
	struct finding nothing;
	int more = entry != NULL ? search_take(topology, entry, asking, &judgement.err) :
		finding_node(&nothing, asking->request.answer_body.bytes, asking->request.answer_body.length, false,
			&judgement.err);

	if (entry == NULL)
		finding_fini(&nothing);
	if (more < 0) {
		err_prefix(&judgement.err, "topology %s", topology->analyzers[asking->analyzer].url);
		failed(topology, asking, &judgement);
		return;
	}
	reach_answered(topology, asking);
	if (more > 0 && topology->reach == REACH_YES)
		put_first(topology, entry);
	else if (entry != NULL)
		topology_settled(topology, entry);
}

static void done(struct http_request *request)
{
	struct asking *asking = request->owner;
	struct topology *topology = asking->topology;
	struct judgement judgement;
	enum verdict verdict = reach_judge(topology, asking, &judgement);

	asking->busy = false;
	if (verdict == VERDICT_ANSWER)
		answered(topology, asking);
	else if (verdict == VERDICT_REFUSED)
		refused(topology, asking, &judgement);
	else
		failed(topology, asking, &judgement);
	if (!asking->busy) {
		asking->entry = NULL;
		/* one large answer does not make the worker larger for good */
		http_request_fini(&asking->request);
	}
	send_waiting(topology);
}
