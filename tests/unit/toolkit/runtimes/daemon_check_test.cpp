#include "toolkit/runtimes/daemon_check.h"

#include "host/base/file.h"
#include "tests/unit/temporary.h"

#include <gmock/gmock.h>

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using toolkit::runtimes::DaemonCheck;
using toolkit::runtimes::DaemonProgram;

namespace {

constexpr const char* kBefore = R"(version = 2
[plugins."cri"]
  sandbox_image = "pause:9"
  [plugins."cri".containerd]
    default_runtime_name = "runc"
    [plugins."cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
)";
constexpr const char* kOurs = R"(    [plugins."cri".containerd.runtimes.nvidia]
      runtime_type = "io.containerd.runc.v2"
)";

/// A containerd that takes a file for what it comes to, and its imports with it.
class CheckByContainerd : public testing::Test {
  protected:
    CheckByContainerd() { fs::permissions(program_, fs::perms::owner_all); }
    [[nodiscard]] DaemonCheck check() const {
        return daemonCheck(
            DaemonProgram(program_),
            {.settings = {.runtime = toolkit::runtimes::Runtime::Containerd}, .config = main_});
    }
    [[nodiscard]] std::vector<std::string> files() const {
        std::vector<std::string> names;
        for (const auto& entry : fs::directory_iterator(main_.parent_path())) {
            names.push_back(entry.path().filename());
        }
        return names;
    }

    tests::Directory directory_;
    fs::path main_ = directory_.write("etc/config.toml", kBefore);
    fs::path program_ = directory_.write("containerd", R"(#!/bin/sh
if grep -q bad "$2"; then echo "bad: $2" >&2; exit 1; fi
imports=$(sed -n 's/^imports = //p' "$2" | tr -d '[",]')
if grep -q '^imports = \["[^/]' "$2" $imports; then echo "not beside a copy" >&2; exit 1; fi
cat ${imports:-"$2"}
)");
};

} // namespace

TEST_F(CheckByContainerd, OurRuntimeMayCome) {
    EXPECT_EQ(check()(main_, std::string(kBefore) + kOurs), "");
    EXPECT_THAT(files(), ElementsAre("config.toml"));
}

TEST_F(CheckByContainerd, NothingElseMayChange) {
    EXPECT_EQ(
        check()(main_, std::string("version = 2\n") + "[plugins.\"cri\".containerd]\n" + kOurs),
        "it would change more than our runtime: "
        "/plugins/cri/containerd/runtimes/runc, /plugins/cri/sandbox_image");
}

TEST_F(CheckByContainerd, WhatItRefusesIsSaidInItsWords) {
    EXPECT_EQ(check()(main_, "bad = 1\n"), "bad: " + main_.string());
}

TEST_F(CheckByContainerd, NothingIsWrittenForIt) {
    fs::permissions(main_.parent_path(), fs::perms::owner_read | fs::perms::owner_exec);
    EXPECT_THAT(check()(main_, std::string(kBefore) + "[other]\nkey = 1\n"), HasSubstr("/other"));
    EXPECT_THAT(files(), ElementsAre("config.toml"));
}

TEST_F(CheckByContainerd, ItsImportsAreThoseOfTheFile) {
    directory_.write("etc/conf.d/more.toml", "[more]\nkey = 1\n");
    EXPECT_THAT(check()(main_, "imports = [\"conf.d/more.toml\"]\n"), HasSubstr("/more"));
}

TEST_F(CheckByContainerd, ThoseOfAnImportedFileLieBesideItToo) {
    EXPECT_THAT(check()(main_.parent_path() / "conf.d/site.toml", "imports = [\"more.toml\"]\n"),
                Not(HasSubstr("not beside a copy")));
}

TEST_F(CheckByContainerd, FilesAreSeenAsTheyAreWhenItIsAsked) {
    auto asked = check();
    host::writeFileAtomic(main_, "[other]\nkey = 1\n"); // by somebody who had the lock before
    EXPECT_EQ(asked(main_, "[other]\nkey = 1\n"), "");
}

TEST_F(CheckByContainerd, AFileThatItRefusesAlreadyIsNotOurs) {
    host::writeFileAtomic(main_, "bad = 1\n");
    EXPECT_EQ(check()(main_, kBefore), "bad: " + main_.string());
}

TEST_F(CheckByContainerd, SaysSoOfAFileThatIsNotThereYet) {
    host::writeFileAtomic(main_, "bad = 1\n");
    EXPECT_EQ(check()(main_.parent_path() / "99-nvidia.toml", ""),
              main_.string() + ": bad: " + main_.string());
    host::writeFileAtomic(main_, kBefore);
    EXPECT_EQ(check()(main_.parent_path() / "99-nvidia.toml", ""), "");
}

TEST_F(CheckByContainerd, AnImportedFileIsJudgedWithTheMainFile) {
    const auto dropIn = main_.parent_path() / "99-nvidia.toml";
    EXPECT_EQ(check()(dropIn, kOurs), "");
    EXPECT_THAT(check()(dropIn, "[other]\nkey = 1\n"), HasSubstr("/other"));
}

TEST_F(CheckByContainerd, IsAskedBeforeThereIsADirectory) {
    EXPECT_THAT(check()(main_.parent_path() / "conf.d/99-nvidia.toml", "[other]\nkey = 1\n"),
                HasSubstr("/other"));
}

TEST(DaemonDifferences, AreThoseBesideOurRuntime) {
    using toolkit::runtimes::differencesBeside;
    const std::string before = kBefore;
    EXPECT_THAT(differencesBeside("nvidia", before, before + kOurs), ElementsAre());
    EXPECT_THAT(differencesBeside("nvidia", before,
                                  before + "      sandbox_mode = 'podsandbox'\n      root = ''\n"),
                ElementsAre());
    EXPECT_THAT(differencesBeside("gpu", before, before + kOurs),
                ElementsAre("/plugins/cri/containerd/runtimes/nvidia"));
    EXPECT_THAT(differencesBeside("nvidia", "a.default_runtime_name = 'runc'\n",
                                  "imports = ['/x']\n[a]\ndefault_runtime_name = 'nvidia'\n"
                                  "enable_cdi = true\n"),
                ElementsAre());
    EXPECT_THAT(differencesBeside("nvidia", "[cri]\nx = 1\n[cri.default_runtime]\ny = 1\n",
                                  "[cri]\nx = 1\n"),
                ElementsAre());
}
