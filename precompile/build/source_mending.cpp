#include "precompile/build/source_mending.h"

#include "precompile/compatibility/source_patch.h"
#include "precompile/package/manifest.h"

namespace precompile {

DriverOnKernel lookAt(const DriverSource& source, const distribution::BuildRoot& buildRoot,
                      const std::string& compiler) {
    DriverOnKernel known{.driver = driverFactsOf(source.version, source.flavour, source.directory),
                         .kernel = kernelFactsOf(buildRoot, breakTable())};
    known.kernel.compiler = compilerFrom(compiler);
    return known;
}

std::map<std::string, std::string> mendSources(const DriverOnKernel& known, const Mending& mending,
                                               const std::filesystem::path& directory,
                                               const host::Observer& observer) {
    const auto breaks = knownBreaks(breakTable(), known.driver, known.kernel, mending.patches);
    heed(breaks, mending.force, observer);
    std::map<std::string, std::string> inputs;
    for (const ForeseenBreak& foreseen : breaks) {
        if (foreseen.consequence == Consequence::Patched) {
            const SourcePatch& patch = carriedPatch(foreseen.known->patch);
            patch.apply(directory);
            inputs[kPatchInput + patch.name()] = patch.sha256();
        }
    }
    return inputs;
}

} // namespace precompile
