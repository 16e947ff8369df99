#include "precompile/installer/unpack.h"

#include "host/base/error.h"
#include "host/base/file.h"
#include "host/crypto/digest.h"
#include "host/kernel/running_kernel.h"
#include "host/process/process.h"
#include "tests/unit/temporary.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace precompile {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

/// Not this one: the linker's cache is none of these tests' business.
const std::string kMachine = host::runningKernel().machine == "x86_64" ? "aarch64" : "x86_64";

/// A .run whose payload is the directory "p", after a script has changed it.
class Made {
  public:
    explicit Made(const std::string& script = "") {
        directory_.write("p/.manifest", "d\n1.2.3\n3\n4\n5\n6\n7\n8\n"
                                        "nvidia-smi 0755 UTILITY_BINARY\n"
                                        "libcuda.so.1.2.3 0755 CUDA_LIB NATIVE /\n"
                                        "libcuda.so.1 0000 CUDA_SYMLINK NATIVE / libcuda.so.1.2.3\n"
                                        "\n");
        directory_.write("p/nvidia-smi", "smi");
        directory_.write("p/libcuda.so.1.2.3", "cuda");
        directory_.write("p/kernel/Kbuild", "kbuild");
        directory_.write("head", fmt::format("#! /bin/sh\ntouch executed\n\nskip=6\n"
                                             "TARGET_ARCH=\"{}\"\n",
                                             kMachine));
        host::runChecked({.argv = {"sh", "-ec",
                                   fmt::format("{}\n(cat head; tar --owner=0 --group=0 -C p -c . | "
                                               "gzip) >f.run",
                                               script)},
                          .workingDirectory = directory_.path()});
        fs::create_directory(root());
    }

    [[nodiscard]] fs::path root() const { return directory_.path() / "root"; }
    [[nodiscard]] fs::path file() const { return directory_.path() / "f.run"; }
    [[nodiscard]] UnpackRequest request() const {
        return {.file = file(),
                .name = "f.run",
                .sha256 = host::digestOfFile(file()),
                .root = root(),
                .machine = kMachine};
    }

  private:
    tests::Directory directory_;
};

TEST(UnpackTest, PutsTheDriverIntoTheRoot) {
    const Made made;
    const auto driver = unpackRunFile(made.request(), {});
    EXPECT_EQ(driver.driver, "1.2.3");
    EXPECT_EQ(driver.machine, kMachine);
    EXPECT_EQ(driver.files, 3U);
    EXPECT_EQ(driver.links, 1U);
    EXPECT_EQ(driver.bytes, 13U);
    EXPECT_FALSE(driver.hasLinkerCache);
    const auto libraries = made.root() / fmt::format("usr/lib/{}-linux-gnu", kMachine);
    EXPECT_EQ(host::readFile(libraries / "libcuda.so.1"), "cuda");
    EXPECT_EQ(fs::read_symlink(libraries / "libcuda.so.1"), "libcuda.so.1.2.3");
    EXPECT_EQ(host::readFile(made.root() / "usr/bin/nvidia-smi"), "smi");
    EXPECT_EQ(host::readFile(made.root() / "usr/src/nvidia-1.2.3/kernel/Kbuild"), "kbuild");
    EXPECT_FALSE(fs::exists(made.root().parent_path() / "executed"));
}

TEST(UnpackTest, GoesOnOverWhatAKilledRunPlaced) {
    const Made made;
    unpackRunFile(made.request(), {});
    fs::remove_all(made.root() / "usr/src/nvidia-1.2.3");
    EXPECT_EQ(unpackRunFile(made.request(), {}).files, 3U);
    EXPECT_TRUE(fs::exists(made.root() / "usr/src/nvidia-1.2.3/kernel/Kbuild"));
}

TEST(UnpackTest, AnInterruptionLeavesNothing) {
    const Made made;
    host::Observer observer;
    observer.progress = [](const host::WorkDone& now) {
        if (now.work == "Unpacking") {
            throw std::runtime_error("interrupted");
        }
    };
    EXPECT_THROW(unpackRunFile(made.request(), observer), std::runtime_error);
    EXPECT_TRUE(fs::is_empty(made.root()));
}

struct Refused {
    const char* script; ///< changes p or head
    const char* cause;
    host::Fault fault = host::Fault::Verification;
};

class RefusedUnpacking : public testing::TestWithParam<Refused> {};

TEST_P(RefusedUnpacking, SaysWhyAndLeavesTheRootAlone) {
    const Made made(GetParam().script);
    try {
        unpackRunFile(made.request(), {});
        FAIL() << "was unpacked";
    } catch (const host::Error& error) {
        EXPECT_EQ(error.fault(), GetParam().fault);
        EXPECT_THAT(error.what(), HasSubstr(GetParam().cause));
        EXPECT_NE(error.remedy(), "");
    }
    EXPECT_TRUE(fs::is_empty(made.root()));
}

