"""The README's first command: podman runs `update`, the committed image's `init` loads the driver
in the VM."""

from harness.drivers import DRIVER, package_name


def test_demo(demo):
    assert demo.rc == 0, demo.out[-5000:]
    assert f"Kernel Module  {DRIVER}" in demo.out
    assert demo.out.rstrip().endswith("nothing")
    (package,) = demo.packages
    assert package.name.startswith(package_name(DRIVER, "proprietary", "6.1.").removesuffix(".tar"))
