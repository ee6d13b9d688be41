/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The files of a live change, src/live/record.c. The program enters namespaces of its own, where it
 * is root (of a user namespace, if it is a user's) and /run is empty; nothing else needs rights.
 */
#include "../../src/live/record.h"

#include "suite.h"

#include <fwlint/process.h>

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define FILE_OF(id, end) RECORD_FOLDER "/" id end

static struct live_rule some_rule(uint32_t number)
{
	static const char code[] = "\0\1\x7f\x80\xff{}\"\\\n";
	return (struct live_rule){
		.backend = backend_list[0],
		.family = FAMILY_IP6,
		.table = "filter",
		.chain = "a \"chain\"",
		.number = number,
		.rule = "-m comment --comment \"\xc3\xa9\" -j DROP",
		.protocol = 255,
		.certificate = "input: ESTABLISHED",
		.code = { code, sizeof(code) },
		.handle = INT64_MAX,
		.twins = 7,
		.table_twins = 8,
		.where = LIVE_LEAVING,
	};
}

/* With another value in each member. */
static struct live_record some_record(enum record_state state)
{
	struct live_record r = {
		.state = state,
		.seconds = 60,
		.deadline = 123456789012,
		.netns = { 4, 4026531840, UINT64_MAX },
		.netns_path = "/run/netns/x",
		.message = "a message",
		.save = true,
		.save_unsafe = true,
		.save_severity = 2,
		.save_texts = { "all", "FW101", "FW109", "FW103", "FW101=note", "DOCKER*",
				"failover", NULL },
		.change = { .generation = 0x7fffffff,
			    .legacy_hash = UINT64_MAX - 1,
			    .tag = 0x8000000000000001u },
	};
	for (uint32_t i = 0; i < 3; i++)
		vec_push(a, &r.change, some_rule(i + 1));
	return r;
}

static struct live_record made(enum record_state state)
{
	struct live_record r = some_record(state);
	const char *why = record_make(&r, a);
	ck_assert_msg(!why, "%s", why);
	return r;
}

static struct live_record loaded(const char *id)
{
	struct live_record r;
	const char *why = record_load(id, a, &r);
	ck_assert_msg(!why, "%s", why);
	return r;
}

static void clear(void)
{
	ck_assert_int_eq(system("rm -rf " RECORD_FOLDER), 0);
}

static bool is_there(const char *id, const char *end)
{
	return access(arena_printf(a, RECORD_FOLDER "/%s%s", id, end), F_OK) == 0;
}

/* ---- what is in it ---- */

static void compare_rules(const struct live_rule *x, const struct live_rule *y)
{
	ck_assert_ptr_eq(x->backend, y->backend);
	ck_assert_int_eq(x->family, y->family);
	ck_assert_str_eq(x->table, y->table);
	ck_assert_str_eq(x->chain, y->chain);
	ck_assert_uint_eq(x->number, y->number);
	ck_assert_str_eq(x->rule, y->rule);
	ck_assert_uint_eq(x->protocol, y->protocol);
	ck_assert_str_eq(x->certificate, y->certificate);
	ck_assert_uint_eq(x->code.n, y->code.n);
	ck_assert_mem_eq(x->code.p, y->code.p, y->code.n);
	ck_assert_uint_eq(x->handle, y->handle);
	ck_assert(x->twins == y->twins && x->table_twins == y->table_twins && x->where == y->where);
}

START_TEST(what_is_saved_is_loaded)
{
	struct live_record r = made(RECORD_PENDING), got = loaded(r.id);
	ck_assert_str_eq(got.id, r.id);
	ck_assert_int_eq(got.state, RECORD_PENDING);
	ck_assert(got.seconds == r.seconds && got.deadline == r.deadline &&
		  is_same_netns(&got.netns, &r.netns));
	ck_assert_str_eq(got.netns_path, r.netns_path);
	ck_assert_str_eq(got.message, r.message);
	ck_assert(got.save && got.save_unsafe);
	ck_assert_uint_eq(got.save_severity, 2);
	for (int i = 0; i < RECORD_TEXTS; i++)
		ck_assert_pstr_eq(got.save_texts[i], r.save_texts[i]);
	ck_assert_uint_eq(got.change.generation, r.change.generation);
	ck_assert_uint_eq(got.change.legacy_hash, r.change.legacy_hash);
	ck_assert_uint_eq(got.change.tag, r.change.tag);
	ck_assert_uint_eq(got.change.n, 3);
	for (size_t i = 0; i < 3; i++)
		compare_rules(&got.change.items[i], &r.change.items[i]);
}
END_TEST

START_TEST(each_state_is_kept_and_a_new_one_replaces_the_old)
{
	struct live_record r = made(RECORD_PREPARED);
	for (int s = 0; s < RECORD_STATES; s++) {
		r.state = (enum record_state)s;
		r.save = r.save_unsafe = s % 2;
		ck_assert_ptr_null(record_save(&r, a));
		ck_assert_int_eq(loaded(r.id).state, s);
		ck_assert(loaded(r.id).save == s % 2 && loaded(r.id).save_unsafe == s % 2);
	}
	ck_assert(!is_there(r.id, ".new"));
}
END_TEST

START_TEST(a_name_that_is_no_text_is_refused_and_the_record_before_stays)
{
	struct live_record r = made(RECORD_PENDING);
	r.state = RECORD_UNDONE;
	r.change.items[1].chain = "\xff";
	const char *why = record_save(&r, a);
	ck_assert(why && strstr(why, "not UTF-8"));
	ck_assert_int_eq(loaded(r.id).state, RECORD_PENDING);
	ck_assert(!is_there(r.id, ".new"));
}
END_TEST

/* ---- what is not ours ---- */

static const char *why_not_loaded(json_t *j)
{
	struct live_record r;
	ck_assert_int_eq(json_dump_file(j, FILE_OF("abcd", ".json"), 0), 0);
	const char *why = record_load("abcd", a, &r);
	return why ? why : "loaded";
}

static json_t *some_json(void)
{
	struct live_record r = made(RECORD_PENDING);
	json_t *j = json_load_file(arena_printf(a, RECORD_FOLDER "/%s.json", r.id), 0, NULL);
	ck_assert_ptr_nonnull(j);
	ck_assert_str_eq(why_not_loaded(j), "loaded");
	return j;
}

/* Each member missing, and each of another type. */
static void spoil_members(json_t *whole, json_t *part)
{
	const char *key;
	json_t *copy = json_copy(part), *value;
	json_object_foreach(copy, key, value)
	{
		json_object_del(part, key);
		ck_assert_msg(strstr(why_not_loaded(whole), "not one that this fwlint wrote"),
			      "without %s", key);
		json_object_set_new(part, key, json_null());
		ck_assert_msg(strstr(why_not_loaded(whole), "not one that this fwlint wrote"),
			      "null: %s", key);
		json_object_set_new(part, key,
				    json_is_string(value) ? json_integer(1) : json_string("x"));
		ck_assert_msg(strstr(why_not_loaded(whole), "not one that this fwlint wrote"),
			      "type: %s", key);
		json_object_set(part, key, value);
	}
	json_decref(copy);
	ck_assert_str_eq(why_not_loaded(whole), "loaded");
}

START_TEST(a_member_that_is_missing_or_of_another_type_is_refused)
{
	json_t *j = some_json();
	spoil_members(j, j);
	spoil_members(j, json_array_get(json_object_get(j, "rules"), 2));
	json_decref(j);
}
END_TEST

START_TEST(a_value_that_has_no_meaning_is_refused)
{
	static const struct {
		const char *key;
		bool of_rule;
		const char *value;
	} rows[] = {
		{ "state", false, "\"gone\"" }, { "state", false, "\"\"" },
		{ "tag", false, "\"xyz\"" },    { "tag", false, "\"11112222333344445\"" },
		{ "legacy", false, "\"\"" },    { "netns_cookie", false, "\"-1\"" },
		{ "backend", true, "\"pf\"" },  { "where", true, "-1" },
		{ "where", true, "4" },
	};
	json_t *j = some_json(), *rule = json_array_get(json_object_get(j, "rules"), 0);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		json_t *part = rows[i].of_rule ? rule : j,
		       *was = json_incref(json_object_get(part, rows[i].key));
		json_object_set_new(part, rows[i].key,
				    json_loads(rows[i].value, JSON_DECODE_ANY, NULL));
		ck_assert_msg(strstr(why_not_loaded(j), "not one that this fwlint wrote"), "%s %s",
			      rows[i].key, rows[i].value);
		json_object_set_new(part, rows[i].key, was);
	}
	json_object_set_new(j, "boot", json_string("another"));
	ck_assert_ptr_nonnull(strstr(why_not_loaded(j), "before the system was restarted"));
	json_decref(j);
}
END_TEST

