/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records as JSON, and the files beside them. */
#include "record.h"

#include <fwlint/late_jansson.h>
#include <fwlint/process.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define KEEP_SECONDS (24 * 3600L) /* a finished record */

static const char *const state_names[RECORD_STATES] = { "prepared",  "applying",  "pending",
							"confirmed", "returning", "undone",
							"stuck",     "moved",     "refused" };

static const char *const text_names[RECORD_TEXTS] = { "profile", "select",     "extend",
						      "ignore",  "severities", "owned-chains",
						      "hazards", "interfaces" };

static const char *const decision_ends[] = { "", ".open", ".confirmed", ".returning", ".undone" };

/* An ID becomes a file name, so only IDs in our own format are accepted. */
static bool is_id(const char *id)
{
	return id && id[0] && strlen(id) < 20 && !id[strspn(id, "0123456789abcdef")];
}

struct path {
	char name[100];
};

static struct path path_of(const char *id, const char *end)
{
	struct path p;
	snprintf(p.name, sizeof(p.name), RECORD_FOLDER "/%s%s", is_id(id) ? id : "none", end);
	return p;
}

/* ---- namespaces and boots ---- */

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif

struct live_netns current_netns(void)
{
	struct live_netns n = { 0 };
	struct stat st;
	socklen_t size = sizeof(n.cookie);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (stat("/proc/self/ns/net", &st) == 0) {
		n.device = st.st_dev;
		n.inode = st.st_ino;
	}
	if (fd >= 0 && getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, &n.cookie, &size) < 0)
		n.cookie = 0;
	if (fd >= 0)
		close(fd);
	return n;
}

bool is_same_netns(const struct live_netns *x, const struct live_netns *y)
{
	return x->inode && x->device == y->device && x->inode == y->inode && x->cookie == y->cookie;
}

/* random(4): a new one each time the system starts. */
static const char *boot_id(struct arena *a)
{
	char buf[64] = "";
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? read(fd, buf, sizeof(buf) - 1) : 0;
	if (fd >= 0)
		close(fd);
	while (n > 0 && buf[n - 1] == '\n')
		n--;
	return arena_strndup(a, buf, n > 0 ? (size_t)n : 0);
}

/* ---- the files beside the record ---- */

static const char *make_folder(struct arena *a)
{
	struct stat st;
	if (mkdir(RECORD_FOLDER, 0700) < 0 && errno != EEXIST)
		return arena_printf(a, "'" RECORD_FOLDER "' cannot be made: %s", strerror(errno));
	if (lstat(RECORD_FOLDER, &st) < 0 || !S_ISDIR(st.st_mode) || st.st_uid != geteuid() ||
	    (st.st_mode & 077))
		return "'" RECORD_FOLDER "' is not a folder of this user alone (mode 0700)";
	return NULL;
}

static int make_file(const char *id, const char *end)
{
	return open(path_of(id, end).name, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC | O_NOFOLLOW,
		    0600);
}

const char *record_make(struct live_record *r, struct arena *a)
{
	const char *why = make_folder(a);
	int fd = -1;
	errno = EEXIST;
	for (unsigned try = 0; !why && fd < 0 && errno == EEXIST && try < 1000; try++) {
		uint16_t n;
		if (getrandom(&n, sizeof(n), 0) != sizeof(n))
			return "the kernel gives no random number";
		r->id = arena_printf(a, "%04x", n);
		fd = make_file(r->id, ".guardian");
	}
	if (why || fd < 0)
		return why ? why
			   : arena_printf(a, "no file can be made in " RECORD_FOLDER ": %s",
					  strerror(errno));
	close(fd);
	why = record_save(r, a);
	fd = why ? -1 : make_file(r->id, decision_ends[DECISION_OPEN]);
	if (fd >= 0) {
		close(fd);
		return NULL;
	}
	why = why ? why
		  : arena_printf(a, "no file can be made in " RECORD_FOLDER ": %s",
				 strerror(errno));
	record_remove(r, a);
	return why;
}

