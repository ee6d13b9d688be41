# A host of containers with the CNI plugins bridge, portmap and firewall (Podman 3, CRI-O, nerdctl):
# one container, port 8443 published.
program=containernetworking-plugins
host
ip netns add container
plugin() {
	printf '%s' "$2" | CNI_COMMAND=ADD CNI_CONTAINERID=6ce2f8b1d2a3 CNI_NETNS=/run/netns/container CNI_IFNAME=eth0 \
		CNI_PATH=/usr/lib/cni "/usr/lib/cni/$1"
}
common='"cniVersion": "0.4.0", "name": "shop"'
plugin bridge "{ $common, \"type\": \"bridge\", \"bridge\": \"cni0\",
	\"isGateway\": true, \"ipMasq\": true,
	\"ipam\": { \"type\": \"host-local\", \"subnet\": \"10.88.0.0/16\", \"routes\": [ { \"dst\": \"0.0.0.0/0\" } ] } }" >/tmp/result
result="\"prevResult\": $(cat /tmp/result)"
plugin portmap "{ $common, \"type\": \"portmap\",
	\"capabilities\": { \"portMappings\": true }, \"runtimeConfig\":
	{ \"portMappings\": [ { \"hostPort\": 8443, \"containerPort\": 443, \"protocol\": \"tcp\" } ] }, $result }"
plugin firewall "{ $common, \"type\": \"firewall\", \"backend\": \"iptables\", $result }"
save4 cni-bridge
