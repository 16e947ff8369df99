/// A driver root, or a whole node, made of the names of its files: libraries are ELF objects with
/// the SONAME that the real ones have, 32-bit ones where the path says so.
#pragma once

#include "host/base/roots.h"
#include "tests/unit/elf_image.h"
#include "tests/unit/temporary.h"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace tests {

class DriverTree : public Directory {
  public:
    void file(const std::filesystem::path& path, std::string_view content = "x") const {
        write(path.relative_path(), content);
    }
    void link(const std::filesystem::path& target, const std::filesystem::path& link) const {
        const auto place = this->path() / link.relative_path();
        std::filesystem::create_directories(place.parent_path());
        std::filesystem::create_symlink(target, place);
    }
    /// "/usr/lib/libcuda.so.535.161" is libcuda.so.1.
    void library(const std::filesystem::path& path, ElfImage image = {}) const {
        const std::string name = path.filename();
        const std::string text = path;
        image.is32Bit = text.find("i386") != std::string::npos ||
                        text.find("lib32") != std::string::npos ||
                        text.find("gnueabihf") != std::string::npos || image.is32Bit;
        if (image.soname.empty()) {
            image.soname = name.substr(0, name.find(".so") + 3) + ".1";
        }
        write(path.relative_path(), elfImage(image));
    }
    /// Of a path below "/", a library by its name or any other file.
    void any(const std::filesystem::path& path) const {
        const std::string name = path.filename();
        name.starts_with("lib") && name.find(".so") != std::string::npos ? library(path)
                                                                         : file(path);
    }
    [[nodiscard]] host::Roots roots() const {
        return {.proc = path() / "proc",
                .sys = path() / "sys",
                .dev = path() / "dev",
                .run = path() / "run",
                .etc = path() / "etc",
                .root = path()};
    }
};

/// The paths that values have in that member.
template <typename Values, typename Member>
std::vector<std::string> pathsOf(const Values& values, Member member) {
    std::vector<std::string> paths;
    for (const auto& value : values) {
        paths.push_back((value.*member).string());
    }
    return paths;
}

} // namespace tests
