#include "host/kernel/mount.h"

#include "host/base/directories.h"
#include "host/base/error.h"
#include "host/base/file.h"
#include "host/base/text.h"

#include <algorithm>
#include <fmt/format.h>
#include <sched.h>
#include <sys/mount.h>

namespace host {

namespace {

/// mountinfo writes blank, tab, newline and backslash as \040 and so on.
std::string decodeOctal(const std::string& text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        constexpr std::size_t kDigits = 3;
        constexpr int kBase = 8;
        const auto value = text[i] == '\\' && i + kDigits < text.size()
                               ? toNumber<unsigned>(text.substr(i + 1, kDigits), kBase)
                               : std::nullopt;
        if (value) {
            out += static_cast<char>(*value);
            i += kDigits;
        } else {
            out += text[i];
        }
    }
    return out;
}

MountInfo parseLine(const std::string& line) {
    constexpr std::ptrdiff_t kOptional = 6; // the first of the optional fields, which "-" ends
    constexpr std::ptrdiff_t kBehind = 3;   // type, source, options of the file system
    const auto fields = split(line, ' ');   // a source may be empty
    const bool isWhole = std::ssize(fields) > kOptional;
    const auto optional = fields.begin() + (isWhole ? kOptional : 0);
    const auto end = std::find(optional, fields.end(), "-");
    const auto id = isWhole ? toNumber<int>(fields[0]) : std::nullopt;
    const auto parent = isWhole ? toNumber<int>(fields[1]) : std::nullopt;
    if (!id || !parent || std::distance(end, fields.end()) <= kBehind) {
        throw Error(fmt::format("malformed line in mountinfo: '{}'", line));
    }
    return {
        .id = *id,
        .parentId = *parent,
        .root = decodeOctal(fields[3]),
        .target = decodeOctal(fields[4]),
        .options = fields[5],
        .shared = std::any_of(optional, end,
                              [](const auto& field) { return field.starts_with("shared:"); }),
        .type = end[1],
        .source = decodeOctal(end[2]),
        .systemOptions = end[3],
    };
}

/// The overlay file system's option string separates by ',' and ':' and escapes by '\\'.
void checkOverlayPath(const std::filesystem::path& path) {
    if (path.string().find_first_of(",:\\") != std::string::npos) {
        throw Error(fmt::format("cannot use {} for an overlay: its path holds ',', ':' or '\\'",
                                path.string()),
                    "Choose a directory without these characters.");
    }
}

bool isBelow(const std::string& path, const std::string& directory) {
    return path == directory || directory == "/" ||
           (path.starts_with(directory) && path[directory.size()] == '/');
}

} // namespace

void enterPrivateMountNamespace() {
    if (::unshare(CLONE_NEWNS) != 0) {
        const int error = errno;
        throw SystemError("make", "a private mount namespace", error,
                          "Run as root; in a container, give it --privileged.");
    }
    if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
        throwErrno("make private the mounts below", "/");
    }
}

MountPoint::MountPoint(const std::string& source, const std::filesystem::path& target,
                       const std::string& type, unsigned long flags, const std::string& options) {
    if (::mount(source.c_str(), target.c_str(), type.c_str(), flags, options.c_str()) != 0) {
        throwErrno(fmt::format("mount {} ({}) at", source, type), target.string());
    }
    target_ = target;
}

MountPoint::MountPoint(MountPoint&& other) noexcept : target_(std::exchange(other.target_, {})) {}

MountPoint::~MountPoint() {
    if (!target_.empty()) {
        ::umount2(target_.c_str(), MNT_DETACH);
    }
}

void MountPoint::unmount() {
    if (::umount2(target_.c_str(), 0) != 0) {
        throwErrno("unmount", target_.string());
    }
    target_.clear();
}

MountPoint mountOverlay(const std::filesystem::path& lower, const std::filesystem::path& scratch,
                        const std::filesystem::path& target) {
    checkOverlayPath(lower);
    checkOverlayPath(scratch);
    const auto upper = scratch / "upper";
    const auto work = scratch / "work";
    makeDirectories(upper);
    makeDirectories(work);
    return {"overlay", target, "overlay", 0,
            fmt::format("lowerdir={},upperdir={},workdir={}", lower.string(), upper.string(),
                        work.string())};
}

std::vector<MountInfo> parseMountInfo(std::string_view text) {
    std::vector<MountInfo> mounts;
    for (const std::string& line : split(text, '\n')) {
        if (!line.empty()) {
            mounts.push_back(parseLine(line));
        }
    }
    return mounts;
}

std::vector<MountInfo> mountsBelow(const std::filesystem::path& directory,
                                   const std::filesystem::path& proc) {
    auto mounts = parseMountInfo(readFile(proc / "self/mountinfo"));
    std::erase_if(mounts, [&](const MountInfo& mount) {
        return !isBelow(mount.target.string(), directory.string());
    });
    return mounts;
}

} // namespace host
