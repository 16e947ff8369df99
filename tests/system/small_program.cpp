/// A program as small as one that runs at every start of a container: it links base, process and
/// kernel of host/ and nothing else. test_small_program.py looks at what that drags in.
#include "host/base/error.h"
#include "host/base/file.h"
#include "host/kernel/character_devices.h"
#include "host/process/process.h"

#include <cstdio>
#include <string_view>

namespace {

/// "MAJOR NAME" of each character device, and whether a child reads the same.
void listDevices() {
    constexpr const char* kFile = "/proc/devices";
    const auto devices = host::parseCharacterDevices(host::readFile(kFile));
    for (const auto& [name, major] : devices) {
        std::printf("%u %s\n", major, name.c_str());
    }
    if (host::parseCharacterDevices(host::runChecked({.argv = {"cat", kFile}})) != devices) {
        throw host::Error("a child reads another /proc/devices");
    }
}

} // namespace

int main(int count, char** arguments) {
    if (count == 2 && std::string_view(arguments[1]) == "--version") {
        std::puts("small_program 1");
        return 0;
    }
    try {
        listDevices();
        return 0;
    } catch (const host::Error& error) {
        std::fprintf(stderr, "error: %s\n", error.what());
        return 1;
    }
}
