/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `nft -j list ruleset`, and the commands of libnftables-json(5): an array of objects; each is
 * added, or wrapped in a command.
 */
#include "json.h"

extern const struct dialect dialect_nft_json;

enum verb {
	V_ADD,
	V_CREATE,
	V_INSERT,
	V_REPLACE,
	V_DELETE,
	V_DESTROY,
	V_FLUSH,
	V_RENAME,
	V_NOTHING
};

static void expected(struct script *s, const struct json *j, const char *what)
{
	script_error(s, j->span, ERROR_SYNTAX, "expected %s", what);
}

static struct nft_table *table_of(struct script *s, const struct json *j, bool must)
{
	enum family f;
	struct str name = json_member(j, "table");
	if (!family_find(json_member(j, "family"), &f)) {
		if (must)
			expected(s, j, "\"family\": ip, ip6, inet, arp, bridge or netdev");
		return NULL;
	}
	struct nft_table *t = script_table(s, f, name);
	if (!t && must)
		script_error(s, j->span, ERROR_UNDEFINED, "table %s %.*s is not declared here",
			     family_name(f), STR_FMT(name));
	return t;
}

/* Does what a command deletes or changes exist, and what it creates not yet? */
static bool is_right(struct script *s, enum verb v, const struct json *j, const struct nft_table *t,
		     const char *kind, struct str name, bool there)
{
	enum family f = FAMILY_IP;
	FW_MAY_FAIL(family_find(json_member(j, "family"), &f)); /* the default is ip */
	if (!there && (v == V_DELETE || v == V_FLUSH || v == V_RENAME))
		script_missing(s, j->span, t, f, kind, name);
	if (there && v == V_CREATE)
		script_error(s, j->span, ERROR_DUPLICATE,
			     "%s '%.*s' already exists, and \"create\" fails then (use \"add\")",
			     kind, STR_FMT(name));
	return !(there && v == V_CREATE);
}

static bool removes(enum verb v)
{
	return v == V_DELETE || v == V_DESTROY;
}

static bool makes(enum verb v)
{
	return v == V_ADD || v == V_CREATE;
}

/* Then it stays, so that its users are not reported as errors, too. */
static bool still_used(struct script *s, const struct json *j, const struct nft_table *t,
		       enum expr_kind by, struct str name)
{
	bool used = script_is_used(s, t, by, name);
	if (used)
		script_error(s, j->span, ERROR_USED,
			     "'%.*s' is still used: the kernel does not delete it (Device or "
			     "resource busy)",
			     STR_FMT(name));
	return used;
}

static void table_flag(struct script *s, struct nft_table *t, const struct json *j)
{
	if (str_is(j->text, "dormant"))
		t->dormant = true;
	else if (!str_is(j->text, "owner") && !str_is(j->text, "persist"))
		script_error(s, j->span, ERROR_LIMIT,
			     "cannot tell whether this table is dormant: nft 1.0.6 prints wrong "
			     "flags in JSON; lint the output of 'nft list ruleset'");
}

/* NFT_NAME_MAXLEN less its end; text has the same limit (keyword.c). */
static bool is_name(struct script *s, const struct json *j)
{
	struct str name = json_member(j, "name");
	if (name.n < 256)
		return true;
	script_error(s, j->span, ERROR_VALUE,
		     "this name is longer than 255 characters (Numerical result out of range)");
	return false;
}

static void table_json(struct script *s, enum verb v, const struct json *j)
{
	enum family f;
	struct str name = json_member(j, "name");
	if (!is_name(s, j))
		return;
	if (!family_find(json_member(j, "family"), &f) || !name.n) {
		if (makes(v))
			expected(s, j, "\"family\" and \"name\" of a table");
		return;
	}
	struct nft_table *t = script_table(s, f, name);
	if (!is_right(s, v, j, NULL, "table", name, t != NULL))
		return;
	if (removes(v) && t)
		script_delete_table(s, t);
	for (size_t i = 0; v == V_FLUSH && t && i < t->chains.n; i++)
		t->chains.items[i]->rules.n = 0;
	if (!makes(v))
		return;
	t = script_add_table(s, f, name, j->span);
	t->is_new = t->is_new || v == V_CREATE;
	/* a table that is named again without flags is awake */
	const struct json *flags = json_get(j, "flags");
	t->dormant = false;
	for (size_t i = 0; flags && i < (flags->kind == JSON_ARRAY ? flags->n : 1); i++)
		table_flag(s, t, flags->kind == JSON_ARRAY ? flags->items[i] : flags);
}

static void add_device(struct script *s, struct nft_chain *c, const struct json *j)
{
	static const struct selector ifname = { .type = TYPE_IFNAME, .field = FIELD_IIFNAME };
	struct range r;
	if (j->kind != JSON_STRING || value_parse(&ifname, j->text, &r) != VALUE_OK)
		expected(s, j, value_wanted(TYPE_IFNAME));
	else
		vec_push(s->arena, &c->devices, r);
}

