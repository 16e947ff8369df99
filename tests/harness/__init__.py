"""What the system tests are made of: driverctl's runner, releases, registries, the VM, packages.

Nothing in here is a test or a fixture: tests/system/conftest.py makes the fixtures.
"""
