#include "loader/driver_life.h"

#include "host/base/error.h"
#include "host/process/signals.h"
#include "tests/unit/module_tree.h"
#include "tests/unit/precompile/sample.h"
#include "tests/unit/recording_node_actions.h"

#include <csignal>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sstream>
#include <sys/eventfd.h>

namespace loader {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* kKernel = "6.12.102-flatcar";
constexpr const char* kFirmwarePath = "sys/module/firmware_class/parameters/path";

/// Writes two files through the node's actions, each with the number of the time.
class RecordingContainerAccess : public ContainerAccess {
  public:
    RecordingContainerAccess(host::NodeActions& actions, const std::filesystem::path& run)
        : actions_(actions), files_{run / "nvidia/driverctl/inventory.json", run / "cdi/gpu.json"},
          toolkit_(run / "toolkit") {}
    [[nodiscard]] std::vector<std::filesystem::path> files() const override { return files_; }
    std::vector<std::filesystem::path> publish() override {
        ++times_;
        for (const auto& file : files_) {
            actions_.writeFile(file, std::to_string(times_));
        }
        return files_;
    }
    void installToolkit() override { actions_.writeFile(toolkit_, "installed"); }
    void takeToolkitBack() override { actions_.remove(toolkit_); }
    [[nodiscard]] int fd() const override { return event_.get(); }
    void serve() override {
        ++served;
        ::raise(SIGTERM); // it has been seen
    }
    /// Polls readable from now on.
    void change() { event_ = host::Fd(::eventfd(1, EFD_CLOEXEC)); }

    int served = 0;

  private:
    host::NodeActions& actions_;
    host::Fd event_;
    std::vector<std::filesystem::path> files_;
    std::filesystem::path toolkit_;
    int times_ = 0;
};

/// A node with one GPU, played in a directory, and lives of the sample's driver on it.
class DriverLifeTest : public testing::Test {
  protected:
    DriverLifeTest() {
        directory.write("proc/sys/kernel/random/boot_id", "this-boot\n");
        directory.write("proc/devices", "Character devices:\n195 nvidia\n510 nvidia-uvm\n");
        directory.write("proc/driver/nvidia/params", "ModifyDeviceFiles: 1\nDeviceFileMode: 438\n");
        directory.write("proc/driver/nvidia/gpus/0000:01:00.0/information", "Device Minor: 0\n");
        directory.write(kFirmwarePath, "");
        directory.write("drivers/gridd.conf", "FeatureType=1\n");
        directory.write("dev/nvidiactl", ""); // somebody else's: it stays
        // What the driver root shows is this machine's own root.
        std::filesystem::create_directories(settings.runDir);
        std::filesystem::create_symlink("/", settings.runDir / "driver");
        actions.version = tests::sampleIdentity().driver;
        actions.onCall = [this](std::size_t number) {
            if (number == failing) {
                host::throwErrno("do", actions.calls.back(), EIO);
            }
        };
    }

    /// A life, from its preparation on.
    struct Life {
        explicit Life(DriverLifeTest& node)
            : modules(node.request(), node.actions),
              previous(node.settings.runDir, lastState(node.settings.runDir, node.observer),
                       node.actions, node.roots),
              life({.settings = node.settings,
                    .actions = node.actions,
                    .containers = node.containers,
                    .signals = node.signals,
                    .observer = node.observer,
                    .publish = [&node](const NodeState& state) { node.published(state); },
                    .roots = node.roots},
                   initialState(node.settings, precompile::Package(node.sample.file), modules,
                                node.roots),
                   modules, previous, tree) {
            modules.restore();
            previous.prepare(tree, kKernel);
        }

        host::ModuleTree tree = tests::moduleTree();
        DriverModules modules;
        PreviousDriver previous;
        DriverLife life;
    };

    [[nodiscard]] DriverModulesRequest request() const {
        return {.package = precompile::Package(sample.file),
                .sources = sample.source.directory,
                .parameters = [this](const std::string&) { return parameters; },
                .kernel = kKernel,
                .roots = roots};
    }

    /// The message of the error with which it ends; empty: it comes up.
    std::string start(Life& life, Way way) {
        actions.calls.clear();
        warnings.clear();
        try {
            life.life.start(way);
            return "";
        } catch (const host::Error& error) {
            return error.what();
        }
    }

