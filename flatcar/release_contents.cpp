#include "flatcar/release_contents.h"

#include "flatcar/mirror.h"
#include "host/base/error.h"
#include "host/base/text.h"

#include <cctype>
#include <fmt/format.h>
#include <set>
#include <string_view>

namespace flatcar {

namespace {

constexpr const char* kName = "flatcar_developer_container_packages.txt";
constexpr std::size_t kSmallFile = 1 << 20;
/// Each has the kernel's version; which of them an image holds depends on its age.
constexpr std::string_view kKernelPackages[] = {
    "sys-kernel/coreos-kernel-", "sys-kernel/coreos-modules-", "sys-kernel/coreos-sources-"};
constexpr std::string_view kCompilerPackages[] = {"sys-devel/gcc-"};

/// "6.12.102" of "sys-kernel/coreos-kernel-6.12.102-r1::coreos-overlay"; empty for another package.
std::string versionIn(std::string_view line, std::string_view package) {
    if (!line.starts_with(package)) {
        return "";
    }
    line.remove_prefix(package.size());
    const bool isVersion = !line.empty() && std::isdigit(static_cast<unsigned char>(line[0])) != 0;
    return isVersion ? std::string(line.substr(0, line.find_first_of("-:_ "))) : "";
}

/// The one version that the packages have.
template <std::size_t Count>
std::string versionOf(const std::vector<std::string>& lines,
                      const std::string_view (&packages)[Count]) {
    std::set<std::string> versions;
    for (const std::string& line : lines) {
        for (const std::string_view package : packages) {
            versions.insert(versionIn(line, package));
        }
    }
    versions.erase("");
    return versions.size() == 1 ? *versions.begin() : "";
}

} // namespace

distribution::ReleaseContents contentsFrom(const std::string& packages) {
    const auto lines = host::split(packages, '\n');
    const std::string kernel = versionOf(lines, kKernelPackages);
    const std::string compiler = versionOf(lines, kCompilerPackages);
    return {.kernel = kernel.empty() ? "" : fmt::format("{}-flatcar", kernel),
            .compiler = compiler.empty() ? "" : fmt::format("gcc-{}", compiler)};
}

distribution::ReleaseContents contentsOf(const ImageRequest& request) {
    auto http = request.http;
    http.attempts = 1; // who does not answer now is asked for the image with more patience
    try {
        return contentsFrom(Mirrors(request.mirrors, http).get(request.release, kName, kSmallFile));
    } catch (const host::Error&) {
        return {};
    }
}

} // namespace flatcar
