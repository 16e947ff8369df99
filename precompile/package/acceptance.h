/// Whether a package may be used: the one question that update, matrix, import, pull, verify, image
/// and init ask. What they demand is an Acceptance.
///
/// Nothing is loaded. Looked at are, in this order, signatures, patches, members, attachments,
/// modules, and whether these are the modules that the manifest tells of (module_demands.h); what
/// is behind a signature that nobody trusts is not read. One module and its core are in memory at a
/// time.
#pragma once

#include "host/base/observer.h"
#include "host/crypto/module_signature.h"
#include "host/crypto/signature.h"
#include "precompile/package/driver_source.h"
#include "precompile/package/package.h"
#include "precompile/package/store.h"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace precompile {

struct Acceptance {
    DriverSources sources; ///< deltas need the cores of the package's driver
    /// One of them has to have signed the package; empty: nobody has to.
    std::vector<host::PublicKey> trusted = {};
    /// Who has to have signed every module.
    std::optional<host::ModuleSignature> modulesSignedBy = {};
    /// It may have been made of sources that were patched, as its inputs say.
    bool mayBePatched = true;
};

/// What a package has to be to come into a store: sound, and, where `trust` names files with public
/// keys, signed by one of them. Reads the files.
Acceptance acceptanceFor(DriverSources sources, const std::vector<std::string>& trust);

struct ModuleVerdict {
    enum class State {
        Good,      ///< restored, and its SHA-256 is the manifest's
        Unchecked, ///< a delta whose core is not here
        Damaged,   ///< or not signed by who has to
        Unfit,     ///< whole, but of another driver or kernel, or no kernel could load it
    };
    std::string name;
    State state = State::Good;
    std::string reason = {};
};
std::string_view toString(ModuleVerdict::State state);

struct Examination {
    std::string file;                       ///< the package's, for messages
    std::vector<std::string> problems = {}; ///< of the package as a whole
    std::vector<ModuleVerdict> modules = {};

    /// All that speaks against the package; empty: it is acceptable.
    [[nodiscard]] std::vector<std::string> reasons() const;
    /// "2 of 5 modules of … were not compared with their SHA-256: …"; empty: all were.
    [[nodiscard]] std::string unchecked() const;
};

/// What is wrong with the package is in the result, never thrown.
Examination examine(const Package& package, const Acceptance& acceptance);

/// As above, of a file in a store, or one that was named: it may be no package at all.
Examination examine(const Store::Verdict& listed, const Acceptance& acceptance);

/// Throws host::Error(Fault::Verification) with all reasons for a package that is not acceptable.
/// What could not be checked here, for want of the driver's sources, is one warning: init checks
/// it.
void requireAcceptable(const Package& package, const Acceptance& acceptance,
                       const host::Observer& observer);

/// Throws host::Error(Fault::Verification) when the archive ends early, or has not the members of
/// its manifest and no others. Nothing is restored: what whoever hands a package on can see without
/// the driver's sources.
void requireMembers(const Package& package);

/// Throws host::Error(Fault::Verification) when keys are trusted and none of them signed it, or it
/// was patched and may not be. For packages whose modules are about to be restored, and so checked.
void requireWelcome(const Package& package, const Acceptance& acceptance);

/// The store's package for `wanted`, when it is acceptable. One that is not is a warning.
std::optional<std::filesystem::path> findAcceptable(const Store& store,
                                                    const PackageIdentity& wanted,
                                                    const Acceptance& acceptance,
                                                    const host::Observer& observer);

} // namespace precompile
