#include "driverctl/report/print.h"

#include <nlohmann/json.hpp>

namespace driverctl {

void printDocument(const nlohmann::ordered_json& document) {
    std::cout << document.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace)
              << '\n';
}

} // namespace driverctl
