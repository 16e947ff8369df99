/// What `driverctl doctor` says: a finding each, good ones included.
#pragma once

#include "loader/checks/finding.h"

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace driverctl {

struct DoctorReport {
    loader::Findings findings; ///< remedies as advice() says them
};

/// docs/schemas/doctor.schema.json
nlohmann::ordered_json toJson(const DoctorReport& report);
std::string toText(const DoctorReport& report);

} // namespace driverctl
