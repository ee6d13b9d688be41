/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Random segments of random connections, for the test of the model of connection tracking. */
#ifndef TESTS_TALK_H
#define TESTS_TALK_H

#include <fwlint/track.h>

#define TALK_PACKET_MAX 1600

/* A connection as its ends see it, in so far as they behave. */
struct talk {
	bool v6;
	unsigned char protocol;
	u128 addr[2];
	uint16_t port[2];
	struct {
		uint32_t next;
		uint16_t window;
	} end[2];
	unsigned char opener, phase; /* how many segments of the handshake were sent */
	bool is_asked;               /* a SYN came out of turn: */
	unsigned char asked;         /* at this end */
	uint32_t syn_end;
	uint64_t rest_until; /* ns: nothing is sent before */
	bool rested;
};

/* A connection of this number: addresses and ports are its own. */
void talk_open(struct talk *t, unsigned number);
/*
 * Its next packet: what a TCP would send, or one with other numbers, flags, options. `c`: what the
 * model knows of the connection (or NULL), for numbers that are just inside or outside of a bound.
 * `*ret_from`: the end that sends it.
 */
void talk_next(struct talk *t, const struct track_connection *c, struct track_packet *ret,
	       unsigned char options[40], size_t *ret_n_options, unsigned *ret_from);
/*
 * An ICMP error about a packet of this connection that end `from` sent: sometimes about another
 * one, sometimes for another host. Returns the bytes in `buf`.
 */
size_t talk_error(const struct talk *t, unsigned from, struct track_packet *ret,
		  unsigned char buf[TALK_PACKET_MAX]);
/* The packet as bytes of IP; returns how many. */
size_t talk_bytes(const struct track_packet *p, const unsigned char *options, size_t n_options,
		  unsigned char buf[TALK_PACKET_MAX]);

/* Random numbers: the same for the same seed. */
void talk_seed(uint64_t seed);
uint32_t talk_random(uint32_t below);
bool talk_chance(unsigned percent);

#endif
