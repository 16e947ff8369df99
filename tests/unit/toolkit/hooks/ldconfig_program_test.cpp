#include "toolkit/hooks/ldconfig_program.h"

#include "host/base/error.h"
#include "host/base/file.h"
#include "tests/unit/elf_image.h"
#include "tests/unit/temporary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace toolkit {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(LdconfigPlaces, BeginInTheHooksOwnRoot) {
    const ProgramPlace hostReal{"/", "/sbin/ldconfig.real"};
    const ProgramPlace host{"/", "/sbin/ldconfig"};
    EXPECT_THAT(ldconfigPlaces("/run/nvidia/driver/usr/bin/driverctl-hook"),
                ElementsAre(ProgramPlace{"/run/nvidia/driver", "/sbin/ldconfig.real"},
                            ProgramPlace{"/run/nvidia/driver", "/sbin/ldconfig"}, hostReal, host));
    for (const char* elsewhere : {"/usr/bin/driverctl-hook", "/opt/bin/driverctl-hook",
                                  "driverctl-hook", "usr/bin/driverctl-hook", ""}) {
        EXPECT_THAT(ldconfigPlaces(elsewhere), ElementsAre(hostReal, host)) << elsewhere;
    }
}

struct Roots {
    tests::Directory directory;
    std::string program = tests::elfImage({});

    LdconfigProgram seal() const {
        return sealLdconfig({{directory.path() / "driver", "/sbin/ldconfig.real"},
                             {directory.path() / "driver", "/sbin/ldconfig"},
                             {directory.path() / "host", "/sbin/ldconfig"}});
    }
    Roots() {
        directory.write("driver/etc/x", "");
        directory.write("host/etc/x", "");
    }
};

TEST(SealLdconfig, TakesTheFirstThatStartsAlone) {
    const Roots roots;
    roots.directory.write("host/sbin/ldconfig", roots.program);
    EXPECT_EQ(roots.seal().origin, roots.directory.path() / "host/sbin/ldconfig");
    roots.directory.write("driver/sbin/ldconfig", "#!/bin/sh\n");
    EXPECT_EQ(roots.seal().origin, roots.directory.path() / "host/sbin/ldconfig");
    roots.directory.write("driver/sbin/ldconfig.real",
                          tests::elfImage({.interpreter = "/lib64/ld-linux-x86-64.so.2"}));
    EXPECT_EQ(roots.seal().origin, roots.directory.path() / "host/sbin/ldconfig");
    roots.directory.write("driver/sbin/ldconfig", roots.program);
    const auto sealed = roots.seal();
    EXPECT_EQ(sealed.origin, roots.directory.path() / "driver/sbin/ldconfig");
    EXPECT_EQ(host::readFile(sealed.file.procPath()), roots.program);
}

TEST(SealLdconfig, StaysInTheRoot) {
    const Roots roots;
    const auto other = roots.directory.write("other/ldconfig", roots.program);
    std::filesystem::create_directory(roots.directory.path() / "driver/sbin");
    std::filesystem::create_symlink(other, roots.directory.path() / "driver/sbin/ldconfig");
    EXPECT_THAT([&] { roots.seal(); }, testing::ThrowsMessage<host::Error>(HasSubstr(
                                           "there is no statically linked ldconfig: tried ")));
}

} // namespace
} // namespace toolkit
