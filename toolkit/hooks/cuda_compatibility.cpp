#include "toolkit/hooks/cuda_compatibility.h"

#include "host/base/json.h"
#include "host/base/text.h"
#include "host/linker/elf_object.h"
#include "toolkit/hooks/linker_configuration.h"

#include <algorithm>
#include <vector>

namespace toolkit {

namespace {

constexpr const char* kFolder = "/usr/local/cuda/compat";
constexpr std::string_view kName = "libcuda.so.";
constexpr std::string_view kNotes = ".note.cuda.fwd_compatibility";
constexpr std::string_view kOwner = "NVIDIA Corporation";

/// Empty when it is no version.
std::vector<unsigned> components(const std::string& version) {
    std::vector<unsigned> numbers;
    for (const std::string& part : host::split(version, '.')) {
        const auto number = host::toNumber<unsigned>(part);
        if (!number) {
            return {};
        }
        numbers.push_back(*number);
    }
    return numbers;
}

/// What the note of CUDA 13 and later says: {"CUDA Version": "13.0", …}.
std::string cudaVersionOf(const ContainerRoot& root, const std::string& name) {
    const host::Fd file = root.openFile(std::filesystem::path(kFolder) / name);
    const auto notes = file ? host::notesOfSection(file, kNotes) : std::vector<host::ElfNote>{};
    if (notes.empty() || notes.front().owner != kOwner) {
        return {};
    }
    const std::string& note = notes.front().description;
    const host::JsonValue said(note.substr(0, note.find('\0')),
                               {.refusal = name + " has no valid note"});
    const auto version = said.find("CUDA Version");
    return version ? version->text() : "";
}

} // namespace

std::optional<CompatibilityLibrary> findCompatibilityLibrary(const ContainerRoot& root) {
    std::vector<unsigned> newest;
    std::string found;
    for (const std::string& name : root.tree().names(kFolder)) {
        const auto version = name.starts_with(kName) ? components(name.substr(kName.size()))
                                                     : std::vector<unsigned>{};
        if (version.size() > 1 && version > newest) {
            newest = version;
            found = name;
        }
    }
    if (found.empty()) {
        return std::nullopt;
    }
    return CompatibilityLibrary{.driver = found.substr(kName.size()),
                                .cuda = cudaVersionOf(root, found)};
}

bool isNewer(const CompatibilityLibrary& library, const HostVersions& host) {
    const auto cuda = components(host.cuda);
    if (!library.cuda.empty() && !cuda.empty()) {
        return components(library.cuda) > cuda;
    }
    const auto driver = components(host.driver);
    return !driver.empty() && components(library.driver).at(0) > driver.at(0);
}

void enableCudaCompatibility(const ContainerRoot& root, const HostVersions& host) {
    if (const auto library = findCompatibilityLibrary(root); library && isNewer(*library, host)) {
        placeCompatibilityFolder(root, kFolder);
    }
}

} // namespace toolkit
