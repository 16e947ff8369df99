/// Writes the manual's pages and an example of the configuration file into a directory:
/// `write_manual DIRECTORY`, while driverctl is built.
#include "driverctl/reference/example_file.h"
#include "driverctl/reference/manual.h"
#include "host/base/error.h"
#include "host/base/file.h"

#include <cstdio>
#include <filesystem>

int main(int argc, char** argv) {
    if (argc != 2) {
        std::fputs("usage: write_manual DIRECTORY\n", stderr);
        return 2;
    }
    const std::filesystem::path folder(argv[1]);
    try {
        host::writeFileAtomic(folder / "driverctl.toml", driverctl::exampleFile());
        for (const driverctl::ManualPage& page : driverctl::manual()) {
            host::writeFileAtomic(folder / page.file, page.text);
        }
        return 0;
    } catch (const host::Error& error) {
        std::fprintf(stderr, "write_manual: %s\n", error.what());
        return 1;
    }
}
