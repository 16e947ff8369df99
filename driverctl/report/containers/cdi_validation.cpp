#include "driverctl/report/containers/cdi_validation.h"

#include "driverctl/report/print.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace driverctl {

using Json = nlohmann::ordered_json;

namespace {

std::string textOf(const CdiVerdict& verdict) {
    if (verdict.objections.empty()) {
        return line("  {:<16} reads it\n", verdict.reader);
    }
    std::string text;
    for (const auto& objection : verdict.objections) {
        text += line("  {:<16} refuses it: {}\n", verdict.reader, objection);
    }
    return text;
}

} // namespace

bool CdiValidation::good() const {
    return std::ranges::all_of(files, [](const File& file) {
        return file.problems.empty() &&
               std::ranges::all_of(file.readers, &std::vector<std::string>::empty,
                                   &CdiVerdict::objections);
    });
}

Json toJson(const CdiValidation& validation) {
    Json files = Json::array();
    for (const auto& file : validation.files) {
        Json readers = Json::array();
        for (const auto& verdict : file.readers) {
            readers.push_back({{"reader", verdict.reader}, {"objections", verdict.objections}});
        }
        files.push_back({{"file", file.file}, {"problems", file.problems}, {"readers", readers}});
    }
    return {{"good", validation.good()}, {"files", files}};
}

std::string toText(const CdiValidation& validation) {
    std::string text;
    for (const auto& file : validation.files) {
        text += line("{}: {}\n", file.file, file.problems.empty() ? "valid" : "invalid");
        for (const auto& problem : file.problems) {
            text += line("  {}\n", problem);
        }
        for (const auto& verdict : file.readers) {
            text += textOf(verdict);
        }
    }
    return text;
}

} // namespace driverctl
