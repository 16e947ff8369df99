/// How long a CDI specification takes to make, beside its parts: the inventory of a node, without
/// NVML, and the specification and its text. The driver's tree has 80 libraries, the node 8 GPUs
/// and a directory of 2,000 other libraries, as a distribution has. With a driver root as argument:
/// prints the inventory that init would leave of this machine, without NVML.
#include "tests/unit/linker_cache_image.h"
#include "tests/unit/toolkit/driver_tree.h"
#include "toolkit/cdi/generate.h"
#include "toolkit/inventory/collect.h"
#include "toolkit/inventory/inventory_json.h"

#include <algorithm>
#include <chrono>
#include <fmt/format.h>

namespace {

namespace fs = std::filesystem;

constexpr int kRounds = 51; ///< the median of them counts
constexpr const char* kVersion = "535.261.03";
constexpr const char* kDirectory = "/usr/lib/x86_64-linux-gnu/";

void fill(const tests::DriverTree& tree) {
    std::vector<std::string> cached;
    for (int number = 0; number < 2000; ++number) {
        tree.file(fmt::format("{}libother{}.so.1", kDirectory, number));
        cached.push_back(fmt::format("{}libother{}.so.1", kDirectory, number));
    }
    for (int number = 0; number < 78; ++number) {
        tree.library(fmt::format("{}libnvidia-{}.so.{}", kDirectory, number, kVersion));
        cached.push_back(fmt::format("{}libnvidia-{}.so.{}", kDirectory, number, kVersion));
    }
    for (const char* library : {"libcuda.so", "libnvidia-ml.so"}) {
        tree.library(fmt::format("{}{}.{}", kDirectory, library, kVersion));
    }
    tree.file("/etc/ld.so.cache", tests::linkerCacheImage(cached));
    for (const char* file : {"/usr/bin/nvidia-smi", "/dev/nvidiactl", "/dev/nvidia-uvm"}) {
        tree.file(file);
    }
    for (int gpu = 0; gpu < 8; ++gpu) {
        tree.file(fmt::format("/dev/nvidia{}", gpu));
        tree.file(fmt::format("/proc/driver/nvidia/gpus/0000:{:02x}:00.0/information", gpu + 1),
                  fmt::format("Model: \t\t NVIDIA H100\nGPU UUID: \t GPU-{}\nDevice Minor: \t {}\n",
                              gpu, gpu));
    }
}

template <typename Work>
double timeOf(const Work& work) {
    std::vector<double> times;
    for (int round = 0; round < kRounds; ++round) {
        const auto start = std::chrono::steady_clock::now();
        work();
        const std::chrono::duration<double, std::milli> taken =
            std::chrono::steady_clock::now() - start;
        times.push_back(taken.count());
    }
    std::ranges::nth_element(times, times.begin() + kRounds / 2);
    return times.at(kRounds / 2);
}

} // namespace

int main(int argc, char** argv) {
    if (argc > 1) {
        const auto inventory = toolkit::collect({.driverRoot = argv[1]}, {});
        fmt::print("{}", inventoryToText(inventory));
        return 0;
    }
    const tests::DriverTree tree;
    fill(tree);
    const auto collect = [&] {
        return toolkit::collect({}, tree.roots(),
                                {.isNode = [](const fs::path& path) { return fs::exists(path); }});
    };
    const auto inventory = collect();
    const auto specification = toolkit::cdi::generate(inventory, {});
    fmt::print("taking the inventory: {} libraries, {} GPUs     {:8.3f} ms\n",
               inventory.libraries.size(), inventory.gpus.size(), timeOf([&] { (void)collect(); }));
    fmt::print("making the specification: {} devices         {:8.3f} ms\n",
               specification.devices.size(),
               timeOf([&] { (void)toolkit::cdi::generate(inventory, {}); }));
    fmt::print("writing it as YAML                           {:8.3f} ms\n",
               timeOf([&] { (void)toText(specification, toolkit::cdi::Format::Yaml); }));
    fmt::print("reading inventory.json                       {:8.3f} ms\n",
               timeOf([&, text = inventoryToText(inventory)] {
                   (void)toolkit::inventoryFromText(text, "bench");
               }));
}
