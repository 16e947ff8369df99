#include "toolkit/rootless/podman_facts.h"

#include "tests/unit/temporary.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace toolkit::rootless {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::IsEmpty;

class RootlessPodman : public testing::Test {
  protected:
    fs::path program(const std::string& name, const std::string& script = "") const {
        const auto file = host_.write(name, "#!/bin/sh\n" + script);
        fs::permissions(file, fs::perms::owner_all);
        return file;
    }
    [[nodiscard]] PodmanFacts facts() const {
        return gatherPodman({{"PATH", fmt::format("{}:/nowhere", (host_.path() / "bin").string())},
                             {"HOME", host_.path() / "home"}},
                            {.etc = host_.path() / "etc", .root = host_.path()});
    }
    [[nodiscard]] static std::string hook(const fs::path& program) {
        return fmt::format(R"({{"version": "1.0.0", "hook": {{"path": "{}"}}}})", program.string());
    }
    tests::Directory host_;
};

TEST_F(RootlessPodman, MayBeMissing) {
    const auto found = facts();
    EXPECT_EQ(found.version, "");
    EXPECT_EQ(found.runtime.name, "runc");
    EXPECT_FALSE(found.runtime.isThere);
    EXPECT_FALSE(found.nvidia);
    EXPECT_THAT(found.hooks, IsEmpty());
}

TEST_F(RootlessPodman, SaysItsVersion) {
    program("bin/podman", "echo podman version 4.3.1");
    EXPECT_EQ(facts().version, "4.3.1");
    program("bin/podman", "echo podman version 4.3.1; exit 1");
    EXPECT_EQ(facts().version, "");
}

TEST_F(RootlessPodman, TakesCrunBeforeRunc) {
    const auto runc = program("bin/runc");
    EXPECT_EQ(facts().runtime.program, runc);
    const auto crun = program("bin/crun");
    EXPECT_EQ(facts().runtime.program, crun);
    EXPECT_TRUE(facts().hasCrun);
}

TEST_F(RootlessPodman, TakesWhatItIsConfiguredToTake) {
    program("bin/crun");
    const auto other = program("opt/other-runc");
    host_.write("etc/containers/containers.conf", "[engine]\nruntime = \"runc\"\n");
    host_.write("home/.config/containers/containers.conf",
                fmt::format("[engine.runtimes]\nrunc = [\"/nowhere/runc\", \"{0}\"]\n"
                            "nvidia = [\"/nowhere/nvidia-container-runtime\"]\n",
                            other.string()));
    const auto found = facts();
    EXPECT_EQ(found.runtime.name, "runc");
    EXPECT_EQ(found.runtime.program, other);
    EXPECT_TRUE(found.runtime.isThere);
    ASSERT_TRUE(found.nvidia);
    EXPECT_EQ(found.nvidia->program, "/nowhere/nvidia-container-runtime");
    EXPECT_FALSE(found.nvidia->isThere);
}

TEST_F(RootlessPodman, RuntimeNvidiaGoesOnAsConfigTomlSays) {
    const auto nvidia = program("opt/nvidia-container-runtime");
    const auto crun = program("bin/crun");
    host_.write("etc/containers/containers.conf",
                fmt::format("[engine.runtimes]\nnvidia = [\"{}\"]\n", nvidia.string()));
    EXPECT_EQ(facts().next, crun);
    const auto runc = program("bin/runc");
    EXPECT_EQ(facts().next, runc);
    host_.write("opt/.config/nvidia-container-runtime/config.toml",
                "[nvidia-container-runtime]\nruntimes = [\"crun\"]\n");
    EXPECT_EQ(facts().next, crun);
}

TEST_F(RootlessPodman, MayBeConfiguredWithAPath) {
    const auto other = program("opt/crun");
    host_.write("etc/containers/containers.conf",
                fmt::format("[engine]\nruntime = \"{}\"\n", other.string()));
    EXPECT_EQ(facts().runtime.program, other);
    EXPECT_TRUE(facts().runtime.isThere);
}

TEST_F(RootlessPodman, ConfigurationThatIsBrokenIsSaid) {
    host_.write("etc/containers/containers.conf", "[engine\n");
    EXPECT_THAT(facts().confError, testing::HasSubstr("containers.conf:1:"));
}

TEST_F(RootlessPodman, LooksForCdiFilesWhereItsReleaseAndItsConfigurationSay) {
    const std::string etc = host_.path() / "etc/cdi";
    const std::string run = host_.path() / "var/run/cdi";
    struct {
        const char* version;
        const char* global;
        const char* own;
        std::vector<fs::path> directories;
    } const cases[] = {
        {"5.4.2", "", "", {etc, run}},
        {"5.4.2", "[\"/site\"]", "", {etc, run}}, // does not know the setting
        {"5.5.1", "", "", {etc}},
        {"5.5.1", "[\"/site\"]", "", {"/site"}},
        {"5.5.1", "", "[\"/own\", {append = true}]", {etc, "/own"}},
        {"5.6.0", "", "", {etc, run}},
        {"5.6.0", "[\"/site\"]", "[\"/own\"]", {"/own"}},
        {"5.6.0", "[\"/site\"]", "[\"/own\", {append = true}]", {"/site", "/own"}},
        {"5.6.0", "", "[\"/own\", {append = true}]", {etc, run, "/own"}},
        {"5.6.0", "[]", "", {}},
    };
    const auto conf = [](const std::string& directories) {
        return directories.empty() ? "" : "[engine]\ncdi_spec_dirs = " + directories + "\n";
    };
    for (const auto& [version, global, own, directories] : cases) {
        SCOPED_TRACE(fmt::format("{}: '{}', '{}'", version, global, own));
        program("bin/podman", fmt::format("echo podman version {}", version));
        host_.write("etc/containers/containers.conf.d/cdi.conf", conf(global));
        host_.write("home/.config/containers/containers.conf", conf(own));
        EXPECT_EQ(facts().cdiDirectories, directories);
    }
}

TEST_F(RootlessPodman, HooksForGpusAreFound) {
    const auto ours = program("bin/nvidia-container-toolkit");
    const auto other = program("bin/seccomp-hook");
    host_.write("usr/share/containers/oci/hooks.d/gpu.json", hook(ours));
    host_.write("etc/containers/oci/hooks.d/other.json", hook(other));
    host_.write("etc/containers/oci/hooks.d/broken.json", "{");
    host_.write("own/gone.json", hook("/nowhere/nvidia-container-toolkit"));
    host_.write("own/second.json", hook(ours));
    host_.write("etc/containers/containers.conf",
                fmt::format("[engine]\nhooks_dir = [\"{}\"]\n", (host_.path() / "own").string()));
    std::vector<std::pair<std::string, bool>> found;
    for (const auto& [path, isConfigured] : facts().hooks) {
        found.emplace_back(path.lexically_relative(host_.path()).string(), isConfigured);
    }
    EXPECT_THAT(found, ElementsAre(std::pair("own", true),
                                   std::pair("usr/share/containers/oci/hooks.d", false)));
}

} // namespace
} // namespace toolkit::rootless
