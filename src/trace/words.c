/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A packet in the words in which fwlint prints one (src/report/words.c), read by the same table of
 * fields.
 *
 *   [STATE] PROTOCOL END -> END {, FIELD VALUE} {, if ASSUMPTION}
 */
#include <fwlint/names.h>
#include <fwlint/trace.h>

#include <arpa/inet.h>

struct reader {
	const struct ruleset *rs;
	const struct source *source;
	struct arena *arena;
	struct diags *diags;
	struct str rest;
	struct worded *out;
	bool *answers, *relied_on;
	size_t n_named; /* one more than the variable that was named last */
};

static bool wrong(struct reader *r, struct str at, const char *what)
{
	if (!r->diags->n)
		diag_add(r->diags, source_span(r->source, at), ERROR_QUESTION, "%s", what);
	return false;
}

static void set(struct reader *r, enum field f, u128 v)
{
	r->out->packet.v[f] = v;
	r->out->said[f] = true;
}

/* ---- values ---- */

static bool read_address(struct str word, bool v6, u128 *ret)
{
	char text[INET6_ADDRSTRLEN];
	unsigned char bytes[16];
	if (word.n >= sizeof(text) || !word.n || memchr(word.p, 0, word.n))
		return false;
	memcpy(text, word.p, word.n);
	text[word.n] = 0;
	if (inet_pton(v6 ? AF_INET6 : AF_INET, text, bytes) != 1)
		return false;
	*ret = 0;
	for (unsigned i = 0; i < (v6 ? 16 : 4); i++)
		*ret = *ret << 8 | bytes[i];
	return true;
}

bool host_address_read(struct str word, struct host_address *ret)
{
	struct str rest = word, address = str_cut(&rest, '/');
	bool v6 = memchr(address.p, ':', address.n);
	unsigned width = v6 ? 128 : 32;
	u128 v, length = width, all = v6 ? ~(u128)0 : UINT32_MAX;
	if (!address.n || !read_address(address, v6, &v) ||
	    (rest.p && !str_number(rest, width, &length)))
		return false;
	u128 behind = length == width ? 0 : length ? all >> (unsigned)length : all;
	*ret = (struct host_address){ .family = v6 ? NFPROTO_VALUE_IPV6 : NFPROTO_VALUE_IPV4,
				      .local = { v & ~behind, v | behind },
				      .net = { 1, 0 } };
	return true;
}

static bool read_port(struct str word, u128 *ret)
{
	unsigned port;
	if (str_number(word, 65535, ret))
		return true;
	if (!service_port(word, &port))
		return false;
	*ret = port;
	return true;
}

/* "0x1f", also of more than 64 bits, or a decimal number */
static bool read_number(struct str word, u128 max, u128 *ret)
{
	u128 v = 0;
	if (!str_starts(word, "0x"))
		return str_number(word, max, ret);
	if (word.n < 3 || word.n > 34)
		return false;
	for (size_t i = 2; i < word.n; i++) {
		char c = word.p[i];
		unsigned digit = c >= '0' && c <= '9'   ? (unsigned)(c - '0')
				 : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10
				 : c >= 'A' && c <= 'F' ? (unsigned)(c - 'A') + 10
							: 16;
		if (digit > 15)
			return false;
		v = v << 4 | digit;
	}
	*ret = v;
	return v <= max;
}

static bool read_flags(struct str word, u128 *ret)
{
	*ret = 0;
	if (str_eq_nocase(word, STR("none")))
		return true;
	while (word.p) {
		struct str name = str_cut(&word, ',');
		unsigned i = 0;
		while (tcp_flag_name(i) && !str_eq_nocase(name, str_from(tcp_flag_name(i))))
			i++;
		if (!tcp_flag_name(i))
			return false;
		*ret |= 1u << i;
	}
	return true;
}

static bool read_ether(struct str word, u128 *ret)
{
	u128 v = 0, byte;
	unsigned n = 0;
	for (; word.p && n < 7; n++) {
		struct str part = str_cut(&word, ':');
		char hex[5] = { '0', 'x', 0, 0, 0 };
		if (part.n != 2)
			return false;
		memcpy(hex + 2, part.p, 2);
		if (!read_number(str_from(hex), 255, &byte))
			return false;
		v = v << 8 | byte;
	}
	*ret = v;
	return n == 6;
}

static bool read_route_type(struct str word, u128 *ret)
{
	for (u128 v = 0; route_type_name(v); v++)
		if (str_is(word, route_type_name(v))) {
			*ret = v;
			return true;
		}
	return false;
}

static bool read_state(struct str word, u128 *ret)
{
	for (unsigned s = 0; s < CT_STATE_COUNT; s++)
		if (str_eq_nocase(word, str_from(ct_state_name((enum ct_state)s)))) {
			*ret = s;
			return true;
		}
	return false;
}

