#include "toolkit/inventory/listing.h"

#include "tests/unit/toolkit/edits/sample.h"
#include "toolkit/inventory/selection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace toolkit {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> pathsOf(const std::vector<Listed>& listed) {
    std::vector<std::string> paths;
    for (const Listed& one : listed) {
        paths.push_back(one.path.string());
    }
    return paths;
}

std::vector<std::string> listedOf(const ListRequest& request) {
    return pathsOf(list(tests::sampleInventory(), request));
}

TEST(Listing, EverythingIsInTheOrderOfNvidiasProgram) {
    const auto paths = listedOf(everything());
    EXPECT_THAT(paths, testing::Contains("/usr/lib/i386-linux-gnu/libcuda.so.535.261.03"));
    EXPECT_THAT(paths, testing::Not(testing::Contains(HasSubstr("libnvidia-egl-gbm"))))
        << "no capability asks for it";
    EXPECT_THAT(paths, testing::Not(testing::Contains(HasSubstr("imex"))));
    std::vector<std::string> kinds;
    for (const Listed& listed : list(tests::sampleInventory(), everything())) {
        const std::string kind(toString(listed.kind));
        if (kinds.empty() || kinds.back() != kind) {
            kinds.push_back(kind);
        }
    }
    EXPECT_THAT(kinds, ElementsAre("node", "capability", "node", "capability", "node", "capability",
                                   "node", "capability", "node", "binary", "library", "socket",
                                   "firmware"));
}

TEST(Listing, NothingIsListedUnasked) {
    EXPECT_THAT(listedOf({}), IsEmpty());
}

struct Case {
    const char* what;
    ListRequest request;
    std::vector<std::string> paths;
};

const std::string kCapabilities = "/proc/driver/nvidia/capabilities/";

/// Of the sample: GPU 0 has minor 1; GPU 2 is in MIG mode.
std::vector<Case> nodeCases() {
    const std::vector<std::string> control = {"/dev/nvidiactl", "/dev/nvidia-uvm",
                                              "/dev/nvidia-uvm-tools", "/dev/nvidia-modeset"};
    const auto with = [&](std::vector<std::string> more) {
        more.insert(more.begin(), control.begin(), control.end());
        return more;
    };
    ListRequest compute{.devices = {"0"}};
    compute.capabilities = {Capability::Video};
    ListRequest display{.devices = {"none"}};
    display.capabilities = {Capability::Display};
    ListRequest config{.devices = {"all"}, .migConfig = true, .migMonitor = true};
    return {
        {"a GPU by its index", {.devices = {"0"}}, with({"/dev/nvidia1"})},
        {"in PCI order", {.devices = {"1", "0", "1"}}, with({"/dev/nvidia1", "/dev/nvidia0"})},
        {"no GPU", {.devices = {"none"}}, control},
        {"a MIG device, its GPU's node",
         {.devices = {"2:1"}},
         with({"/dev/nvidia2", kCapabilities + "gpu2/mig/gi2/access",
               "/dev/nvidia-caps/nvidia-cap5", kCapabilities + "gpu2/mig/gi2/ci0/access",
               "/dev/nvidia-caps/nvidia-cap6"})},
        {"video brings compute",
         compute,
         {"/dev/nvidiactl", "/dev/nvidia-uvm", "/dev/nvidia-uvm-tools", "/dev/nvidia1"}},
        {"display", display, {"/dev/nvidiactl", "/dev/nvidia-modeset"}},
        {"IMEX channels",
         {.imexChannels = {"3", "all"}},
         {"/dev/nvidia-caps-imex-channels/channel3", "/dev/nvidia-caps-imex-channels/channel0"}},
        {"who configures MIG needs no device's files", config,
         with({"/dev/nvidia1", "/dev/nvidia0", "/dev/nvidia2", kCapabilities + "mig/config/access",
               "/dev/nvidia-caps/nvidia-cap1", kCapabilities + "mig/monitor/access",
               "/dev/nvidia-caps/nvidia-cap2"})},
    };
}

