#include "driverctl/report/observer.h"

#include <gtest/gtest.h>

namespace driverctl {
namespace {

TEST(Observer, NobodyListensToADefaultOne) {
    const host::Observer observer;
    EXPECT_NO_THROW({
        observer.stage("Fetching the image");
        observer.progress({.work = "Fetching", .done = 1, .total = 2});
        observer.note("fetched");
        observer.warn("slow");
        observer.forgive(host::Error("no answer"));
    });
}

TEST(LogObserver, StagesNotesAndWarningsAreLinesOfTheLog) {
    testing::internal::CaptureStderr();
    {
        const host::Observer observer = logObserver();
        observer.stage("Fetching the image");
        observer.progress({.work = "Fetching", .done = 1, .total = 2}); // too early for a line
        observer.note("fetched");
        observer.warn("slow");
        observer.forgive(host::Error("no answer", "Wait."));
    }
    EXPECT_EQ(testing::internal::GetCapturedStderr(),
              "Fetching the image...\nfetched\nwarning: slow\n"
              "warning: no answer. Wait.\n");
}

} // namespace
} // namespace driverctl
