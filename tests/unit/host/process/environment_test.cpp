#include "host/process/environment.h"

#include <gtest/gtest.h>

namespace host {
namespace {

TEST(Environment, HasWhatIsAVariable) {
    const char* const variables[] = {"A=b", "C=", "D=e=f", "no variable", nullptr};
    EXPECT_EQ(environmentOf(variables),
              (std::map<std::string, std::string>{{"A", "b"}, {"C", ""}, {"D", "e=f"}}));
}

} // namespace
} // namespace host
