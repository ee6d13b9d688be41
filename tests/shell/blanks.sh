#!/bin/sh
# What a variable takes over from another keeps its blanks.
SPACED='two  blanks'
COPY=$SPACED
iptables -A INPUT -m string --algo bm --string 'two blanks' -j DROP
iptables -A INPUT -m string --algo bm --string "$COPY" -j DROP
