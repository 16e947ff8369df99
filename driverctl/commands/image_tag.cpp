#include "driverctl/commands/all.h"

#include "driverctl/cli/node.h"
#include "driverctl/report/print.h"
#include "driverctl/report/tag_list.h"
#include "precompile/package/package_identity.h"

namespace driverctl {

namespace {

ExitCode imageTag(const Settings& settings, const Arguments& /*arguments*/) {
    const auto driver = completeDriver(settings.get<precompile::DriverSettings>());
    const auto identity = identityOfRelease(settings.get<distribution::TargetSettings>(), driver);
    printReport(TagList{operatorTags(identity)}, settings);
    return ExitCode::Done;
}

} // namespace

const Command kImageTag = {
    .name = "image tag",
    .summary = "Print the tags under which the GPU Operator asks for the driver's image",
    .groups = {&kDriverSettings},
    .settings = {"json", "release", "channel", "board", "kernel", "build-root"},
    .run = imageTag,
};

} // namespace driverctl