    /// A life that comes up, ends, and leaves the driver loaded.
    void liveAndKeep() {
        settings.keepLoaded = true;
        Life life(*this);
        ASSERT_EQ(start(life, Way::Load), "");
        life.life.stop();
        settings.keepLoaded = false;
    }

    /// Every file of the node with its content, every link, every mount. Of the record: its phase.
    [[nodiscard]] std::vector<std::string> node() const {
        std::vector<std::string> lines;
        const auto& root = directory.path();
        for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
            const auto name = entry.path().lexically_relative(root).string();
            if (entry.path() == settings.runDir / "driver") {
                continue;
            }
            if (entry.is_symlink()) {
                lines.push_back(name + " -> " + std::filesystem::read_symlink(entry).string());
            } else if (entry.path() == stateFile(settings.runDir)) {
                lines.push_back(name + ": " +
                                std::string(toString(readState(settings.runDir)->phase)));
            } else if (entry.is_regular_file() && !name.ends_with("mountinfo")) {
                lines.push_back(name + ": " + host::readFile(entry.path()));
            }
        }
        for (const auto& mount : actions.mounts) {
            lines.push_back("mount " + mount.lexically_relative(root).string());
        }
        std::ranges::sort(lines);
        return lines;
    }

    void published(const NodeState& state) {
        const auto& step = state.steps.back();
        if (step.name == failingStep && step.result == failingAt) {
            onStep();
        }
    }

    tests::Directory directory;
    tests::RecordingNodeActions actions{directory};
    host::Roots roots = actions.roots();
    RecordingContainerAccess containers{actions, roots.run};
    LifeSettings settings{.runDir = roots.run / "nvidia",
                          .parameterDir = directory.path() / "parameters",
                          .devRoot = roots.dev,
                          .persistence = Persistence::Off,
                          .configDigest = "digest"};
    tests::SamplePackage sample;
    std::string parameters; ///< of each module
    std::vector<std::string> stages;
    std::vector<std::string> warnings;
    host::Observer observer{.stage = [this](const std::string& work) { stages.push_back(work); },
                            .warn = [this](const std::string& text) { warnings.push_back(text); }};
    std::size_t failing = std::string::npos; ///< the number of the call that fails
    std::string failingStep;                 ///< whose record cannot be published
    std::string failingAt;                   ///< "running" or "done"
    std::function<void()> onStep = [this] { throw host::Error("no " + failingStep); };
    host::SignalSet signals{SIGTERM, SIGPIPE};
};

/// What takes a call back; empty: nothing does, or nothing has to.
std::string inverse(const std::string& call) {
    std::istringstream words(call);
    std::vector<std::string> parts{std::istream_iterator<std::string>(words), {}};
    if (parts[0] == "insert" && parts[1] != "from") {
        std::ranges::replace(parts[1], '-', '_');
        return "remove " + parts[1];
    }
    if (parts[0] == "make" && parts[1] != "directory" && parts[2] != "dev/nvidiactl") {
        return "unlink " + parts[2];
    }
    if (parts[0] == "bind") {
        return "detach " + parts[2];
    }
    return call.starts_with("set") && parts.size() == 3 ? "set " + parts[1] + " " : "";
}

TEST_F(DriverLifeTest, LoadsAndTakesEverythingBack) {
    const auto before = node();
    Life life(*this);
    ASSERT_EQ(start(life, Way::Load), "");
    const auto up = node();
    EXPECT_THAT(up, Contains("sys/module/nvidia_uvm/initstate: live\n"));
    EXPECT_THAT(up, Contains("run/nvidia/driverctl/state.json: ready"));
    EXPECT_THAT(up, Contains("run/nvidia/validations/.driver-daemons-status: Ready\n"));
    EXPECT_THAT(up, Contains("run/nvidia/nvidia-driver.state: digest\n"));
    EXPECT_THAT(up, Contains("dev/char/195:0 -> ../nvidia0"));
    EXPECT_THAT(up, Contains("run/cdi/gpu.json: 1"));
    EXPECT_THAT(readState(settings.runDir)->containerFiles, containers.files());
    EXPECT_THAT(actions.mounts, ElementsAre(settings.runDir / "driver"));
    EXPECT_THAT(stages, ElementsAre("Stopping NVIDIA persistence daemon",
                                    "Unloading NVIDIA driver kernel modules",
                                    "Unmounting NVIDIA driver rootfs",
                                    "Loading NVIDIA driver kernel modules",
                                    "Mounting NVIDIA driver rootfs"));
    stages.clear();
    life.life.stop();
    EXPECT_EQ(node(), before);
    EXPECT_THAT(stages, ElementsAre("Unmounting NVIDIA driver rootfs",
                                    "Unloading NVIDIA driver kernel modules"));
    EXPECT_THAT(warnings, IsEmpty());
}

