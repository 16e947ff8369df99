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
    std::vector<std::string> warnings;
    bool changeFails = false;
    Transaction transaction{{.stage = [this](const std::string& work) { calls.push_back(work); },
                             .warn = [this](const std::string& text) { warnings.push_back(text); }},
                            [this] {
                                if (changeFails) {
                                    throw std::runtime_error("no space");
                                }
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
    EXPECT_THAT(warnings, ElementsAre("cannot undo 'b': undo of b failed"));
}

/// Whoever writes down how far it is may fail, too: the step is not done then.
TEST_F(TransactionTest, StepThatCannotBeWrittenDownIsUndone) {
    transaction.run(step("a"));
    changeFails = true;
    EXPECT_THROW(transaction.run(step("b")), std::runtime_error);
    EXPECT_THAT(calls, ElementsAre("+a", "-b", "-a"));
}

TEST_F(TransactionTest, AnnouncesAStepWhenItStarts) {
    Step announced = step("a");
    announced.announce = "Doing a";
    transaction.run(announced);
    EXPECT_THAT(calls, ElementsAre("Doing a", "+a"));
}

} // namespace
} // namespace loader
