# A laptop that runs sshuttle (method nat): its helper redirects what goes out to sshuttle's port
# 12300.
program=sshuttle
host
cat >/tmp/helper.py <<'R'
import socket, subprocess, time
here, there = socket.socketpair()
helper = subprocess.Popen(['sshuttle', '--firewall', '--method', 'nat'], stdin=there, stdout=there)
time.sleep(1)
here.sendall(b'ROUTES\n2,0,0,0.0.0.0,0,0\n2,8,1,127.0.0.0,0,0\nNSLIST\n'
             b'PORTS 0,12300,0,0\nGO 0 - 0x01 1\n')
time.sleep(8)
R
python3 /tmp/helper.py &
wait_for sh -c 'iptables-save | grep -q 12300'
save4 sshuttle