START_TEST(what_is_no_id_names_no_file)
{
	static const char *const wrong[] = { "",     ".",     "../run/abcd",
					     "ABCD", "abcd ", "abcdabcdabcdabcdabcd",
					     "abcg" };
	struct live_record r;
	json_t *j = some_json();
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		json_dump_file(j, arena_printf(a, RECORD_FOLDER "/%s.json", wrong[i]), 0);
		ck_assert_msg(record_load(wrong[i], a, &r) != NULL, "%s", wrong[i]);
	}
	ck_assert_ptr_nonnull(record_load("1234567", a, &r));
	json_decref(j);
}
END_TEST

/* ---- the folder ---- */

START_TEST(the_files_of_a_change_are_its_owners_alone)
{
	struct stat st;
	struct live_record r = made(RECORD_PREPARED), other = made(RECORD_PREPARED);
	ck_assert_str_ne(r.id, other.id);
	ck_assert(stat(RECORD_FOLDER, &st) == 0 && (st.st_mode & 07777) == 0700);
	ck_assert(is_there(r.id, ".json") && is_there(r.id, ".guardian") &&
		  is_there(r.id, ".open"));
	ck_assert(stat(arena_printf(a, RECORD_FOLDER "/%s.guardian", r.id), &st) == 0 &&
		  (st.st_mode & 07777) == 0600);
	record_remove(&r, a);
	ck_assert(!is_there(r.id, ".json") && !is_there(r.id, ".guardian") &&
		  !is_there(r.id, ".open"));
	ck_assert(is_there(other.id, ".json") && is_there(other.id, ".guardian") &&
		  is_there(other.id, ".open"));
}
END_TEST

