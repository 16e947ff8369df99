#include "driverctl/report/doctor_report.h"

#include "driverctl/report/print.h"

#include <nlohmann/json.hpp>

namespace driverctl {

namespace {

using loader::Severity;

struct Words {
    const char* text;
    const char* json;
};

Words wordsOf(Severity severity) {
    switch (severity) {
    case Severity::Good:
        return {.text = "ok", .json = "good"};
    case Severity::Warning:
        return {.text = "warning", .json = "warning"};
    case Severity::Problem:
        break;
    }
    return {.text = "problem", .json = "problem"};
}

} // namespace

nlohmann::ordered_json toJson(const DoctorReport& report) {
    nlohmann::ordered_json findings = nlohmann::ordered_json::array();
    for (const auto& finding : report.findings) {
        findings.push_back({{"severity", wordsOf(finding.severity).json},
                            {"topic", finding.topic},
                            {"text", finding.text},
                            {"remedy", finding.remedy}});
    }
    return {{"findings", findings}};
}

std::string toText(const DoctorReport& report) {
    std::string text;
    for (const auto& finding : report.findings) {
        text +=
            line("{:<8} {:<8} {}\n", wordsOf(finding.severity).text, finding.topic, finding.text);
        if (!finding.remedy.empty()) {
            text += line("{:<17} {}\n", "", finding.remedy);
        }
    }
    return text;
}

} // namespace driverctl