TEST_F(DriverLifeTest, FirmwareThatAMountHidesIsShownBeforeTheRoot) {
    directory.write("usr/share/nvidia/firmware/nvidia/" + actions.version + "/gsp.bin", "");
    const auto before = node();
    Life life(*this);
    ASSERT_EQ(start(life, Way::Load), "");
    EXPECT_THAT(actions.mounts,
                ElementsAre(roots.root / "lib/firmware", settings.runDir / "driver"));
    life.life.stop();
    EXPECT_EQ(node(), before);
}

TEST_F(DriverLifeTest, NoFirmwarePathWhereNvidiaAsksForNone) {
    const auto before = node();
    parameters = "NVreg_EnableGpuFirmware=0";
    Life life(*this);
    ASSERT_EQ(start(life, Way::Load), "");
    EXPECT_THAT(node(), Contains(std::string(kFirmwarePath) + ": "));
    life.life.stop();
    EXPECT_EQ(node(), before);
}

/// As long as the modules are loaded: NVIDIA's driver manager evicts and unloads without it.
TEST_F(DriverLifeTest, DigestOfTheConfigurationStaysWithTheModules) {
    const std::string digest = "run/nvidia/nvidia-driver.state: digest\n";
    {
        Life killed(*this);
        ASSERT_EQ(start(killed, Way::Load), "");
    }
    failingStep = "make the device nodes";
    failingAt = "running";
    for (const Way way : {Way::Adopt, Way::Load}) {
        Life heir(*this);
        EXPECT_THAT(start(heir, way), HasSubstr(failingStep));
        EXPECT_THAT(node(), Contains(digest)) << "the previous driver is there, or back";
    }
    failingStep.clear();
    liveAndKeep();
    EXPECT_THAT(node(), Contains(digest));
}

TEST_F(DriverLifeTest, ProgramsForContainerRuntimesAreInstalledWhenAskedFor) {
    settings.toolkit = "/opt/toolkit";
    const auto before = node();
    Life life(*this);
    ASSERT_EQ(start(life, Way::Load), "");
    EXPECT_THAT(node(), Contains("run/toolkit: installed"));
    EXPECT_THAT(stages, Contains("Installing the container toolkit"));
    EXPECT_EQ(readState(settings.runDir)->toolkit, "/opt/toolkit");
    actions.calls.clear();
    life.life.stop();
    EXPECT_EQ(node(), before);
    const auto taken = std::ranges::find(actions.calls, "unlink run/toolkit");
    EXPECT_LT(taken, std::ranges::find(actions.calls, "unlink run/cdi/gpu.json"));
}

/// Every step in turn, before it does anything and when it is done.
TEST_F(DriverLifeTest, EveryStepThatFailsLeavesTheNodeAsItWas) {
    struct Case {
        Way way;
        bool hasPrevious;
    };
    for (const auto& [way, hasPrevious] :
         {Case{Way::Load, false}, Case{Way::Load, true}, Case{Way::Adopt, true}}) {
        failingStep.clear();
        settings.toolkit = hasPrevious ? "" : "/opt/toolkit";
        if (hasPrevious && actions.mounts.empty()) {
            liveAndKeep();
        }
        const auto before = node();
        for (const auto& step : DriverLife::stepsUp(settings, way)) {
            for (const char* at : {"running", "done"}) {
                if (step.name == "end the previous daemons") {
                    continue; // nothing is written down yet
                }
                failingStep = step.name;
                failingAt = at;
                Life life(*this);
                EXPECT_EQ(start(life, way), "no " + step.name);
                EXPECT_EQ(node(), before) << step.name << ", " << at;
                EXPECT_THAT(warnings, IsEmpty()) << step.name << ", " << at;
            }
        }
    }
}

