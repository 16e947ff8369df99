#include "toolkit/cdi/specification.h"

#include "host/base/error.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace cdi = toolkit::cdi;
using cdi::Format;
using nlohmann::ordered_json;
using toolkit::ContainerEdits;

namespace {

cdi::Specification sample() {
    return {.kind = "nvidia.com/gpu",
            .devices = {{.name = "gpu0",
                         .edits = {.deviceNodes = {{.path = "/dev/nvidia0",
                                                    .hostPath = "/dev/nvidia0"}}}}},
            .edits = {.env = {"A=b"},
                      .mounts = {{.hostPath = "/run/nvidia/driver/usr/bin/nvidia-smi",
                                  .containerPath = "/usr/bin/nvidia-smi",
                                  .options = {"ro", "rbind"}}},
                      .hooks = {{.stage = "createContainer",
                                 .path = "/usr/bin/driverctl-hook",
                                 .args = {"driverctl-hook", "update-ldcache"},
                                 .env = {"PATH=/usr/bin"}}}}};
}

} // namespace

TEST(CdiSpecification, IsWrittenWithItsFields) {
    EXPECT_EQ(toText(sample(), Format::Json), R"({
  "cdiVersion": "0.3.0",
  "kind": "nvidia.com/gpu",
  "devices": [
    {
      "name": "gpu0",
      "containerEdits": {
        "deviceNodes": [
          {
            "path": "/dev/nvidia0"
          }
        ]
      }
    }
  ],
  "containerEdits": {
    "env": [
      "A=b"
    ],
    "mounts": [
      {
        "hostPath": "/run/nvidia/driver/usr/bin/nvidia-smi",
        "containerPath": "/usr/bin/nvidia-smi",
        "options": [
          "ro",
          "rbind"
        ]
      }
    ],
    "hooks": [
      {
        "hookName": "createContainer",
        "path": "/usr/bin/driverctl-hook",
        "args": [
          "driverctl-hook",
          "update-ldcache"
        ],
        "env": [
          "PATH=/usr/bin"
        ]
      }
    ]
  }
}
)");
}

TEST(CdiSpecification, BothFormatsSayTheSame) {
    EXPECT_EQ(parseSpecification(toText(sample(), Format::Yaml), Format::Yaml),
              parseSpecification(toText(sample(), Format::Json), Format::Json));
}

TEST(CdiSpecification, ItsVersionIsTheLowestOfTheContent) {
    struct Case {
        const char* name;
        ContainerEdits edits;
        const char* version;
    };
    const Case cases[] = {
        {"gpu0", {.env = {"A=b"}}, "0.3.0"},
        {"0", {.env = {"A=b"}}, "0.5.0"},
        {"a", {.deviceNodes = {{.path = "/dev/a", .hostPath = "/x/dev/a"}}}, "0.5.0"},
        {"a", {.additionalGids = {44}}, "0.7.0"},
    };
    for (const auto& [name, edits, version] : cases) {
        const auto json = toJson(cdi::Specification{
            .kind = "nvidia.com/gpu", .devices = {{.name = name, .edits = edits}}, .edits = {}});
        EXPECT_EQ(json.at("cdiVersion"), version) << json;
        EXPECT_FALSE(json.contains("containerEdits")) << json;
    }
}

TEST(CdiSpecification, FormatIsTheEndingOfTheName) {
    EXPECT_EQ(cdi::formatOf("/etc/cdi/nvidia.yaml"), Format::Yaml);
    EXPECT_EQ(cdi::formatOf("nvidia.com-gpu.json"), Format::Json);
    for (const auto* const other : {"nvidia.yml", "nvidia.JSON", "nvidia", ".yaml", "a.json.new"}) {
        EXPECT_EQ(cdi::formatOf(other), std::nullopt) << other;
    }
}
