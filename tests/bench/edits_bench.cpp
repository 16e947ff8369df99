/// How long the engine takes to edit a container's config.json, beside reading and writing the same
/// document: the ratios count, not the times of one machine. The node has eight GPUs, the driver 80
/// libraries; the document is as large as podman's.
#include "host/base/json.h"
#include "toolkit/edits/oci_spec.h"
#include "toolkit/edits/requested_edits.h"

#include <algorithm>
#include <chrono>
#include <fmt/format.h>

namespace {

using toolkit::OciSpec;

constexpr int kRounds = 201; ///< the median of them counts
constexpr const char* kHook = "/run/nvidia/driver/usr/bin/driverctl-hook";

toolkit::Inventory node() {
    toolkit::Inventory node;
    node.driverRoot = "/run/nvidia/driver";
    node.driverVersion = "535.261.03";
    node.cudaVersion = "12.2";
    node.controlNodes = {"/dev/nvidiactl", "/dev/nvidia-uvm", "/dev/nvidia-uvm-tools",
                         "/dev/nvidia-modeset"};
    for (unsigned index = 0; index < 8; ++index) {
        gpu::Gpu gpu;
        gpu.index = index;
        gpu.minor = index;
        gpu.uuid = fmt::format("GPU-11111111-aaaa-4bbb-8ccc-{:012}", index);
        gpu.architecture = "9.0";
        gpu.brand = "tesla";
        gpu.drmNodes = {fmt::format("/dev/dri/card{}", index),
                        fmt::format("/dev/dri/renderD{}", 128 + index)};
        node.gpus.push_back(gpu);
        node.gpuNodes.push_back(fmt::format("/dev/nvidia{}", index));
    }
    for (unsigned number = 0; number < 80; ++number) {
        const auto name = fmt::format("/usr/lib/x86_64-linux-gnu/libnvidia-{}.so", number);
        toolkit::Library library;
        library.path = name + ".535.261.03";
        library.capability = toolkit::Capability::Compute;
        library.links = {{name + ".1", library.path.filename()}};
        node.libraries.push_back(library);
    }
    return node;
}

/// As large as podman's, most of it the system calls that are allowed.
std::string document() {
    OciSpec spec = {{"ociVersion", "1.0.2"}};
    OciSpec env = {"PATH=/usr/bin:/bin", "NVIDIA_VISIBLE_DEVICES=all",
                   "NVIDIA_DRIVER_CAPABILITIES=all",
                   "NVIDIA_REQUIRE_CUDA=cuda>=12.4 brand=tesla,driver>=535,driver<536"};
    OciSpec mounts = OciSpec::array();
    for (int number = 0; number < 20; ++number) {
        env.push_back(fmt::format("VARIABLE_{}=value", number));
        mounts.push_back({{"destination", fmt::format("/mnt/{}", number)},
                          {"type", "bind"},
                          {"source", fmt::format("/var/lib/containers/{}", number)},
                          {"options", {"bind", "rprivate", "nosuid"}}});
    }
    OciSpec calls = OciSpec::array();
    for (int number = 0; number < 400; ++number) {
        calls.push_back({{"names", {fmt::format("call_{}", number)}}, {"action", "ALLOW"}});
    }
    spec["process"] = {{"cwd", "/"}, {"env", env}, {"user", {{"uid", 0}}}};
    spec["mounts"] = mounts;
    spec["linux"] = {{"seccomp", {{"syscalls", calls}}}};
    return spec.dump();
}

/// Median of one call, in milliseconds.
template <typename Work>
double timeOf(Work work) {
    std::vector<double> times;
    for (int round = 0; round < kRounds; ++round) {
        const auto start = std::chrono::steady_clock::now();
        work();
        times.push_back(
            std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
                .count());
    }
    std::ranges::nth_element(times, times.begin() + kRounds / 2);
    return times[kRounds / 2];
}

} // namespace

int main() {
    const auto inventory = node();
    const std::string text = document();
    const OciSpec original = host::parseStrictInOrder(text);
    const auto parts = toolkit::containerPartsOf(text);
    const auto lookup = [](const auto&) { return toolkit::HostNode{.major = 195}; };
    std::vector<OciSpec> specs(kRounds, original);
    const auto edit = [&, next = specs.begin()]() mutable {
        const auto reading = toolkit::readRequest(parts, {});
        const auto edits = toolkit::requestedEdits(inventory, *reading.request, kHook);
        toolkit::applyEdits(*next++, edits, lookup);
    };
    const double reading = timeOf([&] { (void)host::parseStrictInOrder(text); });
    const auto print = [reading](const std::string& what, double time) {
        fmt::print("{:<52} {:8.3f} ms {:8.2f} times\n", what, time, time / reading);
    };
    print(fmt::format("reading a config.json of {} KiB", text.size() / 1024), reading);
    print("finding what its container asks for",
          timeOf([&] { (void)toolkit::containerPartsOf(text); }));
    const double editing = timeOf(edit);
    const OciSpec& result = specs.front();
    print(fmt::format("editing it: {} mounts, {} nodes",
                      result["mounts"].size() - original["mounts"].size(),
                      result["linux"]["devices"].size()),
          editing);
    print("writing it", timeOf([&] { (void)result.dump(); }));
}
