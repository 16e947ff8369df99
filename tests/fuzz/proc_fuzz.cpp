#include "gpu/proc_files.h"
#include "host/base/text.h"
#include "tests/fuzz/fuzz_target.h"

/// The input is every file of /proc that the driver writes: a GPU's information, params, the files
/// of capabilities, mig-minors, version.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text = fuzz::text(data, size);
    std::string written;
    const auto fields = gpu::parseProcFields(text);
    for (const auto& [name, value] : fields) {
        fuzz::require(name == host::trimmed(name) && value == host::trimmed(value),
                      "a field has no blanks around it");
        written += name + ": \t\t " + value + '\n';
    }
    fuzz::require(gpu::parseProcFields(written) == fields, "fields survive writing and reading");

    written.clear();
    const auto minors = gpu::parseMigMinors(text);
    for (const auto& [name, minor] : minors) {
        written += name + ' ' + std::to_string(minor) + '\n';
    }
    fuzz::require(gpu::parseMigMinors(written) == minors, "minors survive writing and reading");

    const std::string version = gpu::parseModuleVersion(text);
    fuzz::require(version.empty() || gpu::isDriverVersion(version), "a version is one, or none");
    return 0;
}
