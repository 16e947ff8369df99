#include "toolkit/cdi/generate.h"

#include "host/base/error.h"
#include "host/base/rooted.h"
#include "toolkit/edits/gpu_kind.h"
#include "toolkit/edits/hook_name.h"
#include "toolkit/inventory/once.h"
#include "toolkit/inventory/parts.h"
#include "toolkit/inventory/selection.h"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>
#include <sys/stat.h>

namespace toolkit::cdi {

namespace fs = std::filesystem;

namespace {

NameBy nameByOf(const std::string& word) {
    constexpr std::pair<std::string_view, NameBy> kWords[] = {
        {"index", NameBy::Index}, {"uuid", NameBy::Uuid}, {"type-index", NameBy::TypeIndex}};
    for (const auto& [known, by] : kWords) {
        if (word == known) {
            return by;
        }
    }
    throw host::Error(host::Fault::Usage, fmt::format("devices cannot be named by '{}'", word),
                      "Name them by index, uuid or type-index in {cdi-names}.");
}

std::string nameOf(const gpu::Gpu& gpu, NameBy by) {
    switch (by) {
    case NameBy::Index:
        return fmt::format("{}", gpu.index);
    case NameBy::Uuid:
        return gpu.uuid;
    case NameBy::TypeIndex:
        break;
    }
    return fmt::format("gpu{}", gpu.index);
}

std::string nameOf(const gpu::Gpu& gpu, const gpu::MigDevice& mig, NameBy by) {
    switch (by) {
    case NameBy::Index:
        return fmt::format("{}:{}", gpu.index, mig.index);
    case NameBy::Uuid:
        return mig.uuid;
    case NameBy::TypeIndex:
        break;
    }
    return fmt::format("mig{}:{}", gpu.index, mig.index);
}

/// One that has gone since asks for nothing.
HostNode lookUpNode(const fs::path& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 ? hostNodeOf(status) : HostNode();
}

class Generation {
  public:
    Generation(const Inventory& inventory, const GenerateOptions& options)
        : inventory_(inventory), usable_(usableGpus(inventory)), options_(options),
          knowsGids_(newestKnownToAll(options.readers) >= Version::V0_7_0) {}

    Specification run() {
        specification_.edits = fitted(driverEdits(inventory_, options_.edits));
        for (const auto& gpu : usable_) {
            addGpu(gpu);
        }
        // Nothing is all of a GPU in MIG mode without MIG devices.
        if (const auto all = editsOfAll(); !all.deviceNodes.empty()) {
            add("all", all);
        }
        ContainerEdits none; // CDI refuses a device without edits: it repeats some of the driver's
        none.env = specification_.edits.env;
        add("none", none);
        return std::move(specification_);
    }

  private:
    /// Those whose node is there, with those MIG devices of which all are.
    static std::vector<gpu::Gpu> usableGpus(const Inventory& inventory) {
        std::vector<gpu::Gpu> usable;
        std::ranges::copy_if(inventory.gpus, std::back_inserter(usable),
                             [&](const auto& gpu) { return gpuNode(inventory, gpu).has_value(); });
        for (auto& gpu : usable) {
            std::erase_if(gpu.migs, [&](const gpu::MigDevice& mig) {
                const auto* access = migAccess(inventory, gpu, mig);
                return access == nullptr || access->gpuInstance.node.empty() ||
                       access->computeInstance.node.empty();
            });
        }
        return usable;
    }

    void addGpu(const gpu::Gpu& gpu) {
        for (const auto by : options_.names) {
            add(nameOf(gpu, by), gpuEdits(inventory_, gpu, options_.edits));
        }
        for (const auto& mig : gpu.migs) {
            for (const auto by : options_.names) {
                add(nameOf(gpu, mig, by), migEdits(inventory_, gpu, mig));
            }
        }
    }

    [[nodiscard]] ContainerEdits editsOfAll() const {
        ContainerEdits all;
        const auto selection = select(usable_, {"all"});
        for (const auto* const gpu : selection.gpus) {
            append(all, gpuEdits(inventory_, *gpu, options_.edits));
        }
        for (const auto& [gpu, mig] : selection.migs) {
            append(all, migEdits(inventory_, *gpu, *mig));
        }
        return all;
    }

    /// Nothing for one that has no name of the kind.
    void add(std::string name, const ContainerEdits& edits) {
        if (!name.empty()) {
            specification_.devices.push_back({.name = std::move(name), .edits = fitted(edits)});
        }
    }

    /// What everybody who has to read it knows, and what there is a program for.
    [[nodiscard]] ContainerEdits fitted(ContainerEdits edits) const {
        for (const auto& node : edits.deviceNodes) {
            if (const auto group = knowsGids_ && options_.lookup
                                       ? groupOf(options_.lookup(node.onHost()))
                                       : std::nullopt) {
                addOnce(edits.additionalGids, *group);
            }
        }
        if (options_.edits.hookProgram.empty()) {
            edits.hooks.clear();
        }
        return edits;
    }

    const Inventory& inventory_;
    std::vector<gpu::Gpu> usable_;
    const GenerateOptions& options_;
    bool knowsGids_;
    Specification specification_{.kind = kGpuKind, .devices = {}, .edits = {}};
};

} // namespace

Specification generate(const Inventory& inventory, const GenerateOptions& options) {
    return Generation(inventory, options).run();
}

GenerateOptions optionsFor(const CdiSettings& settings, const fs::path& driverRoot,
                           const std::optional<fs::path>& hostRoot) {
    GenerateOptions options{
        .names = {}, .readers = readersFor(settings.readers), .lookup = lookUpNode};
    for (const auto& word : settings.names) {
        options.names.push_back(nameByOf(word));
    }
    options.edits.hookProgram =
        settings.hookPath.empty() ? hookProgramIn(driverRoot, hostRoot) : settings.hookPath;
    return options;
}

fs::path hookProgramIn(const fs::path& driverRoot, const std::optional<fs::path>& hostRoot,
                       const fs::path& self) {
    const auto inRoot = fs::path("/usr/bin") / kHookName;
    std::error_code ignored;
    if (fs::is_directory(driverRoot, ignored) && host::Rooted(driverRoot).exists(inRoot)) {
        return driverRoot / inRoot.relative_path();
    }
    auto beside = fs::read_symlink(self, ignored).replace_filename(kHookName);
    const bool isOnHost =
        !ignored && hostRoot && fs::equivalent(beside, *hostRoot / beside.relative_path(), ignored);
    return isOnHost ? beside : fs::path();
}

} // namespace toolkit::cdi
