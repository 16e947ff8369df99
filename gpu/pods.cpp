#include "gpu/pods.h"

#include "host/base/error.h"
#include "host/base/printable.h"
#include "host/base/rooted.h"

#include <algorithm>
#include <regex>

namespace gpu {

std::string containerOf(const std::string& cgroup) {
    static const std::regex id("[0-9a-f]{64}");
    std::string innermost;
    for (std::sregex_iterator match(cgroup.begin(), cgroup.end(), id), end; match != end; ++match) {
        innermost = match->str().substr(0, 12);
    }
    return innermost;
}

std::string podOf(const std::string& cgroup) {
    static const std::regex id(
        "pod([0-9a-f]{8}(?:[-_][0-9a-f]{4}){3}[-_][0-9a-f]{12}|[0-9a-f]{32})(?![0-9a-f])");
    std::smatch match;
    if (!std::regex_search(cgroup, match, id)) {
        return "";
    }
    std::string pod = match[1];
    std::ranges::replace(pod, '_', '-');
    return pod;
}

std::map<std::string, std::string> podNames(const std::filesystem::path& hostRoot) {
    static const std::regex directory("([^_]+)_([^_]+)_([^_]+)");
    std::map<std::string, std::string> names;
    try {
        for (const std::string& name : host::Rooted(hostRoot).names("/var/log/pods")) {
            if (std::smatch parts; std::regex_match(name, parts, directory)) {
                names[parts[3]] = host::printable(parts[1].str() + "/" + parts[2].str());
            }
        }
    } catch (const host::Error&) {
        return {};
    }
    return names;
}

} // namespace gpu
