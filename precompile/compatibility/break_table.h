/// What is known not to compile, link, load or work: which drivers on which kernels, and why. The
/// table is a part of the program (known_breaks.json); docs/known-breaks.md has its schema.
///
/// Reading is strict: an unknown word or a wrong type is an Error that names the field.
#pragma once

#include "precompile/compatibility/versions.h"
#include "precompile/package/flavour.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace precompile {

/// How far a driver comes.
enum class BreakStage {
    Compile,
    Link, ///< modpost: a symbol that the kernel lacks, or keeps for GPL modules
    Load,
    Use, ///< loads, but something of it does not work
};

/// Else it is built, and what is wrong shows where it is loaded.
constexpr bool keepsFromBuilding(BreakStage stage) {
    return stage == BreakStage::Compile || stage == BreakStage::Link;
}

enum class Confidence {
    Confirmed, ///< compiled by us, of whatever sources of Debian's, and seen to fail
    Primary,   ///< the sources, or a packager's patch for them, were read
    Secondary, ///< what others say
};

/// The releases of one branch.
struct DriverRange {
    std::optional<int> branch = {}; ///< 535; nothing: each of them
    std::string first = {};         ///< empty: the branch's first
    std::string fixed = {};         ///< the first one that is right; empty: none is
    std::string debian =
        {}; ///< Debian's package whose patches are the first to mend it; empty: none
};

/// A package of Debian's, whose sources have patches.
struct DebianPackage {
    std::string version; ///< 535.309.01-0+deb12u1
    Flavour flavour = Flavour::Proprietary;
};

/// What a look at the kernel's build tree says, whatever its version is.
struct KernelProbe {
    std::string file; ///< below the tree: "include/linux/pci.h"
    std::string name; ///< a whole word in it
    /// How many arguments the function has in a kernel with the break.
    std::optional<unsigned> arguments = {};
    bool present = true; ///< without arguments: whether the word is there in such a kernel
};

/// A compiler from a major version on.
struct CompilerRange {
    std::string name;
    unsigned first = 0;
};

struct KnownBreak {
    std::string id;
    BreakStage stage = BreakStage::Compile;
    std::string why; ///< a main clause
    std::vector<DriverRange> drivers;
    std::vector<Flavour> flavours;
    std::vector<KernelRange> kernels; ///< empty: all
    std::string architecture;         ///< as uname -m prints it; empty: each
    std::optional<CompilerRange> compiler;
    std::vector<std::string> options; ///< "CONFIG_X" has to be set, "!CONFIG_X" not
    bool usual = false;               ///< kernels whose configuration nobody knows have the options
    std::optional<KernelProbe> probe;
    std::vector<std::string> symptoms; ///< any of them in an error of the compiler or of modpost
    std::string remedy;                ///< beside another driver or flavour; may be empty
    std::string patch;                 ///< a SourcePatch's name; empty: none is carried
    Confidence confidence = Confidence::Secondary;
    std::vector<DebianPackage> failed; ///< those that were compiled by us, and have shown it
    std::vector<std::string> sources;
};

/// The newest driver of each branch that is known to compile.
struct KnownGood {
    KernelRange kernels;
    std::vector<Flavour> flavours;
    std::vector<std::string> drivers; ///< oldest first
};

struct BreakTable {
    std::vector<KnownBreak> breaks;
    std::vector<KnownGood> newestKnownGood;
};

BreakTable breakTableFromJson(const std::string& text, const std::string& origin);

/// The program's own.
const BreakTable& breakTable();

} // namespace precompile
