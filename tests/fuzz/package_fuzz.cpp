#include "host/base/fd.h"
#include "host/base/file.h"
#include "host/base/memory_file.h"
#include "precompile/package/acceptance.h"
#include "precompile/package/package.h"
#include "precompile/package/signature.h"
#include "precompile/source/source_directory.h"
#include "tests/fuzz/fuzz_target.h"

#include <fmt/format.h>

/// The input is the whole file: tar, manifest, signatures, compressed modules. No core is at hand.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::refuseOrAccept([&] {
        const host::Fd file = host::memoryFile("fuzz");
        host::writeAll(file.get(), fuzz::text(data, size), "fuzz");
        const precompile::Package package(fmt::format("/proc/self/fd/{}", file.get()));
        static_cast<void>(precompile::signersOf(package));
        const precompile::Acceptance acceptance{
            .sources = precompile::driverSourcesBelow("/does/not/exist")};
        for (const auto& verdict : precompile::examine(package, acceptance).modules) {
            fuzz::require(verdict.state != precompile::ModuleVerdict::State::Good ||
                              verdict.reason.empty(),
                          "a good module has no reason to complain");
        }
    });
    return 0;
}
