#include "precompile/build/compile.h"

#include "distribution/mount_points.h"
#include "host/base/error.h"
#include "host/base/fd.h"
#include "host/base/file.h"
#include "host/base/rooted.h"
#include "host/crypto/digest.h"
#include "host/process/process.h"
#include "precompile/build/build_programs.h"
#include "precompile/build/compile_log.h"
#include "precompile/build/compiler_cache.h"
#include "precompile/build/conftest_cache.h"
#include "precompile/build/debug_information.h"
#include "precompile/build/kernel_build.h"
#include "precompile/build/kernel_digest.h"
#include "precompile/build/source_mending.h"
#include "precompile/package/module_demands.h"
#include "precompile/source/source_copy.h"

#include <algorithm>
#include <ctime>
#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <set>
#include <sstream>

namespace precompile {

namespace {

constexpr const char* kTemporary = "/tmp";   ///< in the build root
constexpr const char* kDirectory = "nvidia"; ///< in there, always the same
constexpr std::size_t kLargestConfig = 4 << 20;

/// What a command in the build root sees: nothing of ours, and what kbuild would otherwise take
/// from the clock and the machine.
std::vector<std::string> environmentFor(const CompileRequest& request) {
    return {"HOME=/tmp",
            "LC_ALL=C",
            fmt::format("SOURCE_DATE_EPOCH={}", request.sourceDateEpoch),
            fmt::format("KBUILD_BUILD_TIMESTAMP={:%F %T} UTC",
                        fmt::gmtime(static_cast<std::time_t>(request.sourceDateEpoch))),
            "KBUILD_BUILD_USER=driverctl",
            "KBUILD_BUILD_HOST=driverctl"};
}

host::Command inBuildRoot(const CompileRequest& request, std::vector<std::string> argv,
                          std::vector<std::string> path = {fmt::format("PATH={}", buildPath())}) {
    return {.argv = std::move(argv),
            .environment = std::move(path),
            .moreEnvironment = environmentFor(request),
            .workingDirectory = fmt::format("{}/{}", kTemporary, kDirectory),
            .root = request.buildRoot.root,
            .withoutNetwork = true,
            .ownProcesses = true};
}

std::string firstLineOf(const CompileRequest& request, std::vector<std::string> argv) {
    const std::string text = host::runChecked(inBuildRoot(request, std::move(argv)));
    return text.substr(0, text.find('\n'));
}

/// Where a file of the build root lies. No link in the root leads out of it.
std::filesystem::path fileIn(const host::Rooted& root, const std::filesystem::path& inside) {
    const auto file = root.resolve(inside);
    if (!file) {
        throw host::Error(fmt::format("the build root lacks {}", inside.string()),
                          "Install the kernel's headers in it.");
    }
    return root.onHost(*file);
}

/// One digest of all the files below a directory, as docs/package-format.md defines it.
std::string digestOfTree(const std::filesystem::path& directory) {
    std::set<std::string> files; ///< relative; sorted by bytes
    for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
        if (entry.is_regular_file()) {
            files.insert(entry.path().lexically_relative(directory).string());
        }
    }
    host::Digest digest;
    for (const auto& file : files) {
        digest.update(fmt::format("{} {}\n", host::digestOfFile(directory / file), file));
    }
    return digest.hex();
}

/// The programs that make the objects, as gcc itself finds them.
void addToolchain(const CompileRequest& request, std::map<std::string, std::string>& inputs) {
    const std::pair<const char*, const char*> tools[] = {
        {"compiler", "gcc"}, {"compiler-proper", "cc1"}, {"assembler", "as"}, {"linker", "ld"}};
    constexpr const char* kFind =
        R"sh(tool=$1; [ "$tool" = gcc ] || tool=$(gcc -print-prog-name="$tool")
             path=$(command -v "$tool"); exec readlink -f "$path")sh";
    for (const auto& [name, tool] : tools) {
        const std::string path = firstLineOf(request, {"sh", "-ec", kFind, "sh", tool});
        inputs[name] = host::digestOfFile(fileIn(host::Rooted(request.buildRoot.root), path));
    }
}

void addCores(const DriverSource& source, const std::filesystem::path& directory,
              std::map<std::string, std::string>& inputs) {
    for (const Core& core : source.cores) {
        inputs["driver-core/" + core.object.string()] = host::digestOfFile(directory / core.object);
    }
}

/// What NVIDIA's tests of the kernel's interfaces compile goes into no module.
std::map<std::string, std::string> objectsBelow(const std::filesystem::path& directory) {
    std::map<std::string, std::string> objects;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
        const auto path = entry.path().lexically_relative(directory);
        if (path.extension() == ".o" && *path.begin() != "conftest" && entry.is_regular_file()) {
            objects[path.string()] = host::digestOfFile(entry.path());
        }
    }
    return objects;
}

/// As NVIDIA's Makefile names it: nv-linux.o, nv-modeset-linux.o.
std::string interfaceOf(const Core& core) {
    return "nv" + core.module.substr(std::string_view("nvidia").size()) + "-linux.o";
}

struct Work {
    unsigned tests = 0;
    unsigned objects = 0;
};

