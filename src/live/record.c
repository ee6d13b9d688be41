/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records as JSON, one file each; a new state replaces the file in one step. */
#include "record.h"

#include <fwlint/process.h>

#include <jansson.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define KEEP_SECONDS (24 * 3600) /* a finished record */

static const char *const state_names[RECORD_STATES] = { "prepared", "applying", "pending", "confirmed", "returning",
							 "undone", "stuck", "moved", "refused" };

const char *record_folder(struct arena *a)
{
	struct stat st;
	if (mkdir(RECORD_FOLDER, 0700) < 0 && errno != EEXIST)
		return arena_printf(a, "'" RECORD_FOLDER "' cannot be made: %s", strerror(errno));
	if (lstat(RECORD_FOLDER, &st) < 0 || !S_ISDIR(st.st_mode) || st.st_uid != geteuid() || (st.st_mode & 077))
		return "'" RECORD_FOLDER "' is not a folder of this user alone (mode 0700)";
	return NULL;
}

int record_lock(void)
{
	int fd = open(RECORD_FOLDER "/lock", O_CREAT | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0600);
	while (fd >= 0 && flock(fd, LOCK_EX) < 0)
		if (errno != EINTR) {
			close(fd);
			return -1;
		}
	return fd;
}

int record_hold(const char *id)
{
	char path[100];
	snprintf(path, sizeof(path), RECORD_FOLDER "/%s.guardian", id);
	int fd = open(path, O_CREAT | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

uint64_t current_netns(void)
{
	struct stat st;
	return stat("/proc/self/ns/net", &st) == 0 ? (uint64_t)st.st_ino : 0;
}

/* An ID becomes a file name: only what we make ourselves. */
static bool is_id(const char *id)
{
	return id[0] && strlen(id) < 20 && !id[strspn(id, "0123456789abcdef")];
}

static const char *path_of(const char *id, const char *end, struct arena *a)
{
	return arena_printf(a, RECORD_FOLDER "/%s%s", id, end);
}

/* ---- writing ---- */

static json_t *hex(struct str s, struct arena *a)
{
	char *out = arena_alloc(a, 2 * s.n + 1);
	for (size_t i = 0; i < s.n; i++)
		snprintf(out + 2 * i, 3, "%02x", (unsigned char)s.p[i]);
	return json_string(out);
}

static json_t *json_of_rule(const struct live_rule *r, struct arena *a)
{
	return json_pack("{ss si ss ss si ss si ss so sI si si ss*}", "backend", r->backend->name, "family", (int)r->family,
			 "table", r->table, "chain", r->chain, "number", (int)r->number, "rule", r->rule,
			 "protocol", (int)r->protocol, "certificate", r->certificate, "code", hex(r->code, a), "handle", (json_int_t)r->handle,
			 "twins", (int)r->twins, "where", (int)r->where, "listed", r->listed);
}

const char *record_save(const struct live_record *r, struct arena *a)
{
	json_t *rules = json_array();
	for (size_t i = 0; i < r->change.n; i++)
		if (json_array_append_new(rules, json_of_rule(&r->change.items[i], a)) < 0) {
			json_decref(rules);
			return "the record of the change cannot be written: a name in it is no UTF-8";
		}
	/* 64 bits do not fit a JSON integer of 63 */
	json_t *j = json_pack("{ss si sI sI ss ss sb sb ss ss sI ss so}", "state", state_names[r->state], "seconds", (int)r->seconds,
			      "deadline", (json_int_t)r->deadline, "netns", (json_int_t)r->netns,
			      "netns_path", r->netns_path ? r->netns_path : "", "message", r->message ? r->message : "",
			      "save", r->save, "unsafe", r->save_unsafe, "select", r->save_select ? r->save_select : "",
			      "ignore", r->save_ignore ? r->save_ignore : "",
			      "generation", (json_int_t)r->change.generation,
			      "legacy", arena_printf(a, "%016llx", (unsigned long long)r->change.legacy_hash), "rules", rules);
	const char *new = path_of(r->id, ".new", a), *why = NULL;
	if (!j || json_dump_file(j, new, JSON_INDENT(1)) < 0 || rename(new, path_of(r->id, ".json", a)) < 0)
		why = arena_printf(a, "the record of the change cannot be written to " RECORD_FOLDER ": %s", strerror(errno));
	json_decref(j);
	return why;
}

/* ---- reading ---- */

static struct str unhex(const char *s, struct arena *a)
{
	size_t n = strlen(s) / 2;
	char *out = arena_alloc(a, n + 1);
	static const char digits[] = "0123456789abcdef";
	for (size_t i = 0; i < n; i++) {
		const char *hi = strchr(digits, s[2 * i]), *lo = strchr(digits, s[2 * i + 1]);
		out[i] = (char)(hi && lo ? (hi - digits) << 4 | (lo - digits) : 0);
	}
	return (struct str){ out, n };
}

static const char *copy(const char *s, struct arena *a)
{
	return s ? arena_strndup(a, s, strlen(s)) : NULL;
}

static bool rule_of_json(json_t *j, struct live_rule *r, struct arena *a)
{
	const char *backend, *table, *chain, *rule, *certificate, *code, *listed = NULL;
	int family, number, protocol, twins, where;
	json_int_t handle;
	if (json_unpack(j, "{ss si ss ss si ss si ss ss sI si si s?s}", "backend", &backend, "family", &family, "table", &table,
			"chain", &chain, "number", &number, "rule", &rule, "protocol", &protocol, "certificate", &certificate,
			"code", &code,
			"handle", &handle, "twins", &twins, "where", &where,
			"listed", &listed) < 0 || !backend_find(backend))
		return false;
	*r = (struct live_rule){ backend_find(backend), (enum family)family, copy(table, a), copy(chain, a), (uint32_t)number,
				 copy(rule, a), (uint8_t)protocol, copy(certificate, a), unhex(code, a), (uint64_t)handle, copy(listed, a), (uint32_t)twins, where };
	return true;
}

static bool record_of_json(json_t *j, struct live_record *r, struct arena *a)
{
	const char *state, *path, *message, *legacy, *select, *ignore;
	int seconds, save, unsafe;
	json_int_t deadline, netns, generation;
	json_t *rules;
	u128 hash;
	if (json_unpack(j, "{ss si sI sI ss ss sb sb ss ss sI ss so}", "state", &state, "seconds", &seconds, "deadline", &deadline,
			"netns", &netns, "netns_path", &path, "message", &message, "save", &save, "unsafe", &unsafe,
			"select", &select, "ignore", &ignore, "generation", &generation, "legacy", &legacy, "rules", &rules) < 0 ||
	    !str_number(str_from(arena_printf(a, "0x%s", legacy)), UINT64_MAX, &hash))
		return false;
	int s = 0;
	while (s < RECORD_STATES && strcmp(state_names[s], state) != 0)
		s++;
	r->state = (enum record_state)s;
	r->seconds = (uint32_t)seconds;
	r->deadline = (long)deadline;
	r->netns = (uint64_t)netns;
	r->netns_path = copy(path, a);
	r->message = copy(message, a);
	r->save = save;
	r->save_unsafe = unsafe;
	r->save_select = copy(select, a);
	r->save_ignore = copy(ignore, a);
	r->change = (struct live_change){ .generation = (uint32_t)generation, .legacy_hash = (uint64_t)hash };
	for (size_t i = 0; i < json_array_size(rules); i++) {
		struct live_rule rule;
		if (!rule_of_json(json_array_get(rules, i), &rule, a))
			return false;
		vec_push(a, &r->change, rule);
	}
	return s < RECORD_STATES;
}

const char *record_load(const char *id, struct arena *a, struct live_record *ret)
{
	json_error_t e;
	*ret = (struct live_record){ .id = copy(id, a) };
	json_t *j = is_id(id) ? json_load_file(path_of(id, ".json", a), 0, &e) : NULL;
	if (!j)
		return arena_printf(a, "there is no change '%s' (see fwlint pending)", id);
	bool ok = record_of_json(j, ret, a);
	json_decref(j);
	int hold = record_hold(id);
	ret->guarded = hold < 0;
	if (hold >= 0)
		close(hold);
	return ok ? NULL : arena_printf(a, "the record of the change '%s' is not one that this fwlint wrote", id);
}

void record_remove(const struct live_record *r, struct arena *a)
{
	unlink(path_of(r->id, ".json", a));
	unlink(path_of(r->id, ".guardian", a));
}

enum record_state record_peek(const char *id, bool *ret_guarded)
{
	struct arena *a = arena_new();
	struct live_record r;
	int lock = record_lock();
	enum record_state s = record_load(id, a, &r) ? RECORD_STATES : r.state;
	*ret_guarded = s != RECORD_STATES && r.guarded;
	close(lock);
	arena_free(a);
	return s;
}

static bool is_finished(const struct live_record *r)
{
	return r->state == RECORD_CONFIRMED || r->state == RECORD_UNDONE || r->state == RECORD_MOVED ||
	       r->state == RECORD_REFUSED;
}

const char *record_list(struct arena *a, struct live_records *ret)
{
	*ret = (struct live_records){ 0 };
	if (geteuid() != 0)
		return "changes of the running ruleset are root's";
	DIR *d = opendir(RECORD_FOLDER);
	int lock = d ? record_lock() : -1;
	for (struct dirent *e = lock >= 0 ? readdir(d) : NULL; e; e = readdir(d)) {
		struct str name = str_from(e->d_name);
		struct stat st;
		if (name.n < 6 || !str_is((struct str){ name.p + name.n - 5, 5 }, ".json"))
			continue;
		struct live_record r;
		const char *id = arena_strndup(a, name.p, name.n - 5);
		if (record_load(id, a, &r))
			continue;
		if (is_finished(&r) && stat(path_of(id, ".json", a), &st) == 0 && time(NULL) - st.st_mtime > KEEP_SECONDS) {
			record_remove(&r, a);
			continue;
		}
		vec_push(a, ret, r);
	}
	if (lock >= 0)
		close(lock);
	if (d)
		closedir(d);
	return NULL;
}
