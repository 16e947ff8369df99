#include "driverctl/report/containers/cdi_list.h"
#include "driverctl/commands/all.h"
#include "driverctl/commands/cdi_directories.h"
#include "driverctl/report/print.h"
#include "toolkit/cdi/directories.h"

namespace driverctl {

namespace {

ExitCode listCdiDevices(const Settings& settings, const Arguments& arguments) {
    printReport(CdiList{toolkit::cdi::listDirectories(directoriesIn(arguments), {})}, settings);
    return ExitCode::Done;
}

} // namespace

const Command kCdiList = {
    .name = "cdi list",
    .summary = "List the devices of the CDI directories, which of them readers find, and what is "
               "wrong with the files",
    .settings = {"json"},
    .arguments = {directoriesArgument()},
    .run = listCdiDevices,
};

} // namespace driverctl