static bool read_protocol(struct str word, u128 *ret)
{
	unsigned number;
	if (str_number(word, 255, ret))
		return true;
	if (!protocol_number(word, &number))
		return false;
	*ret = number;
	return true;
}

static bool read_value(enum field_format format, struct str word, u128 max, u128 *ret)
{
	switch (format) {
	case FORMAT_NUMBER:
	case FORMAT_HEX: return read_number(word, max, ret);
	case FORMAT_ADDR4: return read_address(word, false, ret);
	case FORMAT_ADDR6: return read_address(word, true, ret);
	case FORMAT_IFNAME: *ret = ifname_value(word); return word.n && word.n < 16;
	case FORMAT_PROTO: return read_protocol(word, ret);
	case FORMAT_TCP_FLAGS: return read_flags(word, ret);
	case FORMAT_CT_STATE: return read_state(word, ret);
	case FORMAT_NFPROTO: *ret = str_is(word, "ipv6"); return *ret || str_is(word, "ipv4");
	case FORMAT_ETHER: return read_ether(word, ret);
	case FORMAT_ROUTE_TYPE: return read_route_type(word, ret);
	}
	return false;
}

/* ---- fields ---- */

/* The name of a field in a witness: "in", "hop limit" … */
static bool is_named(const struct ruleset *rs, enum field f, struct str item, struct str *ret_value)
{
	struct str words = f >= FIELD_EXTRA ? ruleset_field_name(rs, f)
					    : str_from(field_table[f].words);
	while (words.p) {
		struct str name = f >= FIELD_EXTRA ? words : str_cut(&words, '|');
		bool behind = name.n && item.n > name.n && memcmp(item.p, name.p, name.n) == 0 &&
			      item.p[name.n] == ' ';
		if (f >= FIELD_EXTRA)
			words.p = NULL;
		if (!behind && name.n)
			continue;
		*ret_value = behind ? (struct str){ item.p + name.n + 1, item.n - name.n - 1 }
				    : item;
		if (behind || field_table[f].values[0])
			return true;
	}
	return false;
}

/* One of the words that stand for 0, 1, … */
static bool read_word(enum field f, struct str word, u128 *ret)
{
	struct str rest = str_from(field_table[f].values);
	for (u128 v = 0; rest.p; v++)
		if (word.n && str_eq(str_cut(&rest, '|'), word)) {
			*ret = v;
			return true;
		}
	return false;
}

static bool read_field(struct reader *r, struct str item)
{
	bool named = false;
	for (unsigned f = 0; f < FIELD_EXTRA + r->rs->n_extra; f++) {
		struct str value;
		u128 v, max = f >= FIELD_EXTRA ? FIELD_OPTIONAL_MAX : field_max((enum field)f);
		enum field_format format = f >= FIELD_EXTRA ? r->rs->extra[f - FIELD_EXTRA].format
							    : field_table[f].format;
		if (field_table[f].shown == SHOWN_HEAD ||
		    !is_named(r->rs, (enum field)f, item, &value))
			continue;
		bool has_words = f < FIELD_EXTRA && field_table[f].words[0];
		named = named || has_words || f >= FIELD_EXTRA;
		if (f >= FIELD_EXTRA && str_is(value, "none"))
			set(r, (enum field)f, FIELD_ABSENT);
		else if (read_word((enum field)f, value, &v) ||
			 ((has_words || f >= FIELD_EXTRA) && read_value(format, value, max, &v)))
			set(r, (enum field)f, v);
		else
			continue;
		return true;
	}
	return wrong(r, item,
		     named ? "this is not one of its values"
			   : "no witness of this ruleset has such words: expected 'in eth0', "
			     "'flags SYN', or what its rules test");
}

/* ---- assumptions ---- */

/* Is this what comes next? The text of a test may hold anything. */
static bool begins_with(struct str s, const char *words, size_t *ret_n)
{
	size_t n = *ret_n = strlen(words);
	return str_starts(s, words) &&
	       (s.n == n || str_starts((struct str){ s.p + n, s.n - n }, ", "));
}

static bool said_of(struct reader *r, const struct opaque *o, size_t *ret_n, bool *ret_answer)
{
	*ret_answer = begins_with(r->rest, opaque_words(o, true, r->arena), ret_n);
	return *ret_answer || begins_with(r->rest, opaque_words(o, false, r->arena), ret_n);
}

/*
 * Of several tests with the same words, the next one is meant: a witness names them in their order.
 */
static bool read_assumption(struct reader *r)
{
	size_t n = 0, longest = 0;
	bool answer, kept = false;
	size_t var = r->rs->n_vars;
	for (size_t i = 0; i < r->rs->n_vars; i++)
		if (!r->relied_on[i] && said_of(r, r->rs->vars[i], &n, &answer) &&
		    (n > longest || (n == longest && var < r->n_named && i >= r->n_named))) {
			longest = n;
			var = i;
			kept = answer;
		}
	if (!longest)
		return wrong(r, r->rest, "no rule has this test");
	r->n_named = var + 1;
	r->answers[var] = kept;
	r->relied_on[var] = true;
	r->rest.p += longest;
	r->rest.n -= longest;
	return true;
}

