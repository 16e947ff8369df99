/// Driver sources of small files, in the layouts that occur.
#pragma once

#include "tests/unit/temporary.h"

#include <filesystem>
#include <string>

namespace tests {

/// One tree that lacks nothing, at `place`.
inline void writeDriverTree(const Directory& src, const std::filesystem::path& place,
                            const std::string& version, const std::string& licence = "NVIDIA") {
    src.write(place / "Makefile", "modules:\n");
    src.write(place / "Kbuild",
              version.empty() ? "" : "ccflags-y += -DNV_VERSION_STRING=\\\"" + version + "\\\"\n");
    src.write(place / "nvidia/nv.c", "MODULE_LICENSE(\"" + licence + "\");\n");
    src.write(place / "nvidia/nv-kernel.o_binary", "core");
    src.write(place / "nvidia-modeset/nv-modeset-kernel.o_binary", "core of modeset");
}

} // namespace tests
