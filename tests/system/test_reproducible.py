"""The same inputs give the same bytes, and the modules are those that kbuild itself would give:
with NVIDIA's own sources."""

from harness import second_reader
from harness.comparison import assert_same_bytes
from harness.drivers import DRIVER
from harness.limits import LONG_LIMIT
from harness.releases import IMAGE, RELEASES
from harness.shell import sh


def test_the_same_inputs_give_the_same_bytes(demo, built):
    """Compiled in the demo's container and on this machine, at another time, below another work
    directory, once with the interfaces for mkprecompiled as well."""
    (package,) = demo.packages
    assert_same_bytes(package, built.store / package.relative_to(package.parents[1]))


BY_HAND = r"""
    set -e
    mkdir -p "$0/lower" "$0/upper" "$0/root"
    mount -t ext4 -o ro,loop,offset=2097152 "$1" "$0/lower"
    mount -t tmpfs tmpfs "$0/upper"
    mkdir "$0/upper/u" "$0/upper/w"
    layers=lowerdir=$0/lower,upperdir=$0/upper/u,workdir=$0/upper/w
    mount -t overlay overlay "$0/root" -o "$layers"
    mount -t proc proc "$0/root/proc"
    mount --rbind /dev "$0/root/dev"
    cp -a "$2" "$0/root/tmp/nvidia"
    chroot "$0/root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin LC_ALL=C \
        make -C /tmp/nvidia -j2 KERNEL_UNAME="$3" KCFLAGS=-g0 \
        NV_KERNEL_MODULES="nvidia nvidia-modeset" modules >"$0/log" 2>&1
    for module in nvidia nvidia-modeset; do
        chroot "$0/root" strip --strip-debug "/tmp/nvidia/$module.ko"
        cp "$0/root/tmp/nvidia/$module.ko" "$0/$module.ko"
    done
"""


def test_restored_modules_equal_kbuilds_own(built, sources, kernels, tmp_path):
    """An independent build with the image's own tools, by hand as NVIDIA documents it, stripped as
    INSTALL_MOD_STRIP=1 does; then compared to what the package restores, byte for byte, and looked
    at with modinfo and readelf."""
    cache = built.work / f"cache/amd64-usr-{RELEASES['6.12']}"
    image = cache / IMAGE.removesuffix(".bz2")
    source = sources / f"nvidia-{DRIVER}/kernel"
    unshare = ("unshare", "--mount", "--propagation", "private")
    words = (tmp_path, image, source, kernels["6.12"])
    sh(*unshare, "bash", "-c", BY_HAND, *words, timeout=LONG_LIMIT)
    package = built.package("6.12", "proprietary")
    restored = dict(second_reader.modules(package, sources, tmp_path))
    for name in ("nvidia", "nvidia-modeset"):
        file = tmp_path / f"{name}.ko"
        assert restored[name] == file.read_bytes(), name
        info = sh("modinfo", file).splitlines()
        assert sum(line.startswith("vermagic:") for line in info) == 1
        assert sum(line.startswith("name:") for line in info) == 1
        sections = sh("readelf", "--wide", "--section-headers", file)
        assert sections.count(" .gnu.linkonce.this_module ") == 1
        assert " .orc_unwind " in sections and " .return_sites " in sections
