# What every script sources that compiles driverctl: a compiler cache that all clones of one user
# share. No headers are precompiled: clang's first build takes 0.54 of the processor time with them,
# but they hold the clone's path, and clones could share nothing. In the repository's root.
# shellcheck shell=bash
CCACHE_DIR=$(ci/cached --directory ccache)
export CCACHE_DIR CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1 CCACHE_MAXSIZE=2G
export CMAKE_CXX_COMPILER_LAUNCHER=ccache
