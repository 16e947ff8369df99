# What every script sources that compiles driverctl: a compiler cache that all clones of one user
# share. No headers are precompiled: that saves a seventh of a first build, and clones could share
# nothing. In the repository's root.
# shellcheck shell=bash
CCACHE_DIR=$(ci/cached --directory ccache)
export CCACHE_DIR CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1 CCACHE_MAXSIZE=2G
export CMAKE_CXX_COMPILER_LAUNCHER=ccache
