#include "host/archive/tree_reader.h"
#include "host/base/fd.h"
#include "host/base/memory_file.h"
#include "precompile/installer/digest_list.h"
#include "precompile/installer/layout.h"
#include "precompile/installer/run_file.h"
#include "tests/fuzz/fuzz_target.h"

#include <algorithm>
#include <unistd.h>

namespace {

constexpr host::TreeLimits kLimits{.members = 100, .bytes = 1 << 20};

bool isPlain(const std::filesystem::path& path) {
    return !path.empty() && path.is_relative() &&
           std::ranges::none_of(path, [](const auto& part) { return part == ".."; });
}

void requirePlaces(const precompile::Layout& layout) {
    for (const auto& file : layout.files) {
        const auto first = file.place.begin()->string();
        fuzz::require(isPlain(file.place) && (first == "usr" || first == "etc"),
                      "files are placed below usr and etc");
        fuzz::require(file.mode == 0755 || file.mode == 0644, "modes are 0755 or 0644");
    }
    for (const auto& link : layout.links) {
        const auto leadsTo = (link.place.parent_path() / link.target).lexically_normal();
        fuzz::require(isPlain(link.place) && isPlain(leadsTo), "links stay in the root");
    }
}

/// As a whole .run file: script, payload, manifest, layout.
void unpack(const std::string& input) {
    const host::Fd file = host::memoryFile("fuzz");
    host::writeAll(file.get(), input, "fuzz");
    const auto script = precompile::readRunFile(file, "fuzz");
    fuzz::require(script.payload < input.size(), "the payload lies in the file");
    ::lseek(file.get(), static_cast<off_t>(script.payload), SEEK_SET);
    host::TreeReader tree(file, "fuzz", kLimits);
    precompile::TreeMembers members;
    std::string manifest;
    while (const auto member = tree.next()) {
        fuzz::require(isPlain(member->name), "members have plain relative names");
        if (member->type == host::TreeMember::Type::File) {
            const std::string content = tree.read(kLimits.bytes);
            manifest = member->name == ".manifest" ? content : manifest;
        }
        members.emplace(member->name, *member);
    }
    requirePlaces(precompile::layOut(precompile::readInstallerManifest(manifest, "fuzz"), members,
                                     "x86_64", "fuzz"));
}

/// As a manifest, whose files are all there.
void layOut(const std::string& input) {
    const auto manifest = precompile::readInstallerManifest(input, "fuzz");
    precompile::TreeMembers members;
    members.emplace("kernel/Kbuild", host::TreeMember{.name = "kernel/Kbuild"});
    for (const auto& entry : manifest.entries) {
        members.emplace(entry.file, host::TreeMember{.name = entry.file, .mode = entry.mode});
    }
    requirePlaces(precompile::layOut(manifest, members, "aarch64", "fuzz"));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string input = fuzz::text(data, size);
    fuzz::refuseOrAccept([&] { unpack(input); });
    fuzz::refuseOrAccept([&] { layOut(input); });
    fuzz::refuseOrAccept([&] { precompile::digestFromList(input, "f.run", "fuzz"); });
    return 0;
}
