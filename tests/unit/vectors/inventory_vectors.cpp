/// The driver's files as `list` prints them. The tree of a case is made in a directory, its
/// libraries as ELF objects; the case's arguments go through the command line of `list`, and what
/// it prints is compared line by line.
#include "driverctl/cli/command_line.h"
#include "driverctl/commands/list_request.h"
#include "driverctl/report/inventory_report.h"
#include "host/base/error.h"
#include "host/base/text.h"
#include "tests/unit/toolkit/driver_tree.h"
#include "tests/unit/vectors/vectors.h"
#include "toolkit/inventory/collect.h"
#include "toolkit/inventory/selection.h"

#include <algorithm>
#include <fmt/format.h>
#include <gtest/gtest.h>

namespace vectors {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> texts(const Json& test, const char* field) {
    return test.value(field, std::vector<std::string>{});
}

constexpr std::string_view kCapabilities = "/proc/driver/nvidia/capabilities/";

/// What mig-minors says: the capabilities of the case, with the numbers of the case's nodes, in
/// their order. MIG's configuration and monitoring are 1 and 2 always.
class MigMinors {
  public:
    explicit MigMinors(const Json& test) {
        constexpr std::string_view kNode = "/dev/nvidia-caps/nvidia-cap";
        for (const std::string& node : texts(test, "nodes")) {
            const auto number = node.starts_with(kNode)
                                    ? host::toNumber<unsigned>(node.substr(kNode.size()))
                                    : std::nullopt;
            if (number && *number > kMonitor) {
                free_.push_back(*number);
            }
        }
    }

    /// "gpu0/mig/gi1/access" is "gpu0/gi1/access" there.
    void add(std::string access) {
        if (const auto mig = access.find("/mig/"); mig != std::string::npos) {
            access.erase(mig, std::string_view("/mig").size());
            text_ += fmt::format("{} {}\n", access, next());
        }
    }
    [[nodiscard]] const std::string& text() const { return text_; }

  private:
    static constexpr unsigned kMonitor = 2;

    unsigned next() {
        if (free_.empty()) {
            return ++last_;
        }
        last_ = free_.front();
        free_.erase(free_.begin());
        return last_;
    }

