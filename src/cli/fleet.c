/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One lock for the counters; an input itself is touched by one thread at a time. Threads, not
 * processes: a result is a tree of pointers, which the printers read as they are.
 */
#include "fleet.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

struct fleet {
	struct fleet_work work;
	pthread_mutex_t lock;
	pthread_cond_t changed; /* for the threads: something was taken */
	pthread_cond_t done;    /* for the caller */
	size_t next, taken;
	size_t held;  /* bytes of results that are done but not taken */
	size_t *kept; /* bytes kept for each input, plus 1; 0: not done */
	pthread_t *threads;
	unsigned n_threads;
};

unsigned fleet_cores(void)
{
	cpu_set_t set;
	int n = sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;
	return n > 0 ? (unsigned)n : 1;
}

static void *allocate(size_t n, size_t size)
{
	void *p = calloc(n + 1, size);
	FW_ASSERT(p);
	return p;
}

static void finish(struct fleet *f, size_t i, size_t bytes)
{
	f->kept[i] = bytes + 1;
	f->held += bytes;
}

static bool may_begin(const struct fleet *f)
{
	return f->next - f->taken < f->n_threads || f->held < FLEET_HELD;
}

static void *run_thread(void *arg)
{
	struct fleet *f = arg;
	pthread_mutex_lock(&f->lock);
	while (f->next < f->work.n) {
		if (!may_begin(f)) {
			pthread_cond_wait(&f->changed, &f->lock);
			continue;
		}
		size_t i = f->next++;
		pthread_mutex_unlock(&f->lock);
		size_t bytes = f->work.run(f->work.arg, i);
		pthread_mutex_lock(&f->lock);
		finish(f, i, bytes);
		pthread_cond_signal(&f->done);
	}
	pthread_mutex_unlock(&f->lock);
	return NULL;
}

struct fleet *fleet_begin(const struct fleet_work *w, unsigned n_threads)
{
	struct fleet *f = allocate(1, sizeof(*f));
	*f = (struct fleet){ .work = *w, .kept = allocate(w->n, sizeof(*f->kept)) };
	if (n_threads > w->n)
		n_threads = (unsigned)w->n;
	f->threads = allocate(n_threads, sizeof(*f->threads));
	pthread_mutex_init(&f->lock, NULL);
	pthread_cond_init(&f->changed, NULL);
	pthread_cond_init(&f->done, NULL);
	pthread_mutex_lock(&f->lock);
	while (n_threads > 1 && f->n_threads < n_threads &&
	       pthread_create(&f->threads[f->n_threads], NULL, run_thread, f) == 0)
		f->n_threads++;
	pthread_mutex_unlock(&f->lock);
	return f;
}

void fleet_wait(struct fleet *f, size_t i)
{
	if (!f->n_threads) {
		finish(f, i, f->work.run(f->work.arg, i));
		return;
	}
	pthread_mutex_lock(&f->lock);
	while (!f->kept[i])
		pthread_cond_wait(&f->done, &f->lock);
	pthread_mutex_unlock(&f->lock);
}

void fleet_took(struct fleet *f, size_t i)
{
	pthread_mutex_lock(&f->lock);
	f->taken++;
	f->held -= f->kept[i] - 1;
	pthread_cond_broadcast(&f->changed);
	pthread_mutex_unlock(&f->lock);
}

void fleet_end(struct fleet *f)
{
	for (unsigned i = 0; i < f->n_threads; i++)
		pthread_join(f->threads[i], NULL);
	pthread_cond_destroy(&f->done);
	pthread_cond_destroy(&f->changed);
	pthread_mutex_destroy(&f->lock);
	free(f->threads);
	free(f->kept);
	free(f);
}
