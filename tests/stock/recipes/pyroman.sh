# A personal computer with Pyroman: the example personal-firewall of its package, without its rule
# for Skype.
program=pyroman
host
cp /usr/share/doc/pyroman/examples/personal-firewall/[123]*.py /etc/pyroman/
pyroman --no-act --print >/dev/null 2>&1 || :
pyroman || pyroman --safe </dev/null
save4 pyroman
