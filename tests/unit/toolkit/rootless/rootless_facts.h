/// Facts of a user whose podman gives containers the GPUs, for tests to change.
#pragma once

#include "toolkit/rootless/facts.h"

#include <nlohmann/json.hpp>

namespace tests {

inline constexpr const char* kSpecification = "/run/cdi/nvidia.yaml";
inline constexpr gid_t kVideo = 44;

inline toolkit::rootless::NodeFacts node(const std::string& path, mode_t permissions = 0666,
                                         gid_t group = 0, bool isUsable = true) {
    return {.path = path,
            .node = toolkit::HostNode{.permissions = permissions, .gid = group},
            .isUsable = isUsable,
            .group = group == kVideo ? "video" : "root"};
}

/// One good file.
inline toolkit::cdi::Listing listing(const std::string& version = "0.5.0") {
    const nlohmann::json edits = {{"deviceNodes", {{{"path", "/dev/nvidia0"}}}}};
    const nlohmann::json specification = {
        {"cdiVersion", version},
        {"kind", "nvidia.com/gpu"},
        {"devices", {{{"name", "all"}, {"containerEdits", edits}}}}};
    return {.files = {{.path = kSpecification, .specification = specification}},
            .devices = {{.name = "nvidia.com/gpu=all", .file = kSpecification}}};
}

inline toolkit::rootless::Facts goodFacts() {
    return {
        .user = {.name = "user",
                 .groups = {1000},
                 .subordinateUsers = 65536,
                 .subordinateGroups = 65536,
                 .runDirectory = "/run/user/1000",
                 .ownsRunDirectory = true},
        .namespaces = {.users = {.program = "/usr/bin/newuidmap", .isPrivileged = true},
                       .groups = {.program = "/usr/bin/newgidmap", .isPrivileged = true},
                       .most = 15000},
        .podman = {.version = "4.3.1",
                   .runtime = {.name = "crun", .program = "/usr/bin/crun", .isThere = true},
                   .hasCrun = true,
                   .cdiDirectories = {"/etc/cdi", "/var/run/cdi"}},
        .delegated = {"memory", "pids"},
        .nodes = {node("/dev/nvidiactl"), node("/dev/nvidia0")},
        .specifications = listing(),
        .specificationsError = {},
    };
}

} // namespace tests
