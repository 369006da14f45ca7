#include "worker/sealer.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct job_list {
	struct sealer_job *first, **end;
};

struct sealer {
	struct loop *loop;
	struct loop_source finished_source;   /* eventfd: jobs wait in `finished` */
	const struct sealer_handler *handler;
	void *owner;
	unsigned pending;                     /* loop thread only */
	pthread_t thread;
	bool started;
	atomic_bool ends, hurries;
	pthread_mutex_t mutex;                /* guards all below */
	pthread_cond_t wanted;
	struct job_list queue, finished;
};

static void list_init(struct job_list *list)
{
	list->first = NULL;
	list->end = &list->first;
}

static void list_add(struct job_list *list, struct sealer_job *job)
{
	job->next = NULL;
	*list->end = job;
	list->end = &job->next;
}

static struct sealer_job *list_take(struct job_list *list)
{
	struct sealer_job *job = list->first;

	if (job == NULL)
		return NULL;
	list->first = job->next;
	if (list->first == NULL)
		list->end = &list->first;
	return job;
}

/* ---- the thread ---- */

static void hand_back(struct sealer *sealer, struct job_list *jobs)
{
	const uint64_t one = 1;
	struct sealer_job *job;
	bool was_empty;

	if (jobs->first == NULL)
		return;
	pthread_mutex_lock(&sealer->mutex);
	was_empty = sealer->finished.first == NULL;
	while ((job = list_take(jobs)) != NULL)
		list_add(&sealer->finished, job);
	pthread_mutex_unlock(&sealer->mutex);
	if (was_empty && write(sealer->finished_source.fd, &one, sizeof(one)) < 0)
		abort();        /* an eventfd at 0 takes a 1 always */
}

/* The shared sync of the jobs that ran without an error; all of them fail when it does. */
static void sync_jobs(struct sealer *sealer, struct job_list *jobs)
{
	struct err err = { 0 };
	bool wanted = false;
	int error;

	for (struct sealer_job *job = jobs->first; job != NULL; job = job->next)
		wanted |= job->result == 0;
	error = wanted ? sealer->handler->sync(sealer->owner, &err) : 0;
	for (struct sealer_job *job = jobs->first; job != NULL && error != 0; job = job->next) {
		if (job->result != 0)
			continue;
		job->result = error;
		job->err = err;
	}
	hand_back(sealer, jobs);
}

static void requeue(struct sealer *sealer, struct sealer_job *job)
{
	pthread_mutex_lock(&sealer->mutex);
	list_add(&sealer->queue, job);
	pthread_mutex_unlock(&sealer->mutex);
}

/* The next job, or NULL: when wait is false and there is none, or at the end. */
static struct sealer_job *next_job(struct sealer *sealer, bool wait)
{
	struct sealer_job *job = NULL;

	pthread_mutex_lock(&sealer->mutex);
	while (wait && !sealer_ends(sealer) && sealer->queue.first == NULL)
		pthread_cond_wait(&sealer->wanted, &sealer->mutex);
	if (!sealer_ends(sealer))
		job = list_take(&sealer->queue);
	pthread_mutex_unlock(&sealer->mutex);
	return job;
}

static void *sealer_main(void *data)
{
	struct sealer *sealer = data;
	struct job_list to_sync;
	struct sealer_job *job;

	list_init(&to_sync);
	for (;;) {
		job = next_job(sealer, to_sync.first == NULL);
		if (job == NULL || !job->shared_sync)
			sync_jobs(sealer, &to_sync);
		if (job == NULL) {
			/* either the queue was empty before a sync, or this is the end */
			job = next_job(sealer, true);
			if (job == NULL)
				return NULL;
		}
		job->result = job->run(job, &job->err);
		if (job->result == SEALER_LATER) {
			requeue(sealer, job);
		} else if (job->shared_sync) {
			list_add(&to_sync, job);
		} else {
			struct job_list one;

			list_init(&one);
			list_add(&one, job);
			hand_back(sealer, &one);
		}
	}
}

