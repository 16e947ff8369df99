#include "host/kernel/module.h"

#include "host/base/directories.h"
#include "host/base/error.h"
#include "host/base/fd.h"
#include "host/base/file.h"
#include "host/base/rooted.h"
#include "host/base/text.h"

#include <algorithm>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <gelf.h>
#include <libelf.h>
#include <libkmod.h>
#include <memory>

namespace host {

namespace {

constexpr std::size_t kLargestModinfo = 16 << 20;

using ModuleList = std::unique_ptr<kmod_list, decltype(&kmod_module_unref_list)>;
using ModuleReference = std::unique_ptr<kmod_module, decltype(&kmod_module_unref)>;
using Elf_ = std::unique_ptr<Elf, decltype(&elf_end)>;

std::filesystem::path pathOf(const ModuleTreePlace& place) {
    return place.root / place.inside.relative_path();
}

std::vector<std::pair<std::string, std::string>> splitModinfo(std::string_view text) {
    std::vector<std::pair<std::string, std::string>> entries;
    while (!text.empty()) {
        const auto end = std::min(text.find('\0'), text.size());
        const std::string_view entry = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        const auto equals = entry.find('=');
        if (equals != std::string_view::npos) {
            entries.emplace_back(entry.substr(0, equals), entry.substr(equals + 1));
        }
    }
    return entries;
}

} // namespace

std::string kernelName(std::string module) {
    std::ranges::replace(module, '-', '_');
    return module;
}

std::optional<LoadedModule> loadedModule(const std::string& name,
                                         const std::filesystem::path& sys) {
    const auto directory = sys / "module" / name;
    if (readLineIfExists(directory / "initstate").value_or("") != "live") {
        return std::nullopt;
    }
    LoadedModule module;
    module.name = name;
    const std::string references = readLineIfExists(directory / "refcnt").value_or("");
    module.references = toNumber<decltype(module.references)>(references).value_or(0);
    module.version = readLineIfExists(directory / "version").value_or("");
    module.sourceVersion = readLineIfExists(directory / "srcversion").value_or("");
    for (const auto& holder : entriesOf(directory / "holders")) {
        module.holders.push_back(holder.filename().string());
    }
    return module;
}

struct ModuleTree::Impl {
    std::filesystem::path directory;
    std::unique_ptr<kmod_ctx, decltype(&kmod_unref)> context{nullptr, &kmod_unref};

    [[nodiscard]] ModuleReference find(const std::string& name) const {
        kmod_list* found = nullptr;
        kmod_module_new_from_lookup(context.get(), name.c_str(), &found);
        const ModuleList list(found, &kmod_module_unref_list);
        return {found == nullptr ? nullptr : kmod_module_get_module(found), &kmod_module_unref};
    }