INSTANTIATE_TEST_SUITE_P(
    Cases, RefusedUnpacking,
    testing::Values(Refused{"rm p/.manifest", "f.run holds no .manifest"},
                    Refused{"echo x >p/.manifest", "f.run, .manifest is no manifest"},
                    Refused{"rm p/nvidia-smi", "file 'nvidia-smi' of its manifest is not among"},
                    Refused{"chmod u+s p/nvidia-smi", "has a setuid"},
                    Refused{"rm -r p/kernel", "holds neither kernel/ nor kernel-open/"},
                    Refused{"ln -s /etc p/x", "f.run: member 'x' is a link that leads out"},
                    Refused{"mkfifo p/x", "member 'x' is no file, directory or symbolic link"},
                    Refused{"truncate -s 9G p/x; tar() { command tar --sparse \"$@\"; }",
                            "'x' is sparse"},
                    Refused{"tar() { command tar --transform 's,^./nv,/nv,' -P \"$@\"; }",
                            "'/nvidia-smi' has a name that is no plain relative path"},
                    Refused{"gzip() { command gzip | head -c 200; }", "truncated"},
                    Refused{"sed -i s/skip=6/skip=3/ head", "no tar begins there"},
                    Refused{"sed -i s/_ARCH=.*/_ARCH=ppc64le/ head", "is for machine ppc64le",
                            host::Fault::Usage}));

TEST(UnpackTest, NothingIsReadOfAFileWithAnotherDigest) {
    const Made made("rm p/.manifest");
    auto request = made.request();
    request.sha256 = std::string(64, '0');
    EXPECT_THAT([&] { unpackRunFile(request, {}); },
                testing::ThrowsMessage<host::Error>(HasSubstr(fmt::format(
                    "f.run has the SHA-256 {}, not 000", host::digestOfFile(made.file())))));
    request.file = made.root();
    EXPECT_THAT([&] { unpackRunFile(request, {}); },
                testing::ThrowsMessage<host::Error>(HasSubstr("f.run is no file")));
}

struct Root {
    const char* script; ///< makes what the root has
    const char* cause;
};

class RootWithSomethingElse : public testing::TestWithParam<Root> {};

TEST_P(RootWithSomethingElse, IsRefusedBeforeAnythingIsMoved) {
    const Made made;
    const auto has = [&] { return host::runChecked({.argv = {"find", made.root().string()}}); };
    host::runChecked({.argv = {"sh", "-ec", GetParam().script}, .workingDirectory = made.root()});
    const auto before = has();
    EXPECT_THAT([&] { unpackRunFile(made.request(), {}); },
                testing::ThrowsMessage<host::Error>(
                    HasSubstr(fmt::format("{}/{}", made.root().string(), GetParam().cause))));
    EXPECT_EQ(has(), before);
}

INSTANTIATE_TEST_SUITE_P(
    Cases, RootWithSomethingElse,
    testing::Values(Root{"touch usr", "usr is no directory"},
                    Root{"mkdir usr; ln -s /nowhere usr/bin", "usr/bin is no directory"},
                    Root{"mkdir usr; ln -s bin usr/bin", "usr/bin is no directory"},
                    Root{"mkdir usr; touch usr/src", "usr/src is no directory"},
                    Root{"mkdir -p usr/src; ln -s nowhere usr/src/nvidia-1.2.3",
                         "usr/src/nvidia-1.2.3 is there already and is another"},
                    Root{"mkdir -p usr/src; touch usr/src/nvidia-1.2.3",
                         "usr/src/nvidia-1.2.3 is there"}));

TEST(UnpackTest, ARootThatIsNoDirectoryIsSaidFirst) {
    const Made made;
    auto request = made.request();
    request.root = made.file();
    request.sha256 = "";
    try {
        unpackRunFile(request, {});
        FAIL() << "was unpacked";
    } catch (const host::Error& error) {
        EXPECT_EQ(error.fault(), host::Fault::Usage);
        EXPECT_THAT(error.what(), HasSubstr("f.run is no directory"));
    }
}

TEST(UnpackTest, WhatTheRootHasStays) {
    const Made made;
    fs::create_directories(made.root() / "usr/bin");
    host::writeFileAtomic(made.root() / "usr/bin/nvidia-smi", "another's");
    EXPECT_THAT([&] { unpackRunFile(made.request(), {}); },
                testing::ThrowsMessage<host::Error>(
                    HasSubstr("usr/bin/nvidia-smi is there already and is another")));
    EXPECT_EQ(host::readFile(made.root() / "usr/bin/nvidia-smi"), "another's");
    EXPECT_FALSE(fs::exists(made.root() / "usr/lib"));

    fs::remove_all(made.root() / "usr");
    fs::create_directories(made.root() / "usr/src/nvidia-1.2.3");
    EXPECT_THAT([&] { unpackRunFile(made.request(), {}); },
                testing::ThrowsMessage<host::Error>(HasSubstr("holds driver 1.2.3 already")));
}

} // namespace
} // namespace precompile