constexpr std::string_view kBlanks = " \t\r\\"; ///< of a makefile's line, with its continuation

std::string_view firstWord(std::string_view text) {
    text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
    return text.substr(0, text.find_first_of(kBlanks));
}

std::string_view lastWord(std::string_view text) {
    text = text.substr(0, text.find_last_not_of(kBlanks) + 1);
    const auto blank = text.find_last_of(kBlanks);
    return blank == std::string_view::npos ? text : text.substr(blank + 1);
}

/// Adds what one line of a makefile names: "NV_CONFTEST_…_COMPILE_TESTS += test", a header of
/// NV_HEADER_PRESENCE_TESTS, one a line, or "…_SOURCES += file.c".
void countLine(std::string_view line, std::set<std::string>& tests,
               std::set<std::string>& objects) {
    const auto at = line.find("+=");
    const auto name = lastWord(line.substr(0, at));
    const auto word = firstWord(at == std::string_view::npos ? line : line.substr(at + 2));
    if (at == std::string_view::npos) {
        if (word.ends_with(".h") && kBlanks.find(line.front()) != std::string_view::npos) {
            tests.emplace(word);
        }
    } else if (name.starts_with("NV_CONFTEST_") && name.ends_with("_COMPILE_TESTS")) {
        tests.emplace(word);
    } else if ((name.ends_with("_SOURCES") || name.ends_with("_SOURCES_CXX")) &&
               word.ends_with(".c")) {
        objects.emplace(word);
    }
}

/// What NVIDIA's Kbuild and .mk files list. Only for the progress bar: a wrong number harms
/// nothing.
Work countWork(const std::filesystem::path& directory) {
    std::set<std::string> tests;
    std::set<std::string> objects;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
        const auto extension = entry.path().extension();
        if (extension == ".Kbuild" || extension == ".mk" || entry.path().filename() == "Kbuild") {
            std::istringstream text(host::readFile(entry.path()));
            for (std::string line; std::getline(text, line);) {
                countLine(line, tests, objects);
            }
        }
    }
    return {static_cast<unsigned>(tests.size()), static_cast<unsigned>(objects.size())};
}

class ProgressCounter {
  public:
    ProgressCounter(const CompileRequest& request, Work work) : request_(request), work_(work) {}

    void add(std::string_view line) {
        const CompileStep step = stepOf(line);
        if (step == CompileStep::None) {
            return;
        }
        const bool testing = step == CompileStep::InterfaceTest;
        unsigned& done = testing ? done_.tests : done_.objects;
        ++done;
        request_.observer.progress(
            {.work = testing ? "Testing the kernel's interfaces" : "Compiling objects",
             .unit = host::WorkDone::Unit::Items,
             .done = done,
             .total = std::max(done, testing ? work_.tests : work_.objects)});
    }

  private:
    const CompileRequest& request_;
    Work work_;
    Work done_;
};

/// A digest of what NVIDIA's tests of the kernel depend on beside the driver's own files.
std::string seenByTests(const CompileRequest& request,
                        const std::map<std::string, std::string>& inputs) {
    std::string seen = digestOfKernel(request.buildRoot);
    for (const char* tool : {"compiler", "compiler-proper", "assembler", "linker"}) {
        seen += inputs.at(tool);
    }
    return host::digestOf(seen);
}

std::vector<std::string> makeArguments(const CompileRequest& request,
                                       const std::string& kernelConfig, bool hasVmlinux) {
    std::vector<std::string> arguments = {"KERNEL_UNAME=" + request.buildRoot.target.kernel};
    if (!readsDebugInformation(kernelConfig, hasVmlinux)) {
        arguments.emplace_back("KCFLAGS=-g0"); // rather than stripping it all
    }
    return arguments;
}

