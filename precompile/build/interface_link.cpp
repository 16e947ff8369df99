#include "precompile/build/interface_link.h"

#include "host/base/error.h"
#include "host/base/fd.h"
#include "host/base/file.h"
#include "host/base/memory_file.h"
#include "host/base/text.h"
#include "host/crypto/digest.h"
#include "host/crypto/module_signature.h"
#include "host/kernel/module.h"
#include "host/process/process.h"
#include "precompile/build/compile_log.h"
#include "precompile/build/kernel_build.h"
#include "precompile/package/content.h"
#include "precompile/package/module_demands.h"

#include <algorithm>
#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace precompile {

namespace {

using File = MkprecompiledFile;

constexpr std::string_view kSectionOfIbt = ".ibt_endbr_seal"; ///< objtool's, with --ibt
constexpr std::size_t kLargestModule = 512 << 20;
constexpr const char* kRemedy = "Build the package with {command:update}.";

[[noreturn]] void refuse(const std::string& origin, const std::string& reason) {
    throw host::Error(host::Fault::NotLoadable,
                      fmt::format("{} cannot be used: {}", origin, reason), kRemedy);
}

std::string_view asText(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// What is wrong with an object is damage of the package, wherever it is found.
template <typename Body>
auto readingObject(const std::string& origin, const std::string& name, Body&& body) {
    return readingContent(fmt::format("{} in {} is no sound object", name, origin),
                          "Make or fetch it again, or build a package with {command:update}.",
                          std::forward<Body>(body));
}

/// Without the name of a file that nobody knows.
std::vector<std::pair<std::string, std::string>> moduleInfoOf(const host::Fd& memory) {
    try {
        return host::moduleInfo(memory.procPath());
    } catch (const host::Error&) {
        throw host::Error("it is no ELF object, or a damaged one");
    }
}

/// What .modinfo of an object in memory says.
std::vector<std::pair<std::string, std::string>> infoOf(const std::string& origin,
                                                        const File& file) {
    const host::Fd memory = host::memoryFile(file.name);
    host::writeAll(memory.get(), asText(file.data), file.name);
    return readingObject(origin, file.name, [&] {
        if (auto info = moduleInfoOf(memory); !info.empty()) {
            return info;
        }
        throw host::Error("it has no .modinfo"); // also of an object that is cut off
    });
}

/// The file's content in the work directory.
std::filesystem::path unpack(const InterfaceLink& link, const File& file) {
    const auto path =
        link.directory / (file.type == File::Type::Module ? file.name : file.linkedModule + ".o");
    host::writeFileAtomic(path, asText(file.data));
    return path;
}

/// What the configuration and the whole modules of the package show.
KernelDemands demandsOn(const InterfaceLink& link, const std::vector<FinishedModule>& modules) {
    const auto config = host::readFileIfExists(link.kernelBuild / ".config");
    if (!config && modules.empty()) {
        refuse(link.origin,
               fmt::format("what kernel {} asks of a module is not known: the package holds no "
                           "whole module, and {} is missing",
                           link.kernel, (link.kernelBuild / ".config").string()));
    }
    KernelDemands demands = demandsOf(link.kernel, config.value_or(""));
    for (const FinishedModule& module : modules) {
        const auto& sections = module.info.sections;
        demands.retpoline = demands.retpoline || module.info.retpoline;
        demands.orcUnwind = demands.orcUnwind || sections.contains(".orc_unwind");
        demands.returnSites = demands.returnSites || sections.contains(".return_sites");
        demands.ibt = demands.ibt || sections.contains(kSectionOfIbt);
    }
    if (demands.ibt) {
        refuse(link.origin,
               fmt::format("kernel {} has CONFIG_X86_KERNEL_IBT: objtool has to run on the modules "
                           "with their cores, and what linking alone gives it refuses or runs "
                           "without its mitigations",
                           link.kernel));
    }
    return demands;
}

void requireFit(const InterfaceLink& link, const ModuleFile& module, const KernelDemands& demands) {
    if (const auto problems = problemsOf(module, demands); !problems.empty()) {
        refuse(link.origin, fmt::format("the interface {} is not fit for kernel {}: {}",
                                        module.name, demands.release, fmt::join(problems, "; ")));
    }
}

std::filesystem::path coreOf(const InterfaceLink& link, const File& file) {
    const auto core = std::ranges::find_if(link.source.cores, [&](const Core& is) {
        return is.module + ".ko" == file.linkedModule &&
               (is.object == file.core || is.object.filename() == file.core);
    });
    if (core == link.source.cores.end()) {
        refuse(link.origin, fmt::format("{} is to be linked with {}, which driver {} does not have",
                                        file.linkedModule, file.core, link.source.version));
    }
    return link.source.directory / core->object;
}

/// The ways that packages were linked: with the kernel's script where there is one, and without.
std::vector<std::vector<std::string>> scriptsOf(const InterfaceLink& link) {
    const auto script = moduleScriptOf(link.kernelBuild);
    if (script.empty()) {
        return {{}};
    }
    return {{"-T", (link.kernelBuild / script).string()}, {}};
}

/// What ends a linker for want of memory or disk tells nothing of the object.
void runLinker(const InterfaceLink& link, const File& file, std::vector<std::string> argv) {
    const host::Output output =
        host::run({.argv = std::move(argv), .moreEnvironment = {"LC_ALL=C"}});
    if (output.status.success()) {
        return;
    }
    constexpr std::size_t kLongest = 600;
    const auto said = host::trimmed(output.text).substr(0, kLongest);
    const std::string failure =
        fmt::format("{} failed with {}: {}", link.linker, output.status.describe(), said);
    FailureCollector failures;
    failures.add(output.text);
    if (failures.isOfTheMachine() || output.status.signal != 0) {
        throw host::Error(fmt::format("{} cannot be linked in {}: {}", file.linkedModule,
                                      link.directory.string(), failure),
                          "Make room there, or name another directory with TMPDIR.");
    }
    readingObject(link.origin, file.name, [&] { throw host::Error(failure); });
}

/// The first way that gives the module with the CRC that the package recorded, or just the first.
std::filesystem::path linkOne(const InterfaceLink& link, const File& file,
                              const std::filesystem::path& object) {
    const auto module = link.directory / file.linkedModule;
    const auto core = coreOf(link, file);
    for (const auto& script : scriptsOf(link)) {
        std::vector<std::string> argv = {link.linker, "-r", "-o", module.string()};
        argv.insert(argv.end(), script.begin(), script.end());
        argv.insert(argv.end(), {object.string(), core.string()});
        runLinker(link, file, std::move(argv));
        const std::string linked = host::readFile(module, kLargestModule);
        if ((file.attributes & File::kLinkedModuleCrc) == 0 ||
            mkprecompiledCrc(std::as_bytes(std::span(linked))) == file.linkedCrc) {
            return module;
        }
    }
    refuse(link.origin,
           fmt::format("linking {} with {} does not give the module that the package recorded (CRC "
                       "{:08x}): that was made with another linker or another core",
                       file.linkedModule, link.linker, file.linkedCrc));
}

/// The module is then what was signed, byte for byte.
void appendSignature(const InterfaceLink& link, const File& file,
                     const std::filesystem::path& module) {
    if ((file.attributes & File::kDetachedSignature) == 0) {
        return;
    }
    const host::Fd out = host::openFile(module, O_RDWR | O_APPEND);
    host::writeAll(out.get(), asText(file.signature), module.string());
    if (!host::moduleSignature(out, file.module())) {
        refuse(link.origin,
               fmt::format("the signature of {} is none of a kernel module", file.module()));
    }
}

FinishedModule inspect(const InterfaceLink& link, const File& file,
                       const std::filesystem::path& module) {
    return readingObject(link.origin, file.name,
                         [&] { return finishedModule(module, link.source); });
}

FinishedModule finish(const InterfaceLink& link, const File& file, const KernelDemands& demands) {
    const auto object = unpack(link, file);
    requireFit(
        link,
        readingObject(link.origin, file.name, [&] { return inspectModule(object, file.name); }),
        demands);
    const auto module = linkOne(link, file, object);
    appendSignature(link, file, module);
    return inspect(link, file, module);
}

std::string versionOf(const std::string& linker) {
    try {
        const std::string text = host::runChecked({.argv = {linker, "--version"}});
        return text.substr(0, text.find('\n'));
    } catch (const host::Error& error) {
        throw host::Error(error.what(),
                          "Install binutils here or name a linker with {linker}; or import the "
                          "package where there is one, with {command:package import}.");
    }
}

/// Looks at the modules as they are loaded, one after the other, and says what it looked them up
/// in.
void requireFit(const InterfaceLink& link, CompiledModules& linked, const KernelDemands& kernel) {
    const ModuleDemands demands{.driver = link.source.version,
                                .kernel = kernel,
                                .symvers = link.kernelBuild / "Module.symvers"};
    std::vector<ModuleFile> modules;
    std::ranges::transform(linked.modules, std::back_inserter(modules), &FinishedModule::info);
    if (const auto problems = problemsOf(modules, demands); !problems.empty()) {
        refuse(link.origin, fmt::format("the modules are not fit for kernel {}: {}", kernel.release,
                                        describe(problems)));
    }
    if (std::filesystem::exists(demands.symvers)) {
        linked.inputs["kernel-symvers"] = host::digestOfFile(demands.symvers);
    } else if (!knowsSymbols(modules, demands)) {
        link.observer.warn(fmt::format(
            "whether kernel {} exports what the modules of {} need was not looked at: there is no "
            "{}, and a kernel without CONFIG_MODVERSIONS says nothing of it in modules",
            kernel.release, link.origin, demands.symvers.string()));
    }
}

void sortByLoadOrder(const InterfaceLink& link, std::vector<FinishedModule>& modules) {
    const auto rank = [&](const FinishedModule& module) {
        const auto name = std::ranges::find(kDriverModules, module.info.name);
        if (name == kDriverModules.end()) {
            refuse(link.origin, fmt::format("{} is no module of NVIDIA's driver",
                                            module.file.filename().string()));
        }
        return name - kDriverModules.begin();
    };
    std::ranges::sort(modules, {}, rank);
    if (modules.front().info.name != kDriverModules.front()) {
        refuse(link.origin, fmt::format("it does not hold {}.ko", kDriverModules.front()));
    }
}

} // namespace

InterfaceTarget targetOf(const Mkprecompiled& package, const std::string& origin) {
    InterfaceTarget target;
    for (const File& file : package.files) {
        for (const auto& [key, value] : infoOf(origin, file)) {
            if (key == "vermagic") {
                const std::string kernel = value.substr(0, value.find(' '));
                if (!isNamePart(kernel)) {
                    readingObject(origin, file.name,
                                  [] { throw host::Error("its vermagic names no kernel"); });
                }
                if (!target.kernel.empty() && kernel != target.kernel) {
                    refuse(origin, fmt::format("{} is for kernel {}, files before it for {}",
                                               file.name, kernel, target.kernel));
                }
                target.kernel = kernel;
            } else if (key == "license" && file.module() == "nvidia.ko") {
                target.flavour = value == "NVIDIA" ? Flavour::Proprietary : Flavour::Open;
            }
        }
    }
    if (target.kernel.empty()) {
        refuse(origin, "no file in it has a vermagic, so that its kernel is not known; since Linux "
                       "6.12 kbuild adds it after the interface is made");
    }
    return target;
}

CompiledModules linkInterfaces(const InterfaceLink& link) {
    CompiledModules result;
    result.compiler = fmt::format("not recorded (mkprecompiled: {})", link.package.description);
    result.linker = versionOf(link.linker);
    for (const File& file : link.package.files) {
        if (file.type == File::Type::Module) {
            const auto module = unpack(link, file);
            appendSignature(link, file, module);
            result.modules.push_back(inspect(link, file, module));
        }
    }
    const KernelDemands demands = demandsOn(link, result.modules);
    for (const File& file : link.package.files) {
        if (file.type == File::Type::Interface) {
            result.modules.push_back(finish(link, file, demands));
        }
    }
    sortByLoadOrder(link, result.modules);
    requireFit(link, result, demands);
    return result;
}

} // namespace precompile
