#include "loader/module_parameters.h"

#include "host/base/error.h"
#include "tests/unit/temporary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

namespace loader {
namespace {

using testing::HasSubstr;

std::string parse(std::string_view text) {
    return parseModuleParameters(text, "nvidia-uvm", "f.conf");
}

TEST(ModuleParameters, JoinsLinesAndSkipsComments) {
    EXPECT_EQ(parse("# comment\nNVreg_A=1  NVreg_B=2\n\n  NVreg_C=\"a b\"\r\n"),
              "NVreg_A=1 NVreg_B=2 NVreg_C=\"a b\"");
    EXPECT_EQ(parse(""), "");
}

TEST(ModuleParameters, UnderstandsModprobesForm) {
    EXPECT_EQ(parse("options nvidia-uvm a=1 b=2\noptions nvidia_uvm c=3\n"), "a=1 b=2 c=3");
}

TEST(ModuleParameters, AnythingElseNamesFileAndLine) {
    for (const char* wrong :
         {"x=1\nnonsense\n", "x=1\n=2\n", "x=1\noptions other a=1\n", "x=1\na;b=1\n"}) {
        EXPECT_THAT([&] { parse(wrong); },
                    testing::ThrowsMessage<host::Error>(HasSubstr("f.conf:2: ")))
            << wrong;
    }
}

TEST(ModuleParameters, MissingFileIsNoParameters) {
    const tests::Directory directory;
    EXPECT_EQ(moduleParameters(directory.path(), "nvidia", "535.1"), "");
    directory.write("nvidia.conf", "a=1\n");
    EXPECT_EQ(moduleParameters(directory.path(), "nvidia", "535.1"), "a=1");
}

TEST(ModuleParameters, APipeInPlaceOfTheFileIsRefused) {
    const tests::Directory directory;
    ASSERT_EQ(::mkfifo((directory.path() / "nvidia.conf").c_str(), 0600), 0);
    EXPECT_THAT([&] { moduleParameters(directory.path(), "nvidia", "535.1"); },
                testing::ThrowsMessage<host::Error>(HasSubstr("nvidia.conf is no regular file")));
}

TEST(ModuleParameters, CoherentMemoryIsTheDriversFrom580On) {
    const tests::Directory directory;
    const auto of = [&](const char* module, const char* driver) {
        return moduleParameters(directory.path(), module, driver);
    };
    EXPECT_EQ(of("nvidia", "580.65.06"), "NVreg_CoherentGPUMemoryMode=driver");
    EXPECT_EQ(of("nvidia", "575.1"), "");
    EXPECT_EQ(of("nvidia-uvm", "580.65.06"), "");
    directory.write("nvidia.conf", "a=1\n");
    EXPECT_EQ(of("nvidia", "595.1"), "NVreg_CoherentGPUMemoryMode=driver a=1");
    directory.write("nvidia.conf", "NVreg_CoherentGPUMemoryMode=numa\n");
    EXPECT_EQ(of("nvidia", "595.1"), "NVreg_CoherentGPUMemoryMode=numa") << "the user's own";
}

TEST(ModuleParameters, WhatNobodyReadsIsAWarning) {
    const tests::Directory directory;
    const auto missing = directory.path() / "none";
    EXPECT_THAT(checkParameterFiles(missing), testing::IsEmpty());
    for (const char* read : {"nvidia.conf", "nvidia-uvm.conf", "nvidia-modeset.conf",
                             "nvidia-drm.conf", "nvidia-peermem.conf", "gridd.conf",
                             "ClientConfigToken/client_configuration_token.tok"}) {
        directory.write(read, "");
    }
    // As the kubelet mounts a ConfigMap.
    directory.write("..2026_11_27/nvidia.conf", "");
    std::filesystem::create_symlink("..2026_11_27", directory.path() / "..data");
    EXPECT_THAT(checkParameterFiles(directory.path()), testing::IsEmpty());
    directory.write("nvidia_modeset.conf", "");
    std::filesystem::create_symlink("..data/nvidia", directory.path() / "nvidia");
    const auto findings = checkParameterFiles(directory.path());
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_EQ(findings.front().severity, Severity::Warning);
    EXPECT_EQ(findings.front().text,
              "nobody reads nvidia, nvidia_modeset.conf in " + directory.path().string());
    EXPECT_THAT(findings.front().remedy, HasSubstr(" nvidia-modeset.conf, "));
}

} // namespace
} // namespace loader
