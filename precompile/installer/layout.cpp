#include "precompile/installer/layout.h"

#include "host/base/error.h"

#include <algorithm>
#include <fmt/format.h>
#include <set>
#include <string_view>

namespace precompile {

namespace {

namespace fs = std::filesystem;
using Type = host::TreeMember::Type;

constexpr unsigned kSpecialBits = 07000;
constexpr unsigned kExecuteBits = 0111;
constexpr unsigned kProgramMode = 0755;
constexpr unsigned kFileMode = 0644;

/// What a driver's directory of sources has of the payload, whatever the manifest says of it.
constexpr std::string_view kSourceFolders[] = {"kernel", "kernel-open", "supported-gpus"};
constexpr std::string_view kLicence = "LICENSE";

/// Programs and libraries for X11 and the installer itself, which have no type of their own.
constexpr std::string_view kLeftOut[] = {"libnvidia-gtk", "nvidia-installer", "nvidia-settings",
                                         "nvidia-uninstall", "nvidia-xconfig"};

/// Where no mount of a container hides it; of the form that the kernel's firmware path has.
constexpr std::string_view kFirmware = "usr/share/nvidia/firmware/nvidia";
constexpr std::string_view kUsualFirmware = "usr/lib/firmware/nvidia";

bool isLeftOut(const ManifestEntry& entry) {
    const std::string name = fs::path(entry.file).filename();
    return !entry.type->isPlaced() || entry.isCompat32 ||
           std::ranges::any_of(kLeftOut, [&](auto prefix) { return name.starts_with(prefix); });
}

unsigned normalMode(unsigned mode) {
    return (mode & kExecuteBits) != 0 ? kProgramMode : kFileMode;
}

/// Which of the folders of the sources a member lies in; empty for none.
std::string_view sourceFolder(const std::string& member) {
    const std::string_view first = std::string_view(member).substr(0, member.find('/'));
    const auto* const found = std::ranges::find(kSourceFolders, first);
    return found == std::end(kSourceFolders) ? std::string_view() : *found;
}

class Placing {
  public:
    Placing(const InstallerManifest& manifest, const TreeMembers& members,
            const std::string& machine, const std::string& origin)
        : manifest_(manifest), members_(members), origin_(origin) {
        layout_.driver = manifest.driver;
        layout_.sources = fmt::format("usr/src/nvidia-{}", manifest.driver);
        layout_.libraries = fmt::format("usr/lib/{}-linux-gnu", machine);
        firmware_ = fs::path(kFirmware) / manifest.driver;
    }

    Layout layout();

  private:
    [[noreturn]] void refuse(const std::string& what, std::string_view cause) const {
        throw host::Error(host::Fault::Verification,
                          fmt::format("{}: {} {}", origin_, what, cause));
    }
    [[nodiscard]] fs::path directoryOf(std::string_view pattern, const std::string& path) const;
    void addSources();
    void addEntry(const ManifestEntry& entry);
    void requireMember(const std::string& name) const;
    void addFile(const fs::path& place, const std::string& member, unsigned mode);
    void addLink(const fs::path& place, std::string target);
    void requireFree(const fs::path& place, const std::string& what);
    void dropLinksToNothing();

