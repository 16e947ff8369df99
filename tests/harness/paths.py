"""Where things lie in the repository."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "build/fixtures"  # what is made for the tests
MATERIAL = ROOT / "tests/material"  # the scripts that make it
BINARY = ROOT / "build/release/bin/driverctl"
