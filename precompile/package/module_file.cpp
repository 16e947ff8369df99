#include "precompile/package/module_file.h"

#include "host/base/error.h"
#include "host/base/fd.h"
#include "host/base/text.h"
#include "host/kernel/module.h"

#include <algorithm>
#include <fcntl.h>
#include <fmt/format.h>
#include <gelf.h>
#include <libelf.h>
#include <map>
#include <memory>

namespace precompile {

namespace {

/// Keys of which modpost writes exactly one (scripts/mod/modpost.c); others, such as alias and
/// parm, repeat.
constexpr std::string_view kSingleKeys[] = {"vermagic", "name", "depends", "srcversion", "version"};

/// Without empty parts.
std::vector<std::string> partsOf(const std::string& text, char separator) {
    auto parts = host::split(text, separator);
    std::erase(parts, "");
    return parts;
}

void readSections(const std::filesystem::path& file, ModuleFile& module) {
    const host::Fd fd = host::openFile(file, O_RDONLY);
    const std::unique_ptr<Elf, decltype(&elf_end)> elf(elf_begin(fd.get(), ELF_C_READ, nullptr),
                                                       &elf_end);
    std::size_t names = 0;
    if (!elf || elf_getshdrstrndx(elf.get(), &names) != 0) {
        throw host::Error(fmt::format("{} is no ELF file", file.string()));
    }
    for (Elf_Scn* section = nullptr; (section = elf_nextscn(elf.get(), section)) != nullptr;) {
        GElf_Shdr header;
        const char* name = gelf_getshdr(section, &header) == nullptr
                               ? nullptr
                               : elf_strptr(elf.get(), names, header.sh_name);
        if (name != nullptr) {
            module.sections.emplace(name);
            module.thisModules += std::string_view(name) == ".gnu.linkonce.this_module" ? 1 : 0;
        }
    }
}

} // namespace

ModuleFile inspectModule(const std::filesystem::path& file, const std::string& name) {
    const auto info = host::moduleInfo(file);
    if (info.empty()) {
        throw host::Error(fmt::format("{} is no kernel module: it has no .modinfo", file.string()));
    }
    ModuleFile module;
    module.name = name;
    std::map<std::string, int, std::less<>> counts;
    for (const auto& [key, value] : info) {
        ++counts[key];
        if (key == "name") {
            module.ownName = value;
        } else if (key == "version") {
            module.version = value;
        } else if (key == "vermagic") {
            module.vermagic = value;
        } else if (key == "srcversion") {
            module.sourceVersion = value;
        } else if (key == "depends") {
            module.depends = partsOf(value, ',');
        } else if (key == "retpoline") {
            module.retpoline = value == "Y";
        }
    }
    for (const std::string_view key : kSingleKeys) {
        if (const auto count = counts.find(key); count != counts.end() && count->second > 1) {
            module.repeatedKeys.emplace_back(key);
        }
    }
    readSections(file, module);
    module.symbols = host::symbolUser(file, name);
    return module;
}

FinishedModule finishedModule(const std::filesystem::path& file, const DriverSource& source) {
    const std::string name = file.stem().string();
    const auto core = std::ranges::find(source.cores, name, &Core::module);
    return {.file = file,
            .info = inspectModule(file, name),
            .core = core == source.cores.end() ? std::filesystem::path() : core->object};
}

} // namespace precompile
