/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading and changing the running ruleset, whatever backends it has. */
#include "backend.h"

#include <fwlint/live.h>
#include <fwlint/process.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef LIVE_NFT
#include "nft.h"
#endif

#define READ_MS 10000 /* how long to retry reading a ruleset that changes all the time */

const char *live_rights(bool netns)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { { 0 } };
	syscall(SYS_capget, &head, data);
	if (!(data[0].effective & 1u << CAP_NET_ADMIN))
		return "only a process with CAP_NET_ADMIN may see the running ruleset: run it as "
		       "root (sudo fwlint --live)";
	if (!(data[0].effective & 1u << CAP_NET_RAW))
		return "CAP_NET_RAW is needed to read the tables of iptables-legacy";
	if (netns && !(data[0].effective & 1u << CAP_SYS_ADMIN))
		return "CAP_SYS_ADMIN is needed to enter a network namespace";
	return NULL;
}

const char *live_enter(const char *netns, struct arena *a)
{
	const char *path = strchr(netns, '/') ? netns : arena_printf(a, "/run/netns/%s", netns);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return arena_printf(a, "there is no network namespace '%s': %s", netns,
				    strerror(errno));
	const char *why = setns(fd, CLONE_NEWNET) == 0 ? NULL
						       : arena_printf(a,
								      "the network namespace '%s' "
								      "cannot be entered: %s",
								      netns, strerror(errno));
	close(fd);
	return why;
}

/* 0 or an errno; *ret 0: the kernel has no nf_tables. */
static int generation(uint32_t *ret)
{
#ifdef LIVE_NFT
	return nft_generation(ret);
#else
	*ret = 0;
	return 0;
#endif
}

static const char *read_by(const struct backend *b, struct arena *a, struct live_rulesets *out)
{
	size_t before = out->n;
	const char *why = b->read(a, out);
	for (size_t i = before; i < out->n; i++)
		out->items[i].backend = b;
	return why;
}

static const char *read_all(const struct backend *only, struct arena *a, struct live_rulesets *out)
{
	const char *why = NULL;
	for (size_t i = 0; backend_list[i] && !why; i++)
		if (!only || only == backend_list[i])
			why = read_by(backend_list[i], a, out);
	for (size_t i = 0; i < out->n && !why; i++)
		if (out->items[i].backend->has_generation && !out->generation)
			why = "nf_tables has a ruleset, but the kernel does not give its "
			      "generation";
	return why;
}

const char *live_read(const struct backend *only, struct arena *a, struct live_rulesets *ret)
{
	long end = process_now_ms() + READ_MS;
	do {
		uint32_t now = 0;
		struct live_rulesets all = { 0 };
		int failed = generation(&all.generation);
		const char *why = failed ? NULL : read_all(only, a, &all);
		if (!failed)
			failed = generation(&now);
		if (failed == EINTR)
			continue;
		if (failed)
			return arena_printf(a, "the generation of nf_tables cannot be read: %s",
					    strerror(failed));
		/* the cause may be a change of the ruleset during the reading */
		if (now != all.generation || why == read_interrupted)
			continue;
		if (!why)
			*ret = all;
		return why;
	} while (process_now_ms() < end);
	return "the ruleset changes so often that it cannot be read";
}

/* A collision gains an attacker nothing that winning the race would not. */
uint64_t live_legacy_hash(const struct live_rulesets *live)
{
	uint64_t h = DUMP_HASH_START;
	for (size_t i = 0; i < live->n; i++)
		if (strcmp(live->items[i].backend->name, "legacy") == 0)
			h = dump_hash(h, live->items[i].text);
	return h;
}

/* ---- changing: one interface after the other ---- */

/* The rules of the i-th rule's part that are not out; none unless it is the first of them. */
static size_t rules_of_part(const struct live_change *c, size_t i, struct live_rule **ret)
{
	size_t n = 0;
	for (size_t k = 0; k < c->n; k++) {
		if (c->items[k].backend->part != c->items[i].backend->part ||
		    c->items[k].where == LIVE_OUT)
			continue;
		if (k < i)
			return 0;
		ret[n++] = &c->items[k];
	}
	return n;
}

const char *live_survey(struct live_change *c, struct arena *a)
{
	struct live_rule **rules = arena_new_array(a, struct live_rule *, c->n);
	const char *why = NULL;
	for (size_t i = 0; i < c->n && !why; i++) {
		size_t n = rules_of_part(c, i, rules);
		why = n ? c->items[i].backend->part->survey(rules, n, a) : NULL;
	}
	return why;
}

/*
 * nf_tables takes its rules in one atomic step, so it goes last: if it refuses them, the rules of
 * iptables-legacy are taken out again.
 */
enum live_outcome live_insert(struct live_change *c, struct arena *a, const char **why_not)
{
	struct live_rule **rules = arena_new_array(a, struct live_rule *, c->n);
	const struct live_part *part = NULL;
	enum live_outcome out = LIVE_DONE;
	const char *ignored = "";
	*why_not = "";
	for (size_t i = c->n; i-- > 0 && out == LIVE_DONE;) {
		size_t n = rules_of_part(c, i, rules);
		part = c->items[i].backend->part;
		if (n)
			out = part->insert(c, rules, n, a, why_not);
	}
	if (out == LIVE_DONE)
		return out;
	for (size_t i = 0; i < c->n; i++)
		if (c->items[i].where == LIVE_NOT_YET &&
		    (out != LIVE_HALF || c->items[i].backend->part != part))
			c->items[i].where = LIVE_OUT;
	if (out == LIVE_HALF || live_undo(c, false, a, &ignored) != LIVE_FAILED)
		return out;
	*why_not = arena_printf(a, "%s; and what was done before could not be undone: %s", *why_not,
				ignored);
	return LIVE_HALF;
}

enum live_outcome live_undo(struct live_change *c, bool force, struct arena *a,
			    const char **why_not)
{
	struct live_rule **rules = arena_new_array(a, struct live_rule *, c->n);
	enum live_outcome out = LIVE_DONE;
	for (size_t i = 0; i < c->n; i++) {
		const struct live_part *part = c->items[i].backend->part;
		size_t n = rules_of_part(c, i, rules);
		enum live_outcome one = n ? part->remove(c, rules, n, force, a, why_not)
					  : LIVE_DONE;
		if (one > out)
			out = one;
	}
	return out;
}

const char *live_missing(const struct live_change *c, struct arena *a, size_t *ret_missing)
{
	struct live_rule **rules = arena_new_array(a, struct live_rule *, c->n);
	bool *in = arena_new_array(a, bool, c->n);
	const char *why = NULL;
	size_t missing = 0;
	for (size_t i = 0; i < c->n && !why; i++) {
		size_t n = rules_of_part(c, i, rules);
		why = n ? c->items[i].backend->part->look(c, rules, n, a, in) : NULL;
		for (size_t k = 0; k < n && !why; k++)
			missing += !in[k];
	}
	if (!why)
		*ret_missing = missing;
	return why;
}
