/// What is known of a kernel that modules are to be built for: its name alone, or its build tree.
/// Values; what is open is nothing, and counts for nothing.
#pragma once

#include "distribution/build_root.h"
#include "distribution/distribution.h"
#include "precompile/compatibility/break_table.h"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace precompile {

struct Compiler {
    std::string name; ///< "gcc"
    unsigned version = 0;
};

/// Of the first line of `gcc --version`, or of a name such as "gcc-14.3.0".
std::optional<Compiler> compilerFrom(std::string_view text);

struct KernelFacts {
    std::string release;      ///< as uname -r prints it
    std::string architecture; ///< as uname -m prints it
    std::optional<KernelVersion> version = {};
    std::optional<Compiler> compiler = {};
    /// Those that its configuration sets, CONFIG_X; nothing where nobody knows it.
    std::optional<std::set<std::string>> options = {};
    /// By a break's id, what its probe has said: whether the kernel is one of those with it.
    std::map<std::string, bool> probed = {};
};

/// By its name, which is the contents' where the target has none. A kernel with PREEMPT_RT is told
/// by it, nothing else of a configuration.
KernelFacts kernelFactsOf(const distribution::Target& target,
                          const distribution::ReleaseContents& contents = {});

/// By its build tree, as somebody sees it in the build root: the version that its headers say, its
/// configuration, and all probes of the table. The compiler is left open.
KernelFacts kernelFactsOf(const distribution::BuildRoot& buildRoot, const BreakTable& table);

/// What a header, or Module.symvers, says; nothing when the word that has arguments is not there.
std::optional<bool> answerOf(const KernelProbe& probe, const std::string& text);

} // namespace precompile
