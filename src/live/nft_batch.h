/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A batch of nf_tables: many messages that the kernel carries out in one step, or not at all. */
#ifndef LIVE_NFT_BATCH_H
#define LIVE_NFT_BATCH_H

#include <fwlint/live_change.h>

#include "nft_rules.h"

struct batch {
	char *buf, *at;
	size_t room;
	uint32_t seq;
	uint32_t set_id;       /* the number of the last set */
	struct nlmsghdr *last; /* or NULL: it has no message yet */
};

/*
 * `room`: bytes for all messages. The kernel refuses it (ERESTART) if `generation` is no longer
 * that of the ruleset. (Never 0, which means "do not check".)
 */
void batch_begin(struct batch *b, size_t room, uint32_t generation, struct arena *a);
/* How many bytes a rule takes at most. */
size_t batch_room_for(const struct live_rule *r);
/*
 * The rule of r->code with its anonymous sets, before the rule with a handle (0: at the
 * end of the chain), with a mark. false: there is no rule in the code.
 */
FW_CHECKED
bool batch_add_rule(struct batch *b, const struct live_rule *r, uint64_t before,
		    struct nft_mark mark, struct arena *a);
void batch_delete_rule(struct batch *b, const struct nft_listed *r);
/*
 * 0: the kernel has carried it out. An errno: an error of the kernel, or of the way to it and back;
 * it is not known whether the batch was carried out.
 */
FW_CHECKED int batch_send(struct batch *b);

#endif