    /// Dependencies first, as libkmod lists them.
    [[nodiscard]] std::vector<ModuleReference> withDependencies(ModuleReference module) const {
        std::vector<ModuleReference> modules;
        const ModuleList dependencies(kmod_module_get_dependencies(module.get()),
                                      &kmod_module_unref_list);
        kmod_list* entry = nullptr;
        kmod_list_foreach(entry, dependencies.get()) {
            modules.emplace_back(kmod_module_get_module(entry), &kmod_module_unref);
        }
        modules.push_back(std::move(module));
        return modules;
    }
};

ModuleTree::ModuleTree(const std::filesystem::path& directory) : impl_(std::make_unique<Impl>()) {
    const char* const noConfiguration = nullptr;
    impl_->directory = directory;
    impl_->context.reset(kmod_new(directory.c_str(), &noConfiguration));
    if (!impl_->context || !std::filesystem::exists(directory / "modules.dep")) {
        throw Error(
            fmt::format("{} holds no kernel modules (modules.dep is missing)", directory.string()),
            "Let the container see the host's processes (--pid=host), or mount the host's module "
            "tree into it: -v /lib/modules:/lib/modules:ro.");
    }
}

ModuleTree::ModuleTree(ModuleTree&&) noexcept = default;
ModuleTree::~ModuleTree() = default;

std::string ModuleTree::vermagic() const {
    // "kernel/arch/x86/crypto/x.ko.xz: dependency…", one module a line.
    const std::string list = readFile(impl_->directory / "modules.dep");
    const std::string first = list.substr(0, list.find(':'));
    kmod_module* opened = nullptr;
    if (kmod_module_new_from_path(impl_->context.get(), (impl_->directory / first).c_str(),
                                  &opened) < 0) {
        return "";
    }
    const ModuleReference module(opened, &kmod_module_unref);
    kmod_list* info = nullptr;
    kmod_module_get_info(module.get(), &info);
    const std::unique_ptr<kmod_list, decltype(&kmod_module_info_free_list)> entries(
        info, &kmod_module_info_free_list);
    kmod_list* entry = nullptr;
    kmod_list_foreach(entry, entries.get()) {
        if (std::strcmp(kmod_module_info_get_key(entry), "vermagic") == 0) {
            return kmod_module_info_get_value(entry);
        }
    }
    return "";
}

bool ModuleTree::has(const std::string& name) const {
    return impl_->find(name) != nullptr;
}

std::vector<TreeModule> ModuleTree::exportersOf(const std::string& symbol) const {
    kmod_list* found = nullptr;
    kmod_module_new_from_lookup(impl_->context.get(), ("symbol:" + symbol).c_str(), &found);
    const ModuleList list(found, &kmod_module_unref_list);
    std::vector<TreeModule> modules;
    kmod_list* entry = nullptr;
    kmod_list_foreach(entry, list.get()) {
        const ModuleReference module(kmod_module_get_module(entry), &kmod_module_unref);
        if (const char* file = kmod_module_get_path(module.get()); file != nullptr) {
            modules.push_back({kmod_module_get_name(module.get()), file});
        }
    }
    return modules;
}

std::vector<std::string> ModuleTree::load(const std::string& name) {
    ModuleReference wanted = impl_->find(name);
    if (!wanted) {
        throw Error(
            fmt::format("the kernel has no module {} in {}", name, impl_->directory.string()));
    }
    std::vector<std::string> loaded;
    for (const ModuleReference& module : impl_->withDependencies(std::move(wanted))) {
        const int state = kmod_module_get_initstate(module.get());
        if (state == KMOD_MODULE_LIVE || state == KMOD_MODULE_BUILTIN) {
            continue;
        }
        const int result = kmod_module_insert_module(module.get(), 0, nullptr);
        if (result < 0 && result != -EEXIST) {
            throwErrno("load kernel module", kmod_module_get_name(module.get()), -result);
        }
        if (result == 0) {
            loaded.emplace_back(kmod_module_get_name(module.get()));
        }
    }
    return loaded;
}

ModuleTreePlace placeOfModuleTree(const std::string& kernel, const std::filesystem::path& root) {
    for (const char* seenAt : {"", "proc/1/root", "run/host", "host"}) {
        for (const char* modules : {"/lib/modules", "/usr/lib/modules", "/usr/lib64/modules"}) {
            ModuleTreePlace place{.root = *seenAt == 0 ? root : root / seenAt,
                                  .inside = std::filesystem::path(modules) / kernel};
            std::error_code unseen; // another's root needs the right to trace it
            if (std::filesystem::exists(pathOf(place) / "modules.dep", unseen)) {
                return place;
            }
        }
    }
    return {.root = root, .inside = std::filesystem::path("/lib/modules") / kernel};
}

std::filesystem::path moduleTreeOf(const std::string& kernel, const std::filesystem::path& root) {
    return pathOf(placeOfModuleTree(kernel, root));
}

std::filesystem::path kernelBuildOf(const std::string& kernel, const std::filesystem::path& root) {
    const ModuleTreePlace place = placeOfModuleTree(kernel, root);
    const Rooted seen(place.root);
    const auto build = place.inside / "build";
    return seen.onHost(seen.resolve(build).value_or(build));
}

std::vector<std::pair<std::string, std::string>> moduleInfo(const std::filesystem::path& file) {
    elf_version(EV_CURRENT);
    const Fd fd = openFile(file, O_RDONLY);
    const Elf_ elf(elf_begin(fd.get(), ELF_C_READ, nullptr), &elf_end);
    std::size_t names = 0;
    if (!elf || elf_kind(elf.get()) != ELF_K_ELF || elf_getshdrstrndx(elf.get(), &names) != 0) {
        throw Error(fmt::format("{} is no ELF file", file.string()));
    }
    std::vector<std::pair<std::string, std::string>> entries;
    for (Elf_Scn* section = nullptr; (section = elf_nextscn(elf.get(), section)) != nullptr;) {
        GElf_Shdr header;
        if (gelf_getshdr(section, &header) == nullptr) {
            continue;
        }
        const char* name = elf_strptr(elf.get(), names, header.sh_name);
        const Elf_Data* data = name != nullptr && std::strcmp(name, ".modinfo") == 0 &&
                                       header.sh_size <= kLargestModinfo
                                   ? elf_getdata(section, nullptr)
                                   : nullptr;
        if (data != nullptr && data->d_buf != nullptr) {
            const auto part = splitModinfo({static_cast<const char*>(data->d_buf), data->d_size});
            entries.insert(entries.end(), part.begin(), part.end());
        }
    }
    return entries;
}

} // namespace host
