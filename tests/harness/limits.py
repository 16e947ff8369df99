"""How long a test waits for what does not come."""

# Seconds. It ends what hangs and measures nothing: what takes a second on an idle machine takes a
# minute now and then on one that others use, too.
LIMIT = 300

LONG_LIMIT = 3600  # of what compiles a driver or builds an image
