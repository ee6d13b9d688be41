/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * prove: what the kernel does, observed in a throw-away network namespace. It loads the ruleset
 * with the system's own tools, makes the interfaces that a packet needs, sends the packet, and
 * reads what comes back.
 *
 * Nothing outside the namespaces changes: no rule, no interface, no file (/run is covered by a
 * private file system, for the lock of xtables). The namespaces end with the processes in them,
 * however those end.
 */
#ifndef FWLINT_PROVE_H
#define FWLINT_PROVE_H

#include <fwlint/check.h>
#include <fwlint/flow_follow.h>

/* ---- packets as bytes ---- */

#define SEGMENT_MAX 1600

/* An IP packet without options: TCP, UDP, ICMP or another protocol. */
struct segment {
	bool v6;
	u128 saddr, daddr; /* host order */
	unsigned char protocol, ttl, dscp;
	uint16_t sport, dport; /* TCP, UDP, UDP-Lite, SCTP; for an echo, sport is its identifier */
	uint32_t seq, ack;     /* TCP */
	unsigned char flags;   /* TCP: TCP_SYN … */
	uint16_t window;       /* TCP */
	unsigned char icmp_type, icmp_code;
	uint16_t payload; /* bytes */
};

/* Writes the packet, checksums filled in; returns its length in bytes. */
size_t segment_build(const struct segment *s, unsigned char buf[SEGMENT_MAX]);
/* Reads an IP packet; false: it is not one, or it is a fragment. */
FW_CHECKED bool segment_parse(const unsigned char *buf, size_t n, struct segment *ret);

/* ---- the namespace ---- */

struct lab;

/* Works in the network namespace of this process. From now on the process stays on its CPU, so that
 * packets keep their order. */
struct lab *lab_new(struct arena *a);
/* Runs these lines of `ip -batch`; returns when the addresses are in use. NULL, or why not. */
FW_CHECKED const char *lab_ip(struct lab *lab, const char *batch);
/* Makes an interface of this name and sets it up, with a wire to us. NULL, or why not. */
FW_CHECKED const char *lab_add_wire(struct lab *lab, struct str name);
/* Gives each interface one more address, after those that it already has (for MASQUERADE). */
void lab_add_addresses(struct lab *lab);
/*
 * A packet arrives at the interface; an empty name: the host itself sends it (a raw
 * socket). Also true when the host's own chains stop the packet.
 */
FW_CHECKED bool lab_send(struct lab *lab, struct str name, const struct segment *s);
/* The same for an IP packet of n bytes. */
FW_CHECKED
bool lab_send_bytes(struct lab *lab, struct str name, const unsigned char *packet, size_t n);
/* The next packet that leaves by any wire; false: none within `ms` milliseconds. */
FW_CHECKED bool lab_receive(struct lab *lab, int ms, struct segment *ret);
/* Forgets all connections, as `conntrack -F` does. */
FW_CHECKED bool lab_flush_connections(void);

/* ---- loading ---- */

/* The tool that loads a ruleset of this dialect. */
const char *lab_loader(const struct ruleset *rs);
/*
 * Loads the text. NULL, or the error message of the tool; `folder`: that of the file, for includes.
 */
FW_CHECKED
const char *lab_load(struct lab *lab, const struct ruleset *rs, struct str text,
		     const char *folder);
/* The rules as the kernel has them, with counters where there are any. */
struct str lab_list(struct lab *lab, const struct ruleset *rs);

/* ---- a finding put to the test ---- */

enum proof_outcome {
	PROOF_NOT_RUN, /* see `why` */
	PROOF_RESET,   /* the packet was answered with a tcp reset */
	PROOF_PASSED,  /* it went on, or reached the host */
	PROOF_SILENCE, /* neither */
};

struct proof {
	enum proof_outcome outcome;
	bool loads;   /* the ruleset was loaded */
	bool alive;   /* segments of the connection in order pass */
	bool exact;   /* the reset has exactly the sequence number that the sender expects */
	bool goes_on; /* in the end, segments in order pass (again) */
	uint32_t reset_seq;
	char why[1000];   /* NOT_RUN: the reason, or the tool's error message */
	char rules[2000]; /* lines of the listing whose counters moved */
};

/* NULL, or why this process can make no namespaces. */
FW_CHECKED const char *prove_is_possible(void);
/* Only loads the text. In a child process. */
struct proof prove_load(const struct ruleset *rs, struct str text, const char *folder);

/*
 * Makes a connection, loads the ruleset, and sends the witness of an FW102 or
 * FW103 finding, with its flags and its length (at most 1500 bytes): a segment above
 * the window, or, where the witness is NEW, one in order after all connections were
 * forgotten. In a child process.
 */
struct proof prove_finding(const struct ruleset *rs, struct str text, const struct finding *f,
			   const char *folder);

/* ---- a packet that is followed, put to the test ---- */

enum kernel_verdict {
	KERNEL_NOT_SENT, /* see `why` */
	KERNEL_ACCEPTED, /* it came to the host, or left */
	KERNEL_REJECTED, /* it was answered: by a tcp reset or an ICMP error */
	KERNEL_STOPPED,  /* neither */
};

struct passed {
	enum kernel_verdict what;
	bool agrees;         /* with the way that was followed */
	bool has_seen;       /* ACCEPTED, and its addresses are known: */
	struct segment seen; /* as it came or left */
	char why[1000];      /* NOT_SENT: the reason, or the tool's error message */
};

/* A packet that sets out on `path`, and what packet_follow() says of it. */
struct passage_of {
	const struct ruleset *rs;
	struct str text; /* of the ruleset */
	const char *folder;
	enum path path;
	const struct packet *packet;
	const struct followed *way;
};

/*
 * Loads the text, gives the host the addresses and routes that the way rests on, and sends the
 * packet, which must open a connection. In a child process.
 */
struct passed prove_packet(const struct passage_of *p);

#endif
