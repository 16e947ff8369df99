#include "driverctl/reference/completion.h"
#include "driverctl/commands/all.h"

#include <iostream>

namespace driverctl {

namespace {

ExitCode complete(const Settings&, const Arguments& arguments) {
    const auto shell = *arguments.choice<Shell>("shell");
    if (arguments.has("word")) {
        std::cout << answerTo(shell, offerFor(arguments.words("word")));
    } else {
        std::cout << completionScript(shell);
    }
    return ExitCode::Done;
}

} // namespace

const Command kCompletion = {
    .name = "completion",
    .summary = "Print what makes a shell complete driverctl's command line",
    .arguments = {{.name = "shell",
                   .placeholder = "SHELL",
                   .help = "Whose script is printed",
                   .choices = {{"bash", Shell::Bash}, {"zsh", Shell::Zsh}, {"fish", Shell::Fish}}},
                  {.name = "word",
                   .placeholder = "WORD",
                   .help = "As the script asks, behind '--': the words that are typed; printed is "
                           "what can stand for the last one",
                   .mayBeEmpty = true,
                   .least = 0,
                   .most = kAnyNumber}},
    .run = complete,
};

} // namespace driverctl
