#include "loader/driver_root.h"

#include "host/base/error.h"
#include "tests/unit/recording_node_actions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace loader {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

class DriverRootTest : public testing::Test {
  protected:
    /// Mount points of the table, with whether they are shared.
    void table(const std::vector<std::pair<std::string, bool>>& mounts) const {
        std::string text;
        for (const auto& [target, shared] : mounts) {
            text +=
                "1 0 0:1 / " + target + " rw" + (shared ? " shared:1" : "") + " - tmpfs tmpfs rw\n";
        }
        node.write("proc/self/mountinfo", text);
    }
    [[nodiscard]] bool propagates(const std::string& runDirectory) {
        try {
            DriverRoot(runDirectory, actions, roots).requirePropagation();
            return true;
        } catch (const host::Error& error) {
            EXPECT_THAT(error.what(), HasSubstr(runDirectory + " is not shared with the host"));
            return false;
        }
    }
    tests::Directory node;
    tests::RecordingNodeActions actions{node};
    host::Roots roots = actions.roots();
    DriverRoot root{roots.run / "nvidia", actions, roots};
};

TEST_F(DriverRootTest, PropagatesWhereItsMountIsShared) {
    struct Case {
        const char* what;
        std::vector<std::pair<std::string, bool>> mounts;
        bool propagates;
    };
    const Case cases[] = {
        {"the root", {{"/", true}}, true},
        {"a private root", {{"/", false}}, false},
        {"the directory itself", {{"/", false}, {"/run/nvidia", true}}, true},
        {"a private mount above", {{"/", true}, {"/run", false}}, false},
        {"a mount of another name", {{"/", false}, {"/run/nvi", true}}, false},
        {"the last of two at one place", {{"/run", true}, {"/run", false}}, false},
        {"nothing", {}, false},
    };
    for (const auto& [what, mounts, expected] : cases) {
        table(mounts);
        EXPECT_EQ(propagates("/run/nvidia"), expected) << what;
    }
}

TEST_F(DriverRootTest, FirmwareIsBoundWhereAMountHidesIt) {
    root.showFirmware("535.1");
    EXPECT_TRUE(actions.calls.empty()) << "the image keeps none elsewhere";
    const auto kept = node.write("usr/share/nvidia/firmware/nvidia/535.1/gsp_tu10x.bin", "");
    const auto shown = node.path() / "lib/firmware/nvidia/535.1";
    std::filesystem::create_directories(shown.parent_path());
    std::filesystem::create_symlink(kept.parent_path(), shown);
    root.showFirmware("535.1");
    root.showFirmware("550.1");
    EXPECT_TRUE(actions.calls.empty()) << "it shows already; there is none of that driver";

    std::filesystem::remove(shown); // as under a mount
    root.showFirmware("535.1");
    root.hideFirmware();
    root.hideFirmware();
    EXPECT_THAT(actions.calls,
                ElementsAre("make directory lib/firmware",
                            "bind usr/share/nvidia/firmware lib/firmware", "detach lib/firmware"));
}

TEST_F(DriverRootTest, AttachesACopyOfTheRootOnceAndDetachesWhatIsThere) {
    root.mount();
    EXPECT_THAT(actions.calls,
                ElementsAre("make directory run/nvidia/driver", "clone " + node.path().string(),
                            "attach run/nvidia/driver"));
    EXPECT_TRUE(root.isMounted());
    actions.mount(root.path()); // of an instance that died
    root.unmount();
    EXPECT_FALSE(root.isMounted());
    EXPECT_TRUE(actions.mounts.empty());
    root.unmount();
}

TEST_F(DriverRootTest, OtherMountsBelowAreNotTheRoot) {
    actions.mount(root.path() / "proc");
    EXPECT_FALSE(root.isMounted());
}

TEST_F(DriverRootTest, NamesWhereThingsShow) {
    EXPECT_EQ(root.inside("/packages/a.tar"), roots.run / "nvidia/driver/packages/a.tar");
    EXPECT_EQ(root.firmware(), roots.run / "nvidia/driver/lib/firmware");
}

} // namespace
} // namespace loader
