#include "loader/transaction.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace loader {
namespace {

using testing::ElementsAre;

class TransactionTest : public testing::Test {
  protected:
    Step step(const std::string& name, bool fails = false, bool undoFails = false) {
        return {.name = name,
                .run =
                    [=, this] {
                        calls.push_back("+" + name);
                        if (fails) {
                            throw std::runtime_error(name + " failed");
                        }
                    },
                .undo =
                    [=, this] {
                        calls.push_back("-" + name);
                        if (undoFails) {
                            throw std::runtime_error("undo of " + name + " failed");
                        }
                    }};
    }
    std::vector<std::string> calls;
    std::vector<std::string> undoErrors;
    Transaction transaction{[this](const std::string&, const std::exception& error) {
        undoErrors.emplace_back(error.what());
    }};
};

/// Each step in turn fails; what was done is undone in reverse, the failing step's own part
/// included.
TEST_F(TransactionTest, FailureAtEveryStepUndoesTheStepsBefore) {
    for (int failing = 0; failing < 4; ++failing) {
        calls.clear();
        std::vector<std::string> expected;
        bool failed = false;
        try {
            for (int i = 0; i < 4; ++i) {
                transaction.run(step(std::to_string(i), i == failing));
            }
        } catch (const std::runtime_error& error) {
            failed = true;
            EXPECT_EQ(error.what(), std::to_string(failing) + " failed");
        }
        EXPECT_TRUE(failed);
        for (int i = 0; i <= failing; ++i) {
            expected.push_back("+" + std::to_string(i));
        }
        for (int i = failing; i >= 0; --i) {
            expected.push_back("-" + std::to_string(i));
        }
        EXPECT_EQ(calls, expected);
    }
}

TEST_F(TransactionTest, UnwindRunsEveryUndoOnce) {
    transaction.run(step("a"));
    transaction.run(step("b"));
    EXPECT_EQ(transaction.results().size(), 2U);
    transaction.unwind();
    transaction.unwind();
    EXPECT_THAT(calls, ElementsAre("+a", "+b", "-b", "-a"));
}

TEST_F(TransactionTest, FailingUndoNeitherStopsTheOthersNorHidesTheError) {
    transaction.run(step("a"));
    transaction.run(step("b", false, true));
    EXPECT_THAT([&] { transaction.run(step("c", true)); },
                testing::ThrowsMessage<std::runtime_error>("c failed"));
    EXPECT_THAT(calls, ElementsAre("+a", "+b", "+c", "-c", "-b", "-a"));
    EXPECT_THAT(undoErrors, ElementsAre("undo of b failed"));
}

} // namespace
} // namespace loader
