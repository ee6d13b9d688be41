# A host with Podman's netavark: one container on the default network, port 8443 published.
program=netavark
host
cat >/tmp/network.json <<'R'
{ "container_id": "6ce2f8b1d2a3", "container_name": "web",
  "port_mappings": [ { "container_port": 443, "host_ip": "", "host_port": 8443,
    "protocol": "tcp", "range": 1 } ],
  "networks": { "podman": { "static_ips": [ "10.88.0.2" ], "interface_name": "eth0" } },
  "network_info": { "podman": { "name": "podman", "driver": "bridge",
    "network_interface": "podman0",
    "id": "2f259bab93aaaaa2542ba43ef33eb990d0999ee1b9924b557b7be53c0b7a1bb9",
    "subnets": [ { "subnet": "10.88.0.0/16", "gateway": "10.88.0.1" } ],
    "ipv6_enabled": false, "internal": false, "dns_enabled": false,
    "ipam_options": { "driver": "host-local" } } } }
R
mkdir -p /run/netns
ip netns add container
/usr/lib/podman/netavark --config /run/netavark setup /run/netns/container </tmp/network.json
save4 podman-netavark
