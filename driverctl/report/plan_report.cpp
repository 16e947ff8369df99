#include "driverctl/report/plan_report.h"

#include "driverctl/report/print.h"

#include <nlohmann/json.hpp>

namespace driverctl {

nlohmann::ordered_json toJson(const PlanReport& report) {
    nlohmann::ordered_json json = {{"driver", report.driver},   {"flavour", report.flavour},
                                   {"kernel", report.kernel},   {"package", report.package},
                                   {"action", report.action},   {"exit_code", report.exitCode},
                                   {"reasons", report.reasons}, {"remedies", report.remedies}};
    if (report.steps) {
        json["steps"] = nlohmann::ordered_json::array();
        for (const auto& [name, undoneBy] : *report.steps) {
            json["steps"].push_back({{"name", name}, {"undone_by", undoneBy}});
        }
    }
    return json;
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
    for (const auto& [name, undoneBy] : report.steps.value_or(std::vector<PlanReport::Step>{})) {
        text += line("step     {}{}\n", name, undoneBy.empty() ? "" : "; undone by: " + undoneBy);
    }
    return text;
}

} // namespace driverctl