START_TEST(a_folder_that_others_could_write_to_is_refused)
{
	static const char *const scripts[] = { "mkdir -m 755 " RECORD_FOLDER,
					       "mkdir -m 700 /run/other; ln -s "
					       "other " RECORD_FOLDER,
					       "touch " RECORD_FOLDER,
					       "mkdir -m 710 " RECORD_FOLDER };
	struct live_record r = some_record(RECORD_PREPARED);
	for (size_t i = 0; i < ARRAY_SIZE(scripts); i++) {
		clear();
		ck_assert_int_eq(system(scripts[i]), 0);
		const char *why = record_make(&r, a);
		ck_assert_msg(why && strstr(why, "not a folder of this user alone"), "%s",
			      scripts[i]);
	}
	clear();
}
END_TEST

/* ---- decisions ---- */

START_TEST(one_of_two_decisions_fails)
{
	struct live_record r = made(RECORD_PENDING);
	ck_assert_int_eq(record_decision(r.id), DECISION_OPEN);
	ck_assert(record_decide(r.id, DECISION_OPEN, DECISION_CONFIRMED));
	ck_assert_int_eq(record_decision(r.id), DECISION_CONFIRMED);
	ck_assert(!record_decide(r.id, DECISION_OPEN, DECISION_RETURNING) && errno == ENOENT);
	ck_assert_int_eq(record_decision(r.id), DECISION_CONFIRMED);
	record_remove(&r, a);
	ck_assert_int_eq(record_decision(r.id), DECISION_NONE);
}
END_TEST

START_TEST(what_was_decided_holds_though_the_record_says_less)
{
	static const struct {
		enum decision decision;
		enum record_state written, read;
	} rows[] = {
		{ DECISION_OPEN, RECORD_PENDING, RECORD_PENDING },
		{ DECISION_CONFIRMED, RECORD_PENDING, RECORD_CONFIRMED },
		{ DECISION_RETURNING, RECORD_PENDING, RECORD_RETURNING },
		{ DECISION_UNDONE, RECORD_PENDING, RECORD_UNDONE },
		{ DECISION_RETURNING, RECORD_CONFIRMED, RECORD_RETURNING },
		{ DECISION_UNDONE, RECORD_STUCK, RECORD_UNDONE },
		{ DECISION_CONFIRMED, RECORD_STUCK, RECORD_STUCK },
		{ DECISION_RETURNING, RECORD_STUCK, RECORD_STUCK },
		{ DECISION_UNDONE, RECORD_REFUSED, RECORD_REFUSED },
		{ DECISION_UNDONE, RECORD_MOVED, RECORD_MOVED },
		{ DECISION_UNDONE, RECORD_PREPARED, RECORD_PREPARED },
		{ DECISION_CONFIRMED, RECORD_APPLYING, RECORD_APPLYING },
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct live_record r = made(rows[i].written);
		ck_assert(record_decide(r.id, DECISION_OPEN, rows[i].decision));
		ck_assert_msg(loaded(r.id).state == rows[i].read, "row %zu", i);
	}
}
END_TEST

/* ---- owners ---- */