/// Every call of every step in turn: what was done is undone in reverse.
TEST_F(DriverLifeTest, EveryCallThatFailsIsUndoneInReverse) {
    const auto before = node();
    for (failing = 0;; ++failing) {
        Life life(*this);
        if (const auto error = start(life, Way::Load); error.empty()) {
            break;
        }
        const auto failed = actions.calls.begin() + static_cast<std::ptrdiff_t>(failing);
        std::vector<std::string> expected;
        for (auto call = failed; call != actions.calls.begin();) {
            if (const std::string back = inverse(*--call); !back.empty()) {
                expected.push_back(back);
            }
        }
        std::vector<std::string> undone(failed + 1, actions.calls.end());
        std::erase_if(undone, [&](const std::string& call) {
            return std::ranges::find(expected, call) == expected.end();
        });
        EXPECT_EQ(undone, expected) << "after " << *failed;
        ASSERT_EQ(node(), before) << "after " << *failed;
        EXPECT_THAT(warnings, testing::AnyOf(IsEmpty(), ElementsAre(HasSubstr("unlink"))));
    }
    EXPECT_EQ(failing, actions.calls.size()) << "every call has failed once";
}

/// The previous driver comes back: its modules, its root, its record, its firmware path.
TEST_F(DriverLifeTest, EveryCallThatFailsPutsThePreviousDriverBack) {
    liveAndKeep();
    const auto before = node();
    for (failing = 0;; ++failing) {
        Life life(*this);
        if (start(life, Way::Load).empty()) {
            break;
        }
        ASSERT_EQ(node(), before) << "after " << actions.calls.at(failing);
    }
    EXPECT_EQ(failing, actions.calls.size()) << "every call has failed once";
}

TEST_F(DriverLifeTest, EveryCallThatFailsLeavesTheAdoptedDriverLoaded) {
    liveAndKeep();
    const auto before = node();
    for (failing = 0;; ++failing) {
        Life life(*this);
        if (start(life, Way::Adopt).empty()) {
            break;
        }
        ASSERT_EQ(node(), before) << "after " << actions.calls.at(failing);
        EXPECT_THAT(actions.calls, Not(Contains(testing::StartsWith("remove "))));
    }
    EXPECT_EQ(failing, actions.calls.size()) << "every call has failed once";
}

/// On the way down nothing that fails keeps the others: it is a warning each.
TEST_F(DriverLifeTest, EveryCallThatFailsOnTheWayDownIsAWarning) {
    Life first(*this);
    ASSERT_EQ(start(first, Way::Load), "");
    actions.calls.clear();
    first.life.stop();
    const auto clean = actions.calls;
    for (std::size_t number = 0; number < clean.size(); ++number) {
        Life life(*this);
        ASSERT_EQ(start(life, Way::Load), "");
        actions.calls.clear();
        failing = number;
        life.life.stop();
        EXPECT_THAT(warnings, ElementsAre(HasSubstr(clean[number]))) << clean[number];
        const bool modulesStay = clean[number].starts_with("remove ");
        for (const auto& call : clean) {
            const bool ofModules =
                call.starts_with("remove ") ||
                (modulesStay && (call == "unlink run/nvidia/nvidia-driver.state" ||
                                 call == "unlink run/nvidia/driverctl/state.json"));
            if (!ofModules) { // modules are put back, for whoever uses them
                EXPECT_THAT(actions.calls, Contains(call)) << "after " << clean[number];
            }
        }
        if (modulesStay) { // and can be adopted
            EXPECT_THAT(node(), Contains("run/nvidia/driverctl/state.json: kept"));
        }
        failing = std::string::npos; // a new life takes over what is left
        Life heir(*this);
        ASSERT_EQ(start(heir, Way::Load), "");
        heir.life.stop();
        std::filesystem::remove_all(roots.dev / "char"); // but nodes that it finds stay
        for (const char* name : {"nvidia0", "nvidia-modeset", "nvidia-uvm", "nvidia-uvm-tools"}) {
            std::filesystem::remove(roots.dev / name);
        }
    }
}

