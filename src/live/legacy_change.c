/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Changes of iptables-legacy, under the lock that iptables itself takes
 * (/run/xtables.lock, iptables/xshared.c). The kernel takes whole tables, so a
 * change of several is several steps: when one fails, the earlier ones are undone.
 *
 * A rule's code is the name of its target (32 bytes) and the entry as the
 * kernel lists it: iptables-legacy-restore loads the text in a namespace of its
 * own, libiptc reads it back.
 */
#include "backend.h"
#include "legacy.h"
#include "standing.h"

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
	struct xtc_handle *h = why || status ? NULL : f->ops()->init(r->table);
	const void *entry = h ? f->first_rule(chain_for_dump(r), h) : NULL;
	if (!entry)
		return child_fail(why                         ? str_from(why)
				  : status == PROCESS_MISSING ? str_from(f->restore)
							      : text_str(&out));
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
		return arena_printf(a, "'%s' cannot be compiled into a kernel rule: %s", r->rule,
				    first_line(&errors, a));
	r->code = text_str(&out);
	return NULL;
}

/* ---- tables ---- */

/*
 * `*ret` is -1 if another program holds the lock. Returns NULL, or why it cannot be taken. `force`:
 * go on without it.
 */
static const char *take_lock(bool force, int *ret)
{
	long end = process_now_ms() + (force ? 0 : LOCK_MS);
	int lock = open(LOCK_PATH, O_CREAT | O_CLOEXEC, 0600);
	while (lock >= 0 && flock(lock, LOCK_EX | LOCK_NB) < 0) {
		if (process_now_ms() >= end) {
			close(lock);
			if (!force)
				return "another program holds the lock of iptables, " LOCK_PATH;
			lock = -1;
			break;
		}
		usleep(2000);
	}
	if (lock < 0 && !force)
		return "the lock of iptables, " LOCK_PATH ", cannot be opened";
	*ret = lock;
	return NULL;
}

static void give_lock(int fd)
{
	if (fd >= 0)
		close(fd);
}

/* The kernel writes a name up to its end; the bytes after it are not part of the rule. */
static void end_name(char *name, size_t size)
{
	size_t n = strnlen(name, size);
	memset(name + n, 0, size - n);
}

/* A copy of an entry without the parts that change from one listing to the next. */
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

/* The entry, aligned as the structures require. */
static const void *entry_of(const struct live_rule *r, struct arena *a)
{
	size_t n = r->code.n - NAME_BYTES;
	return memcpy(arena_alloc(a, n), r->code.p + NAME_BYTES, n);
}

/* The content of a rule, to compare: the name of its target, and the plain entry. */
static struct str content(const struct legacy_family *f, const char *target, const void *entry,
			  struct arena *a)
{
	size_t size = f->size(entry);
	char *out = arena_alloc(a, NAME_BYTES + size);
	memcpy(out, target, strnlen(target, NAME_BYTES - 1));
	memcpy(out + NAME_BYTES, plain_entry(f, entry, a), size);
	return (struct str){ out, NAME_BYTES + size };
}

static struct str content_of(const struct live_rule *r, struct arena *a)
{
	return content(family_of(r), r->code.p, entry_of(r, a), a);
}

static struct standing stand(const struct legacy_family *f, struct xtc_handle *h, struct arena *a)
{
	struct standing s = { 0 };
	for (const char *c = f->ops()->first_chain(h); c; c = f->ops()->next_chain(h)) {
		struct standing_rule x = { .chain = arena_strndup(a, c, strlen(c)) };
		for (const void *e = f->first_rule(c, h); e; e = f->next_rule(e, h)) {
			const char *target = f->target(e, h);
			x.number++;
			x.content = content(f, target ? target : "", e, a);
			vec_push(a, &s, x);
		}
	}
	return s;
}

/* An entry for libiptc, which expects verdicts by name. */
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
	for (const char *c = f->ops()->first_chain(h); c; c = f->ops()->next_chain(h)) {
		struct xt_counters n = { 0 };
		xt_chainlabel chain = { 0 }, policy = { 0 };
		if (!f->ops()->builtin(c, h))
			continue;
		const char *p = f->ops()->get_policy(c, &n, h);
		memcpy(chain, c, strnlen(c, sizeof(chain) - 1));
		memcpy(policy, p, strnlen(p, sizeof(policy) - 1));
		f->ops()->set_policy(chain, policy, &n, h);
	}
}

/* ---- one table ---- */

/* Its rules among those of a change. */
struct legacy_table {
	const struct legacy_family *family;
	const char *name;
	struct live_rule **rules;
	size_t n;
	struct arena *arena;
};

