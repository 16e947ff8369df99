#include "loader/checks/module_permission.h"

#include "host/base/error.h"
#include "host/process/process.h"
#include "tests/unit/temporary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace loader {
namespace {

using host::ModuleAccess;
using testing::HasSubstr;

class ModulePermissionTest : public testing::Test {
  protected:
    ModulePermissionTest() {
        sysctl("0");
        status("000001ffffffffff", "0");
        proc.write("self/uid_map", "         0          0 4294967295\n");
    }
    void sysctl(const std::string& value) const {
        proc.write("sys/kernel/modules_disabled", value + "\n");
    }
    void status(const std::string& capabilities, const std::string& seccomp) const {
        proc.write("self/status", "Name:\tdriverctl\nCapEff:\t" + capabilities + "\nSeccomp:\t" +
                                      seccomp + "\nSeccomp_filters:\t1\n");
    }
    [[nodiscard]] std::string problem(const ModuleAccess& access, Need need = Need::Both) const {
        const auto found =
            checkModulePermission(need, access, {.proc = proc.path(), .sys = proc.path()});
        EXPECT_TRUE(!found || found->severity == Severity::Problem);
        EXPECT_TRUE(!found || !found->remedy.empty());
        return found ? found->text : "";
    }
    tests::Directory proc;
};

TEST_F(ModulePermissionTest, NothingWhereTheKernelWouldDoIt) {
    EXPECT_EQ(problem({}), "");
    EXPECT_EQ(problem({.insert = EPERM}, Need::Removal), "");
    const tests::Directory nothing;
    EXPECT_EQ(
        checkModulePermission(Need::Both, {}, {.proc = nothing.path(), .sys = nothing.path()}),
        std::nullopt);
}

TEST_F(ModulePermissionTest, NamesTheCauseInOneSentence) {
    const ModuleAccess refused{EPERM, EPERM};
    EXPECT_THAT(problem(refused), HasSubstr("no modules: Operation not permitted"));
    status("000001ffffffffff", "2");
    EXPECT_THAT(problem(refused), HasSubstr("seccomp filter"));
    EXPECT_THAT(problem({0, EPERM}), HasSubstr("seccomp filter"));
    EXPECT_THAT(problem({ENOSYS, ENOSYS}), HasSubstr("seccomp filter"));
    proc.write("self/uid_map", "0 100000 65536\n");
    EXPECT_THAT(problem(refused), HasSubstr("user namespace"));
    status("00000000a80425fb", "2"); // what docker gives a container
    EXPECT_THAT(problem(refused), HasSubstr("CAP_SYS_MODULE"));
    sysctl("1");
    EXPECT_THAT(problem(refused), HasSubstr("kernel.modules_disabled is 1"));
    EXPECT_THAT(problem(refused, Need::Removal), HasSubstr("kernel.modules_disabled is 1"));
}

TEST_F(ModulePermissionTest, KernelsWithoutModulesOrTheirRemoval) {
    EXPECT_THAT(problem({ENOSYS, ENOSYS}), HasSubstr("no loadable modules"));
    EXPECT_THAT(problem({0, ENOSYS}), HasSubstr("CONFIG_MODULE_UNLOAD is not set"));
    EXPECT_THAT(problem({0, ENOSYS}, Need::Removal), HasSubstr("CONFIG_MODULE_UNLOAD is not set"));
}

/// In a child of its own, which ends with what `askModuleAccess` says of a filter's answer.
int insertUnder(unsigned action, long number) {
    const pid_t child = ::fork();
    if (child == 0) {
        sock_filter program[] = {
            BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
            BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<unsigned>(number), 0, 1),
            BPF_STMT(BPF_RET | BPF_K, action),
            BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        };
        const sock_fprog filter{4, program};
        ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        if (::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0) {
            ::_exit(255);
        }
        const auto access = host::askModuleAccess();
        ::_exit(number == SYS_finit_module ? access.insert : access.remove);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(AskModuleAccess, HearsASeccompFilterAndSurvivesIt) {
    EXPECT_EQ(insertUnder(SECCOMP_RET_ERRNO | ENOSYS, SYS_finit_module), ENOSYS);
    EXPECT_EQ(insertUnder(SECCOMP_RET_ERRNO | EPERM, SYS_delete_module), EPERM);
    EXPECT_EQ(insertUnder(SECCOMP_RET_KILL_PROCESS, SYS_finit_module), EPERM);
    EXPECT_EQ(insertUnder(SECCOMP_RET_KILL_PROCESS, SYS_delete_module), EPERM);
}

} // namespace
} // namespace loader
