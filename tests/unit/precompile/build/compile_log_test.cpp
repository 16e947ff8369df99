#include "precompile/build/compile_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace precompile {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

TEST(StepOf, KnowsTestsAndObjects) {
    EXPECT_EQ(stepOf(" CONFTEST: set_memory_uc"), CompileStep::InterfaceTest);
    EXPECT_EQ(stepOf("  CC [M]  /tmp/nvidia/nvidia/nv.o"), CompileStep::Object);
    EXPECT_EQ(stepOf("  LD [M]  /tmp/nvidia/nvidia.o"), CompileStep::None);
}

std::string explain(std::initializer_list<const char*> lines) {
    FailureCollector collector;
    for (const char* line : lines) {
        collector.add(line);
    }
    return collector.explain();
}

TEST(Explain, ShowsTheFirstErrorsAndNotWhatFollowsFromThem) {
    const std::string text =
        explain({"  CC [M]  nv-pci.o",
                 "nv-pci.c:223:9: error: too few arguments to function 'pci_resize_resource'",
                 "make[3]: *** [nv-pci.o] Error 1", "make: *** [modules] Error 2"});
    EXPECT_THAT(text, StartsWith("nv-pci.c:223:9: error:"));
    EXPECT_THAT(text, Not(HasSubstr("***")));
}

TEST(Explain, FallsBackToMakesOwnWords) {
    EXPECT_THAT(explain({"make: *** No rule to make target"}), HasSubstr("No rule"));
}

TEST(Explain, NamesAProgramThatIsMissing) {
    for (const char* line :
         {"/bin/sh: 1: bc: not found", "/bin/sh: line 1: bc: command not found"}) {
        EXPECT_EQ(explain({"  CC [M]  nv.o", line, "make: *** [modules] Error 127"}),
                  std::string(line) + "\n  make: *** [modules] Error 127");
    }
}

TEST(Explain, SaysWhenMemoryOrSpaceRanOut) {
    EXPECT_THAT(explain({"gcc: fatal error: Killed signal terminated program cc1"}),
                StartsWith("the compiler was killed, memory ran out"));
    EXPECT_THAT(explain({"/usr/bin/ld: final link failed: No space left on device"}),
                StartsWith("no space was left"));
}

TEST(Explain, WhatRanOutIsNoFaultOfTheInput) {
    struct Case {
        const char* line;
        bool isOfTheMachine;
    };
    for (const auto& [line, isOfTheMachine] :
         {Case{"ld: final link failed: No space left on device", true},
          {"gcc: fatal error: Killed signal terminated program cc1", true},
          {"ld: nv-linux.o: file format not recognized; treating as linker script", false}}) {
        FailureCollector collector;
        collector.add(line);
        EXPECT_EQ(collector.isOfTheMachine(), isOfTheMachine) << line;
    }
}

TEST(Explain, AtMostThreeLinesOfBoundedLength) {
    FailureCollector collector;
    for (int i = 0; i < 100; ++i) {
        collector.add("x.c:1:1: error: " + std::string(10'000, 'y'));
    }
    EXPECT_LT(collector.explain().size(), 2000U);
}

TEST(Explain, NothingSeenIsEmpty) {
    EXPECT_EQ(explain({"  CC [M]  x.o"}), "");
}

} // namespace
} // namespace precompile
