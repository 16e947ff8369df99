#include "driverctl/report/selinux_report.h"

#include "driverctl/report/print.h"
#include "driverctl/report/remedy.h"

#include <algorithm>
#include <fmt/ranges.h>

namespace driverctl {

namespace {

using host::SelinuxMode;
using host::typeOf;
using toolkit::selinux::Boolean;
using toolkit::selinux::LabelChange;
using toolkit::selinux::LabelStatus;
using toolkit::selinux::PathKind;
using toolkit::selinux::PathLabel;
using Json = nlohmann::ordered_json;

/// Where there is nothing to look at: why.
std::string sentenceFor(SelinuxMode mode) {
    switch (mode) {
    case SelinuxMode::Off:
        return "SELinux is off: no label is needed";
    case SelinuxMode::NoPolicy:
        return "SELinux has no policy: it allows everything, and no label is needed";
    case SelinuxMode::Unseen:
        return "SELinux is on, but /sys/fs/selinux shows nothing here: run this on the host, or in "
               "a container with --pid=host";
    case SelinuxMode::Permissive:
    case SelinuxMode::Enforcing:
        break;
    }
    return {};
}

std::string typeOrNone(const std::string& context) {
    const auto type = typeOf(context);
    return type.empty() ? "(none)" : std::string(type);
}

std::string headline(const LabelStatus& status) {
    return line("SELinux is {} (policy {}, the kernel reads version {}); {}\n",
                toString(status.mode), status.policy.empty() ? "unknown" : status.policy,
                status.version.empty() ? "unknown" : status.version,
                status.domain.empty()
                    ? "the policy has no domain for containers: they run unconfined"
                    : fmt::format("containers run as {}", status.domain));
}

std::string describe(const PathLabel& label) {
    std::string text = line("{:<7} {:<24} {}", label.denied.empty() ? "usable" : "denied",
                            typeOrNone(label.context), label.path.string());
    if (!label.denied.empty()) {
        text += line(": containers may not {}", fmt::to_string(fmt::join(label.denied, ", ")));
    }
    if (!label.wanted.empty()) {
        text += line("; it should be {}", typeOrNone(label.wanted));
    }
    return text + "\n";
}

std::string describe(const LabelChange& change, bool dryRun) {
    if (change.refusal) {
        return line("{}\n", tell(*change.refusal));
    }
    return line("{} {} from {} to {}\n", dryRun ? "would label" : "labelled", change.path.string(),
                typeOrNone(change.from), typeOrNone(change.to));
}

Json orNull(const std::string& text) {
    return text.empty() ? Json() : Json(text);
}

bool isDenied(const PathLabel& label) {
    return !label.denied.empty();
}

bool isNode(const PathLabel& label) {
    return label.kind == PathKind::Node;
}

} // namespace

std::vector<std::string> commandsFor(const LabelStatus& status) {
    const auto has = [&](auto&& test) { return std::ranges::any_of(status.paths, test); };
    std::vector<std::string> commands;
    if (has([](const PathLabel& label) { return !label.wanted.empty(); })) {
        commands.emplace_back("driverctl selinux label");
    }
    if (status.isHostDriver &&
        has([](const PathLabel& label) { return isDenied(label) && !isNode(label); })) {
        commands.emplace_back("driverctl list --host-paths | restorecon -v -f -");
    }
    if (!has([](const PathLabel& label) { return isDenied(label) && isNode(label); })) {
        return commands;
    }
    const auto boolean = std::ranges::find(status.booleans, false, &Boolean::isOn);
    if (boolean != status.booleans.end()) {
        commands.push_back(
            fmt::format("restorecon -R -v /dev/nvidia* && setsebool -P {} on", boolean->name));
    }
    if (!status.gpuDomain.empty()) {
        commands.push_back(
            fmt::format("podman run --security-opt label=type:{} …", status.gpuDomain));
    }
    return commands;
}

Json toJson(const SelinuxStatus& report) {
    const LabelStatus& status = report.status;
    Json booleans = Json::object();
    for (const auto& boolean : status.booleans) {
        booleans[boolean.name] = boolean.isOn;
    }
    Json paths = Json::array();
    for (const PathLabel& label : status.paths) {
        paths.push_back({{"kind", toString(label.kind)},
                         {"path", label.path.string()},
                         {"context", orNull(label.context)},
                         {"denied", label.denied},
                         {"wanted", orNull(label.wanted)}});
    }
    return {{"mode", toString(status.mode)},
            {"policy", orNull(status.policy)},
            {"policy_version", orNull(status.version)},
            {"domain", orNull(status.domain)},
            {"gpu_domain", orNull(status.gpuDomain)},
            {"booleans", booleans},
            {"paths", paths},
            {"commands", commandsFor(status)}};
}

std::string toText(const SelinuxStatus& report) {
    const LabelStatus& status = report.status;
    if (const auto sentence = sentenceFor(status.mode); !sentence.empty()) {
        return sentence + "\n";
    }
    std::string text = headline(status);
    for (const auto& boolean : status.booleans) {
        text += line("{:<7} {}\n", boolean.isOn ? "on" : "off", boolean.name);
    }
    for (const PathLabel& label : status.paths) {
        text += describe(label);
    }
    if (const auto commands = commandsFor(status); !commands.empty()) {
        text += "\nEach of these lets them:\n";
        for (const std::string& command : commands) {
            text += line("  {}\n", command);
        }
    }
    return text;
}

Json toJson(const SelinuxChanges& report) {
    Json changes = Json::array();
    for (const LabelChange& change : report.changes) {
        changes.push_back({{"path", change.path.string()},
                           {"from", orNull(change.from)},
                           {"to", change.to},
                           {"refusal", change.refusal ? Json(change.refusal->what()) : Json()}});
    }
    return {{"dry_run", report.dryRun}, {"mode", toString(report.mode)}, {"changes", changes}};
}

std::string toText(const SelinuxChanges& report) {
    if (const auto sentence = sentenceFor(report.mode); !sentence.empty()) {
        return sentence + "\n";
    }
    std::string text;
    for (const LabelChange& change : report.changes) {
        text += describe(change, report.dryRun);
    }
    return text.empty() ? "every label is as it should be\n" : text;
}

} // namespace driverctl
