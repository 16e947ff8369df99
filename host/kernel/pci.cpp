#include "host/kernel/pci.h"

#include "host/base/directories.h"
#include "host/base/error.h"
#include "host/base/file.h"
#include "host/base/text.h"

#include <fmt/format.h>

namespace host {

namespace {

std::uint32_t readHex(const std::filesystem::path& file) {
    const auto text = readLineIfExists(file);
    const auto value =
        text && text->starts_with("0x") ? toNumberOfEitherBase<std::uint32_t>(*text) : std::nullopt;
    if (!value) {
        throw Error(fmt::format("{} holds no hexadecimal number", file.string()));
    }
    return *value;
}

} // namespace

std::vector<PciFunction> pciFunctions(const std::filesystem::path& sys) {
    const auto directory = sys / "bus/pci/devices";
    std::vector<PciFunction> functions;
    std::error_code missing;
    for (const auto& entry : entriesOf(directory, missing)) {
        PciFunction function;
        function.address = entry.filename().string();
        function.vendor = static_cast<std::uint16_t>(readHex(entry / "vendor"));
        function.device = static_cast<std::uint16_t>(readHex(entry / "device"));
        function.classCode = readHex(entry / "class");
        std::error_code unbound;
        function.driver =
            std::filesystem::read_symlink(entry / "driver", unbound).filename().string();
        functions.push_back(std::move(function));
    }
    if (missing && missing != std::errc::no_such_file_or_directory) {
        throw Error(fmt::format("cannot list {}: {}", directory.string(), missing.message()));
    }
    return functions;
}

} // namespace host
