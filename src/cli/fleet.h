/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Many inputs on several cores; private to cli. */
#ifndef CLI_FLEET_H
#define CLI_FLEET_H

#include <fwlint/base.h>

/*
 * Threads work on the inputs 0 … n-1 ahead of the caller, who takes each result in that order. An
 * input that waits to be taken keeps its memory: there are at most as many of them as threads, or
 * FLEET_HELD bytes.
 */
#define FLEET_HELD ((size_t)64 * 1024 * 1024)

struct fleet_work {
	/* Runs in any thread, once for each input, and changes only what belongs to that input.
	 * Returns how many bytes the result keeps. */
	size_t (*run)(void *arg, size_t i);
	void *arg;
	size_t n;
};

struct fleet;

/* How many processors this process may use. */
unsigned fleet_cores(void);
/* With one thread, or if none can be started, fleet_wait() does the work. */
struct fleet *fleet_begin(const struct fleet_work *w, unsigned n_threads);
/* Returns when input `i` is done; `i` is one more than in the last call. */
void fleet_wait(struct fleet *f, size_t i);
/* The memory of input `i` is no longer needed. */
void fleet_took(struct fleet *f, size_t i);
/* After all were taken. */
void fleet_end(struct fleet *f);

#endif