/* ---- the loop's side ---- */

static void jobs_finished(struct loop_source *source, uint32_t events)
{
	struct sealer *sealer = source->owner;
	struct job_list jobs;
	struct sealer_job *job;
	uint64_t count;

	(void)events;
	if (read(source->fd, &count, sizeof(count)) < 0)
		return;
	list_init(&jobs);
	pthread_mutex_lock(&sealer->mutex);
	while ((job = list_take(&sealer->finished)) != NULL)
		list_add(&jobs, job);
	pthread_mutex_unlock(&sealer->mutex);
	while ((job = list_take(&jobs)) != NULL) {
		sealer->pending--;
		job->done(job);
	}
	sealer->handler->round(sealer->owner);
}

/* Signals are the loop's business. */
static int start_thread(struct sealer *sealer, struct err *err)
{
	sigset_t all, old;
	int error;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	error = pthread_create(&sealer->thread, NULL, sealer_main, sealer);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (error != 0)
		return err_sys(err, error, "starting the sealer thread");
	sealer->started = true;
	return 0;
}

int sealer_new(struct sealer **out, struct loop *loop, const struct sealer_handler *handler, void *owner,
	struct err *err)
{
	struct sealer *sealer = calloc(1, sizeof(*sealer));
	int error;

	*out = NULL;
	if (sealer == NULL)
		return err_set(err, ERR_NO_MEMORY, "no memory for the sealer");
	sealer->loop = loop;
	sealer->handler = handler;
	sealer->owner = owner;
	list_init(&sealer->queue);
	list_init(&sealer->finished);
	pthread_mutex_init(&sealer->mutex, NULL);
	pthread_cond_init(&sealer->wanted, NULL);
	sealer->finished_source = (struct loop_source){ .ready = jobs_finished, .owner = sealer };
	sealer->finished_source.fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	error = sealer->finished_source.fd < 0 ? err_sys(err, errno, "eventfd") : 0;
	if (error == 0)
		error = loop_add(loop, &sealer->finished_source, EPOLLIN, err);
	if (error == 0)
		error = start_thread(sealer, err);
	if (error != 0) {
		sealer_free(&sealer);
		return error;
	}
	*out = sealer;
	return 0;
}

void sealer_free(struct sealer **out)
{
	struct sealer *sealer = *out;

	if (sealer == NULL)
		return;
	*out = NULL;
	atomic_store_explicit(&sealer->ends, true, memory_order_relaxed);
	/* with the lock, the thread has not asked yet or waits already: it cannot miss the signal */
	pthread_mutex_lock(&sealer->mutex);
	pthread_cond_signal(&sealer->wanted);
	pthread_mutex_unlock(&sealer->mutex);
	if (sealer->started)
		pthread_join(sealer->thread, NULL);
	loop_remove(sealer->loop, &sealer->finished_source);
	if (sealer->finished_source.fd >= 0)
		close(sealer->finished_source.fd);
	pthread_cond_destroy(&sealer->wanted);
	pthread_mutex_destroy(&sealer->mutex);
	free(sealer);
}

void sealer_push(struct sealer *sealer, struct sealer_job *job)
{
	job->result = 0;
	sealer->pending++;
	pthread_mutex_lock(&sealer->mutex);
	list_add(&sealer->queue, job);
	pthread_cond_signal(&sealer->wanted);
	pthread_mutex_unlock(&sealer->mutex);
}

unsigned sealer_pending(const struct sealer *sealer)
{
	return sealer->pending;
}

bool sealer_ends(const struct sealer *sealer)
{
	return atomic_load_explicit(&sealer->ends, memory_order_relaxed);
}

bool sealer_hurries(const struct sealer *sealer)
{
	return atomic_load_explicit(&sealer->hurries, memory_order_relaxed);
}

void sealer_hurry(struct sealer *sealer)
{
	atomic_store_explicit(&sealer->hurries, true, memory_order_relaxed);
}
