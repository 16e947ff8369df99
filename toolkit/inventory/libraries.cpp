#include "toolkit/inventory/libraries.h"

#include "host/linker/elf_object.h"
#include "toolkit/inventory/driver_names.h"

#include <algorithm>
#include <fcntl.h>
#include <set>

namespace toolkit {

namespace {

namespace fs = std::filesystem;

/// The build of libnvidia-tls.so for NPTL; the other one is for Linux 2.2.
constexpr std::array<std::uint32_t, 3> kPresentTls = {2, 3, 99};

struct Candidate {
    Library library;
    std::size_t rank = 0;
};

class Finder {
  public:
    Finder(const host::Rooted& root, const std::string& version)
        : root_(root), suffix_("." + version) {}

    void search(const LibraryDirectory& directory) {
        for (const std::string& name : directory.names) {
            const auto library = nameWithoutVersion(name);
            if (!library.empty()) {
                examine(directory, name, library);
            }
        }
    }

    [[nodiscard]] std::vector<Library> take() {
        std::ranges::stable_sort(found_, {}, [](const Candidate& candidate) {
            return std::pair(candidate.library.is32Bit, candidate.rank);
        });
        std::vector<Library> libraries;
        for (Candidate& candidate : found_) {
            libraries.push_back(std::move(candidate.library));
        }
        return libraries;
    }

  private:
    /// "libcuda.so"; empty for a file that is none of the driver's libraries.
    [[nodiscard]] std::string_view nameWithoutVersion(std::string_view name) const {
        if (name.ends_with(suffix_)) {
            const auto stem = name.substr(0, name.size() - suffix_.size());
            return stem.ends_with(".so") ? stem : std::string_view{};
        }
        return hasVersionOfItsOwn(name) ? name : std::string_view{};
    }

    void examine(const LibraryDirectory& directory, const std::string& name,
                 std::string_view library) {
        const auto place = root_.resolve(directory.path / name);
        if (!place || !seen_.insert(*place).second) {
            return;
        }
        const host::Fd file = root_.openIfThere(*place, O_RDONLY);
        const auto object = file ? host::readElfObject(file) : std::nullopt;
        if (!object || (library == "libnvidia-tls.so" && host::kernelAbi(*object) != kPresentTls)) {
            return;
        }
        const KnownName known = knownLibrary(library);
        Candidate candidate{.library = {}, .rank = known.rank};
        candidate.library.path = *place;
        candidate.library.capability = known.capability;
        candidate.library.is32Bit = object->is32Bit;
        candidate.library.links = linksOf(*place, library, object->soname,
                                          place->parent_path() == directory.path &&
                                              std::ranges::binary_search(directory.names, library));
        found_.push_back(std::move(candidate));
    }

    /// The linker asks for the SONAME; a compiler for the name without a version, which is there
    /// where somebody compiles.
    [[nodiscard]] std::vector<Link> linksOf(const fs::path& file, std::string_view library,
                                            const std::string& soname, bool isForCompilers) const {
        std::vector<Link> links;
        const fs::path directory = file.parent_path();
        const auto add = [&](std::string_view link, std::string_view target,
                             std::optional<Capability> capability) {
            const fs::path place = directory / link;
            if (place != file && std::ranges::find(links, place, &Link::link) == links.end()) {
                links.push_back({place, target, capability});
            }
        };
        const bool hasName = !soname.empty() && soname.find('/') == std::string::npos;
        if (hasName) {
            add(soname, file.filename().native(), {});
        }
        if (hasName && isForCompilers) {
            add(library, soname, {});
        }
        for (const NamedLink& link : kLinks) {
            if (link.library == library) {
                const bool isVersioned = link.target.ends_with('*');
                add(link.link, isVersioned ? file.filename().native() : std::string(link.target),
                    link.capability);
            }
        }
        return links;
    }

    const host::Rooted& root_;
    std::string suffix_; ///< ".535.261.03"
    std::set<fs::path> seen_;
    std::vector<Candidate> found_;
};

} // namespace

std::vector<Library> findLibraries(const host::Rooted& root,
                                   const std::vector<LibraryDirectory>& directories,
                                   const std::string& version) {
    Finder finder(root, version);
    for (const LibraryDirectory& directory : directories) {
        finder.search(directory);
    }
    return finder.take();
}

} // namespace toolkit
