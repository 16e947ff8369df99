/// The BPF programs by which a control group (cgroup v2) says which devices its processes may open,
/// as instructions. Pure.
#pragma once

#include <linux/bpf.h>
#include <vector>

namespace toolkit {

/// Of a character device.
struct DeviceNumber {
    unsigned major;
    unsigned minor;
    auto operator<=>(const DeviceNumber&) const = default;
};

/// The program with rules before its own: these devices may be read and written, whatever it says;
/// who wants more of them, or another device, is asked about by the program as before.
std::vector<bpf_insn> allowing(const std::vector<DeviceNumber>& devices,
                               const std::vector<bpf_insn>& program);

} // namespace toolkit
