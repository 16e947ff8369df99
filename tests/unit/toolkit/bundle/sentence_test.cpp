#include "toolkit/bundle/sentence.h"

#include <gtest/gtest.h>

namespace toolkit {
namespace {

TEST(Sentence, SaysCauseAndRemedy) {
    struct Case {
        host::Error error;
        const char* said;
    };
    const Case cases[] = {
        {host::Error("it broke"), "it broke"},
        {host::Error("it broke", "Mend it."), "it broke. Mend it"},
        {host::Error("it broke", "Mend it with {command:init}, or see {command:cdi list}."),
         "it broke. Mend it with 'driverctl init', or see 'driverctl cdi list'"},
        {host::Error("a\nb\x1b[2J"), "a\\nb\\u001b[2J"},
    };
    for (const auto& [error, said] : cases) {
        EXPECT_EQ(sentenceOf(error), said);
    }
}

} // namespace
} // namespace toolkit
