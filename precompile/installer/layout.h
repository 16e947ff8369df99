/// Where each file of a driver's .run belongs below a root: a pure function from the manifest and
/// the members of the payload to a list of files and links.
///
/// Kernel sources, the table of GPUs and the licence go into one directory, usr/src/nvidia-<V>:
/// kernel/ and kernel-open/ whole, whatever the manifest says of them. Everything else goes where
/// its type says (file_type.h); 32-bit files, what is for X11 and what is left out by type do not
/// come along, nor do links to them. All modes are 0755 or 0644, all links relative. An Error with
/// Fault::Verification for a file that the manifest has and the payload lacks, two for one place,
/// a link or a file where it has something else, setuid bits, and a payload without kernel sources.
#pragma once

#include "host/archive/tree_reader.h"
#include "precompile/installer/installer_manifest.h"
#include "precompile/package/flavour.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace precompile {

struct PlacedFile {
    std::filesystem::path place; ///< relative to the root
    std::string member;          ///< of the payload
    unsigned mode = 0;
    std::uint64_t size = 0;
};

struct PlacedLink {
    std::filesystem::path place;
    std::string target;
};

struct Layout {
    std::string driver;
    std::filesystem::path sources;   ///< usr/src/nvidia-<V>
    std::filesystem::path libraries; ///< usr/lib/x86_64-linux-gnu
    std::vector<Flavour> flavours;
    std::vector<PlacedFile> files; ///< by place
    std::vector<PlacedLink> links; ///< by place
    std::size_t leftOut = 0;       ///< lines of the manifest of which nothing is placed
};

using TreeMembers = std::map<std::string, host::TreeMember>; ///< by name

/// `machine` as `uname -m` prints it; an Error with Fault::Usage for one that NVIDIA has no such
/// files for. `origin` names the file in errors.
Layout layOut(const InstallerManifest& manifest, const TreeMembers& members,
              const std::string& machine, const std::string& origin);

} // namespace precompile
