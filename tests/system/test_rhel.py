"""docs/rhel.md on a node whose driver lies in its own root, as packages install it."""

import pytest

from harness.documents import sessions
from harness.engines import import_image, installed
from harness.made_node import USER
from harness.paths import ROOT

PAGE = ROOT / "docs/rhel.md"


@pytest.mark.parametrize("user", [0, USER])
def test_page_is_as_printed(made_driver, user):
    """`#` is root; `$` is any user, root too. runc cannot do without cgroups, for which the node
    has no use."""
    with installed(made_driver) as node:
        node.check("rm", "/usr/sbin/runc")
        import_image(node, user)
        commands = [command for session in sessions(PAGE) for command in session]
        assert len(commands) > 5
        for command in commands:
            who = 0 if command.is_roots else user
            command.check(node.check("sh", "-c", command.line, user=who))