/* A process that has the change, until its standard input ends. */
static pid_t owner_of(const char *id, int *ret_end)
{
	int up[2], down[2];
	char c;
	ck_assert(pipe(up) == 0 && pipe(down) == 0);
	pid_t pid = fork();
	if (pid == 0) {
		close(down[1]);
		c = record_own(id) >= 0 ? 'y' : 'n';
		_exit(write(up[1], &c, 1) != 1 || read(down[0], &c, 1) != 0);
	}
	close(up[1]);
	close(down[0]);
	ck_assert(read(up[0], &c, 1) == 1 && c == 'y');
	close(up[0]);
	*ret_end = down[1];
	return pid;
}

START_TEST(a_change_has_one_owner_as_long_as_that_lives)
{
	struct live_record r = made(RECORD_PENDING);
	int end, who = -1;
	ck_assert(!record_is_owned(r.id, &who) && who == -1);
	pid_t pid = owner_of(r.id, &end);
	ck_assert(record_is_owned(r.id, &who));
	ck_assert_int_eq(who, pid);
	ck_assert(record_own(r.id) == -1 && (errno == EAGAIN || errno == EACCES));
	close(end);
	ck_assert(waitpid(pid, NULL, 0) == pid && !record_is_owned(r.id, &who));
	int fd = record_own(r.id);
	ck_assert_int_ge(fd, 0);
	close(fd);
}
END_TEST

/* ---- the list ---- */

static void make_old(const char *id)
{
	struct timespec times[2] = { { .tv_sec = time(NULL) - 25 * 3600 },
				     { .tv_sec = time(NULL) - 25 * 3600 } };
	ck_assert_int_eq(
		utimensat(AT_FDCWD, arena_printf(a, RECORD_FOLDER "/%s.json", id), times, 0), 0);
}

static const struct live_record *find(const struct live_records *list, const char *id)
{
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->items[i].id, id) == 0)
			return &list->items[i];
	return NULL;
}

START_TEST(the_list_has_all_but_old_ones_that_are_finished)
{
	clear();
	struct live_record young = made(RECORD_CONFIRMED), old = made(RECORD_CONFIRMED),
			   pending = made(RECORD_PENDING);
	struct live_record guarded = made(RECORD_UNDONE), stuck = made(RECORD_STUCK),
			   nothing = made(RECORD_MOVED);
	struct live_records list;
	int end;
	pid_t pid = owner_of(guarded.id, &end);
	const char *const aged[] = { old.id, pending.id, guarded.id, stuck.id, nothing.id };
	for (size_t i = 0; i < ARRAY_SIZE(aged); i++)
		make_old(aged[i]);
	ck_assert_int_eq(
		system("echo '{}' >" FILE_OF("abcd", ".json") "; echo >" FILE_OF("x", ".json")), 0);
	ck_assert_ptr_null(record_list(a, &list));
	ck_assert_uint_eq(list.n, 4);
	ck_assert(find(&list, young.id) && find(&list, pending.id) && find(&list, stuck.id));
	ck_assert(find(&list, guarded.id) && find(&list, guarded.id)->guarded &&
		  find(&list, guarded.id)->guardian == pid);
	ck_assert(!find(&list, pending.id)->guarded);
	ck_assert(!is_there(old.id, ".json") && !is_there(nothing.id, ".guardian") &&
		  is_there("abcd", ".json"));
	close(end);
	waitpid(pid, NULL, 0);
}
END_TEST

START_TEST(without_a_folder_the_list_is_empty)
{
	struct live_records list = { .n = 1 };
	clear();
	ck_assert_ptr_null(record_list(a, &list));
	ck_assert_uint_eq(list.n, 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		what_is_saved_is_loaded,
		each_state_is_kept_and_a_new_one_replaces_the_old,
		a_name_that_is_no_text_is_refused_and_the_record_before_stays,
		a_member_that_is_missing_or_of_another_type_is_refused,
		a_value_that_has_no_meaning_is_refused,
		what_is_no_id_names_no_file,
		the_files_of_a_change_are_its_owners_alone,
		a_folder_that_others_could_write_to_is_refused,
		one_of_two_decisions_fails,
		what_was_decided_holds_though_the_record_says_less,
		a_change_has_one_owner_as_long_as_that_lives,
		the_list_has_all_but_old_ones_that_are_finished,
		without_a_folder_the_list_is_empty,
	};
	struct arena *own = arena_new();
	const char *why = process_enter_namespaces(own);
	if (why)
		printf("SKIPPED: %s\n", why);
	arena_free(own);
	return why ? 77 : suite_run("record", tests, ARRAY_SIZE(tests));
}
