/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Commands of iptables, ip6tables and nft as a shell script runs them, one by one, on a network
 * namespace without any rules: how the dialect `shell` uses the other two.
 */
#ifndef FWLINT_DIALECT_COMMANDS_H
#define FWLINT_DIALECT_COMMANDS_H

#include <fwlint/dialect.h>

/* The dialects of the rules, which also write them. */
extern const struct dialect dialect_iptables, dialect_nft;

enum command_result {
	COMMAND_DONE,
	COMMAND_FAILED, /* well formed; refused because of what is there, or is not */
	COMMAND_WRONG   /* no ruleset makes it work */
};

/*
 * All text is a view into the source. Errors go to `diags`, also for a command that merely fails
 * and so has changed nothing; the caller may remove those again.
 */
struct iptables_session;
struct iptables_session *iptables_open(struct arena *a, const struct source *s, struct diags *diags,
				       bool v6);
/* The words behind the program's name, quoted as in a restore file. */
enum command_result iptables_command_line(struct iptables_session *i, struct str line);
/* The text that iptables-restore reads. */
enum command_result iptables_restore(struct iptables_session *i, struct str text, bool noflush);
struct ruleset *iptables_close(struct iptables_session *i);

/* What a line of iptables says beside the rule's own words; empty: it does not say it. */
struct iptables_shape {
	struct str indent, counters, family;
	char letter; /* of the command: 'A' …; 0: there is none */
	struct str chain, number, table;
};
struct iptables_shape iptables_shape(struct arena *a, struct str line);
/* Does it name a rule of the chain by its number? One more rule would shift that. */
FW_CHECKED bool iptables_counts_on(const struct iptables_shape *s, struct str chain);

struct nft_session;
struct nft_session *nft_open(struct arena *a, struct source *s, struct diags *diags);
/* What one nft process runs: its words, or the text that it reads (`is_file`). */
enum command_result nft_commands(struct nft_session *n, struct str text, bool is_file);
struct ruleset *nft_close(struct nft_session *n);

#endif
