/// A third operating system: what is in this file is all that one takes, beside an entry in the
/// list of distributions.
#include "distribution/distribution.h"

#include "distribution/directory.h"
#include "host/base/error.h"
#include "host/process/signals.h"
#include "tests/unit/temporary.h"

#include <csignal>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace distribution {
namespace {

using testing::HasSubstr;

constexpr std::string_view kName = "toy-"; ///< and the release's number

class ToyEnvironment : public BuildEnvironment {
  public:
    explicit ToyEnvironment(BuildRoot buildRoot) : buildRoot_(std::move(buildRoot)) {}
    [[nodiscard]] const BuildRoot& buildRoot() const override { return buildRoot_; }

  private:
    BuildRoot buildRoot_;
};

class Toy : public Distribution {
  public:
    [[nodiscard]] std::optional<Target> detect(const Machine& machine) const override {
        const auto osRelease = osReleaseOf(machine.root);
        return osRelease && host::valueOf(*osRelease, "ID") == "toy"
                   ? std::optional<Target>({.osId = "toy",
                                            .osRelease = host::valueOf(*osRelease, "BUILD_ID"),
                                            .architecture = machine.kernel.machine,
                                            .kernel = machine.kernel.release})
                   : std::nullopt;
    }
    [[nodiscard]] TargetSettings complete(TargetSettings given,
                                          const Machine& machine) const override {
        const auto own = detect(machine);
        if (given.release.empty() && own) {
            given.release = own->osRelease;
        }
        return given;
    }
    [[nodiscard]] bool claims(const TargetSettings& wanted) const override {
        return wanted.release.starts_with(kName);
    }
    [[nodiscard]] TargetSettings fullName(TargetSettings wanted) const override {
        if (!claims(wanted)) {
            throw host::Error(host::Fault::Usage, "no release of toy: " + wanted.release);
        }
        return wanted;
    }
    [[nodiscard]] TargetSettings resolve(TargetSettings name, host::SignalSet& /*stop*/,
                                         const host::Observer& observer) const override {
        if (name.release == "toy-current") {
            observer.note("the current one is 7");
            name.release = "toy-7";
        }
        return name;
    }
    [[nodiscard]] Target targetOf(const TargetSettings& release) const override {
        return {.osId = "toy",
                .osRelease = release.release,
                .architecture = "riscv64",
                .kernel = release.kernel};
    }
    [[nodiscard]] std::unique_ptr<BuildEnvironment>
    acquire(const TargetSettings& release, host::SignalSet& /*stop*/,
            const host::Observer& observer) const override {
        observer.stage("Unpacking " + release.release);
        Target target = targetOf(release);
        target.kernel = "6.6.7-toy";
        return std::make_unique<ToyEnvironment>(BuildRoot{.root = "/toys",
                                                          .kernelBuild = "/usr/src/linux",
                                                          .target = target,
                                                          .digests = {{"toy.img", "0123"}}});
    }
};

class DistributionsTest : public testing::Test {
  protected:
    static Distributions all() {
        std::vector<std::unique_ptr<Distribution>> list;
        list.push_back(std::make_unique<Toy>());
        list.push_back(makeDirectory("/unused"));
        return Distributions(std::move(list));
    }
    [[nodiscard]] Machine machine() const {
        return {.root = root.path(), .kernel = {.release = "6.6.1-toy", .machine = "riscv64"}};
    }

    tests::Directory root;
    Distributions known = all();
    host::SignalSet signals{SIGUSR1};
    std::vector<std::string> told;
    host::Observer observer{.stage = [this](const std::string& work) { told.push_back(work); },
                            .note = [this](const std::string& text) { told.push_back(text); }};
};

TEST_F(DistributionsTest, MachineIsThatOfTheFirstThatKnowsIt) {
    const struct {
        std::string_view osRelease;
        Target target;
    } cases[] = {
        {.osRelease = "ID=toy\nVERSION_ID=5\nBUILD_ID=toy-5\n",
         .target = {"toy", "toy-5", "riscv64", "6.6.1-toy"}},
        {.osRelease = "ID=debian\nVERSION_ID=\"12\"\n",
         .target = {"debian", "12", "riscv64", "6.6.1-toy"}},
    };
    for (const auto& [osRelease, target] : cases) {
        root.write("etc/os-release", osRelease);
        EXPECT_EQ(known.detect(machine()), target) << osRelease;
    }
}

TEST_F(DistributionsTest, MachineFillsWhatIsOpen) {
    root.write("etc/os-release", "ID=toy\nBUILD_ID=toy-5\n");
    const struct {
        TargetSettings given;
        std::string release;
        std::string kernel;
    } cases[] = {
        {.given = {}, .release = "toy-5", .kernel = "6.6.1-toy"},
        {.given = {.release = "toy-5"}, .release = "toy-5", .kernel = "6.6.1-toy"},
        {.given = {.release = "toy-6"}, .release = "toy-6", .kernel = ""},
        {.given = {.kernel = "6.1"}, .release = "toy-5", .kernel = "6.1"},
    };
    for (const auto& [given, release, kernel] : cases) {
        const auto told = known.complete(given, machine());
        EXPECT_EQ(told.release, release) << given.release;
        EXPECT_EQ(told.kernel, kernel) << given.release;
    }
}

TEST_F(DistributionsTest, ReleaseIsResolvedAndBecomesABuildRoot) {
    const TargetSettings wanted{.release = "toy-current"};
    const auto& toy = known.of(wanted);
    const auto release = toy.resolve(toy.fullName(wanted), signals, observer);
    EXPECT_EQ(toy.targetOf(release), (Target{"toy", "toy-7", "riscv64", ""}));
    EXPECT_NO_THROW(toy.requirePublished(release, signals, observer));
    const auto environment = toy.acquire(release, signals, observer);
    EXPECT_EQ(environment->buildRoot().target, (Target{"toy", "toy-7", "riscv64", "6.6.7-toy"}));
    EXPECT_THAT(told, testing::ElementsAre("the current one is 7", "Unpacking toy-7"));
}

TEST_F(DistributionsTest, BuildRootIsTheDirectorys) {
    const TargetSettings wanted{.kernel = "6.1", .buildRoot = root.path()};
    EXPECT_THAT([&] { static_cast<void>(known.of(wanted).fullName(wanted)); },
                testing::ThrowsMessage<host::Error>(HasSubstr("is no build root for kernel 6.1")));
}

TEST_F(DistributionsTest, TheFirstOneSaysWhatIsWrongWithAName) {
    const TargetSettings wanted{.release = "weekly"};
    EXPECT_THAT([&] { static_cast<void>(known.of(wanted).fullName(wanted)); },
                testing::ThrowsMessage<host::Error>(HasSubstr("no release of toy: weekly")));
}

} // namespace
} // namespace distribution
