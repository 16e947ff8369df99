#include "driverctl/commands/all.h"
#include "driverctl/commands/cdi_directories.h"
#include "driverctl/report/containers/cdi_validation.h"
#include "driverctl/report/print.h"
#include "toolkit/cdi/directories.h"
#include "toolkit/cdi/readers.h"

namespace driverctl {

namespace {

using toolkit::cdi::CdiFile;
using toolkit::cdi::Reader;

std::vector<CdiFile> chosenFiles(const Arguments& arguments) {
    if (!arguments.has("files")) {
        return toolkit::cdi::listDirectories(directoriesIn(arguments), {}).files;
    }
    std::vector<CdiFile> files;
    for (const auto& word : arguments.words("files")) {
        files.push_back(toolkit::cdi::readCdiFile(word));
    }
    return files;
}

ExitCode validateCdiFiles(const Settings& settings, const Arguments& arguments) {
    const auto readers =
        toolkit::cdi::readersFor(settings.get(&toolkit::cdi::CdiSettings::readers));
    CdiValidation validation;
    for (const auto& [path, specification, problems, stale] : chosenFiles(arguments)) {
        validation.files.push_back({.file = path.string(), .problems = problems, .readers = {}});
        for (const auto& reader : problems.empty() ? readers : std::vector<Reader>{}) {
            validation.files.back().readers.push_back(
                {.reader = toString(reader), .objections = objectionsOf(reader, specification)});
        }
    }
    printReport(validation, settings);
    return validation.good() ? ExitCode::Done : ExitCode::Failed;
}

} // namespace

const Command kCdiValidate = {
    .name = "cdi validate",
    .summary = "Say what is wrong with CDI files (default: of all CDI directories), and which "
               "container runtimes read them",
    .settings = {"json", "cdi-readers"},
    .arguments = {{.name = "files",
                   .placeholder = "FILE",
                   .help = "CDI files; default: all of the CDI directories",
                   .isInput = true,
                   .least = 0,
                   .most = kAnyNumber},
                  directoriesArgument()},
    .run = validateCdiFiles,
};

} // namespace driverctl
