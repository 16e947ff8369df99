#include "precompile/installer/unpack.h"

#include "host/archive/tree_reader.h"
#include "host/base/error.h"
#include "host/base/fd.h"
#include "host/base/file.h"
#include "host/base/rooted.h"
#include "host/crypto/digest.h"
#include "host/kernel/running_kernel.h"
#include "host/process/process.h"
#include "precompile/installer/installer_manifest.h"
#include "precompile/installer/layout.h"
#include "precompile/installer/run_file.h"
#include "precompile/installer/staging.h"
#include "precompile/package/content.h"

#include <algorithm>
#include <fcntl.h>
#include <fmt/format.h>
#include <map>
#include <numeric>
#include <optional>
#include <sys/stat.h>
#include <unistd.h>

namespace precompile {

namespace {

namespace fs = std::filesystem;

/// The largest files that NVIDIA has hold 1.5 GB in 3,000 members.
constexpr host::TreeLimits kLimits{.members = 20'000, .bytes = std::uint64_t{6} << 30};
constexpr std::uint64_t kLongestManifest = 8U << 20;
constexpr std::string_view kManifest = ".manifest";
/// For a file with the right digest: whoever gave the digest meant another one.
constexpr std::string_view kRemedy =
    "Fetch the file again, and take its SHA-256 from whom has published it.";

std::uint64_t bytesOf(const Layout& layout) {
    return std::accumulate(
        layout.files.begin(), layout.files.end(), std::uint64_t{0},
        [](std::uint64_t sum, const PlacedFile& file) { return sum + file.size; });
}

struct Payload {
    TreeMembers members;
    std::string manifest;
};

class Unpacking {
  public:
    Unpacking(const UnpackRequest& request, const host::Observer& observer)
        : request_(request), observer_(observer),
          file_(host::openFile(request.file, O_RDONLY | O_NONBLOCK)) {}

    UnpackedDriver run();

  private:
    void requireRoot() const;
    void requireDigest();
    void requireMachine() const;
    [[nodiscard]] host::TreeReader reader() const;
    [[nodiscard]] Payload readPayload() const;
    [[nodiscard]] Layout readLayout() const;
    void requireNew(const Layout& layout) const;
    void requireSpace(const Layout& layout) const;
    void stage(const Layout& layout, Staging& staging) const;
    [[nodiscard]] bool makeLinkerCache(const Layout& layout, const Staging& staging) const;

    const UnpackRequest& request_;
    const host::Observer& observer_;
    host::Fd file_;
    RunFile script_;
};

void Unpacking::requireRoot() const {
    std::error_code unreadable;
    if (!fs::is_directory(request_.root, unreadable)) {
        throw host::Error(host::Fault::Usage,
                          fmt::format("{} is no directory", request_.root.string()),
                          "Give a root file system, or an empty directory.");
    }
}

void Unpacking::requireDigest() {
    struct stat status {};
    if (::fstat(file_.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
        throw host::Error(host::Fault::Usage, fmt::format("{} is no file", request_.name),
                          "Name a .run file of NVIDIA, or its address.");
    }
    observer_.stage(fmt::format("Checking {}", request_.name));
    host::Digest digest;
    host::WorkDone now{.work = "Checking", .total = static_cast<std::uint64_t>(status.st_size)};
    host::readPieces(file_, request_.name, [&](std::span<const std::byte> part) {
        digest.update(part);
        now.done += part.size();
        observer_.progress(now);
    });
    const std::string found = digest.hex();
    if (found != request_.sha256) {
        throw host::Error(
            host::Fault::Verification,
            fmt::format("{} has the SHA-256 {}, not {}", request_.name, found, request_.sha256),
            "Fetch it again. Nothing of it was read but its digest.");
    }
}

void Unpacking::requireMachine() const {
    if (!script_.machine.empty() && script_.machine != request_.machine) {
        throw host::Error(
            host::Fault::Usage,
            fmt::format("{} is for machine {}, and one for {} is wanted", request_.name,
                        script_.machine, request_.machine),
            fmt::format("Take the file for {}, or ask for {}.", request_.machine, script_.machine));
    }
}

host::TreeReader Unpacking::reader() const {
    if (::lseek(file_.get(), static_cast<off_t>(script_.payload), SEEK_SET) < 0) {
        host::throwErrno("read", request_.name);
    }
    return {file_, request_.name, kLimits};
}

Payload Unpacking::readPayload() const {
    observer_.stage(fmt::format("Reading {}", request_.name));
    Payload payload;
    auto tree = reader();
    host::WorkDone now{.work = "Reading"};
    while (auto member = tree.next()) {
        now.done += member->size;
        observer_.progress(now);
        if (member->name == kManifest) {
            payload.manifest = tree.read(kLongestManifest);
        }
        std::string name = member->name;
        payload.members.emplace(std::move(name), std::move(*member));
    }
    if (payload.manifest.empty()) {
        throw host::Error(fmt::format("{} holds no {}", request_.name, kManifest),
                          "Give a driver's file of NVIDIA.");
    }
    return payload;
}

void Unpacking::requireSpace(const Layout& layout) const {
    constexpr std::uint64_t kBlock = 4096; // what the last piece of a file takes at most
    const std::uint64_t needed = bytesOf(layout) + layout.files.size() * kBlock;
    const std::uint64_t free = host::freeSpace(request_.root);
    if (free < needed) {
        throw host::Error(fmt::format("{} has {} MiB free, and driver {} needs {} MiB",
                                      request_.root.string(), free >> 20, layout.driver,
                                      (needed >> 20) + 1),
                          "Make room there.");
    }
}

void Unpacking::stage(const Layout& layout, Staging& staging) const {
    std::map<std::string_view, const PlacedFile*> wanted;
    host::WorkDone now{.work = "Unpacking", .total = bytesOf(layout)};
    for (const PlacedFile& file : layout.files) {
        wanted.emplace(file.member, &file);
    }
    auto tree = reader();
    for (auto member = tree.next(); member; member = tree.next()) {
        const auto found = wanted.find(member->name);
        if (found == wanted.end()) {
            continue;
        }
        staging.addFile(*found->second, [&](const host::MemberSink& sink) {
            tree.read([&](std::span<const std::byte> part) {
                sink(part);
                now.done += part.size();
                observer_.progress(now);
            });
        });
        wanted.erase(found);
    }
    if (!wanted.empty() || now.done != now.total) {
        throw host::Error(fmt::format("{} was changed while it was read", request_.name));
    }
    for (const PlacedLink& link : layout.links) {
        staging.addLink(link);
    }
}

bool Unpacking::makeLinkerCache(const Layout& layout, const Staging& staging) const {
    if (request_.machine != host::runningKernel().machine) {
        observer_.note(fmt::format("The linker's cache is not made: this machine is no {}. Run "
                                   "ldconfig on one",
                                   request_.machine));
        return false;
    }
    staging.directory("etc"); // the cache lies in it
    host::runChecked({.argv = {"/sbin/ldconfig", "-r", request_.root.string(),
                               "/" + layout.libraries.string()}});
    return true;
}

/// What is placed one by one, before the directory of the sources is as a whole.
std::vector<fs::path> placesOutside(const Layout& layout) {
    const std::string sources = layout.sources.string() + "/";
    std::vector<fs::path> places;
    const auto add = [&](const auto& placed) {
        if (!placed.place.string().starts_with(sources)) {
            places.push_back(placed.place);
        }
    };
    std::ranges::for_each(layout.files, add);
    std::ranges::for_each(layout.links, add);
    return places;
}

Layout Unpacking::readLayout() const {
    return readingContent("", kRemedy, [&] {
        const Payload payload = readPayload();
        const auto manifest = readInstallerManifest(
            payload.manifest, fmt::format("{}, {}", request_.name, kManifest));
        return layOut(manifest, payload.members, request_.machine, request_.name);
    });
}

void Unpacking::requireNew(const Layout& layout) const {
    if (host::Rooted(request_.root).exists(layout.sources)) {
        throw host::Error(fmt::format("{} holds driver {} already: {} is there",
                                      request_.root.string(), layout.driver,
                                      (request_.root / layout.sources).string()),
                          "Remove that directory to have it unpacked again.");
    }
}

UnpackedDriver Unpacking::run() {
    requireRoot();
    requireDigest();
    script_ = readRunFile(file_, request_.name);
    requireMachine();
    const Layout layout = readLayout();
    requireNew(layout);
    requireSpace(layout);
    observer_.stage(fmt::format("Unpacking driver {}", layout.driver));
    Staging staging(request_.root);
    readingContent("", kRemedy, [&] { stage(layout, staging); });
    const auto outside = placesOutside(layout);
    auto places = outside;
    places.push_back(layout.sources);
    staging.requireSameOrNothing(places);
    staging.requireDirectories(places);
    staging.sync();
    for (const fs::path& place : outside) {
        staging.move(place);
    }
    const bool hasLinkerCache = makeLinkerCache(layout, staging);
    staging.move(layout.sources);
    return {.driver = layout.driver,
            .machine = request_.machine,
            .flavours = layout.flavours,
            .files = layout.files.size(),
            .links = layout.links.size(),
            .bytes = bytesOf(layout),
            .leftOut = layout.leftOut,
            .hasLinkerCache = hasLinkerCache};
}

} // namespace

UnpackedDriver unpackRunFile(const UnpackRequest& request, const host::Observer& observer) {
    return Unpacking(request, observer).run();
}

} // namespace precompile
