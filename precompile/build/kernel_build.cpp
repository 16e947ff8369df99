#include "precompile/build/kernel_build.h"

#include <algorithm>
#include <fmt/format.h>
#include <string_view>

namespace precompile {

namespace {

constexpr std::string_view kScripts[] = {"scripts/module.lds", "arch/x86/module.lds",
                                         "arch/arm64/module.lds"};
constexpr std::size_t kLargestHeader = 1 << 16; // they have a few lines
/// UTS_VERSION is in compile.h until Linux 6.0, then in a file of its own.
constexpr std::string_view kHeaders[] = {"include/generated/utsrelease.h",
                                         "include/generated/compile.h",
                                         "include/generated/utsversion.h"};

/// The text in `#define NAME "text"`; these headers escape nothing. Empty: there is none.
std::string definitionOf(std::string_view text, std::string_view name) {
    const std::string define = fmt::format("#define {}", name);
    for (auto at = text.find(define); at != std::string_view::npos;
         at = text.find(define, at + 1)) {
        std::string_view rest = text.substr(at + define.size());
        rest = rest.substr(0, rest.find('\n'));
        const auto begin = rest.find_first_not_of(" \t");
        if (begin == 0 || begin == std::string_view::npos || rest[begin] != '"') {
            continue; // a longer name, or no text
        }
        const std::string_view value = rest.substr(begin + 1);
        return std::string(value.substr(0, value.rfind('"')));
    }
    return "";
}

} // namespace

std::filesystem::path moduleScriptOf(const std::filesystem::path& kernelBuild) {
    const auto found = std::ranges::find_if(kScripts, [&](std::string_view script) {
        return std::filesystem::exists(kernelBuild / script);
    });
    return found == std::end(kScripts) ? std::filesystem::path() : std::filesystem::path(*found);
}

std::string procVersionOf(const host::Rooted& root, const std::filesystem::path& kernelBuild) {
    std::string text;
    for (const std::string_view header : kHeaders) {
        text += root.read(kernelBuild / header, kLargestHeader).value_or("") + "\n";
    }
    const std::string release = definitionOf(text, "UTS_RELEASE");
    const std::string by = definitionOf(text, "LINUX_COMPILE_BY");
    const std::string at = definitionOf(text, "LINUX_COMPILE_HOST");
    const std::string compiler = definitionOf(text, "LINUX_COMPILER");
    const std::string version = definitionOf(text, "UTS_VERSION");
    if (release.empty() || by.empty() || at.empty() || compiler.empty() || version.empty()) {
        return "";
    }
    return fmt::format("Linux version {} ({}@{}) ({}) {}", release, by, at, compiler, version);
}

std::vector<std::filesystem::path> procVersionFiles() {
    return {std::begin(kHeaders), std::end(kHeaders)};
}

} // namespace precompile
