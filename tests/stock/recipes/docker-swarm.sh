# A manager of a Docker swarm: docker swarm init, and a network of the user's beside docker0.
program=docker.io
host
mkdir -p /run/docker
dockerd --storage-driver vfs >/tmp/dockerd.log 2>&1 &
wait_for docker version || { tail -n 20 /tmp/dockerd.log >&2; exit 1; }
docker network create --subnet 198.51.100.128/25 -o com.docker.network.bridge.name=br-shop shop
docker swarm init --advertise-addr 203.0.113.10 || docker swarm init --advertise-addr eth0
sleep 3
save4 docker-swarm