enum decision record_decision(const char *id)
{
	/* it may be renamed between two checks */
	for (int try = 0; try < 5; try++)
		for (int d = DECISION_UNDONE; d > DECISION_NONE; d--)
			if (access(path_of(id, decision_ends[d]).name, F_OK) == 0)
				return (enum decision)d;
	return DECISION_NONE;
}

bool record_decide(const char *id, enum decision from, enum decision to)
{
	return rename(path_of(id, decision_ends[from]).name, path_of(id, decision_ends[to]).name) ==
	       0;
}

int record_own(const char *id)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd = open(path_of(id, ".guardian").name, O_CREAT | O_RDWR | O_CLOEXEC | O_NOFOLLOW,
		      0600);
	if (fd >= 0 && fcntl(fd, F_SETLK, &lock) < 0) {
		int why = errno;
		close(fd);
		errno = why;
		return -1;
	}
	return fd;
}

bool record_is_owned(const char *id, int *ret_pid)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd = open(path_of(id, ".guardian").name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	bool owned = fd >= 0 && fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
	if (owned)
		*ret_pid = lock.l_pid > 0 ? (int)lock.l_pid : 0;
	if (fd >= 0)
		close(fd);
	return owned;
}

void record_remove(const struct live_record *r, struct arena *a)
{
	(void)a;
	unlink(path_of(r->id, ".json").name);
	for (int d = DECISION_OPEN; d <= DECISION_UNDONE; d++)
		unlink(path_of(r->id, decision_ends[d]).name);
	unlink(path_of(r->id, ".guardian").name);
}

/* ---- writing ---- */

static json_t *hex(struct str s, struct arena *a)
{
	char *out = arena_alloc(a, 2 * s.n + 1);
	for (size_t i = 0; i < s.n; i++)
		snprintf(out + 2 * i, 3, "%02x", (unsigned char)s.p[i]);
	return json_string(out);
}

/* An unsigned number of 64 bits does not fit a JSON integer, which has 63. */
static const char *hex64(uint64_t v, struct arena *a)
{
	return arena_printf(a, "%016llx", (unsigned long long)v);
}

static json_t *json_of_rule(const struct live_rule *r, struct arena *a)
{
	return json_pack("{ss si ss ss si ss si ss so sI si si si}", "backend", r->backend->name,
			 "family", (int)r->family, "table", r->table, "chain", r->chain, "number",
			 (int)r->number, "rule", r->rule, "protocol", (int)r->protocol,
			 "certificate", r->certificate, "code", hex(r->code, a), "handle",
			 (json_int_t)r->handle, "twins", (int)r->twins, "table_twins",
			 (int)r->table_twins, "where", (int)r->where);
}

/* NULL: a text is not UTF-8. */
static json_t *json_of_texts(const struct live_record *r)
{
	json_t *o = json_object();
	for (int i = 0; i < RECORD_TEXTS; i++)
		if (r->save_texts[i] &&
		    json_object_set_new(o, text_names[i], json_string(r->save_texts[i])) < 0) {
			json_decref(o);
			return NULL;
		}
	return o;
}

