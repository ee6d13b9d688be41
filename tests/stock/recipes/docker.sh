# A host with Docker, no container running.
program=docker.io
host
mkdir -p /run/docker
dockerd --storage-driver vfs --userland-proxy=false >/tmp/dockerd.log 2>&1 &
wait_for docker version || { tail -n 20 /tmp/dockerd.log >&2; exit 1; }
save4 docker
