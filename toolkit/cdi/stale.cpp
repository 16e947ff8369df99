#include "toolkit/cdi/stale.h"

#include "gpu/device_nodes.h"
#include "host/base/file.h"
#include "host/base/rooted.h"
#include "toolkit/cdi/fields.h"
#include "toolkit/inventory/once.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <map>
#include <optional>
#include <sys/stat.h>
#include <sys/sysmacros.h>

namespace toolkit::cdi {

using Json = nlohmann::json;
namespace fs = std::filesystem;

namespace {

std::string numberText(dev_t number) {
    return fmt::format("{}:{}", ::major(number), ::minor(number));
}

class Host {
  public:
    explicit Host(const host::Roots& roots)
        : root_(roots.root),
          driverVersion_(host::readLineIfExists(roots.sys / "module/nvidia/version")) {
        for (const auto& node : gpu::planDeviceNodes({}, roots.proc, "/dev")) {
            wanted_[node.path] = node.number;
        }
    }

    [[nodiscard]] bool has(const fs::path& path) const { return root_.exists(path); }

    /// That the node has to have: what the driver says, or else what the node has.
    [[nodiscard]] std::optional<dev_t> numberOf(const fs::path& node) const {
        if (const auto wanted = wanted_.find(node); wanted != wanted_.end()) {
            return wanted->second;
        }
        const auto fd = root_.openIfThere(node, O_PATH);
        struct stat status {};
        const bool isDevice = fd && ::fstat(fd.get(), &status) == 0 &&
                              (S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode));
        return isDevice ? std::optional(status.st_rdev) : std::nullopt;
    }

    /// Of the driver that is loaded.
    [[nodiscard]] const std::optional<std::string>& driverVersion() const { return driverVersion_; }

  private:
    host::Rooted root_;
    std::map<fs::path, dev_t> wanted_;
    std::optional<std::string> driverVersion_;
};

/// The driver's version in the name of a library that has it: "libcuda.so.535.261.03".
std::string versionIn(const fs::path& library) {
    const auto name = library.filename().string();
    for (const std::string_view prefix : {"libcuda.so.", "libnvidia-ml.so."}) {
        if (name.starts_with(prefix) && name.find('.', prefix.size()) != std::string::npos) {
            return name.substr(prefix.size());
        }
    }
    return {};
}

class Comparison {
  public:
    Comparison(const Json& specification, const host::Roots& roots)
        : specification_(specification), host_(roots) {}

    std::vector<std::string> run() {
        compare(memberOf(specification_, "containerEdits"));
        for (const auto& device : memberOf(specification_, "devices")) {
            compare(memberOf(device, "containerEdits"));
        }
        return std::move(parts_);
    }

  private:
    /// Each once: devices share nodes.
    void add(const std::string& part) { addOnce(parts_, part); }

    void compare(const Json& edits) {
        for (const auto& node : memberOf(edits, "deviceNodes")) {
            compareNode(node);
        }
        for (const auto& mount : memberOf(edits, "mounts")) {
            compareMount(textOf(mount, "hostPath"));
        }
        for (const auto& hook : memberOf(edits, "hooks")) {
            if (const auto path = textOf(hook, "path"); !host_.has(path)) {
                add(fmt::format("the hook's program {} is not there", path));
            }
        }
    }

    void compareNode(const Json& node) {
        const auto hostPath = textOf(node, "hostPath");
        const auto path = hostPath.empty() ? textOf(node, "path") : hostPath;
        const auto major = memberOf(node, "major");
        const bool saysNumber = major.is_number() && major != 0;
        const auto number = host_.numberOf(path);
        if (saysNumber && number) {
            const auto& minor = memberOf(node, "minor");
            const auto said =
                ::makedev(major.get<unsigned>(), minor.is_number() ? minor.get<unsigned>() : 0);
            if (said != *number) {
                add(fmt::format("{} is said to be {}, and is {}", path, numberText(said),
                                numberText(*number)));
            }
        }
        // Who finds type and number does not look for the node.
        if (!host_.has(path) && !(saysNumber && !textOf(node, "type").empty())) {
            add(fmt::format("the node {} is not there", path));
        }
    }

    void compareMount(const fs::path& source) {
        const auto version = versionIn(source);
        if (host_.driverVersion() && !version.empty() && version != *host_.driverVersion()) {
            add(fmt::format("{} is of driver {}, and {} is loaded", source.string(), version,
                            *host_.driverVersion()));
        } else if (!host_.has(source)) {
            add(fmt::format("{} is not there", source.string()));
        }
    }

    const Json& specification_;
    Host host_;
    std::vector<std::string> parts_;
};

} // namespace

std::vector<std::string> staleParts(const Json& specification, const host::Roots& roots) {
    return Comparison(specification, roots).run();
}

} // namespace toolkit::cdi
