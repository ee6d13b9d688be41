#!/bin/sh
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
IPT=`which iptables`
IPT6="`command -v ip6tables`"
CMD="$IPT -w"
STATE="-m state --state"
"$IPT" -F INPUT
$CMD -A INPUT $STATE ESTABLISHED,RELATED -j ACCEPT
$CMD -A INPUT -p tcp --dport "22" $STATE NEW -j ACCEPT
$CMD -A INPUT -p tcp -j REJECT --reject-with tcp-reset
"${IPT6}" -A INPUT -p tcp --dport 25 -j REJECT --reject-with tcp-reset
