/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Changes of iptables-legacy, under the lock that iptables itself takes
 * (/run/xtables.lock, iptables/xshared.c). The kernel takes whole tables, so a
 * change of several is several steps: when one fails, those before are undone.
 *
 * A rule's code is the name of its target (32 bytes) and the entry as the
 * kernel lists it: iptables-legacy-restore loads the text in a namespace of its
 * own, libiptc reads it back.
 */
#include "backend.h"
#include "legacy.h"

#include <fwlint/process.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

#define LOCK_PATH "/run/xtables.lock"
#define LOCK_MS 10000
#define NAME_BYTES 32

static const struct legacy_family *family_of(const struct live_rule *r)
{
	return &legacy_families[r->family == FAMILY_IP6];
}

/* ---- compiling ---- */

struct compiling {
	const struct live_rule *rule;
	struct arena *arena;
};

static int compile_here(void *arg)
{
	struct compiling *c = arg;
	const struct live_rule *r = c->rule;
	const struct legacy_family *f = family_of(r);
	const char *const argv[] = { f->restore, NULL };
	const char *why = process_enter_namespaces(c->arena);
	struct text out = { .arena = c->arena };
	char name[NAME_BYTES] = { 0 };
	int status = why ? 0 : process_run(argv, dump_of_rule(r, c->arena), &out, &out);
	struct xtc_handle *h = why || status ? NULL : f->ops->init(r->table);
	const void *entry = h ? f->first_rule(chain_for_dump(r), h) : NULL;
	if (!entry)
		return child_fail(why ? str_from(why) : status == PROCESS_MISSING ? str_from(f->restore) : text_str(&out));
	snprintf(name, sizeof(name), "%s", f->target(entry, h));
	child_write((struct str){ name, sizeof(name) });
	child_write((struct str){ entry, f->size(entry) });
	return 0;
}

static const char *compile(struct live_rule *r, struct arena *a)
{
	struct text out = { .arena = a }, errors = { .arena = a };
	struct compiling c = { r, a };
	if (process_call(compile_here, &c, &out, &errors) || out.n <= NAME_BYTES)
		return arena_printf(a, "'%s' cannot be made into a rule of the kernel: %s", r->rule, first_line(&errors, a));
	r->code = text_str(&out);
	return NULL;
}

/* ---- tables ---- */

static int take_lock(void)
{
	long end = process_now_ms() + LOCK_MS;
	int fd = open(LOCK_PATH, O_CREAT | O_CLOEXEC, 0600);
	while (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (process_now_ms() > end) {
			close(fd);
			return -1;
		}
		usleep(2000);
	}
	return fd;
}

/* The kernel writes a name up to its end; what stands behind it is not of the rule. */
static void end_name(char *name, size_t size)
{
	size_t n = strnlen(name, size);
	memset(name + n, 0, size - n);
}

/* A copy of an entry, without what changes from one listing to the next. */
static char *plain_entry(const struct legacy_family *f, const void *entry, struct arena *a)
{
	char *copy = arena_alloc(a, f->size(entry));
	memcpy(copy, entry, f->size(entry));
	f->forget(copy);
	for (size_t at = f->head, end = f->target_offset(copy); at < end;) {
		struct xt_entry_match *m = (void *)(copy + at);
		end_name(m->u.user.name, sizeof(m->u.user.name));
		at += m->u.match_size;
	}
	struct xt_entry_target *t = (void *)(copy + f->target_offset(copy));
	end_name(t->u.user.name, sizeof(t->u.user.name));
	return copy;
}

/* Aligned as the structures want it. */
static const void *entry_of(const struct live_rule *r, struct arena *a)
{
	size_t n = r->code.n - NAME_BYTES;
	return memcpy(arena_alloc(a, n), r->code.p + NAME_BYTES, n);
}

/* Where rules stand that are just like one. */
struct twins {
	uint32_t n;
	unsigned here;    /* is one at its own place? */
	unsigned nearest; /* 1-based number of the last one up to its place, else of the first; 0: there is none */
};

static struct twins find_twins(const struct live_rule *r, struct xtc_handle *h, struct arena *a)
{
	const struct legacy_family *f = family_of(r);
	size_t size = r->code.n - NAME_BYTES;
	const char *plain = plain_entry(f, entry_of(r, a), a);
	struct twins t = { 0 };
	unsigned at = 0;
	for (const void *e = f->first_rule(r->chain, h); e; e = f->next_rule(e, h)) {
		at++;
		if (f->size(e) != size || strcmp(f->target(e, h), r->code.p) != 0 || memcmp(plain_entry(f, e, a), plain, size) != 0)
			continue;
		t.n++;
		t.here |= at == r->number;
		if (!t.nearest || at <= r->number)
			t.nearest = at;
	}
	return t;
}

/*
 * The number of the rule; 0: it is gone. Rules have no names here: if no more
 * are like it than were before it came, it is ours that somebody has removed.
 */
static unsigned find_rule(const struct live_rule *r, struct xtc_handle *h, struct arena *a)
{
	struct twins t = find_twins(r, h, a);
	if (r->where == LIVE_NOT_YET)
		return t.here ? r->number : 0;
	return t.n > r->twins ? t.nearest : 0;
}

/* An entry for libiptc, which wants a verdict by its name. */
static void *entry_to_insert(const struct live_rule *r, struct arena *a)
{
	const struct legacy_family *f = family_of(r);
	char *e = plain_entry(f, entry_of(r, a), a);
	struct xt_entry_target *t = (void *)(e + f->target_offset(e));
	if (!t->u.user.name[0]) {
		memset(t->u.user.name, 0, sizeof(t->u.user.name));
		memcpy(t->u.user.name, r->code.p, strnlen(r->code.p, sizeof(t->u.user.name) - 1));
	}
	return e;
}

