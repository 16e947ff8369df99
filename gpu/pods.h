/// Containers and Kubernetes pods of a node, as cgroups and the host's log directories tell them:
/// no runtime and no API server is asked.
///
/// A cgroup is the text of /proc/<pid>/cgroup: one line of cgroup v2, several of v1; paths of
/// systemd's ("kubepods-pod<uid>.slice/cri-containerd-<id>.scope") or cgroupfs' kind
/// ("/kubepods/pod<uid>/<id>"), relative ones of a cgroup namespace as well. Names that others
/// chose become printable. Reads only.
#pragma once

#include <filesystem>
#include <map>
#include <string>

namespace gpu {

/// The innermost container's id, of 64 hexadecimal digits, without the decorations of docker,
/// containerd, CRI-O and podman; shortened to 12. Empty where there is none.
std::string containerOf(const std::string& cgroup);

/// The pod's UID, written with '-'; that of a static pod is 32 hexadecimal digits. Empty where
/// there is none.
std::string podOf(const std::string& cgroup);

/// "namespace/name" by UID, of every pod that kubelet keeps logs of: the directories
/// /var/log/pods/<namespace>_<name>_<uid> of the host, whose root is given. Empty where they cannot
/// be read.
std::map<std::string, std::string> podNames(const std::filesystem::path& hostRoot);

} // namespace gpu
