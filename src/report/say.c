/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The only way in which text for people leaves the program. The format is ours; text for %s comes
 * from the input, and is made visible.
 */
#include <fwlint/report.h>

#include "problem.h"
#include "terminal.h"

#include <stdarg.h>
#include <unistd.h>

/* One conversion: "%-11.*lls" and the like. */
struct conversion {
	const char *from, *end; /* in the format, from the '%' on */
	bool left;
	int width, precision; /* -1: none */
	unsigned longs;       /* how many 'l' */
	bool is_size;         /* 'z' */
	char kind;
};

static int number(const char **p, va_list *ap)
{
	int n = 0;
	if (**p == '*') {
		(*p)++;
		return va_arg(*ap, int);
	}
	for (; **p >= '0' && **p <= '9'; (*p)++)
		n = n * 10 + (**p - '0');
	return n;
}

static struct conversion conversion_at(const char *from, va_list *ap)
{
	const char *p = from + 1;
	struct conversion c = { .from = from, .precision = -1 };
	for (; *p == '-' || *p == '0'; p++)
		c.left |= *p == '-';
	c.width = number(&p, ap);
	if (*p == '.') {
		p++;
		c.precision = number(&p, ap);
	}
	for (; *p == 'l'; p++)
		c.longs++;
	c.is_size = *p == 'z';
	p += c.is_size;
	c.kind = *p;
	c.end = p + 1;
	FW_ASSERT(c.kind && strchr("%scdux", c.kind));
	return c;
}

static void print_padded(FILE *out, const struct conversion *c, const char *z)
{
	fprintf(out, c->left ? "%-*s" : "%*s", c->width, z);
}

/* True for most text: nothing in it needs an escape. */
static bool is_plain(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < ' ' || s.p[i] > '~' || strchr("\\#:", s.p[i]))
			return false;
	return true;
}

static void print_string(FILE *out, const struct conversion *c, const char *z)
{
	struct str s = c->precision < 0 ? str_from(z) : (struct str){ z, (size_t)c->precision };
	if (!c->width && is_plain(s)) {
		fwrite(s.p, 1, s.n, out);
		return;
	}
	struct arena *a = arena_new();
	print_padded(out, c, str_visible(s, a));
	arena_free(a);
}

/* Select Graphic Rendition (ECMA-48, 8.3.117). */
static void print_style(FILE *out, int style)
{
	static const char *const codes[] = {
		[STYLE_NONE] = "",           [STYLE_BOLD] = "\033[1m",
		[STYLE_RED] = "\033[1;31m",  [STYLE_YELLOW] = "\033[1;33m",
		[STYLE_CYAN] = "\033[1;36m", [STYLE_GREEN] = "\033[32m",
		[STYLE_OFF] = "\033[0m"
	};
	FW_ASSERT(style >= 0 && (size_t)style < ARRAY_SIZE(codes));
	fputs(codes[style], out);
}

static void print_number(FILE *out, const struct conversion *c, va_list *ap)
{
	char digits[32];
	if (c->kind == 'd')
		snprintf(digits, sizeof(digits), "%lld",
			 c->longs > 1 ? va_arg(*ap, long long)
			 : c->longs   ? va_arg(*ap, long)
				      : va_arg(*ap, int));
	else
		snprintf(digits, sizeof(digits), c->kind == 'x' ? "%llx" : "%llu",
			 c->is_size     ? va_arg(*ap, size_t)
			 : c->longs > 1 ? va_arg(*ap, unsigned long long)
			 : c->longs     ? va_arg(*ap, unsigned long)
					: va_arg(*ap, unsigned));
	print_padded(out, c, digits);
}

void vsay(FILE *out, const char *fmt, va_list args)
{
	va_list ap;
	va_copy(ap, args);
	while (*fmt) {
		size_t plain = strcspn(fmt, "%");
		fwrite(fmt, 1, plain, out);
		fmt += plain;
		if (!*fmt)
			break;
		struct conversion c = conversion_at(fmt, &ap);
		if (c.kind == '%')
			fputc('%', out);
		else if (c.kind == 'c')
			print_style(out, va_arg(ap, int));
		else if (c.kind == 's')
			print_string(out, &c, va_arg(ap, const char *));
		else
			print_number(out, &c, &ap);
		fmt = c.end;
	}
	va_end(ap);
}

void say(FILE *out, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	vsay(out, fmt, ap);
	va_end(ap);
}

void say_link(FILE *out, bool colour, const char *url, const char *text)
{
	if (colour && url)
		fprintf(out, "\033]8;;%s\033\\%s\033]8;;\033\\", url, text);
	else
		say(out, "%s", text);
}

static ssize_t add_to_text(void *text, const char *p, size_t n)
{
	text_add(text, (struct str){ p, n });
	return (ssize_t)n;
}

FILE *text_stream(struct text *t)
{
	FILE *out = fopencookie(t, "w", (cookie_io_functions_t){ .write = add_to_text });
	FW_ASSERT(out);
	return out;
}

void say_text(FILE *out, struct str s)
{
	if (!isatty(fileno(out))) {
		fwrite(s.p, 1, s.n, out);
		return;
	}
	while (s.n) {
		bool ends = memchr(s.p, '\n', s.n);
		struct str line = str_cut(&s, '\n');
		say(out, ends ? "%.*s\n" : "%.*s", STR_FMT(line));
	}
}

void say_xml(FILE *out, const char *words)
{
	struct arena *a = arena_new();
	for (const char *c = str_visible(str_from(words), a); *c; c++) {
		const char *escape = *c == '&'   ? "&amp;"
				     : *c == '<' ? "&lt;"
				     : *c == '>' ? "&gt;"
				     : *c == '"' ? "&quot;"
						 : NULL;
		if (escape)
			fputs(escape, out);
		else
			fputc(*c, out);
	}
	arena_free(a);
}