/* The table of the i-th rule; no rules unless this rule is its first. */
static struct legacy_table table_of(struct live_rule *const *rules, size_t n, size_t i,
				    struct arena *a)
{
	struct legacy_table t = { family_of(rules[i]), rules[i]->table,
				  arena_new_array(a, struct live_rule *, n), 0, a };
	for (size_t k = 0; k < n; k++) {
		if (!same_table(rules[k], rules[i]))
			continue;
		if (k < i)
			return (struct legacy_table){ 0 };
		t.rules[t.n++] = rules[k];
	}
	return t;
}

/* Where each rule stands: `ret_at` as of standing_find(). */
static struct standing find_rules(const struct legacy_table *t, struct xtc_handle *h,
				  size_t *ret_at)
{
	struct standing s = stand(t->family, h, t->arena);
	struct str *contents = arena_new_array(t->arena, struct str, t->n);
	for (size_t i = 0; i < t->n; i++) {
		contents[i] = content_of(t->rules[i], t->arena);
		ret_at[i] = NOT_STANDING;
	}
	standing_find(&s, t->rules, contents, t->n, ret_at);
	return s;
}

/* How many of its rules are in; `ret_in`: which, or NULL. Returns 0 or an errno. */
static int count_in(const struct legacy_table *t, bool *ret_in, size_t *ret)
{
	size_t *at = arena_new_array(t->arena, size_t, t->n);
	struct xtc_handle *h = t->family->ops()->init(t->name);
	size_t n = 0;
	if (!h && errno != ENOENT)
		return errno;
	for (size_t i = 0; i < t->n; i++)
		at[i] = NOT_STANDING;
	if (h) {
		find_rules(t, h, at);
		t->family->ops()->free(h);
	}
	for (size_t i = 0; i < t->n; i++) {
		n += at[i] != NOT_STANDING;
		if (ret_in)
			ret_in[i] = at[i] != NOT_STANDING;
	}
	*ret = n;
	return 0;
}

static void put_chain(xt_chainlabel out, const char *chain)
{
	memset(out, 0, sizeof(xt_chainlabel));
	memcpy(out, chain, strnlen(chain, sizeof(xt_chainlabel) - 1));
}

/*
 * Commits, and frees the handle. Returns 0 or an errno. After an error the table may have been
 * replaced all the same, as a second call sets its counters.
 */
static int commit(const struct legacy_family *f, struct xtc_handle *h)
{
	keep_policy_counters(f, h);
	int why = f->ops()->commit(h) ? 0 : errno ? errno : EINVAL;
	f->ops()->free(h);
	return why;
}

static int insert_into_table(const struct legacy_table *t)
{
	struct xtc_handle *h = t->family->ops()->init(t->name);
	if (!h)
		return errno;
	for (size_t i = 0; i < t->n; i++) {
		xt_chainlabel chain = "";
		put_chain(chain, t->rules[i]->chain);
		if (!t->family->insert(chain, entry_to_insert(t->rules[i], t->arena),
				       t->rules[i]->number - 1, h)) {
			int why = errno ? errno : EINVAL;
			t->family->ops()->free(h);
			return why;
		}
	}
	int why = commit(t->family, h);
	for (size_t i = 0; i < t->n; i++)
		t->rules[i]->where = LIVE_IN;
	return why;
}

/* From the last place of a chain to its first, so that the numbers stay valid. */
static int remove_standing(const struct legacy_table *t, const struct standing *s, const size_t *at,
			   struct xtc_handle *h)
{
	size_t changes = 0;
	for (size_t k = s->n; k-- > 0;)
		for (size_t i = 0; i < t->n; i++) {
			xt_chainlabel chain = "";
			put_chain(chain, s->items[k].chain);
			if (at[i] != k)
				continue;
			changes++;
			if (!t->family->remove(chain, s->items[k].number - 1, h)) {
				int why = errno ? errno : EINVAL;
				t->family->ops()->free(h);
				return why;
			}
		}
	if (changes)
		return commit(t->family, h);
	t->family->ops()->free(h);
	return 0;
}

/* Takes out those that are in. Returns 0 or an errno; `*ret_gone`: a rule that was in is gone. */
static int remove_from_table(const struct legacy_table *t, bool *gone)
{
	size_t *at = arena_new_array(t->arena, size_t, t->n), left = 0;
	struct xtc_handle *h = t->family->ops()->init(t->name);
	int why = 0;
	if (!h && errno != ENOENT)
		return errno;
	for (size_t i = 0; i < t->n; i++)
		at[i] = NOT_STANDING;
	if (h) {
		struct standing s = find_rules(t, h, at);
		why = remove_standing(t, &s, at, h);
	}
	for (size_t i = 0; i < t->n; i++)
		if (at[i] != NOT_STANDING)
			t->rules[i]->where = why ? LIVE_LEAVING : LIVE_OUT;
	/* the table shows whether the removal was carried out */
	if (why && (count_in(t, NULL, &left) || left))
		return why;
	for (size_t i = 0; i < t->n; i++) {
		*gone |= t->rules[i]->where == LIVE_IN;
		t->rules[i]->where = LIVE_OUT;
	}
	return 0;
}