TEST_F(DriverLifeTest, NodesOfAPreviousInitGoWithTheDriver) {
    const auto before = node();
    liveAndKeep();
    for (const Way way : {Way::Adopt, Way::Load}) {
        settings.keepLoaded = way == Way::Adopt;
        Life heir(*this);
        ASSERT_EQ(start(heir, way), "");
        heir.life.stop();
    }
    EXPECT_EQ(node(), before);
}

TEST_F(DriverLifeTest, InUseNothingChanges) {
    Life life(*this);
    ASSERT_EQ(start(life, Way::Load), "");
    const auto up = node();
    directory.write("sys/module/nvidia/refcnt", "1\n");
    actions.calls.clear();
    try {
        life.life.stop();
        FAIL();
    } catch (const host::Error& error) {
        EXPECT_EQ(error.fault(), host::Fault::InUse);
    }
    EXPECT_THAT(actions.calls, IsEmpty());
    directory.write("sys/module/nvidia/refcnt", "0\n");
    life.life.stop();
    EXPECT_THAT(actions.mounts, IsEmpty());
}

TEST_F(DriverLifeTest, PreviousDriverInUseIsNotTouched) {
    liveAndKeep();
    directory.write("sys/module/nvidia/refcnt", "1\n");
    const auto before = node();
    Life life(*this);
    EXPECT_THAT(start(life, Way::Load), HasSubstr("the driver is in use"));
    EXPECT_THAT(actions.calls, IsEmpty());
    EXPECT_EQ(node(), before);
}

TEST_F(DriverLifeTest, KernelThatRemovesNothingKeepsTheDriver) {
    Life life(*this);
    ASSERT_EQ(start(life, Way::Load), "");
    actions.access.remove = EPERM;
    try {
        life.life.stop();
        FAIL();
    } catch (const host::Error& error) {
        EXPECT_EQ(error.fault(), host::Fault::NotLoadable);
    }
    EXPECT_THAT(node(), Contains("run/nvidia/driverctl/state.json: kept"));
    EXPECT_THAT(node(), Contains("sys/module/nvidia/initstate: live\n"));
    EXPECT_THAT(node(), Not(Contains(HasSubstr(".driver-daemons-status"))));
}

class NoService : public Service {
  public:
    [[nodiscard]] int fd() const override { return -1; }
    void serve() override {}
};

/// A GPU that comes while the driver is up has a node before containers are told.
TEST_F(DriverLifeTest, WhatIsNewHasANodeBeforeContainersAreTold) {
    const auto before = node();
    Life life(*this);
    ASSERT_EQ(start(life, Way::Load), "");
    const auto gpu =
        directory.write("proc/driver/nvidia/gpus/0000:02:00.0/information", "Device Minor: 1\n");
    containers.change();
    actions.calls.clear();
    NoService none;
    life.life.waitUntilStopped(none);
    EXPECT_EQ(containers.served, 1);
    EXPECT_THAT(actions.calls, Contains("make node dev/nvidia1"));
    std::filesystem::remove_all(gpu.parent_path());
    EXPECT_EQ(node(), before) << "and it goes with the driver";
}

/// A signal does not wait until the driver is up.
TEST_F(DriverLifeTest, SignalEndsTheStartAtTheNextStep) {
    onStep = [this] {
        failingStep.clear(); // once
        ::raise(SIGTERM);
    };
    failingAt = "done";
    const auto before = node();
    auto steps = DriverLife::stepsUp(settings, Way::Load);
    steps.erase(steps.begin()); // nothing is written down yet
    for (const auto& step : steps) {
        failingStep = step.name;
        Life life(*this);
        if (step.name == steps.back().name) {
            EXPECT_EQ(start(life, Way::Load), "") << "it is up, and waits for signals";
            NoService none;
            life.life.waitUntilStopped(none);
        } else {
            EXPECT_THROW(life.life.start(Way::Load), host::Interrupted) << step.name;
        }
        EXPECT_EQ(node(), before) << step.name;
        EXPECT_THAT(warnings, IsEmpty()) << step.name;
    }
}

