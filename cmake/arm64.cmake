# Compiles for arm64 on another machine, with clang and lld, against Debian's arm64 libraries in the
# directory DRIVERCTL_SYSROOT. What has been compiled runs in QEMU's qemu-aarch64: the program that
# writes the manual, and the unit tests.
if(NOT IS_DIRECTORY "${DRIVERCTL_SYSROOT}")
  message(FATAL_ERROR "There is no directory DRIVERCTL_SYSROOT ('${DRIVERCTL_SYSROOT}'). "
                      "docs/install.md says how one is made; name it with -DDRIVERCTL_SYSROOT=DIR.")
endif()
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES DRIVERCTL_SYSROOT)

set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_SYSROOT ${DRIVERCTL_SYSROOT})
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)
set(CMAKE_CXX_COMPILER clang++)
set(CMAKE_CXX_COMPILER_TARGET aarch64-linux-gnu)
set(CMAKE_EXE_LINKER_FLAGS_INIT -fuse-ld=lld)
set(CMAKE_MODULE_LINKER_FLAGS_INIT -fuse-ld=lld)
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-aarch64 -L ${DRIVERCTL_SYSROOT})

# Libraries and headers are the sysroot's, programs this machine's.
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(ENV{PKG_CONFIG_SYSROOT_DIR} ${DRIVERCTL_SYSROOT})
set(ENV{PKG_CONFIG_LIBDIR} ${DRIVERCTL_SYSROOT}/usr/lib/${CMAKE_LIBRARY_ARCHITECTURE}/pkgconfig)
