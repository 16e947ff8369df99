"""Mounts that end with the program that needs them, and by them a release's image as a plain
directory: a build root that is no Flatcar."""

from pathlib import Path

OVERLAID = r"""
    set -e
    tree=$0/tree
    mkdir -p "$tree" "$0/lower" "$0/upper" "$0/over"
    lbzip2 -dc "$1" >"$0/image"
    mount -t ext4 -o ro,loop,offset=2097152 "$0/image" "$0/lower"
    mount -t tmpfs tmpfs "$0/upper"
    mkdir "$0/upper/u" "$0/upper/w"
    layers=lowerdir=$0/lower,upperdir=$0/upper/u,workdir=$0/upper/w
    mount -t overlay overlay "$tree" -o "$layers"
    rm "$tree/etc/os-release"
    printf 'ID=debian\nVERSION_ID="12"\n' >"$tree/etc/os-release"
    rmdir "$tree/tmp"
    mkdir -p "$tree/var/build"
    ln -s /var/build "$tree/tmp"
    shift
    exec "$@"
"""


def in_a_namespace(script: str, *words: object) -> list[str]:
    """A script whose mounts end with it; the words are its $0, $1 and so on."""
    unshare = ["unshare", "--mount", "--propagation", "private", "bash", "-c", script]
    return [*unshare, *map(str, words)]


def with_plain_root(folder: Path, image: Path, *command: object) -> list[str]:
    """The command sees toolchain and headers of the image as folder/tree."""
    return in_a_namespace(OVERLAID, folder, image, *command)