    std::vector<unsigned> free_;
    unsigned last_ = kMonitor;
    std::string text_ = "config 1\nmonitor 2\n";
};

/// Files of a case's MIG devices, "mig": [{"gi": 1, "ci": 0}], below the capabilities.
std::vector<std::string> accessFilesOf(const Json& gpu) {
    std::vector<std::string> files;
    for (const Json& mig : gpu.value("mig", Json::array())) {
        const auto instance = fmt::format("gpu{}/mig/gi{}", gpu.at("minor").get<unsigned>(),
                                          mig.at("gi").get<unsigned>());
        files.push_back(instance + "/access");
        files.push_back(fmt::format("{}/ci{}/access", instance, mig.at("ci").get<unsigned>()));
    }
    return files;
}

/// With a domain of four digits, as the kernel writes it; NVML has eight.
std::string addressOf(const Json& gpu) {
    constexpr std::size_t kLength = std::string_view("0000:3b:00.0").size();
    const std::string address =
        gpu.value("pci", fmt::format("0000:{:02x}:00.0", gpu.at("index").get<unsigned>() + 1));
    return address.substr(address.size() - std::min(address.size(), kLength));
}

/// What NVML says of a case's GPUs; it fails where nobody has given MIG devices their UUIDs.
gpu::NvmlAnswer answerOfNvml(const Json& test) {
    gpu::NvmlAnswer answer;
    for (const Json& given : test.value("gpus", Json::array())) {
        gpu::Gpu gpu;
        gpu.index = given.at("index");
        gpu.address = addressOf(given);
        gpu.inMigMode = given.contains("mig");
        for (const Json& mig : given.value("mig", Json::array())) {
            if (!mig.contains("uuid")) {
                throw host::Error("a case has none");
            }
            gpu.migs.push_back({.index = static_cast<unsigned>(gpu.migs.size()),
                                .uuid = mig.at("uuid"),
                                .gpuInstance = mig.at("gi"),
                                .computeInstance = mig.at("ci")});
        }
        answer.gpus.push_back(std::move(gpu));
    }
    return answer;
}

void makeGpu(const tests::DriverTree& tree, const Json& gpu) {
    tree.file("/proc/driver/nvidia/gpus/" + addressOf(gpu) + "/information",
              fmt::format("Model: \t\t NVIDIA\nGPU UUID: \t {}\nDevice Minor: \t {}\n",
                          gpu.value("uuid", ""), gpu.at("minor").get<unsigned>()));
}

/// A library in /usr/lib is a 32-bit one where 64-bit ones are in /usr/lib64. MPS has a directory.
void makeFile(const tests::DriverTree& tree, const std::string& file,
              const std::vector<std::string>& all) {
    const std::string directory = fs::path(file).parent_path();
    const bool hasTwin = std::ranges::any_of(all, [&](const std::string& other) {
        return fs::path(other).parent_path() == directory + "64";
    });
    if (hasTwin && fs::path(file).filename().native().find(".so") != std::string::npos) {
        tree.library(file, {.is32Bit = true});
    } else if (file == "/tmp/nvidia-mps") {
        fs::create_directories(tree.path() / "tmp/nvidia-mps");
    } else {
        tree.any(file);
    }
}

void makeTree(const tests::DriverTree& tree, const Json& test) {
    tree.file("/proc/driver/nvidia/version",
              fmt::format("NVRM version: NVIDIA UNIX x86_64 Kernel Module  {}  Release Build\n",
                          test.at("version").get<std::string>()));
    fs::create_directories(tree.path() / fs::path(test.at("root")).relative_path());
    MigMinors minors(test);
    const auto files = texts(test, "files");
    for (const std::string& file : files) {
        makeFile(tree, file, files);
        if (file.starts_with(kCapabilities)) {
            minors.add(file.substr(kCapabilities.size()));
        }
    }
    for (const std::string& node : texts(test, "nodes")) {
        tree.file(node);
    }
    for (const auto& [node, capability] : {std::pair{"/dev/nvidia-caps/nvidia-cap1", "config"},
                                           std::pair{"/dev/nvidia-caps/nvidia-cap2", "monitor"}}) {
        if (std::ranges::count(texts(test, "nodes"), node) != 0) {
            tree.file(fmt::format("{}mig/{}", kCapabilities, capability));
        }
    }
    for (const Json& gpu : test.value("gpus", Json::array())) {
        makeGpu(tree, gpu);
        for (const std::string& access : accessFilesOf(gpu)) {
            tree.file(std::string(kCapabilities) + access);
            minors.add(access);
        }
    }
    tree.file("/proc/driver/nvidia-caps/mig-minors", minors.text());
}

/// What `driverctl list` prints with the case's arguments.
std::vector<std::string> printed(const tests::DriverTree& tree, const Json& test) {
    const auto words = texts(test, "args");
    std::vector<const char*> argv = {"driverctl", "list"};
    for (const std::string& word : words) {
        argv.push_back(word.c_str());
    }
    const auto invocation =
        driverctl::parseCommandLine(static_cast<int>(argv.size()), argv.data()).value();
    const std::string root = test.at("root");
    const auto inventory = toolkit::collect(
        {.driverRoot = root == "/" ? fs::path() : tree.path() / fs::path(root).relative_path()},
        tree.roots(),
        {.isNode = [](const fs::path& path) { return fs::exists(path); },
         .nvml = [&test](const auto&...) { return answerOfNvml(test); }});
    const auto entries = list(inventory, driverctl::listRequestOf(invocation.arguments));
    const bool hostPaths = invocation.arguments.has("host-paths");
    std::vector<std::string> lines = host::split(
        toText(driverctl::ListReport{.entries = entries, .hostPaths = hostPaths}), '\n');
    lines.pop_back(); // behind the last newline
    for (std::string& line : lines) {
        if (line.starts_with(tree.path().string())) { // the host's root
            line.erase(0, tree.path().string().size());
        }
    }
    return lines;
}

void check(const Json& /*file*/, const Json& test) {
    const tests::DriverTree tree;
    makeTree(tree, test);
    if (test.at("expect").is_object()) { // {"error": "unknown-device"}
        EXPECT_THROW(printed(tree, test), toolkit::UnknownDevice) << test.value("note", "");
        return;
    }
    EXPECT_EQ(printed(tree, test), texts(test, "expect")) << test.value("note", "");
}

const Registration kRegistration(
    {.name = "inventory",
     .describes =
         [](const Json& file) {
             return file.contains("list_order") || casesHave(file, {"files", "nodes", "args"});
         },
     .lists = {{"cases", check}}});

} // namespace
} // namespace vectors
