/// Real relocatable objects, made with the machine's compiler: what a kernel module and NVIDIA's
/// parts of it look like from outside.
#pragma once

#include "host/process/process.h"
#include "tests/unit/temporary.h"

#include <filesystem>
#include <string>

namespace tests {

/// Of C source, in `directory`.
inline std::filesystem::path compileObject(const Directory& directory,
                                           const std::filesystem::path& name,
                                           const std::string& source) {
    const auto object = directory.write(name, "");
    const auto code = directory.write("m.c", source);
    host::runChecked({.argv = {"gcc", "-c", code.string(), "-o", object.string()}});
    return object;
}

/// A line of .modinfo.
inline std::string modinfo(const std::string& key, const std::string& value) {
    static int number = 0;
    return "__attribute__((section(\".modinfo\"), used)) static const char i" +
           std::to_string(++number) + "[] = \"" + key + "=" + value + "\";\n";
}

/// A section with one byte.
inline std::string section(const std::string& name) {
    static int number = 0;
    return "__attribute__((section(\"" + name + "\"), used)) static const char s" +
           std::to_string(++number) + " = 1;\n";
}

} // namespace tests