const char *record_save(const struct live_record *r, struct arena *a)
{
	json_t *rules = json_array(), *texts = json_of_texts(r);
	bool is_text = texts != NULL;
	for (size_t i = 0; i < r->change.n && is_text; i++)
		is_text = json_array_append_new(rules, json_of_rule(&r->change.items[i], a)) == 0;
	if (!is_text) {
		json_decref(rules);
		json_decref(texts);
		return "the record of the change cannot be written: a name in it is not UTF-8";
	}
	json_t *j = json_pack(
		"{ss ss si sI sI sI ss ss ss sb sb si so sI ss ss so}", "state",
		state_names[r->state], "boot", boot_id(a), "seconds", (int)r->seconds, "deadline",
		(json_int_t)r->deadline, "netns_device", (json_int_t)r->netns.device, "netns",
		(json_int_t)r->netns.inode, "netns_cookie", hex64(r->netns.cookie, a), "netns_path",
		r->netns_path ? r->netns_path : "", "message", r->message ? r->message : "", "save",
		r->save, "unsafe", r->save_unsafe, "severity", (int)r->save_severity, "texts",
		texts, "generation", (json_int_t)r->change.generation, "legacy",
		hex64(r->change.legacy_hash, a), "tag", hex64(r->change.tag, a), "rules", rules);
	struct path new = path_of(r->id, ".new");
	const char *why = NULL;
	if (!j || json_dump_file(j, new.name, JSON_INDENT(1)) < 0 ||
	    rename(new.name, path_of(r->id, ".json").name) < 0) {
		why = arena_printf(a,
				   "the record of the change cannot be written to " RECORD_FOLDER
				   ": %s",
				   strerror(errno));
		unlink(new.name);
	}
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
	const char *backend, *table, *chain, *rule, *certificate, *code;
	int family, number, protocol, twins, table_twins, where;
	json_int_t handle;
	if (json_unpack(j, "{ss si ss ss si ss si ss ss sI si si si}", "backend", &backend,
			"family", &family, "table", &table, "chain", &chain, "number", &number,
			"rule", &rule, "protocol", &protocol, "certificate", &certificate, "code",
			&code, "handle", &handle, "twins", &twins, "table_twins", &table_twins,
			"where", &where) < 0 ||
	    !backend_find(backend) || where < LIVE_NOT_YET || where > LIVE_OUT)
		return false;
	*r = (struct live_rule){
		.backend = backend_find(backend),
		.family = (enum family)family,
		.table = copy(table, a),
		.chain = copy(chain, a),
		.number = (uint32_t)number,
		.rule = copy(rule, a),
		.protocol = (uint8_t)protocol,
		.certificate = copy(certificate, a),
		.code = unhex(code, a),
		.handle = (uint64_t)handle,
		.twins = (uint32_t)twins,
		.table_twins = (uint32_t)table_twins,
		.where = (enum live_where)where,
	};
	return true;
}

static bool number_of_hex(const char *s, struct arena *a, uint64_t *ret)
{
	u128 v;
	if (!str_number(str_from(arena_printf(a, "0x%s", s)), UINT64_MAX, &v))
		return false;
	*ret = (uint64_t)v;
	return true;
}

static bool texts_of_json(json_t *j, struct live_record *r, struct arena *a)
{
	for (int i = 0; i < RECORD_TEXTS; i++) {
		json_t *text = json_object_get(j, text_names[i]);
		if (text && !json_is_string(text))
			return false;
		r->save_texts[i] = copy(json_string_value(text), a);
	}
	return json_is_object(j);
}

static bool record_of_json(json_t *j, struct live_record *r, const char **ret_boot, struct arena *a)
{
	const char *state, *boot, *cookie, *path, *message, *legacy, *tag;
	int seconds, save, unsafe, severity;
	json_int_t deadline, device, inode, generation;
	json_t *rules, *texts;
	if (json_unpack(j, "{ss ss si sI sI sI ss ss ss sb sb si so sI ss ss so}", "state", &state,
			"boot", &boot, "seconds", &seconds, "deadline", &deadline, "netns_device",
			&device, "netns", &inode, "netns_cookie", &cookie, "netns_path", &path,
			"message", &message, "save", &save, "unsafe", &unsafe, "severity",
			&severity, "texts", &texts, "generation", &generation, "legacy", &legacy,
			"tag", &tag, "rules", &rules) < 0 ||
	    !json_is_array(rules) || !texts_of_json(texts, r, a))
		return false;
	int s = 0;
	while (s < RECORD_STATES && strcmp(state_names[s], state) != 0)
		s++;
	r->state = (enum record_state)s;
	r->seconds = (uint32_t)seconds;
	r->deadline = (long)deadline;
	r->netns.device = (uint64_t)device;
	r->netns.inode = (uint64_t)inode;
	r->netns_path = copy(path, a);
	r->message = copy(message, a);
	r->save = save;
	r->save_unsafe = unsafe;
	r->save_severity = (unsigned)severity;
	r->change = (struct live_change){ .generation = (uint32_t)generation };
	*ret_boot = copy(boot, a);
	for (size_t i = 0; i < json_array_size(rules); i++) {
		struct live_rule rule;
		if (!rule_of_json(json_array_get(rules, i), &rule, a))
			return false;
		vec_push(a, &r->change, rule);
	}
	return s < RECORD_STATES && number_of_hex(cookie, a, &r->netns.cookie) &&
	       number_of_hex(tag, a, &r->change.tag) &&
	       number_of_hex(legacy, a, &r->change.legacy_hash);
}

