#include "driverctl/report/device_changes.h"

#include "driverctl/report/print.h"

#include <nlohmann/json.hpp>

namespace driverctl {

namespace {

struct Words {
    const char* done;
    const char* planned;
    const char* json;
};

Words wordsOf(DeviceChange::Kind kind) {
    switch (kind) {
    case DeviceChange::Kind::Replace:
        return {.done = "replaced", .planned = "would replace", .json = "replace"};
    case DeviceChange::Kind::Permit:
        return {.done = "set mode and owner of",
                .planned = "would set mode and owner of",
                .json = "permit"};
    case DeviceChange::Kind::Link:
        return {.done = "linked", .planned = "would link", .json = "link"};
    case DeviceChange::Kind::Make:
        break;
    }
    return {.done = "made", .planned = "would make", .json = "make"};
}

std::string modeOf(const DeviceChange& change) {
    return fmt::format("{:04o}", change.mode);
}

} // namespace

std::string describe(const DeviceChange& change, bool dryRun) {
    const Words words = wordsOf(change.kind);
    const char* action = dryRun ? words.planned : words.done;
    return change.kind == DeviceChange::Kind::Link
               ? fmt::format("{} {} -> {}", action, change.path, change.target)
               : fmt::format("{} {} ({}, mode {}, owner {}:{})", action, change.path, change.number,
                             modeOf(change), change.owner, change.group);
}

nlohmann::ordered_json toJson(const DeviceChanges& report) {
    nlohmann::ordered_json changes = nlohmann::ordered_json::array();
    for (const auto& change : report.changes) {
        nlohmann::ordered_json row = {{"action", wordsOf(change.kind).json}, {"path", change.path}};
        if (change.kind == DeviceChange::Kind::Link) {
            row["target"] = change.target;
        } else {
            row["number"] = change.number;
            row["mode"] = modeOf(change);
            row["owner"] = change.owner;
            row["group"] = change.group;
        }
        changes.push_back(row);
    }
    return {{"dry_run", report.dryRun}, {"changes", changes}};
}

std::string toText(const DeviceChanges& report) {
    std::string text;
    for (const auto& change : report.changes) {
        text += line("{}\n", describe(change, report.dryRun));
    }
    return text;
}

} // namespace driverctl
