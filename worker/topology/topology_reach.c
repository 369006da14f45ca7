/* What the analyzer is like: what an answer's head says, and whether it answers at all. */
#include "worker/topology/topology_internal.h"

enum { SAID_MAX = 160 };

/* ---- one answer ---- */

static enum verdict failed(struct judgement *judgement, const char *reason, const char *field)
{
	judgement->reason = reason;
	judgement->field = field;
	return VERDICT_FAILED;
}

static enum verdict judge_failure(const struct asking *asking, const char *url, struct judgement *judgement)
{
	const struct http_request *request = &asking->request;

	err_set(&judgement->err, request->err.code, "topology %s: %s", url, request->err.message);
	if (request->failure == HTTP_NO_TRUST)
		return failed(judgement, "TlsFailed", "analyzer.tls.ca_file");
	if (request->failure == HTTP_STALLED)
		return failed(judgement, "NoAnswer", "analyzers");
	if (request->failure == HTTP_BROKEN && request->err.code == ERR_LIMIT)
		return failed(judgement, "TooLarge", "analyzers");
	return failed(judgement, "Unreachable", "analyzers");
}

enum verdict reach_judge(const struct topology *topology, const struct asking *asking, struct judgement *judgement)
{
	const char *url = topology->analyzers[asking->analyzer].url;
	const struct http_request *request = &asking->request;
	struct err *err = &judgement->err;
	long status = request->status;

	if (request->failure != HTTP_ANSWERED)
		return judge_failure(asking, url, judgement);
	if (status == 200)
		return VERDICT_ANSWER;
	if (status == 400) {
		err_set(err, ERR_INVALID, "topology %s: it refuses a query: %.*s", url, (int)(request->answer_body.length < SAID_MAX ?
			request->answer_body.length : SAID_MAX), request->answer_body.length > 0 ? request->answer_body.bytes : "");
		return VERDICT_REFUSED;
	}
	if (status == 401 || status == 403) {
		err_set(err, ERR_DENIED, "topology %s: it %s (%ld)", url, topology->authorization[0] != '\0' ?
			"refuses the credentials" : "wants credentials", status);
		return failed(judgement, "WrongCredentials", "analyzer.auth.cluster");
	}
	if (status >= 500) {
		err_set(err, ERR_IO, "topology %s: the analyzer fails (%ld)", url, status);
		return failed(judgement, "AnalyzerFails", "analyzers");
	}
	err_set(err, ERR_PROTOCOL, "topology %s: it does not answer as an analyzer does (%ld)", url, status);
	return failed(judgement, "NotAnAnalyzer", "analyzers");
}

/* ---- whether it answers ---- */

void reach_too_slow(struct topology *topology, int64_t delay_ns)
{
	struct judgement judgement = { .reason = "NoAnswer", .field = "analyzers" };

	err_set(&judgement.err, ERR_TIMEOUT, "topology %s: no answer within %d s", topology->analyzers[topology->current].url,
		TOPOLOGY_HOLD_MS / 1000);
	reach_lost(topology, &judgement, delay_ns);
}

void reach_answered(struct topology *topology, const struct asking *asking)
{
	struct topology_health health = { .answers = true, .reason = "Answers", .message = "" };
	int64_t now = loop_now(topology->options.loop);

	topology->answered_ns = now;
	if (topology->reach == REACH_YES)
		return;
	/* later than anybody would be held for it, it is no use to say that it answers again */
	if (topology->reach == REACH_NO && now - asking->sent_ns > TOPOLOGY_HOLD_MS * NS_PER_MS) {
		if (asking->entry == NULL)
			reach_too_slow(topology, TOPOLOGY_RETRY_MS * NS_PER_MS);
		return;
	}
	topology->reach = REACH_YES;
	topology->round++;
	topology->tries = 0;
	loop_timer_cancel(topology->options.loop, &topology->probe);
	topology->options.health(topology->options.owner, &health);
}

/* What waits is not asked; it may be again when the analyzer answers. */
static void forget_queue(struct topology *topology)
{
	while (topology->first != NULL) {
		struct entry *entry = topology->first;

		topology->first = entry->behind;
		topology_settled(topology, entry);
	}
	topology->last = &topology->first;
	topology->waiting = 0;
}

void reach_lost(struct topology *topology, const struct judgement *judgement, int64_t delay_ns)
{
	struct topology_health health = { .reason = judgement->reason, .message = judgement->err.message,
		.field = judgement->field, .tries = ++topology->tries, .next_ns = loop_now(topology->options.loop) + delay_ns };

	topology->reach = REACH_NO;
	loop_timer_set(topology->options.loop, &topology->probe, health.next_ns, NULL);
	topology->options.health(topology->options.owner, &health);
	forget_queue(topology);
	topology_release(topology);
}
