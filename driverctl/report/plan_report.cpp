#include "driverctl/report/plan_report.h"

#include "driverctl/report/print.h"

#include <nlohmann/json.hpp>

namespace driverctl {

nlohmann::ordered_json toJson(const PlanReport& report) {
    return {{"driver", report.driver},   {"flavour", report.flavour},
            {"kernel", report.kernel},   {"package", report.package},
            {"action", report.action},   {"exit_code", report.exitCode},
            {"reasons", report.reasons}, {"remedies", report.remedies}};
}

std::string toText(const PlanReport& report) {
    std::string text = line("driver   {} ({})\nkernel   {}\npackage  {}\naction   {}\n",
                            report.driver, report.flavour, report.kernel,
                            report.package.empty() ? "none" : report.package, report.action);
    for (const std::string& reason : report.reasons) { // of several lines
        text += "because  " + host::printableMessage(reason) + "\n";
    }
    for (const std::string& remedy : report.remedies) {
        text += line("remedy   {}\n", remedy);
    }
    return text;
}

} // namespace driverctl
