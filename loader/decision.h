/// What init does with a node, as a value: decided once, from facts. init executes it, plan prints
/// it, doctor prints the findings that it rests on.
///
/// Pure: whoever asks gathers the facts. A refusal has all of its reasons; which of them counts is
/// the order of `decide`: whom nobody trusts, what cannot be loaded, who uses the driver.
#pragma once

#include "gpu/holders.h"
#include "host/base/error.h"
#include "loader/checks/finding.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace loader {

/// Where the package is that init would use.
enum class Offer {
    AtHand,  ///< looked into
    Retired, ///< one of NVIDIA's mkprecompiled, to be imported
    Source,  ///< to be fetched
    Build,   ///< nowhere, to be built
    Nowhere, ///< and it must not be built
};

struct PackageFacts {
    Offer offer = Offer::Nowhere;
    std::string untrusted = {}; ///< why it is not trusted; empty: it is
    /// At hand: why the loaded driver is not the one of this package; empty: it is.
    std::vector<std::string> reloadReasons = {};
    Findings modules = {};                  ///< at hand: what the kernel would make of them
    std::vector<std::string> searched = {}; ///< not at hand: why nothing nearer has it
};

struct NodeFacts {
    Findings findings = {}; ///< a problem among them forbids loading
    bool loaded = false;    ///< a driver of NVIDIA's is
    bool recorded = false;  ///< and the last init, on this boot, wrote down how
    bool signaturesEnforced = false;
    gpu::Holders users = {}; ///< of the loaded driver, beside a dead instance's daemons
};

enum class Action { Adopt, Load, Replace, Import, Fetch, Build, Refuse };
std::string_view toString(Action action);

struct Decision {
    Action action = Action::Refuse;
    std::optional<host::Fault> refusal = {};
    std::vector<std::string> objections = {}; ///< all that refuses it, one sentence each
    std::vector<std::string> remedies = {};   ///< for them
    std::vector<std::string> reasons = {};    ///< for the action, or for what it would have been
    Findings warnings = {};                   ///< what may surprise, whatever the action is
};

Decision decide(const NodeFacts& node, const PackageFacts& package);

/// Throws the refusal as host::Error.
void requireAllowed(const Decision& decision);

} // namespace loader
