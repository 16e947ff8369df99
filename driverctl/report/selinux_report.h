/// What `driverctl selinux status` and `driverctl selinux label` say.
#pragma once

#include "toolkit/selinux/container_labels.h"

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace driverctl {

struct SelinuxStatus {
    toolkit::selinux::LabelStatus status;
};

/// What a person can type so that containers may do what they may not, each of them a way of its
/// own; empty: there is none, or they may.
std::vector<std::string> commandsFor(const toolkit::selinux::LabelStatus& status);

/// docs/schemas/selinux-status.schema.json
nlohmann::ordered_json toJson(const SelinuxStatus& report);
std::string toText(const SelinuxStatus& report);

struct SelinuxChanges {
    bool dryRun = false;
    host::SelinuxMode mode = host::SelinuxMode::Off;
    std::vector<toolkit::selinux::LabelChange> changes;
};

/// docs/schemas/selinux-label.schema.json
nlohmann::ordered_json toJson(const SelinuxChanges& report);
std::string toText(const SelinuxChanges& report);

} // namespace driverctl
