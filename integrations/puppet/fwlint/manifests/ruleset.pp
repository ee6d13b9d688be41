# @summary A ruleset that is deployed only when fwlint has nothing to say against it.
#
# @example
#   fwlint::ruleset { '/etc/nftables.conf':
#     source => 'puppet:///modules/site/nftables.conf',
#     notify => Exec['reload nftables'],
#   }
#
# @param path          where it will stand; what it includes is looked for there
# @param source        as of the type file
# @param content       as of the type file
# @param owner         as of the type file, as are group and mode
# @param include_dirs  more directories to include from (nft -I)
# @param options       more options of fwlint, such as ['--fail-on', 'error']
# @param fwlint        the program
define fwlint::ruleset (
  String           $path         = $title,
  Optional[String] $source       = undef,
  Optional[String] $content      = undef,
  Optional[String] $owner        = undef,
  Optional[String] $group        = undef,
  Optional[String] $mode         = undef,
  Array[String]    $include_dirs = [],
  Array[String]    $options      = [],
  String           $fwlint       = '/usr/local/bin/fwlint',
) {
  $dirs = $include_dirs.map |$dir| { ['--include-dir', $dir] }
  $command = shellquote($fwlint, '--quiet', '--target', $path, $dirs, $options)

  file { $path:
    ensure               => file,
    source               => $source,
    content              => $content,
    owner                => $owner,
    group                => $group,
    mode                 => $mode,
    # not "%", which may be in $path too
    validate_cmd         => "${command} '@copy@'",
    validate_replacement => '@copy@',
  }
}
