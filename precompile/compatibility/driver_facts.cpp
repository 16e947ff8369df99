#include "precompile/compatibility/driver_facts.h"

#include "host/base/file.h"
#include "precompile/compatibility/source_patch.h"

namespace precompile {

namespace {

constexpr std::size_t kLargestChangelog = 4 << 20;

/// Debian's 470 has its patches beside sources that are NVIDIA's: its debian/rules applies them
/// before it compiles. quilt writes down what is applied.
bool isYetToBePatched(const std::filesystem::path& sources) {
    return std::filesystem::exists(sources / "debian/patches/series") &&
           !std::filesystem::exists(sources / ".pc/applied-patches");
}

/// "535.261.03-1" of "nvidia-graphics-drivers (535.261.03-1) bookworm; urgency=medium".
std::string debianVersionOf(const std::filesystem::path& sources) {
    const auto changelog =
        host::readFileIfExists(sources / "debian/changelog", kLargestChangelog).value_or("");
    const std::string line = changelog.substr(0, changelog.find('\n'));
    const auto open = line.find('(');
    const auto close = line.find(')', open);
    return open == std::string::npos || close == std::string::npos
               ? ""
               : line.substr(open + 1, close - open - 1);
}

} // namespace

DriverFacts driverFactsOf(const std::string& version, Flavour flavour,
                          const std::filesystem::path& sources) {
    DriverFacts facts{.version = version,
                      .flavour = flavour,
                      .debian = isYetToBePatched(sources) ? "" : debianVersionOf(sources),
                      .patches = std::set<std::string>()};
    for (const SourcePatch& patch : carriedPatches()) {
        if (patch.fits(sources)) {
            facts.patches->insert(patch.name());
        }
    }
    return facts;
}

} // namespace precompile
