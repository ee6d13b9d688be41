# A bad ruleset is not deployed: /etc/nftables.conf stays, and nothing is reloaded.
fwlint::ruleset { '/etc/nftables.conf':
  content => file('/etc/fwlint/nftables.conf'),
}

exec { '/usr/bin/systemctl reload-or-restart nftables':
  refreshonly => true,
  subscribe   => Fwlint::Ruleset['/etc/nftables.conf'],
}
