#include "driverctl/cli/usage.h"

#include "driverctl/cli/nearest.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <string>
#include <vector>

namespace driverctl {

namespace {

class Formatter : public CLI::Formatter {
  public:
    std::string make_help(const CLI::App* app, std::string name,
                          CLI::AppFormatMode mode) const override {
        std::string text = CLI::Formatter::make_help(app, std::move(name), mode);
        for (auto at = text.find("\n\n\n"); at != std::string::npos; at = text.find("\n\n\n")) {
            text.erase(at, 1);
        }
        return text;
    }
};

/// Every flag of the parser, with its dashes.
std::vector<std::string> flagsOf(const CLI::App& app) {
    std::vector<std::string> flags;
    for (const CLI::Option* option : app.get_options()) {
        for (const std::string& name : option->get_lnames()) {
            flags.push_back("--" + name);
        }
        for (const std::string& name : option->get_snames()) {
            flags.push_back("-" + name);
        }
    }
    return flags;
}

std::vector<std::string> commandsOf(const CLI::App& app) {
    std::vector<std::string> names;
    for (const CLI::App* sub : app.get_subcommands({})) {
        names.push_back(sub->get_name());
    }
    return names;
}

std::string suggestionOf(const std::string& typed, const std::vector<std::string>& words) {
    const std::vector<std::string_view> views(words.begin(), words.end());
    return suggestion(typed, views);
}

/// What is wrong with the first word that nothing in `app` takes.
std::string describeUnexpected(const CLI::App& app, const std::string& argument) {
    const std::string word = argument.substr(0, argument.find('='));
    if (word.starts_with('-')) {
        return fmt::format("unknown option '{}'{}", word, suggestionOf(word, flagsOf(app)));
    }
    const auto commands = commandsOf(app);
    return commands.empty()
               ? fmt::format("unexpected argument '{}'", word)
               : fmt::format("unknown command '{}'{}", word, suggestionOf(word, commands));
}

} // namespace

std::shared_ptr<CLI::FormatterBase> helpFormatter() {
    return std::make_shared<Formatter>();
}

host::Error usageError(const CLI::App& app, const CLI::ParseError& error) {
    const CLI::App* where = &app;
    std::string help = app.get_name();
    while (where->remaining().empty() && !where->get_subcommands().empty()) {
        where = where->get_subcommands().front();
        help += " " + where->get_name();
    }
    const auto unexpected = app.remaining(true);
    const auto missing = where->get_require_subcommand_min() > 0 && unexpected.empty();
    return {host::Fault::Usage,
            !unexpected.empty() ? describeUnexpected(*where, unexpected.front())
            : missing           ? fmt::format("which of {}'s commands?", where->get_name())
                                : error.what(),
            fmt::format("See '{} --help'.", help)};
}

} // namespace driverctl