    const InstallerManifest& manifest_;
    const TreeMembers& members_;
    const std::string& origin_;
    fs::path firmware_;
    Layout layout_;
    std::set<fs::path> places_;
};

fs::path Placing::directoryOf(std::string_view pattern, const std::string& path) const {
    fs::path directory;
    for (const auto& part : fs::path(pattern)) {
        directory /= part == "<lib>"        ? layout_.libraries
                     : part == "<firmware>" ? firmware_
                     : part == "<path>"     ? fs::path(path)
                                            : part;
    }
    return (directory / "").parent_path(); // without a slash at the end
}

void Placing::requireFree(const fs::path& place, const std::string& what) {
    if (!places_.insert(place).second) {
        refuse(what, fmt::format("would be a second /{}", place.string()));
    }
}

/// Of what the manifest names.
void Placing::requireMember(const std::string& name) const {
    const auto found = members_.find(name);
    if (found == members_.end() || found->second.type == Type::Directory) {
        refuse(fmt::format("file '{}' of its manifest", name),
               "is not among the files that it holds");
    }
}

void Placing::addFile(const fs::path& place, const std::string& member, unsigned mode) {
    requireMember(member);
    const auto found = members_.find(member);
    if (found->second.type != Type::File) {
        refuse(fmt::format("file '{}'", member), "is a link");
    }
    if (((mode | found->second.mode) & kSpecialBits) != 0) {
        refuse(fmt::format("file '{}'", member), "has a setuid, setgid or sticky bit");
    }
    requireFree(place, fmt::format("file '{}'", member));
    layout_.files.push_back({place, member, normalMode(mode), found->second.size});
}

void Placing::addLink(const fs::path& place, std::string target) {
    requireFree(place, fmt::format("the link to '{}'", target));
    layout_.links.push_back({place, std::move(target)});
}

void Placing::addSources() {
    std::set<std::string_view> folders;
    for (const auto& [name, member] : members_) {
        const auto folder = sourceFolder(name);
        if (member.type == Type::Directory || (folder.empty() && name != kLicence)) {
            continue;
        }
        const fs::path place = layout_.sources / name;
        if (name == folder) {
            refuse(fmt::format("'{}'", name), "is no directory");
        } else if (member.type == Type::File || folder.empty()) {
            addFile(place, name, member.mode);
        } else if (sourceFolder((fs::path(name).parent_path() / member.target)
                                    .lexically_normal()
                                    .string()) == folder) {
            addLink(place, member.target);
        } else {
            refuse(fmt::format("link '{}'", name),
                   fmt::format("leads to '{}', out of {}/", member.target, folder));
        }
        folders.insert(folder);
    }
    for (const auto& [folder, flavour] :
         {std::pair("kernel", Flavour::Proprietary), std::pair("kernel-open", Flavour::Open)}) {
        if (folders.contains(folder)) {
            layout_.flavours.push_back(flavour);
        }
    }
    if (layout_.flavours.empty()) {
        refuse("its payload", "holds neither kernel/ nor kernel-open/");
    }
}

void Placing::addEntry(const ManifestEntry& entry) {
    const FileType& type = *entry.type;
    const fs::path directory = directoryOf(type.directory, entry.path);
    const fs::path place = directory / fs::path(entry.file).filename();
    if (!type.isLink()) {
        addFile(place, entry.file, entry.mode);
        return;
    }
    const auto leadsTo =
        type.targetDirectory.empty() ? directory : directoryOf(type.targetDirectory, entry.path);
    addLink(place, (leadsTo / entry.target).lexically_relative(directory));
}

/// Links whose file was left out go as well, and the links to those.
void Placing::dropLinksToNothing() {
    const auto leadsToNothing = [this](const PlacedLink& link) {
        return !places_.contains((link.place.parent_path() / link.target).lexically_normal());
    };
    for (std::size_t dropped = 1; dropped > 0;) {
        for (const PlacedLink& link : layout_.links) {
            if (leadsToNothing(link)) {
                places_.erase(link.place);
            }
        }
        dropped = std::erase_if(layout_.links, [this](const PlacedLink& link) {
            return !places_.contains(link.place);
        });
        layout_.leftOut += dropped;
    }
}

Layout Placing::layout() {
    for (const ManifestEntry& entry : manifest_.entries) {
        if (!sourceFolder(entry.file).empty() || entry.file == kLicence) {
            requireMember(entry.file); // its place is addSources' to say
        } else if (isLeftOut(entry)) {
            ++layout_.leftOut;
        } else {
            addEntry(entry);
        }
    }
    dropLinksToNothing();
    addSources();
    if (std::ranges::any_of(layout_.files, [this](const PlacedFile& file) {
            return file.place.parent_path() == firmware_;
        })) {
        const fs::path usual = fs::path(kUsualFirmware) / layout_.driver;
        addLink(usual, firmware_.lexically_relative(usual.parent_path()));
    }
    std::ranges::sort(layout_.files, {}, &PlacedFile::place);
    std::ranges::sort(layout_.links, {}, &PlacedLink::place);
    return std::move(layout_);
}

} // namespace

Layout layOut(const InstallerManifest& manifest, const TreeMembers& members,
              const std::string& machine, const std::string& origin) {
    if (machine != "x86_64" && machine != "aarch64") {
        throw host::Error(host::Fault::Usage,
                          fmt::format("there are no drivers for machine '{}'", machine),
                          "It is x86_64 or aarch64.");
    }
    return Placing(manifest, members, machine, origin).layout();
}

} // namespace precompile
