# A bad ruleset is not deployed: check_cmd is run with the name of a temporary copy behind it, and not with test=True.
/etc/nftables.conf:
  file.managed:
    - source: salt://nftables.conf
    - mode: '0644'
    - check_cmd: fwlint --quiet --target /etc/nftables.conf

reload nftables:
  cmd.run:
    - name: systemctl reload-or-restart nftables
    - onchanges:
      - file: /etc/nftables.conf
