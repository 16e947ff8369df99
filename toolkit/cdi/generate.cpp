#include "toolkit/cdi/generate.h"

#include "host/base/error.h"
#include "host/base/rooted.h"
#include "toolkit/inventory/selection.h"

#include <fmt/format.h>

namespace toolkit::cdi {

namespace fs = std::filesystem;

namespace {

constexpr const char* kHookProgram = "driverctl-hook";

NameBy nameByOf(const std::string& word) {
    constexpr std::pair<std::string_view, NameBy> kWords[] = {
        {"index", NameBy::Index}, {"uuid", NameBy::Uuid}, {"type-index", NameBy::TypeIndex}};
    for (const auto& [known, by] : kWords) {
        if (word == known) {
            return by;
        }
    }
    throw host::Error(host::Fault::Usage, fmt::format("devices cannot be named by '{}'", word),
                      "name them by index, uuid or type-index in {cdi-names}");
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

class Generation {
  public:
    Generation(const Inventory& inventory, const GenerateOptions& options)
        : inventory_(inventory), options_(options),
          knowsGids_(newestKnownToAll(options.readers) >= Version::V0_7_0) {}

    Specification run() {
        for (const auto& gpu : inventory_.gpus) {
            for (const auto by : options_.names) {
                add(nameOf(gpu, by), gpuEdits(inventory_, gpu, options_.edits));
            }
            for (const auto& mig : gpu.migs) {
                for (const auto by : options_.names) {
                    add(nameOf(gpu, mig, by), migEdits(inventory_, gpu, mig));
                }
            }
        }
        add("all", editsOfAll());
        specification_.edits = fitted(driverEdits(inventory_, options_.edits));
        // CDI refuses a device without edits: it repeats a part of the driver's.
        add("none", {.env = specification_.edits.env});
        return std::move(specification_);
    }

  private:
    /// Nothing for a device that has no name of the kind, or no node.
    void add(std::string name, const ContainerEdits& edits) {
        if (!name.empty() && !(edits.env.empty() && edits.deviceNodes.empty())) {
            specification_.devices.push_back({.name = std::move(name), .edits = fitted(edits)});
        }
    }

    [[nodiscard]] ContainerEdits editsOfAll() const {
        const auto selection = select(inventory_.gpus, {"all"});
        ContainerEdits all;
        for (const auto* const gpu : selection.gpus) {
            append(all, gpuEdits(inventory_, *gpu, options_.edits));
        }
        for (const auto& [gpu, mig] : selection.migs) {
            append(all, migEdits(inventory_, *gpu, *mig));
        }
        return all;
    }

    /// What everybody who has to read it knows, and what there is a program for.
    [[nodiscard]] ContainerEdits fitted(ContainerEdits edits) const {
        if (!knowsGids_) {
            edits.additionalGids.clear();
        }
        if (options_.edits.hookProgram.empty()) {
            edits.hooks.clear();
        }
        return edits;
    }

    const Inventory& inventory_;
    const GenerateOptions& options_;
    bool knowsGids_;
    Specification specification_{.kind = kGpuKind, .devices = {}, .edits = {}};
};

} // namespace

Specification generate(const Inventory& inventory, const GenerateOptions& options) {
    return Generation(inventory, options).run();
}

GenerateOptions optionsFor(const CdiSettings& settings, const fs::path& driverRoot) {
    GenerateOptions options{.names = {}, .readers = readersFor(settings.readers)};
    for (const auto& word : settings.names) {
        options.names.push_back(nameByOf(word));
    }
    options.edits.hookProgram =
        settings.hookPath.empty() ? hookProgramIn(driverRoot) : settings.hookPath;
    return options;
}

fs::path hookProgramIn(const fs::path& driverRoot, const fs::path& self) {
    const auto inRoot = fs::path("/usr/bin") / kHookProgram;
    std::error_code ignored;
    if (fs::is_directory(driverRoot, ignored) && host::Rooted(driverRoot).exists(inRoot)) {
        return driverRoot / inRoot.relative_path();
    }
    auto beside = fs::read_symlink(self, ignored).replace_filename(kHookProgram);
    return !ignored && fs::exists(beside, ignored) ? beside : fs::path();
}

} // namespace toolkit::cdi