static bool same_table(const struct live_rule *x, const struct live_rule *y)
{
	return x->family == y->family && strcmp(x->table, y->table) == 0;
}

/*
 * libiptc keeps the counters of rules, but sets those of policies to 0 unless
 * they are given again (seen: iptables-legacy -I of 1.8.9 does so too).
 */
static void keep_policy_counters(const struct legacy_family *f, struct xtc_handle *h)
{
	for (const char *c = f->ops->first_chain(h); c; c = f->ops->next_chain(h)) {
		struct xt_counters n = { 0 };
		xt_chainlabel chain = { 0 }, policy = { 0 };
		if (!f->ops->builtin(c, h))
			continue;
		const char *p = f->ops->get_policy(c, &n, h);
		memcpy(chain, c, strnlen(c, sizeof(chain) - 1));
		memcpy(policy, p, strnlen(p, sizeof(policy) - 1));
		f->ops->set_policy(chain, policy, &n, h);
	}
}

/* All rules of the table of the first rule; the table is replaced in one step. Returns 0 or an errno. */
static int change_table(struct live_rule *const *rules, size_t n, bool insert, bool *ret_gone, struct arena *a)
{
	const struct legacy_family *f = family_of(rules[0]);
	struct xtc_handle *h = f->ops->init(rules[0]->table);
	if (!h)
		return errno;
	unsigned changes = 0;
	for (size_t i = 0; i < n; i++) {
		struct live_rule *r = rules[insert ? i : n - 1 - i];
		if (!same_table(r, rules[0]))
			continue;
		if (insert)
			r->twins = find_twins(r, h, a).n;
		unsigned at = insert ? 0 : f->ops->is_chain(r->chain, h) ? find_rule(r, h, a) : 0;
		xt_chainlabel chain = { 0 };
		memcpy(chain, r->chain, strnlen(r->chain, sizeof(chain) - 1));
		if (!insert && !at) {
			*ret_gone = true;
			continue;
		}
		if (!(insert ? f->insert(chain, entry_to_insert(r, a), r->number - 1, h) : f->remove(chain, at - 1, h))) {
			int why = errno ? errno : EINVAL;
			f->ops->free(h);
			return why;
		}
		changes++;
	}
	if (changes)
		keep_policy_counters(f, h);
	int why = !changes || f->ops->commit(h) ? 0 : errno;
	f->ops->free(h);
	for (size_t i = 0; i < n && insert && !why; i++)
		if (same_table(rules[i], rules[0]))
			rules[i]->where = LIVE_IN;
	return why;
}

/* Each table once: the i-th rule is the first of its table. */
static bool is_first(struct live_rule *const *rules, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (same_table(rules[k], rules[i]))
			return false;
	return true;
}

static enum live_outcome failure(const struct live_rule *r, int why, struct arena *a, const char **ret_why)
{
	*ret_why = arena_printf(a, "%s, table %s: %s", family_of(r)->name, r->table, family_of(r)->ops->strerror(why));
	return why == EAGAIN ? LIVE_MOVED : LIVE_FAILED;
}

static enum live_outcome insert_locked(const struct live_change *c, struct live_rule *const *rules, size_t n,
				       struct arena *a, const char **ret_why)
{
	struct live_rulesets now = { 0 };
	bool gone = false;
	*ret_why = backend_legacy.read(a, &now);
	if (*ret_why)
		return LIVE_FAILED;
	if (live_legacy_hash(&now) != c->legacy_hash)
		return LIVE_MOVED;
	for (size_t i = 0; i < n; i++) {
		int why = is_first(rules, i) ? change_table(rules + i, n - i, true, &gone, a) : 0;
		if (!why)
			continue;
		for (size_t k = i; k-- > 0;)
			if (is_first(rules, k))
				change_table(rules + k, n - k, false, &gone, a);
		return failure(rules[i], why, a, ret_why);
	}
	return LIVE_DONE;
}

static enum live_outcome legacy_insert(const struct live_change *c, struct live_rule *const *rules, size_t n,
				       struct arena *a, const char **ret_why)
{
	int lock = take_lock();
	if (lock < 0) {
		*ret_why = "another program holds the lock of iptables, " LOCK_PATH;
		return LIVE_FAILED;
	}
	enum live_outcome out = insert_locked(c, rules, n, a, ret_why);
	close(lock);
	return out;
}

static enum live_outcome legacy_remove(struct live_rule *const *rules, size_t n, struct arena *a, const char **ret_why)
{
	enum live_outcome out = LIVE_DONE;
	bool gone = false;
	int lock = take_lock();
	if (lock < 0) {
		*ret_why = "another program holds the lock of iptables, " LOCK_PATH;
		return LIVE_FAILED;
	}
	for (size_t i = 0; i < n; i++) {
		int why = is_first(rules, i) ? change_table(rules + i, n - i, false, &gone, a) : 0;
		if (why && out == LIVE_DONE)
			failure(rules[i], why, a, ret_why), out = LIVE_FAILED;
	}
	close(lock);
	return out == LIVE_DONE && gone ? LIVE_GONE : out;
}

static const struct live_part legacy_part = { .insert = legacy_insert, .remove = legacy_remove };

const struct backend backend_legacy = {
	.name = "legacy", .dialect = "iptables", .read = legacy_read, .compile = compile, .part = &legacy_part,
};