void runMake(const CompileRequest& request, const DriverOnKernel& known,
             const std::filesystem::path& directory, const std::vector<std::string>& arguments,
             const std::string& kernel) {
    const ConftestCache conftest(request.conftestCache, kernel, directory, arguments);
    const CompilerCache compilers(request.compilerCache, request.buildRoot.root);
    const bool restored = conftest.restore();
    std::vector<std::string> argv = {"make", fmt::format("-j{}", std::max(1U, request.threads))};
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    if (request.interfaces) { // each depends on `modules`
        // Driver 470 does not look where Debian has it; without it no exports are merged.
        if (const auto script = moduleScriptOf(
                fileIn(host::Rooted(request.buildRoot.root), request.buildRoot.kernelBuild));
            !script.empty()) {
            argv.push_back("LD_SCRIPT=" + (request.buildRoot.kernelBuild / script).string());
        }
        for (const Core& core : request.source.cores) {
            argv.push_back(interfaceOf(core));
        }
    } else {
        argv.emplace_back("modules");
    }
    const host::Fd log = host::openFile(request.log, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    FailureCollector failures;
    ProgressCounter progress(request, countWork(directory));
    host::Command command =
        inBuildRoot(request, std::move(argv), compilers.environment(buildPath()));
    command.onLine = [&](std::string_view line) {
        host::writeAll(log.get(), std::string(line) + "\n", request.log.string());
        failures.add(line);
        progress.add(line);
    };
    const host::ExitStatus status = host::Process(std::move(command)).wait(request.stop);
    if (!status.success()) {
        const std::string cause = failures.explain();
        const std::string explanation =
            explainFailure(breakTable(), cause, known.driver, known.kernel, request.patches);
        throw host::Error(
            fmt::format("driver {} ({}) does not compile for kernel {}: {}", request.source.version,
                        toString(request.source.flavour), request.buildRoot.target.kernel,
                        cause.empty() ? "make ended with " + status.describe() : cause),
            fmt::format("{}{}The whole log is in {}.", explanation, explanation.empty() ? "" : " ",
                        request.log.string()));
    }
    if (!restored) {
        conftest.keep();
    }
}

FinishedModule finishModule(const CompileRequest& request, const std::filesystem::path& file) {
    host::runChecked(inBuildRoot(request, {"strip", "--strip-debug", file.filename().string()}));
    return finishedModule(file, request.source);
}

void requireFit(const CompileRequest& request, const std::vector<FinishedModule>& modules,
                const KernelDemands& kernel) {
    const ModuleDemands demands{.driver = request.source.version,
                                .kernel = kernel,
                                .symvers =
                                    fileIn(host::Rooted(request.buildRoot.root),
                                           request.buildRoot.kernelBuild / "Module.symvers")};
    std::vector<ModuleFile> files;
    std::ranges::transform(modules, std::back_inserter(files), &FinishedModule::info);
    if (const auto problems = problemsOf(files, demands); !problems.empty()) {
        throw host::Error(host::Fault::NotLoadable,
                          fmt::format("the compiled modules of driver {} are not fit for kernel "
                                      "{}: {}",
                                      demands.driver, demands.kernel.release, describe(problems)),
                          fmt::format("The sources are in {}, the whole log is in {}.",
                                      request.source.directory.string(), request.log.string()));
    }
}

void requireNoIbt(const KernelDemands& kernel) {
    if (kernel.ibt) {
        throw host::Error(host::Fault::NotLoadable,
                          fmt::format("kernel {} has CONFIG_X86_KERNEL_IBT: a package of "
                                      "mkprecompiled cannot be made for it, because objtool has "
                                      "to run on the modules with their cores",
                                      kernel.release),
                          "Leave out {mkprecompiled}.");
    }
}

} // namespace

CompiledModules compile(const CompileRequest& request) {
    const host::Rooted root(request.buildRoot.root);
    const auto directory = distribution::mountPointIn(root, kTemporary) / kDirectory;
    const auto& kernelBuild = request.buildRoot.kernelBuild;
    const std::string config =
        host::readFile(fileIn(root, kernelBuild / ".config"), kLargestConfig);
    const bool hasVmlinux = root.exists(kernelBuild / "vmlinux");
    requirePrograms(root, request.buildRoot.target.kernel, makesBtf(config, hasVmlinux));
    const KernelDemands demands = demandsOf(request.buildRoot.target.kernel, config);
    if (request.interfaces) {
        requireNoIbt(demands);
    }
    copySources(request.source, directory);
    CompiledModules result;
    result.compiler = firstLineOf(request, {"gcc", "--version"});
    result.linker = firstLineOf(request, {"ld", "--version"});
    result.inputs = {
        {"driver-source", digestOfTree(directory)},
        {"kernel-config", host::digestOf(config)},
        {"kernel-symvers", host::digestOfFile(fileIn(root, kernelBuild / "Module.symvers"))}};
    result.inputs.insert(request.buildRoot.digests.begin(), request.buildRoot.digests.end());
    addCores(request.source, directory, result.inputs);
    addToolchain(request, result.inputs);

    const DriverOnKernel known = lookAt(request.source, request.buildRoot, result.compiler);
    result.inputs.merge(mendSources(known, {.patches = request.patches, .force = request.force},
                                    directory, request.observer));
    runMake(request, known, directory, makeArguments(request, config, hasVmlinux),
            seenByTests(request, result.inputs));
    result.objects = objectsBelow(directory);

    for (const std::string_view name : kDriverModules) {
        const auto file = directory / fmt::format("{}.ko", name);
        if (std::filesystem::exists(file)) {
            result.modules.push_back(finishModule(request, file));
        }
    }
    requireFit(request, result.modules, demands);
    if (request.interfaces) {
        for (const Core& core : request.source.cores) {
            result.interfaces.push_back({directory / interfaceOf(core), core});
            result.objects.erase(interfaceOf(core)); // in no module: made of those that are
        }
    }
    return result;
}

PackageContents contentsOf(const CompiledModules& compiled, const PackageIdentity& identity,
                           const DriverSource& source, const Origin& origin) {
    return {.manifest = {.identity = identity,
                         .compiler = compiled.compiler,
                         .linker = compiled.linker,
                         .builtBy = origin.builtBy,
                         .builtAt = origin.builtAt,
                         .inputs = compiled.inputs,
                         .modules = {},
                         .attachments = {}},
            .modules = compiled.modules,
            .sources = source.directory,
            .objects = compiled.objects};
}

} // namespace precompile