/* A decision holds even if the record could not be written afterwards. */
static void heed_decision(struct live_record *r)
{
	enum decision d = record_decision(r->id);
	if (r->state == RECORD_REFUSED || r->state == RECORD_MOVED || r->state == RECORD_PREPARED ||
	    r->state == RECORD_UNDONE)
		return;
	if (d == DECISION_UNDONE) {
		r->state = RECORD_UNDONE;
		r->message = "it is undone, but its record could not be written";
	} else if (d == DECISION_CONFIRMED && r->state == RECORD_PENDING) {
		r->state = RECORD_CONFIRMED;
		r->message = "confirmed";
	} else if (d == DECISION_RETURNING &&
		   (r->state == RECORD_PENDING || r->state == RECORD_CONFIRMED)) {
		r->state = RECORD_RETURNING;
		r->message = "it is being undone";
	}
}

const char *record_load(const char *id, struct arena *a, struct live_record *ret)
{
	json_error_t e;
	const char *boot = "";
	struct live_record r = { .id = copy(id, a), .message = "" };
	json_t *j = is_id(id) ? json_load_file(path_of(id, ".json").name, 0, &e) : NULL;
	if (!j)
		return arena_printf(a, "there is no change '%s' (see fwlint pending)", id);
	bool ok = record_of_json(j, &r, &boot, a);
	json_decref(j);
	if (!ok)
		return arena_printf(a,
				    "the record of the change '%s' is not one that this fwlint "
				    "wrote",
				    id);
	if (strcmp(boot, boot_id(a)) != 0)
		return arena_printf(a,
				    "change %s was made before the system was restarted: its "
				    "rules are gone",
				    id);
	heed_decision(&r);
	*ret = r;
	return NULL;
}

bool is_nothing(enum record_state s)
{
	return s == RECORD_UNDONE || s == RECORD_MOVED || s == RECORD_REFUSED ||
	       s == RECORD_PREPARED;
}

/* Finished, or never begun. */
static bool is_finished(const struct live_record *r)
{
	return r->state == RECORD_CONFIRMED || is_nothing(r->state);
}

const char *record_list(struct arena *a, struct live_records *ret)
{
	struct live_records list = { 0 };
	if (geteuid() != 0)
		return "only root may see the changes of the running ruleset";
	DIR *d = opendir(RECORD_FOLDER);
	for (struct dirent *e = d ? readdir(d) : NULL; e; e = readdir(d)) {
		struct str name = str_from(e->d_name);
		struct stat st;
		if (name.n < 6 || !str_is((struct str){ name.p + name.n - 5, 5 }, ".json"))
			continue;
		const char *id = arena_strndup(a, name.p, name.n - 5);
		struct live_record r = { .id = id };
		if (record_load(id, a, &r))
			continue;
		r.guarded = record_is_owned(id, &r.guardian);
		if (!r.guarded && is_finished(&r) && stat(path_of(id, ".json").name, &st) == 0 &&
		    time(NULL) - st.st_mtime > KEEP_SECONDS) {
			record_remove(&r, a);
			continue;
		}
		vec_push(a, &list, r);
	}
	if (d)
		closedir(d);
	*ret = list;
	return NULL;
}