static void base_chain(struct script *s, struct nft_chain *c, const struct json *j)
{
	struct json *prio = json_get(j, "prio"), *dev = json_get(j, "dev");
	struct str text = prio ? prio->text : STR("");
	bool negative = text.n && text.p[0] == '-';
	struct str digits = { text.p + negative, text.n - negative };
	u128 n = 0;
	if (!hook_find(json_member(j, "hook"), &c->hook))
		expected(s, j,
			 "\"hook\": prerouting, input, forward, output, postrouting, ingress or "
			 "egress");
	if (!chain_type_find(json_member(j, "type"), &c->type))
		expected(s, j, "\"type\": filter, nat or route");
	if (str_number(digits, UINT32_MAX, &n))
		c->priority = (int)(int32_t)(negative ? -(uint32_t)n : (uint32_t)n);
	else if (!priority_find(text, c->table->family, c->hook, &c->priority))
		expected(s, prio ? prio : j, "a number as \"prio\"");
	if (dev && dev->kind != JSON_ARRAY)
		add_device(s, c, dev);
	for (size_t i = 0; dev && i < dev->n; i++)
		add_device(s, c, dev->items[i]);
	if (!dev && (c->hook == HOOK_INGRESS || c->hook == HOOK_EGRESS))
		script_error(s, j->span, ERROR_LIMIT,
			     "cannot tell the device of this chain: nft 1.0.6 leaves it out of "
			     "JSON; lint the output of 'nft list ruleset'");
	ranges_normalize(c->devices.items, (uint32_t)c->devices.n);
	c->is_base = true;
	c->policy = str_is(json_member(j, "policy"), "drop") ? POLICY_DROP : POLICY_ACCEPT;
}

static void chain_object(struct script *s, enum verb v, const struct json *j)
{
	struct nft_table *t = table_of(s, j, makes(v));
	struct str name = json_member(j, "name");
	struct nft_chain *c = t ? table_chain(t, name) : NULL;
	if (!is_name(s, j) || !(t || v == V_DELETE || v == V_FLUSH || v == V_RENAME) ||
	    (name.n && !is_right(s, v, j, t, "chain", name, c != NULL)))
		return;
	if (removes(v) && c && !still_used(s, j, t, EXPR_VERDICT, name))
		table_delete_chain(t, c);
	if (v == V_RENAME && c)
		script_error(s, j->span, ERROR_UNDEFINED,
			     "nft 1.0.6 cannot rename a chain that the same file creates");
	if (v == V_FLUSH && c)
		c->rules.n = 0;
	if (!makes(v) || !t)
		return;
	struct nft_chain was = c ? *c : (struct nft_chain){ .table = t };
	bool old = c != NULL;
	if (!name.n) {
		expected(s, j, "the \"name\" of a chain");
		return;
	}
	c = table_add_chain(s, t, name, j->span);
	if (json_get(j, "hook")) {
		base_chain(s, c, j);
		script_check_redeclared(s, c, &was, old, j->span);
	}
}

static void rule_object(struct script *s, enum verb v, const struct json *j)
{
	struct nft_table *t = table_of(s, j, !removes(v));
	struct nft_chain *c = t ? table_chain(t, json_member(j, "chain")) : NULL;
	struct nft_rule *r = arena_new_one(s->arena, struct nft_rule);
	size_t at = 0;
	u128 n = 0;
	bool has_index = json_get(j, "index") &&
			 str_number(json_member(j, "index"), UINT32_MAX, &n);
	if (t && !c && !removes(v))
		script_error(s, j->span, ERROR_UNDEFINED, "chain '%.*s' is not declared here",
			     STR_FMT(json_member(j, "chain")));
	if (!c)
		return;
	u128 handle = 0;
	FW_MAY_FAIL(
		str_number(json_member(j, "handle"), UINT64_MAX, &handle)); /* 0 is not a handle */
	bool known = chain_find_handle(c, (uint64_t)handle, &at);
	if (removes(v)) {
		is_right(s, v, j, t, "rule with handle", json_member(j, "handle"), known);
		if (known)
			chain_delete_rule(c, at);
		return;
	}
	*r = (struct nft_rule){ .chain = c,
				.span = j->span,
				.comment = json_member(j, "comment"),
				.handle = (uint64_t)handle,
				.place = makes(v) ? BY_ADD : BY_INSERT };
	json_statements(s, json_get(j, "expr"), r);
	script_check_rule_targets(s, t, r);
	if (v == V_REPLACE && known)
		chain_delete_rule(c, at);
	else if (v == V_REPLACE)
		script_error(s, j->span, ERROR_UNDEFINED,
			     "the rule to replace is not in this file");
	if (makes(v))
		at = c->rules.n;
	else if (v == V_INSERT && !has_index)
		at = chain_front(c);
	if (has_index && v != V_REPLACE && !chain_place(c, (uint64_t)n, makes(v), &at))
		script_error(s, j->span, ERROR_UNDEFINED,
			     "chain '%.*s' has %zu rules: there is none with this index",
			     STR_FMT(c->name), c->rules.n);
	else
		chain_add_rule(s, c, r, at);
}

