#include "driverctl/cli/nearest.h"

#include <gtest/gtest.h>
#include <vector>

namespace driverctl {
namespace {

TEST(Nearest, FindsWhatWasMeant) {
    const std::vector<std::string_view> words = {"update", "unload", "init", "--store",
                                                 "--store-path"};
    const std::pair<const char*, const char*> cases[] = {
        {"updat", "update"},
        {"udpate", "update"},
        {"unlaod", "unload"},
        {"int", "init"},
        {"intit", "init"},
        {"--stroe", "--store"},
        {"--sotre-path", "--store-path"},
        {"install", ""},
        {"", ""},
        {"x", ""},
    };
    for (const auto& [typed, meant] : cases) {
        EXPECT_EQ(nearest(typed, words), meant) << typed;
    }
    EXPECT_EQ(nearest(std::string(1 << 20, 'a'), words), "");
    EXPECT_EQ(nearest("a", {}), "");
}

} // namespace
} // namespace driverctl
