# A host with Docker on iptables-legacy: one container with a published port.
program=docker.io
host
legacy
mkdir -p /run/docker
dockerd --storage-driver vfs >/tmp/dockerd.log 2>&1 &
wait_for docker version || { tail -n 20 /tmp/dockerd.log >&2; exit 1; }
tar -C / -c bin/sleep lib/x86_64-linux-gnu lib64 usr/bin/sleep \
	usr/lib/x86_64-linux-gnu/libc.so.6 2>/dev/null | docker import - shop
docker run -d -p 8080:80 shop /bin/sleep 60
save4 docker-legacy