/* ---- the head ---- */

static struct str next_word(struct reader *r)
{
	while (r->rest.n && r->rest.p[0] == ' ') {
		r->rest.p++;
		r->rest.n--;
	}
	size_t n = 0;
	while (n < r->rest.n && r->rest.p[n] != ' ' && r->rest.p[n] != ',')
		n++;
	struct str word = { r->rest.p, n };
	r->rest.p += n;
	r->rest.n -= n;
	return word;
}

/* "192.0.2.1:80", "[2001:db8::1]:80", "2001:db8::1" */
static bool read_end(struct reader *r, enum packet_end end)
{
	struct str word = next_word(r), address = word, port = { 0 };
	bool brackets = word.n && word.p[0] == '[';
	u128 v;
	if (brackets) {
		struct str rest = { word.p + 1, word.n - 1 };
		address = str_cut(&rest, ']');
		if (!rest.p || (rest.n && rest.p[0] != ':'))
			return wrong(r, word, "expected [ADDRESS]:PORT");
		if (rest.n)
			port = (struct str){ rest.p + 1, rest.n - 1 };
	} else if (memchr(word.p, '.', word.n)) {
		struct str rest = word;
		address = str_cut(&rest, ':');
		port = rest;
	}
	bool v6 = brackets || !memchr(address.p, '.', address.n);
	if (!read_address(address, v6, &v))
		return wrong(r, word, "expected an address, or ADDRESS:PORT");
	if (r->out->said[FIELD_NFPROTO] && (r->out->packet.v[FIELD_NFPROTO] != 0) != v6)
		return wrong(r, word, "the addresses are of two families");
	set(r, FIELD_NFPROTO, v6);
	set(r, address_field(v6 ? NFPROTO_VALUE_IPV6 : NFPROTO_VALUE_IPV4, end), v);
	if (!port.p)
		return true;
	if (!l4proto_has_ports(r->out->packet.v[FIELD_L4PROTO]))
		return wrong(r, word, "this protocol has no ports");
	if (!read_port(port, &v))
		return wrong(r, port.n ? port : word, "expected a port: a number or a service");
	set(r, port_field(end), v);
	return true;
}

static bool read_head(struct reader *r)
{
	u128 v;
	struct str word = next_word(r);
	if (read_state(word, &v)) {
		set(r, FIELD_CT_STATE, v);
		word = next_word(r);
	}
	if (!read_protocol(word, &v))
		return wrong(r, word.n ? word : r->rest,
			     r->out->said[FIELD_CT_STATE] ? "expected a protocol"
							  : "expected a state (NEW, ESTABLISHED, "
							    "RELATED, INVALID, UNTRACKED) or a "
							    "protocol");
	set(r, FIELD_L4PROTO, v);
	if (!read_end(r, END_SOURCE))
		return false;
	word = next_word(r);
	if (!str_is(word, "->"))
		return wrong(r, word.n ? word : r->rest, "expected '->'");
	return read_end(r, END_DESTINATION);
}

static bool read_items(struct reader *r)
{
	while (r->rest.n) {
		if (!str_starts(r->rest, ", "))
			return wrong(r, r->rest, "expected ', ' or the end");
		r->rest.p += 2;
		r->rest.n -= 2;
		if (str_starts(r->rest, "if ")) {
			r->rest.p += 3;
			r->rest.n -= 3;
			if (!read_assumption(r))
				return false;
			continue;
		}
		struct str item = r->rest;
		for (size_t i = 0; i + 1 < r->rest.n; i++)
			if (r->rest.p[i] == ',' && r->rest.p[i + 1] == ' ') {
				item.n = i;
				break;
			}
		r->rest.p += item.n;
		r->rest.n -= item.n;
		if (!read_field(r, item))
			return false;
	}
	return true;
}

bool words_are_packet(struct str text)
{
	return str_contains(text, "->");
}

bool words_read(const struct ruleset *rs, const struct source *s, struct arena *a,
		struct diags *diags, struct worded *ret)
{
	struct reader r = { .rs = rs,
			    .source = s,
			    .arena = a,
			    .diags = diags,
			    .rest = str_trim((struct str){ s->text, s->len }),
			    .out = ret,
			    .answers = arena_new_array(a, bool, rs->n_vars),
			    .relied_on = arena_new_array(a, bool, rs->n_vars) };
	*ret = (struct worded){ .packet = { .n_answers = rs->n_vars } };
	ret->packet.answers = r.answers;
	ret->packet.relied_on = r.relied_on;
	for (unsigned f = FIELD_EXTRA; f <= FIELD_EXTRA_LAST; f++)
		ret->packet.v[f] = FIELD_ABSENT;
	return read_head(&r) && read_items(&r);
}
