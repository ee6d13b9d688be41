# A bad ruleset is not deployed: verify is run with a temporary copy for %{path}, and not with --why-run.
cookbook_file '/etc/nftables.conf' do
  source 'nftables.conf'
  mode '0644'
  verify 'fwlint --quiet --target /etc/nftables.conf %{path}'
  notifies :run, 'execute[reload nftables]'
end

execute 'reload nftables' do
  command 'systemctl reload-or-restart nftables'
  action :nothing
end
