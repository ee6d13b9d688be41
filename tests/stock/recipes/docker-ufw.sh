# A server with ufw (ssh open) on which Docker was installed afterwards; docker0 and a network of
# the user's.
program=docker.io
host
ufw allow 22/tcp
ufw --force enable
mkdir -p /run/docker
dockerd --storage-driver vfs >/tmp/dockerd.log 2>&1 &
wait_for docker version || { tail -n 20 /tmp/dockerd.log >&2; exit 1; }
docker network create --subnet 198.51.100.128/25 -o com.docker.network.bridge.name=br-shop shop
save4 docker-ufw