/* "ipv4_addr", or an array of such: the parts. Other forms are not known. */
static void declared_type(struct script *s, const struct json *j, struct nft_set *set, bool is_data)
{
	for (size_t i = 0; j && i < (j->kind == JSON_ARRAY ? j->n : 1); i++) {
		const struct json *name = j->kind == JSON_ARRAY ? j->items[i] : j;
		struct datatype d = { TYPE_OTHER, 0 };
		if (name->kind != JSON_STRING || !datatype_find(name->text, &d))
			d = (struct datatype){ TYPE_OTHER, 0 };
		set->holds_verdicts = set->holds_verdicts || (is_data && str_is(name->text, "verdic"
											    "t"));
		set->holds_objects = set->holds_objects ||
				     (is_data && object_kind_find(name->text) < OBJECT_KINDS);
		if (is_data)
			vec_push(s->arena, &set->data, d);
		else
			vec_push(s->arena, &set->key, d);
	}
}

static void set_flag(struct nft_set *set, struct str flag)
{
	set->flag_dynamic = set->flag_dynamic || str_is(flag, "dynamic");
	set->flag_timeout = set->flag_timeout || str_is(flag, "timeout");
	set->flag_constant = set->flag_constant || str_is(flag, "constant");
	set->is_interval = set->is_interval || str_is(flag, "interval");
}

static void read_set(struct script *s, const struct json *j, struct nft_set *set)
{
	const struct json *flags = json_get(j, "flags"), *elem = json_get(j, "elem");
	declared_type(s, json_get(j, "type"), set, false);
	declared_type(s, json_get(j, "map"), set, true);
	if (flags && flags->kind == JSON_STRING)
		set_flag(set, flags->text);
	for (size_t i = 0; flags && i < flags->n; i++)
		set_flag(set, flags->items[i]->text);
	set->merges = json_get(j, "auto-merge") && json_get(j, "auto-merge")->kind == JSON_TRUE;
	set->timeout = json_member(j, "timeout");
	set->gc_interval = json_member(j, "gc-interval");
	set->flag_timeout = set->flag_timeout || json_get(j, "timeout");
	set->is_dynamic = set->flag_dynamic || set->flag_timeout;
	if (elem)
		set_add_elements(s, set, json_elements(s, elem));
}

static void set_object(struct script *s, enum verb v, const struct json *j, bool is_map)
{
	struct nft_table *t = table_of(s, j, makes(v));
	struct str name = json_member(j, "name");
	struct nft_set *set = t ? table_set(t, name) : NULL;
	if (!is_name(s, j) || !is_right(s, v, j, t, is_map ? "map" : "set", name, set != NULL))
		return;
	if (removes(v) && set && !still_used(s, j, t, EXPR_SET_REF, name))
		table_delete_set(t, set);
	if (v == V_FLUSH && set)
		set->elements.n = 0;
	if (!makes(v) || !t)
		return;
	struct nft_set again = { .table = t, .name = name, .is_map = is_map, .span = j->span };
	read_set(s, j, &again);
	if (set)
		script_redeclare_set(s, set, &again, j->span);
	else
		*table_add_set(s, t, name, j->span) = again;
}

static void element_object(struct script *s, enum verb v, const struct json *j)
{
	struct nft_table *t = table_of(s, j, makes(v));
	struct nft_set *set = t ? table_set(t, json_member(j, "name")) : NULL;
	const struct json *elem = json_get(j, "elem");
	if (makes(v) && t && !set)
		script_error(s, j->span, ERROR_UNDEFINED, "set '%.*s' is not declared here",
			     STR_FMT(json_member(j, "name")));
	if (makes(v) && set && elem)
		set_add_elements(s, set, json_elements(s, elem));
	if (removes(v) && set)
		script_error(s, j->span, ERROR_LIMIT,
			     "fwlint does not follow the deletion of elements in JSON");
}

