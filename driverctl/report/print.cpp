#include "driverctl/report/print.h"

namespace driverctl {

std::string documentOf(const nlohmann::ordered_json& json) {
    return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

} // namespace driverctl
