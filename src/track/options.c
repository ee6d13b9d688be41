/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The options of a TCP header. */
#include "track.h"

enum {
	OPTION_END = 0,
	OPTION_NOP = 1,
	OPTION_SCALE = 3,
	OPTION_SACK_PERMITTED = 4,
	OPTION_SACK = 5,
	SCALE_MAX = 14
};

static uint32_t be32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void read_sack(struct track_packet *p, const unsigned char *value, size_t n)
{
	/* tcp_sack() reads the first option with whole blocks */
	if (p->n_sack || n < 8 || n % 8)
		return;
	for (size_t i = 0; i + 8 <= n && p->n_sack < TRACK_SACK_MAX; i += 8) {
		p->sack[p->n_sack].left = be32(value + i);
		p->sack[p->n_sack++].right = be32(value + i + 4);
	}
}

static void read_option(struct track_packet *p, unsigned char kind, const unsigned char *value,
			size_t n)
{
	if (kind == OPTION_SACK_PERMITTED && n == 0)
		p->sack_permitted = true;
	if (kind == OPTION_SCALE && n == 1) {
		p->has_scale = true;
		p->scale = value[0] > SCALE_MAX ? SCALE_MAX : value[0];
	}
	if (kind == OPTION_SACK)
		read_sack(p, value, n);
}

void track_options(struct track_packet *p, const unsigned char *options, size_t n)
{
	p->has_options = n > 0;
	for (size_t i = 0; i < n && options[i] != OPTION_END;) {
		if (options[i] == OPTION_NOP) {
			i++;
			continue;
		}
		if (n - i < 2 || options[i + 1] < 2 || options[i + 1] > n - i)
			return; /* "silly options", "don't parse partial options" */
		size_t size = options[i + 1];
		read_option(p, options[i], options + i + 2, size - 2);
		i += size;
	}
}

void side_options(struct track_side *side, const struct track_packet *p)
{
	if (!p->has_options)
		return;
	side->scale = p->has_scale ? p->scale : 0;
	side->kernel_flags &= SIDE_BE_LIBERAL;
	if (p->sack_permitted)
		side->kernel_flags |= SIDE_SACK_PERM;
	if (p->has_scale)
		side->kernel_flags |= SIDE_WINDOW_SCALE;
}