/// Kubernetes sends one TERM, and kills when the grace period is over.
TEST_F(DriverLifeTest, RefusedSignalIsFollowedOnceNobodyUsesTheDriver) {
    const auto before = node();
    Life life(*this);
    ASSERT_EQ(start(life, Way::Load), "");
    directory.write("sys/module/nvidia/refcnt", "1\n");
    NoService none;
    ::raise(SIGTERM);
    for (int look = 0; look < 2; ++look) {
        EXPECT_THROW(life.life.waitUntilStopped(none), host::Error);
    }
    directory.write("sys/module/nvidia/refcnt", "0\n");
    life.life.waitUntilStopped(none);
    EXPECT_EQ(node(), before);
}

/// Whoever read the log has ended: each line of it raises SIGPIPE, which is a signal to stop.
TEST_F(DriverLifeTest, BrokenLogDoesNotAskAgainAndAgain) {
    int notes = 0;
    observer.note = [&notes](const std::string& /*line*/) {
        ++notes;
        ::raise(SIGPIPE);
    };
    Life life(*this);
    ASSERT_EQ(start(life, Way::Load), "");
    directory.write("sys/module/nvidia/refcnt", "1\n");
    NoService none;
    ::raise(SIGPIPE);
    for (int look = 0; look < 3; ++look) {
        EXPECT_THROW(life.life.waitUntilStopped(none), host::Error);
    }
    EXPECT_EQ(notes, 1);
    directory.write("sys/module/nvidia/refcnt", "0\n");
    life.life.waitUntilStopped(none);
}

TEST_F(DriverLifeTest, UnloadTakesAwayWhatWasKept) {
    const auto before = node();
    liveAndKeep();
    PreviousDriver previous(settings.runDir, lastState(settings.runDir, observer), actions, roots);
    previous.unload(observer);
    EXPECT_EQ(node(), before);
}

TEST_F(DriverLifeTest, LicenceFilesAreCopied) {
    settings.parameterDir = directory.path() / "drivers";
    actions.failures["copy drivers/gridd.conf etc/nvidia/gridd.conf"] = EROFS;
    Life life(*this);
    EXPECT_THAT(start(life, Way::Load), HasSubstr("gridd.conf"));
}

TEST(DriverLifeWay, IsWhatTheDecisionSays) {
    EXPECT_EQ(wayOf(Action::Adopt), Way::Adopt);
    EXPECT_EQ(wayOf(Action::Refuse), std::nullopt);
    for (const Action action :
         {Action::Load, Action::Replace, Action::Import, Action::Fetch, Action::Build}) {
        EXPECT_EQ(wayOf(action), Way::Load);
    }
}

/// | step | when | the log says | undone by |
std::vector<std::vector<std::string>> documentedSteps() {
    const auto text =
        host::readFile(std::filesystem::path(DRIVERCTL_SOURCE_DIR) / "docs/lifecycle.md");
    std::istringstream lines(text.substr(text.find("| step | when |")));
    std::vector<std::vector<std::string>> rows;
    for (std::string line; std::getline(lines, line) && line.starts_with("|");) {
        std::vector<std::string> cells;
        std::istringstream row(line.substr(1));
        for (std::string cell; std::getline(row, cell, '|');) {
            const auto first = cell.find_first_not_of(' ');
            cells.push_back(first == std::string::npos
                                ? ""
                                : cell.substr(first, cell.find_last_not_of(' ') - first + 1));
        }
        rows.push_back(cells);
    }
    rows.erase(rows.begin(), rows.begin() + 2);
    return rows;
}

TEST(DriverLifeSteps, AreThoseOfTheDocument) {
    for (const auto& [way, word] : {std::pair{Way::Load, "load"}, {Way::Adopt, "adopt"}}) {
        std::vector<std::vector<std::string>> documented;
        for (auto& row : documentedSteps()) {
            if (row.at(1).empty() || row.at(1) == word || row.at(1) == "`--toolkit`") {
                documented.push_back({row.at(0), row.at(2), row.at(3)});
            }
        }
        std::vector<std::vector<std::string>> done;
        for (const auto& step : DriverLife::stepsUp({.toolkit = "/opt/toolkit"}, way)) {
            done.push_back({step.name, step.announce, step.undoneBy});
        }
        EXPECT_EQ(done, documented);
    }
}

} // namespace
} // namespace loader
