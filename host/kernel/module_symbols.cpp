#include "host/kernel/module_symbols.h"

#include "host/base/error.h"

#include <cerrno>
#include <fmt/format.h>
#include <libkmod.h>
#include <memory>
#include <string_view>
#include <system_error>

namespace host {

namespace {

/// libkmod lists module_layout for every module with CRCs; a kernel without CONFIG_MODVERSIONS has
/// none and does not look for it. The kernel ignores an unresolved _GLOBAL_OFFSET_TABLE_.
constexpr std::string_view kNeverMissed[] = {"module_layout", "_GLOBAL_OFFSET_TABLE_"};

bool neverMissed(std::string_view symbol) {
    return symbol == kNeverMissed[0] || symbol == kNeverMissed[1];
}

[[noreturn]] void throwUnreadable(const std::string& module, int error) {
    throw Error(fmt::format("cannot read the symbols of module {}: {}", module,
                            error == EINVAL || error == ENOEXEC
                                ? "it is damaged or no ELF object"
                                : std::generic_category().message(error)),
                "Build the package again, or fetch it anew.");
}

/// One module file, opened in a context of its own: libkmod refuses two paths of the same base name
/// in one context.
class OpenModule {
  public:
    OpenModule(const std::filesystem::path& file, const std::string& module) {
        const char* const noConfiguration = nullptr;
        context_.reset(kmod_new("/", &noConfiguration));
        if (!context_) {
            throwUnreadable(module, ENOMEM);
        }
        kmod_module* opened = nullptr;
        if (const int result = kmod_module_new_from_path(context_.get(), file.c_str(), &opened);
            result < 0) {
            throwUnreadable(module, -result);
        }
        module_.reset(opened);
    }
    [[nodiscard]] const kmod_module* get() const noexcept { return module_.get(); }

  private:
    std::unique_ptr<kmod_ctx, decltype(&kmod_unref)> context_{nullptr, &kmod_unref};
    std::unique_ptr<kmod_module, decltype(&kmod_module_unref)> module_{nullptr, &kmod_module_unref};
};

} // namespace

std::vector<ModuleSymbol> requiredSymbols(const std::filesystem::path& file,
                                          const std::string& module) {
    const OpenModule opened(file, module);
    kmod_list* found = nullptr;
    const int result = kmod_module_get_dependency_symbols(opened.get(), &found);
    const std::unique_ptr<kmod_list, decltype(&kmod_module_dependency_symbols_free_list)> list(
        found, &kmod_module_dependency_symbols_free_list);
    if (result < 0) {
        throwUnreadable(module, -result);
    }
    std::vector<ModuleSymbol> symbols;
    kmod_list* entry = nullptr;
    kmod_list_foreach(entry, list.get()) {
        const char* name = kmod_module_dependency_symbol_get_symbol(entry);
        const bool weak = kmod_module_dependency_symbol_get_bind(entry) == KMOD_SYMBOL_WEAK;
        symbols.push_back(
            {name, kmod_module_dependency_symbol_get_crc(entry), weak || neverMissed(name)});
    }
    return symbols;
}

std::vector<ModuleSymbol> exportedSymbols(const std::filesystem::path& file,
                                          const std::string& module) {
    const OpenModule opened(file, module);
    kmod_list* found = nullptr;
    const int result = kmod_module_get_symbols(opened.get(), &found);
    const std::unique_ptr<kmod_list, decltype(&kmod_module_symbols_free_list)> list(
        found, &kmod_module_symbols_free_list);
    // ENOENT or, since libkmod 32, ENODATA: no section __ksymtab_strings, so nothing is exported.
    if (result < 0 && result != -ENOENT && result != -ENODATA) {
        throwUnreadable(module, -result);
    }
    std::vector<ModuleSymbol> symbols;
    kmod_list* entry = nullptr;
    kmod_list_foreach(entry, list.get()) {
        symbols.push_back(
            {kmod_module_symbol_get_symbol(entry), kmod_module_symbol_get_crc(entry), false});
    }
    return symbols;
}

} // namespace host
