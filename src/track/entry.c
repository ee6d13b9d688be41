/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How long an entry lives. */
#include "track.h"

/* __nf_ct_refresh_acct() */
void refresh(struct passing *x, uint32_t seconds)
{
	x->connection->timeout = seconds;
	x->connection->expires = x->time + seconds * SECOND;
}

bool track_is_live(const struct track_connection *c, uint64_t time)
{
	return c->gone == TRACK_LIVE && c->expires > time; /* nf_ct_is_expired() */
}

void track_forget(struct track_connection *c)
{
	if (c->gone == TRACK_LIVE)
		c->gone = TRACK_FORGOTTEN;
}

void track_unconfirm(const struct track_answer *a)
{
	if (a->created && a->connection)
		track_forget(a->connection);
}