/* A counter, a helper of conntrack, a flowtable … */
static void named_object(struct script *s, enum verb v, enum object_kind kind, const struct json *j)
{
	struct nft_table *t = table_of(s, j, makes(v));
	struct str name = json_member(j, "name");
	const struct json *policy = json_get(j, "policy");
	struct nft_object *o = t ? table_object(t, kind, name) : NULL;
	if (!is_name(s, j) || !(t || v == V_DELETE) || !name.n ||
	    !is_right(s, v, j, t, object_word(kind), name, o != NULL))
		return;
	if (removes(v) && o) {
		if (script_uses_object(s, t, kind, name))
			script_error(s, j->span, ERROR_USED,
				     "'%.*s' is still used: the kernel does not delete it (Device "
				     "or resource busy)",
				     STR_FMT(name));
		o->is_gone = true;
	}
	if (!makes(v))
		return;
	o = table_add_object(s, t, kind, name);
	o->is_tcp = str_is(json_member(j, "protocol"), "tcp");
	if (kind == OBJECT_TIMEOUT && policy && json_get(policy, "established"))
		o->has_established = time_value(json_member(policy, "established"),
						&o->established);
}

static void object(struct script *s, enum verb v, struct str key, const struct json *j)
{
	static const char *const others[] = { "metainfo", "counters", "quotas",
					      "limits",   "meter",    NULL };
	if (str_is(key, "table"))
		table_json(s, v, j);
	else if (str_is(key, "chain"))
		chain_object(s, v, j);
	else if (str_is(key, "rule"))
		rule_object(s, v, j);
	else if (str_is(key, "set"))
		set_object(s, v, j, false);
	else if (str_is(key, "map"))
		set_object(s, v, j, true);
	else if (str_is(key, "element"))
		element_object(s, v, j);
	else if (object_kind_find(key) < OBJECT_KINDS)
		named_object(s, v, object_kind_find(key), j);
	else if (str_is(key, "ruleset") && v == V_FLUSH)
		script_flush(s, NULL);
	else {
		for (size_t i = 0; others[i]; i++)
			if (str_is(key, others[i]))
				return;
		expected(s, j, "a table, chain, rule, set, map, element or another object");
	}
}

static void command(struct script *s, const struct json *j)
{
	static const struct {
		const char *word;
		enum verb verb;
	} verbs[] = {
		{ "add", V_ADD },         { "create", V_CREATE }, { "insert", V_INSERT },
		{ "replace", V_REPLACE }, { "delete", V_DELETE }, { "destroy", V_DESTROY },
		{ "flush", V_FLUSH },     { "list", V_NOTHING },  { "reset", V_NOTHING },
		{ "rename", V_RENAME },
	};
	struct json *v = NULL, *inner = NULL;
	struct str key = json_kind_of(j, &v);
	if (!key.n) {
		expected(s, j, "an object with one member: a command, a table, a chain, a rule …");
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		if (str_is(key, verbs[i].word)) {
			struct str what = json_kind_of(v, &inner);
			if (verbs[i].verb == V_NOTHING)
				return;
			if (!what.n)
				expected(s, v, "an object with one member");
			else
				object(s, verbs[i].verb, what, inner);
			return;
		}
	object(s, V_ADD, key, v);
}

/* ---- the dialect ---- */

static struct ruleset *read_json(struct arena *a, struct source *s, const struct includer *in,
				 struct diags *diags)
{
	struct script *script = arena_new_one(a, struct script);
	const struct source_file *f = s->items[0];
	(void)in; /* JSON includes nothing */
	*script = (struct script){ .arena = a, .source = s, .diags = diags };
	/* nft accepts an empty file, and does nothing */
	bool empty = !str_trim((struct str){ f->text, f->len }).n;
	struct json *root = empty ? NULL
				  : json_parse(a, (struct str){ f->text, f->len }, f->base, diags);
	const struct json *list = root ? json_get(root, "nftables") : NULL;
	if (root && (!list || list->kind != JSON_ARRAY))
		diag_add(diags, root->span, ERROR_FORMAT,
			 "expected an object with an array \"nftables\"");
	for (size_t i = 0; list && i < list->n && !diags->dropped; i++)
		command(script, list->items[i]);
	return script_lower(script, "nft-json");
}

static const char *pointer(const struct source *s, struct span at, struct arena *a)
{
	struct diags none = { .arena = a };
	const struct source_file *f = source_file_at(s, at.off);
	struct json *root = json_parse(a, (struct str){ f->text, f->len }, f->base, &none);
	return root ? json_pointer(root, at.off, a) : NULL;
}

static int detect(struct str text)
{
	struct str t = str_trim(text);
	if (!t.n || t.p[0] != '{')
		return 0;
	t = str_trim((struct str){ t.p + 1, t.n - 1 });
	return t.n && (t.p[0] == '"' || t.p[0] == '}') ? 50 : 0;
}

// clang-format off
const struct dialect dialect_nft_json = {
	.name = "nft-json",
	.about = "what `nft -j list ruleset` prints, and libnftables-json(5)",
	.detect = detect,
	.read = read_json,
	.render = nft_json_render, .body = nft_body, .command = nft_command,
	.pointer = pointer,
};
// clang-format on