TEST(Listing, NodesAreThoseOfTheDevicesNamed) {
    for (const Case& test : nodeCases()) {
        EXPECT_EQ(listedOf(test.request), test.paths) << test.what;
    }
}

TEST(Listing, NvidiactlIsListedWhereItIsMissing) {
    EXPECT_THAT(pathsOf(list({}, everything())), ElementsAre("/dev/nvidiactl"));
    auto inventory = tests::sampleInventory();
    inventory.gpuNodes = {};
    EXPECT_THAT(pathsOf(list(inventory, {.devices = {"0"}})),
                testing::Not(testing::Contains("/dev/nvidia1")));
}

TEST(Listing, LibrariesAreThoseOfTheCapabilities) {
    const std::string libraries = "/usr/lib/x86_64-linux-gnu/";
    ListRequest request{.libraries = true};
    request.capabilities = {Capability::Video};
    EXPECT_THAT(listedOf(request), ElementsAre(libraries + "libcuda.so.535.261.03",
                                               libraries + "libnvcuvid.so.535.261.03"));
    request.capabilities = {Capability::Compute, Capability::Compat32};
    EXPECT_THAT(listedOf(request), ElementsAre(libraries + "libcuda.so.535.261.03",
                                               "/usr/lib/i386-linux-gnu/libcuda.so.535.261.03"));
    EXPECT_THAT(pathsOf(list(tests::sampleInventory(), everything(Capabilities{}))),
                testing::Not(testing::Contains(HasSubstr("/usr/"))));
}

TEST(Listing, OfTwoLibrariesOfOneNameTheFirstCounts) {
    Inventory inventory;
    for (const char* directory : {"/usr/lib64/", "/opt/lib/"}) {
        inventory.libraries.push_back(
            {{std::string(directory) + "libcuda.so.1.2", Capability::Compute}, false, {}});
    }
    EXPECT_THAT(pathsOf(list(inventory, {.libraries = true})),
                ElementsAre("/usr/lib64/libcuda.so.1.2"));
}

TEST(Listing, LibrariesOfAnotherDriverThanTheLoadedOneAreOfNoUse) {
    auto inventory = tests::sampleInventory();
    inventory.moduleVersion = "550.163.01";
    EXPECT_THAT(pathsOf(list(inventory, {.libraries = true})), IsEmpty());
    inventory.moduleVersion = ""; // none is loaded, as where an image is built
    EXPECT_THAT(pathsOf(list(inventory, {.libraries = true})), testing::Not(IsEmpty()));
}

TEST(Listing, HostPathsLieBelowTheirRoots) {
    auto inventory = tests::sampleInventory();
    inventory.devRoot = "/other";
    ListRequest request{.devices = {"2:0"}, .binaries = true};
    std::vector<std::string> paths;
    for (const Listed& listed : list(inventory, request)) {
        paths.push_back(listed.hostPath.string());
    }
    EXPECT_THAT(paths, testing::IsSupersetOf({
                           std::string("/other/dev/nvidiactl"),
                           std::string("/other/dev/nvidia2"),
                           kCapabilities + "gpu2/mig/gi1/access",
                           std::string("/other/dev/nvidia-caps/nvidia-cap3"),
                           std::string("/run/nvidia/driver/usr/bin/nvidia-smi"),
                       }));
}

TEST(Listing, WhatIsUnknownIsAnErrorThatSaysWhatThereIs) {
    EXPECT_THROW(listedOf({.devices = {"7"}}), UnknownDevice);
    try {
        listedOf({.imexChannels = {"9"}});
        FAIL();
    } catch (const host::Error& error) {
        EXPECT_STREQ(error.what(), "there is no IMEX channel '9': there are channel0, channel3");
    }
}

} // namespace
} // namespace toolkit
