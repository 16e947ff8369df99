#include "toolkit/cdi/stale.h"

#include "tests/unit/temporary.h"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

namespace cdi = toolkit::cdi;
using nlohmann::json;

namespace {

/// A host with driver 535.261.03, one GPU, and nvidia-uvm's major 510.
class StaleParts : public testing::Test {
  protected:
    StaleParts() {
        for (const auto* const there : {"dev/nvidia0", "usr/lib/libcuda.so.535.261.03",
                                        "usr/lib/libcuda.so.535.183.01", "usr/bin/hook"}) {
            host_.write(there, "");
        }
        host_.write("sys/module/nvidia/version", "535.261.03\n");
        host_.write("proc/devices", "Character devices:\n195 nvidia\n510 nvidia-uvm\n");
        host_.write("proc/driver/nvidia/params", "ModifyDeviceFiles: 1\n");
        host_.write("proc/driver/nvidia/gpus/0000:01:00.0/information", "Device Minor: \t 0\n");
    }

    std::vector<std::string> of(const char* edits) const {
        const json specification = {{"kind", "nvidia.com/gpu"},
                                    {"devices", {{{"containerEdits", json::parse(edits)}}}},
                                    {"containerEdits", json::parse(edits)}};
        return cdi::staleParts(
            specification,
            {.proc = host_.path() / "proc", .sys = host_.path() / "sys", .root = host_.path()});
    }

  private:
    tests::Directory host_;
};

} // namespace

TEST_F(StaleParts, AreSaidOnceEach) {
    struct Case {
        const char* edits;
        std::vector<std::string> parts;
    };
    const Case cases[] = {
        {"{}", {}},
        {R"({"deviceNodes": [{"path": "/dev/nvidia0"}]})", {}},
        {R"({"deviceNodes": [{"path": "/dev/nvidia1"}]})", {"the node /dev/nvidia1 is not there"}},
        {R"({"deviceNodes": [{"path": "/dev/nvidia0", "hostPath": "/run/dev/nvidia0"}]})",
         {"the node /run/dev/nvidia0 is not there"}},
        {R"({"deviceNodes": [{"path": "/dev/nvidia-uvm", "type": "c", "major": 511}]})",
         {"/dev/nvidia-uvm is said to be 511:0, and is 510:0"}},
        {R"({"deviceNodes": [{"path": "/dev/nvidia-uvm", "type": "c", "major": 510}]})", {}},
        {R"({"deviceNodes": [{"path": "/dev/nvidia0", "major": 195, "minor": 1}]})",
         {"/dev/nvidia0 is said to be 195:1, and is 195:0"}},
        {R"({"mounts": [{"hostPath": "/usr/lib/libcuda.so.535.261.03"}]})", {}},
        {R"({"mounts": [{"hostPath": "/usr/lib/libcuda.so.535.183.01"}]})",
         {"/usr/lib/libcuda.so.535.183.01 is of driver 535.183.01, and 535.261.03 is loaded"}},
        {R"({"mounts": [{"hostPath": "/usr/lib/libcuda.so.1"}]})",
         {"/usr/lib/libcuda.so.1 is not there"}},
        {R"({"hooks": [{"path": "/usr/bin/hook"}]})", {}},
        {R"({"hooks": [{"path": "/usr/bin/nvidia-cdi-hook"}]})",
         {"the hook's program /usr/bin/nvidia-cdi-hook is not there"}},
    };
    for (const auto& [edits, parts] : cases) {
        EXPECT_EQ(of(edits), parts) << edits;
    }
}
