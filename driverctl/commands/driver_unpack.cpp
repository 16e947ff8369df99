#include "driverctl/commands/all.h"

#include "driverctl/report/driver_unpacking.h"
#include "driverctl/report/log.h"
#include "driverctl/report/observer.h"
#include "driverctl/report/print.h"
#include "host/base/directories.h"
#include "host/base/error.h"
#include "host/base/file.h"
#include "host/base/text.h"
#include "host/crypto/digest.h"
#include "host/kernel/running_kernel.h"
#include "host/net/download.h"
#include "host/process/signals.h"
#include "precompile/build/build_settings.h"
#include "precompile/installer/digest_list.h"
#include "precompile/installer/unpack.h"
#include "precompile/share/registry_settings.h"

#include <csignal>
#include <fmt/format.h>
#include <system_error>

namespace driverctl {

namespace {

constexpr std::uint64_t kLargestFile = std::uint64_t{4} << 30; ///< NVIDIA's have up to 500 MB
constexpr std::size_t kLargestList = 16 << 20;

bool isUrl(const std::string& source) {
    return source.starts_with("https://") || source.starts_with("http://");
}

/// What stands behind the last slash, without a query.
std::string fileName(const std::string& source) {
    const auto path = isUrl(source) ? source.substr(0, source.find_first_of("?#")) : source;
    return std::filesystem::path(path).filename();
}

std::string wantedDigest(const Arguments& arguments, const std::string& name) {
    const std::string sum = host::lower(arguments.word("sha256"));
    const std::string list = arguments.word("sha256-from");
    if (sum.empty() == list.empty()) {
        throw host::Error(host::Fault::Usage,
                          sum.empty() ? "nothing says which SHA-256 the file has to have"
                                      : "--sha256 and --sha256-from exclude each other",
                          "Give --sha256 SUM, or --sha256-from FILE with a list of them; take it "
                          "from somebody else than the server of the file.");
    }
    if (sum.empty()) {
        return precompile::digestFromList(host::readFile(list, kLargestList), name, list);
    }
    if (!host::isDigest(sum)) {
        throw host::Error(host::Fault::Usage, fmt::format("'{}' is no SHA-256", sum),
                          "It has 64 hexadecimal digits.");
    }
    return sum;
}

/// A file that was downloaded, for as long as it is needed. What was fetched of it when that broke
/// off stays for the next time.
class Download {
  public:
    Download(const std::string& url, const std::filesystem::path& directory,
             const std::filesystem::path& caFile, host::SignalSet& signals,
             const host::Observer& observer)
        : file_(directory / fileName(url)) {
        host::makeDirectories(directory, "Name another directory with --work-dir.");
        observer.stage(fmt::format("Fetching {}", host::Address(url)));
        host::HttpSession session(
            {.caFile = caFile,
             .stop = &signals,
             .onProgress =
                 [&observer](const host::TransferProgress& now) {
                     observer.progress({.work = "Fetching", .done = now.done, .total = now.total});
                 },
             .onRetry = logWarning});
        if (!host::downloadFile(session, url, file_, kLargestFile)) {
            throw host::Error(fmt::format("{} is not there", host::Address(url)),
                              "Check the address.");
        }
    }
    Download(const Download&) = delete;
    Download& operator=(const Download&) = delete;
    Download(Download&&) = delete;
    Download& operator=(Download&&) = delete;
    ~Download() {
        std::error_code ignored;
        std::filesystem::remove(file_, ignored);
    }

    [[nodiscard]] const std::filesystem::path& file() const { return file_; }

  private:
    std::filesystem::path file_;
};

/// What is asked for, but for the file itself.
precompile::UnpackRequest requestFor(const std::string& source, const Arguments& arguments) {
    const std::string name = fileName(source);
    if (!arguments.has("root")) {
        throw host::Error(host::Fault::Usage, "nothing says where the driver goes",
                          "Name a directory with --root; / is this machine's own root.");
    }
    if (isUrl(source) && (name.empty() || name == "." || name == "..")) {
        throw host::Error(host::Fault::Usage,
                          fmt::format("{} names no file", host::Address(source)),
                          "Give the whole address of a .run file.");
    }
    return {.file = source,
            .name = isUrl(source) ? name : source,
            .sha256 = wantedDigest(arguments, name),
            .root = arguments.word("root"),
            .machine =
                arguments.has("arch") ? arguments.word("arch") : host::runningKernel().machine};
}

ExitCode unpackDriver(const Settings& settings, const Arguments& arguments) {
    host::SignalSet signals{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
    const std::string source = arguments.word("source");
    auto request = requestFor(source, arguments);
    host::Observer observer = logObserver();
    observer.progress = [show = observer.progress, &signals](const host::WorkDone& now) {
        signals.throwIfPending();
        show(now);
    };
    std::optional<Download> download;
    if (isUrl(source)) {
        download.emplace(source, settings.get(&precompile::BuildSettings::workDir) / "driver-files",
                         settings.get(&precompile::RegistrySettings::caFile), signals, observer);
        request.file = download->file();
    } else if (!std::filesystem::exists(source)) {
        throw host::Error(host::Fault::Usage, fmt::format("{} is not there", source),
                          "Name a .run file of NVIDIA, or its address.");
    }
    printReport(DriverUnpacking{.root = request.root,
                                .unpacked = precompile::unpackRunFile(request, observer)},
                settings);
    return ExitCode::Done;
}

} // namespace

const Command kDriverUnpack = {
    .name = "driver unpack",
    .summary = "Put the driver of one of NVIDIA's .run files into a root directory, without "
               "running any of it",
    .settings = {"json", "work-dir", "ca-file"},
    .arguments = {{.name = "source",
                   .placeholder = "FILE|URL",
                   .help = "The .run file, or its http(s) address",
                   .secret = Secret::Password},
                  {.name = "sha256",
                   .flags = "--sha256",
                   .placeholder = "SUM",
                   .help = "The SHA-256 that the file has to have"},
                  {.name = "sha256-from",
                   .flags = "--sha256-from",
                   .placeholder = "FILE",
                   .help = "A list that has it, as sha256sum or Flathub's driver package write one",
                   .isInput = true},
                  {.name = "root",
                   .flags = "--root",
                   .placeholder = "DIR",
                   .help = "Where the driver goes: a root file system, or a directory that is to "
                           "become one",
                   .isInput = true},
                  {.name = "arch",
                   .flags = "--arch",
                   .placeholder = "ARCH",
                   .help = "The machine that the driver has to be for; default: this one",
                   .choices = {"x86_64", "aarch64"}}},
    .exitCodes = {ExitCode::VerificationFailed, ExitCode::Signal},
    .run = unpackDriver,
};

} // namespace driverctl
