# A server whose only rules are sshguard's (sshg-fw-nft-sets), one address blocked.
program=sshguard
host
printf 'block 192.0.2.66 4 32\n' | { cat; sleep 1; } | /usr/libexec/sshguard/sshg-fw-nft-sets &
sleep 0.7
save_nft sshguard
wait