/* ---- all tables ---- */

static const char *reason(const struct legacy_table *t, int why, struct arena *a)
{
	return arena_printf(a, "%s, table %s: %s", t->family->name, t->name,
			    t->family->ops()->strerror(why));
}

static const char *legacy_survey(struct live_rule *const *rules, size_t n, struct arena *a)
{
	for (size_t i = 0; i < n; i++) {
		struct legacy_table t = table_of(rules, n, i, a);
		struct xtc_handle *h = t.n ? t.family->ops()->init(t.name) : NULL;
		if (t.n && !h)
			return reason(&t, errno, a);
		if (!h)
			continue;
		struct standing s = stand(t.family, h, a);
		for (size_t k = 0; k < t.n; k++)
			standing_count(&s, content_of(t.rules[k], a), t.rules[k]);
		t.family->ops()->free(h);
	}
	return NULL;
}

static enum live_outcome remove_all(struct live_rule *const *rules, size_t n, struct arena *a,
				    const char **why_not)
{
	bool gone = false, failed = false;
	for (size_t i = 0; i < n; i++) {
		struct legacy_table t = table_of(rules, n, i, a);
		int why = t.n ? remove_from_table(&t, &gone) : 0;
		if (why && !failed)
			*why_not = reason(&t, why, a);
		failed |= why != 0;
	}
	return failed ? LIVE_FAILED : gone ? LIVE_GONE : LIVE_DONE;
}

static enum live_outcome insert_locked(const struct live_change *c, struct live_rule *const *rules,
				       size_t n, struct arena *a, const char **why_not)
{
	struct live_rulesets now = { 0 };
	const char *ignored;
	int why = 0;
	size_t i = 0;
	uint64_t hash = DUMP_HASH_START;
	*why_not = legacy_read(a, &now);
	if (*why_not)
		return LIVE_FAILED;
	for (size_t k = 0; k < now.n; k++)
		hash = dump_hash(hash, now.items[k].text);
	if (hash != c->legacy_hash)
		return LIVE_MOVED;
	for (; i < n && !why; i++) {
		struct legacy_table t = table_of(rules, n, i, a);
		why = t.n ? insert_into_table(&t) : 0;
		if (why)
			*why_not = reason(&t, why, a);
	}
	if (!why)
		return LIVE_DONE;
	/* EAGAIN: the table has another number of rules by now (do_replace()) */
	enum live_outcome out = why == EAGAIN ? LIVE_MOVED : LIVE_FAILED;
	if (remove_all(rules, n, a, &ignored) != LIVE_FAILED)
		return out;
	*why_not = arena_printf(a,
				"%s; and rules that may have been inserted could not be removed: "
				"%s",
				*why_not, ignored);
	return LIVE_HALF;
}

static enum live_outcome legacy_insert(const struct live_change *c, struct live_rule *const *rules,
				       size_t n, struct arena *a, const char **why_not)
{
	int lock = -1;
	*why_not = take_lock(false, &lock);
	enum live_outcome out = *why_not ? LIVE_FAILED : insert_locked(c, rules, n, a, why_not);
	give_lock(lock);
	return out;
}

static enum live_outcome legacy_remove(const struct live_change *c, struct live_rule *const *rules,
				       size_t n, bool force, struct arena *a, const char **why_not)
{
	int lock = -1;
	(void)c;
	*why_not = take_lock(force, &lock);
	enum live_outcome out = *why_not ? LIVE_FAILED : remove_all(rules, n, a, why_not);
	give_lock(lock);
	return out;
}

static const char *legacy_look(const struct live_change *c, struct live_rule *const *rules,
			       size_t n, struct arena *a, bool *ret_in)
{
	(void)c;
	for (size_t i = 0; i < n; i++) {
		struct legacy_table t = table_of(rules, n, i, a);
		bool *in = arena_new_array(a, bool, n);
		size_t left;
		int why = t.n ? count_in(&t, in, &left) : 0;
		if (why)
			return reason(&t, why, a);
		for (size_t k = 0, of_table = 0; k < n && t.n; k++)
			if (same_table(rules[k], rules[i]))
				ret_in[k] = in[of_table++];
	}
	return NULL;
}

// clang-format off
static const struct live_part legacy_part = {
	.survey = legacy_survey, .insert = legacy_insert, .remove = legacy_remove, .look = legacy_look,
};

const struct backend backend_legacy = {
	.name = "legacy", .dialect = "iptables", .read = legacy_read, .compile = compile, .part = &legacy_part,
};
// clang-format on
