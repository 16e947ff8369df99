# What the scripts that make test material share: where things lie, `--help`, and Debian's packages
# by a private apt configuration. The machine's own is neither read for packages nor changed; apt
# verifies every file. Sourced by them; sets `repository` and `fixtures`.
# shellcheck shell=bash

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
fixtures=$repository/build/fixtures
# shellcheck source=ci/help.sh
. "$repository/ci/help.sh"
export PATH=$PATH:/usr/sbin:/sbin

fail() { # MESSAGE
  echo "${0##*/}: $*" >&2
  exit 1
}

wrong_usage() {
  usage >&2
  exit 2
}

# The mirror that this machine itself uses for a suite; empty when it knows none.
mirror_of() { # SUITE
  # shellcheck disable=SC2016 # the dollar signs are apt's
  apt-get indextargets --format '$(REPO_URI) $(CODENAME)' 'Created-By: Packages' |
    awk -v suite="$1" '$2 == suite {print $1; exit}'
}

private_apt() { APT_CONFIG=$fixtures/apt/apt.conf "$@"; }

# Sets the configuration up and reads the lists anew, one process at a time.
update_lists() {
  local apt=$fixtures/apt suite
  mkdir -p "$apt/etc/preferences.d"
  exec 8>"$apt/lock"
  flock 8
  for suite in 'n=trixie, c=main' 'n=sid'; do
    printf 'Package: *\nPin: release %s\nPin-Priority: 1\n\n' "$suite"
  done >"$apt/etc/preferences.d/newer"
  {
    for suite in bookworm bookworm-{updates,backports,security}; do echo "$suite main"; done
    # Drivers. A mirror has all suites.
    for suite in bookworm trixie; do
      echo "$suite contrib non-free non-free-firmware arch=amd64,arm64"
    done
    # Newer container engines, which nothing takes unless it says so. A mirror that lags behind has
    # sid's too: their signature is checked, their age is not.
    echo trixie main
    echo sid main check-valid-until=no
  } | "$repository/tests/material/make-private-apt" "$apt" >/dev/null
}

# What names the state of a suite: changes with it, and with nothing else.
state_of() { # SUITE
  find "$fixtures/apt/lists" -name "*_dists_$1_InRelease"
}

# Makes a Debian with mmdebstrap as a tar, or takes the one that an earlier run has made of the same
# state of the suite. The path is relative to the repository: it is part of the cache's key.
make_debian() { # SUITE VARIANT NAME OUTPUT OPTION...
  local suite=$1 variant=$2 name=$3 output=$4
  shift 4
  update_lists
  (
    cd "$repository" || exit
    ci/cached "$name" "$output" --input "$(state_of "$suite")" -- \
      mmdebstrap --quiet --variant="$variant" --dpkgopt='path-exclude=/usr/share/doc/*' \
      --dpkgopt=force-unsafe-io "$@" "$suite" "$output" "$(mirror_of bookworm)" >&2
  )
}

# Afterwards the folder holds exactly these packages, in the versions that the suite has now. What
# an earlier run has fetched is taken from the cache, if it has the SHA-256 that apt's signed lists
# ask for. A file .complete says that all are there.
download() { # FOLDER PACKAGE[/SUITE|=VERSION]...
  local folder=$1 cache name digest _
  shift
  mkdir -p "$folder"
  cache=$(cd "$repository" && ci/cached --directory debs)
  local wanted=()
  while read -r _ name _ digest; do
    wanted+=("$name")
    if [[ ! -e $folder/$name && -e $cache/$name ]] &&
      [[ SHA256:$(sha256sum <"$cache/$name" | cut -d ' ' -f 1) == "$digest" ]]; then
      cp "$cache/$name" "$folder/.new" && mv "$folder/.new" "$folder/$name"
      touch "$cache/$name"
    fi
  done < <(cd "$fixtures/apt" && private_apt apt-get download --print-uris "$@")
  rm -f "$folder/.complete"
  ((${#wanted[@]} == $#)) || fail "Debian has not all of: $*"
  find "$folder" -name '*.deb' -printf '%f\n' | while read -r name; do
    [[ " ${wanted[*]} " == *" $name "* ]] || rm "$folder/$name"
  done
  # apt leaves out what lies in its working directory already.
  (cd "$folder" && private_apt apt-get download -q "$@" >&2)
  touch "$folder/.complete"
  for name in "${wanted[@]}"; do
    [[ -e $cache/$name ]] || { cp "$folder/$name" "$cache/.$$" && mv "$cache/.$$" "$cache/$name"; }
  done
  # Some generations of all of them; what was not used for longest goes.
  find "$cache" -name '*.deb' -printf '%T@ %p\n' | sort -rn | tail -n +160 | cut -d ' ' -f 2- |
    xargs -r -d '\n' rm -f
}

# The name that a (meta)package depends on: kernels carry their version in it.
dependency() { # PACKAGE[/SUITE] PREFIX
  private_apt apt-cache show --no-all-versions "$1" | sed -n 's/^Depends: //p' | tr ',' '\n' |
    sed 's/^ *//; s/ .*//' | grep "^$2" | head -n 1
}
