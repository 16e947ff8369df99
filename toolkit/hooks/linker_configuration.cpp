#include "toolkit/hooks/linker_configuration.h"

#include "host/base/text.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace toolkit {

namespace {

#if defined(__x86_64__)
#define ARCHITECTURE "x86_64"
#elif defined(__aarch64__)
#define ARCHITECTURE "aarch64"
#endif

constexpr const char* kMain = "/etc/ld.so.conf";
constexpr const char* kInclude = "include /etc/ld.so.conf.d/*.conf\n";
constexpr const char* kCompatibility = "/etc/ld.so.conf.d/00-compat-driverctl.conf";
constexpr const char* kDriver = "/etc/ld.so.conf.d/00-nvcr-driverctl.conf";
constexpr const char* kSystem = "/etc/ld.so.conf.d/zz-nvcr-driverctl.conf";
constexpr const char* kMusl = "/lib/ld-musl-" ARCHITECTURE ".so.1";
constexpr const char* kMuslPath = "/etc/ld-musl-" ARCHITECTURE ".path";
constexpr std::string_view kMuslDefault = "/lib:/usr/local/lib:/usr/lib";
constexpr std::size_t kLargestFile = 1 << 20;

/// Debian's, those of the others with 64 bit, and what is left.
constexpr std::array kSystemFolders{"/lib/" ARCHITECTURE "-linux-gnu",
                                    "/usr/lib/" ARCHITECTURE "-linux-gnu",
                                    "/lib64",
                                    "/usr/lib64",
                                    "/lib",
                                    "/usr/lib"};

/// Changes nothing where it says so already: a file that cannot be changed need not be.
void placeLines(const ContainerRoot& root, const char* file, const std::string& content) {
    if (root.read(file, kLargestFile) != content) {
        root.placeFile(file, content);
    }
}

std::string lines(const std::vector<std::string>& words) {
    return fmt::format("{}\n", fmt::join(words, "\n"));
}

std::vector<std::string> systemFolders(const ContainerRoot& root) {
    std::vector<std::string> found;
    std::ranges::copy_if(kSystemFolders, std::back_inserter(found),
                         [&root](const char* folder) { return root.isDirectory(folder); });
    return found;
}

} // namespace

void placeCompatibilityFolder(const ContainerRoot& root, const std::filesystem::path& folder) {
    placeLines(root, kCompatibility, lines({folder.string()}));
}

void placeLinkerConfiguration(const ContainerRoot& root, const std::vector<std::string>& folders) {
    if (root.openFile(kMusl)) {
        const auto present = root.read(kMuslPath, kLargestFile);
        placeLines(root, kMuslPath, withFolders(present.value_or(""), folders));
    }
    if (!folders.empty()) {
        placeLines(root, kDriver, lines(folders));
    }
    if (const auto system = systemFolders(root); !system.empty()) {
        placeLines(root, kSystem, lines(system));
    }
    placeLines(root, kMain, withInclude(root.read(kMain, kLargestFile).value_or("")));
}

std::string withInclude(std::string_view present) {
    for (const std::string& line : host::split(present, '\n')) {
        const auto words = host::words(line);
        if (words.size() > 1 && words[0] == "include" &&
            words[1].find("ld.so.conf.d/*") != std::string::npos) {
            return std::string(present);
        }
    }
    return kInclude + std::string(present);
}

std::string withFolders(std::string_view present, const std::vector<std::string>& folders) {
    std::string path(host::trimmed(present));
    if (path.empty()) {
        path = kMuslDefault;
    }
    std::ranges::replace(path, '\n', ':');
    const auto known = host::split(path, ':');
    for (const std::string& folder : folders) {
        if (std::ranges::find(known, folder) == known.end()) {
            path += ':' + folder;
        }
    }
    return path + '\n';
}

} // namespace toolkit
