# Sourced by a script before anything else: `--help` prints the comment that the script opens with.
# shellcheck shell=bash

usage() { sed -n '2,/^[^#]/s/^# \{0,1\}//p' "${BASH_SOURCE[-1]}"; }
if [[ ${1:-} == --help ]]; then
  usage
  exit 0
fi
