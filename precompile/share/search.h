/// Finding the package for a node: the store, then the sources in order. The same for init and
/// pull.
///
/// The store comes first: when it has the package, nothing is fetched. A source that is dead or
/// lacks the package is one warning, and the next is asked. A package that arrives damaged, or that
/// nobody trusted has signed, is host::Error(Verification) at once: the next source would only hide
/// an attack. One that is imported, because nobody published it, is a warning like others while it
/// can still come from elsewhere. What was found goes into the store; where that cannot be written,
/// an import goes into a directory of its own, and what was fetched stays in a temporary one that
/// lives as long as the result.
#pragma once

#include "host/base/file.h"
#include "host/base/observer.h"
#include "precompile/package/acceptance.h"
#include "precompile/package/package.h"
#include "precompile/package/package_source.h"
#include "precompile/package/store.h"

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace host {
class SignalSet;
}

namespace precompile {

struct Search {
    Store store;
    Acceptance acceptance;
    std::function<PackageSources()> openSources; ///< called when the store lacks the package
    std::filesystem::path importDirectory; ///< a store for imports, where `store` is read-only
    std::filesystem::path runDirectory;    ///< gets what is fetched where /tmp cannot be written
    bool nothingElse = false;              ///< what no source has cannot be built either
    host::SignalSet* stop = nullptr;
    host::Observer observer = {};
};

struct FoundPackage {
    Package package;
    std::unique_ptr<host::TempDir> directory = {}; ///< when it could not be put into the store
};

struct SearchResult {
    std::optional<FoundPackage> found = {};
    bool sourceFailed = false; ///< a source that could not be asked may have it
};

SearchResult findPackage(const Search& search, const PackageIdentity& wanted);

/// From the sources alone. Without `wanted`, whatever the one artifact that a source names is for.
SearchResult fetchPackage(const Search& search, const PackageSources& sources,
                          const std::optional<PackageIdentity>& wanted);

struct SourceAnswer {
    std::string source;
    PackageSource::Kind kind = PackageSource::Kind::Published;
    bool has = false;
    std::string error = {};  ///< empty when the source could be asked
    std::string remedy = {}; ///< for the error
};

/// What the sources say of the package that is wanted, in order: every source, or those up to the
/// first that has it, which is where findPackage() would take it from. Nothing is fetched.
enum class Ask { Every, UntilFound };
std::vector<SourceAnswer> askSources(const PackageSources& sources, const PackageIdentity& wanted,
                                     Ask ask);

} // namespace precompile
