#include "driverctl/reference/manual.h"

#include "driverctl/cli/command_line.h"
#include "driverctl/cli/flag.h"
#include "driverctl/commands/all.h"
#include "driverctl/reference/mdoc.h"
#include "toolkit/edits/hook_name.h"
#include "toolkit/hooks/hook.h"

#include <algorithm>
#include <fmt/format.h>

namespace driverctl {

namespace {

constexpr int kAdministration = 8; ///< section of the manual
constexpr int kFormats = 5;

using Words = Mdoc::Words;

std::string text(std::string_view view) {
    return std::string(view);
}

/// "package list" is described in driverctl-package-list(8).
std::string pageOf(const Command& command) {
    std::string name = fmt::format("driverctl-{}", command.name);
    std::ranges::replace(name, ' ', '-');
    return name;
}

ManualPage pageFrom(std::string_view name, int section, const Mdoc& page) {
    return {.file = fmt::format("{}.{}", name, section), .text = page.page()};
}

/// "--kernel, -k KERNEL"
Words wordsOf(const Flag& flag) {
    Words words;
    for (const std::string& name : flag.names) {
        if (!words.empty()) {
            words.push_back(macro(","));
        }
        words.push_back(macro("Fl"));
        words.push_back({name.substr(1)});
    }
    if (!flag.placeholder.empty()) {
        if (!flag.bare.empty()) {
            words.push_back(macro("Op"));
        }
        words.push_back(macro("Ar"));
        words.push_back({text(flag.placeholder)});
    }
    if (flag.isList) {
        words.push_back(macro("..."));
    }
    return words;
}

/// "One of a, b, c." `words` stand before the list.
void listWords(Mdoc& page, Words words, const std::vector<std::string_view>& listed) {
    if (listed.empty()) {
        return;
    }
    for (const auto& word : listed) {
        words.push_back({text(word)});
        words.push_back(macro(word == listed.back() ? "." : ","));
    }
    page.line(words);
}

void choices(Mdoc& page, std::span<const Word> words) {
    std::vector<std::string_view> listed;
    for (const Word& word : words) {
        if (!word.text.empty()) {
            listed.push_back(word.text);
        }
    }
    listWords(page, {macro("No"), {"One of"}, macro("Cm")}, listed);
}

/// What is said of a flag, and of a setting in a file.
void describe(Mdoc& page, const Flag& flag) {
    page.text(flag.help);
    choices(page, flag.choices);
    if (const std::string standard = standardOf(flag); !standard.empty()) {
        page.text(fmt::format("Default: {}", standard));
    }
    if (!flag.bare.empty()) {
        page.text(fmt::format("Without a value: {}", flag.bare));
    }
    if (flag.owner == Flag::Owner::Configuration) {
        listWords(page, {macro("No"), {"Environment"}, macro(":"), macro("Ev")},
                  setting(flag.name).environment);
    }
}

/// A subsection for each group of flags.
void options(Mdoc& page, const std::vector<Flag>& flags) {
    page.section("OPTIONS");
    std::string_view title;
    for (const Flag& flag : flags) {
        if (flag.title != title) {
            if (!title.empty()) {
                page.endList();
                page.subsection(flag.title);
            }
            title = flag.title;
            page.beginList();
        }
        page.item(wordsOf(flag));
        describe(page, flag);
    }
    page.endList();
}

void exitStatus(Mdoc& page, std::span<const ExitCode> codes) {
    page.section("EXIT STATUS").beginList();
    for (const ExitCode code : codes) {
        page.item(
            {macro(code == ExitCode::Signal ? "128+N" : std::to_string(static_cast<int>(code)))});
        page.text(describe(code));
    }
    page.endList();
}

Words reference(const std::string& page, int section) {
    return {macro("Xr"), macro(page), macro(std::to_string(section))};
}

/// Pages in the order that mandoc wants: by section, then by name.
void seeAlso(Mdoc& page, std::vector<std::pair<int, std::string>> pages) {
    std::ranges::sort(pages);
    pages.erase(std::unique(pages.begin(), pages.end()), pages.end());
    page.section("SEE ALSO");
    for (const auto& [section, name] : pages) {
        Words words = reference(name, section);
        if (name != pages.back().second) {
            words.push_back(macro(","));
        }
        page.line(words);
    }
}

std::string_view groupIn(std::string_view name) {
    const auto blank = name.find(' ');
    return blank == std::string_view::npos ? "" : name.substr(0, blank);
}

/// The other commands of its group, and what all have in common.
std::vector<std::pair<int, std::string>> relativesOf(const Command& command) {
    std::vector<std::pair<int, std::string>> pages = {{kFormats, "driverctl.toml"},
                                                      {kAdministration, "driverctl"}};
    for (const Command* other : kCommands) {
        const auto group = groupIn(other->name);
        if (other != &command && !group.empty() && group == groupIn(command.name)) {
            pages.emplace_back(kAdministration, pageOf(*other));
        }
    }
    return pages;
}

void synopsis(Mdoc& page, const Command& command) {
    page.section("SYNOPSIS")
        .line({macro("Nm"), {fmt::format("driverctl {}", command.name)}})
        .line({macro("Op"), macro("Ar"), {"options"}});
    for (const Argument& argument : command.arguments) {
        if (!argument.isFlag()) {
            Words words =
                argument.least == 0 ? Words{macro("Op"), macro("Ar")} : Words{macro("Ar")};
            words.push_back({text(argument.placeholder)});
            if (argument.most != 1) {
                words.push_back(macro("..."));
            }
            page.line(words);
        }
    }
}

/// What the command is, and what its words are.
void description(Mdoc& page, const Command& command) {
    page.section("DESCRIPTION").text(command.summary);
    const auto isWord = [](const Argument& argument) { return !argument.isFlag(); };
    if (std::ranges::none_of(command.arguments, isWord)) {
        return;
    }
    page.beginList();
    for (const Argument& argument : command.arguments) {
        if (isWord(argument)) {
            page.item({macro("Ar"), {text(argument.placeholder)}}).text(argument.help);
            choices(page, argument.choices);
        }
    }
    page.endList();
}

ManualPage commandPage(const Command& command) {
    const std::string name = pageOf(command);
    Mdoc page(name, kAdministration, command.summary);
    synopsis(page, command);
    description(page, command);
    options(page, flagsOf(command));
    std::vector<ExitCode> codes = {ExitCode::Done, ExitCode::Failed, ExitCode::Usage};
    codes.insert(codes.end(), command.exitCodes.begin(), command.exitCodes.end());
    exitStatus(page, codes);
    seeAlso(page, relativesOf(command));
    return pageFrom(name, kAdministration, page);
}

void files(Mdoc& page) {
    page.section("FILES").beginList();
    page.item({macro("Pa"), {text(kDefaultFile)}});
    page.text("The configuration, where no other is named.");
    for (const std::string_view name : {"store", "work-dir", "run-dir", "parameter-dir"}) {
        page.item({macro("Pa"), {valuesOf(Options{}, setting(name)).front()}});
        page.text(fmt::format("{} (--{})", setting(name).help, name));
    }
    page.endList();
}

ManualPage mainPage() {
    Mdoc page("driverctl", kAdministration, kPurpose);
    page.section("SYNOPSIS")
        .line({macro("Nm")})
        .line({macro("Op"), macro("Ar"), {"options"}})
        .line({macro("Ar"), {"command"}})
        .line({macro("Op"), macro("Ar"), {"options"}});
    page.section("DESCRIPTION")
        .text("driverctl builds packages with the modules of NVIDIA's driver for a host whose "
              "kernel has no compiler beside it, loads the driver from such a package, shows it to "
              "containers, and takes all of it back. Results go to standard output, the log to "
              "standard error.")
        .paragraph()
        .text("A setting comes from the command line, else from the environment, else from a "
              "configuration file, else from what the node says of itself, else it has its "
              "default.");
    page.section("COMMANDS").beginList();
    std::vector<std::pair<int, std::string>> pages = {{kFormats, "driverctl.toml"},
                                                      {kAdministration, "driverctl-hook"},
                                                      {kAdministration, "driverctl-runtime"}};
    for (const Command* command : kCommands) {
        page.item({macro("Cm"), {text(command->name)}}).text(command->summary);
        pages.emplace_back(kAdministration, pageOf(*command));
    }
    page.endList();
    options(page, programsOwnFlags());
    page.section("ENVIRONMENT").beginList();
    page.item({macro("Ev"), {text(kFileVariable)}});
    page.text("The configuration file.");
    page.item({macro("Ev"), {"DRIVERCTL_*"}});
    page.text("Settings, by the variables that each command's page names.");
    page.item({macro("Ev"), {"NO_COLOR"}}).text("The log has no colours.").endList();
    files(page);
    exitStatus(page, exitCodes());
    seeAlso(page, pages);
    return pageFrom("driverctl", kAdministration, page);
}

/// Of driverctl-hook and of the command that is the same.
ManualPage hookPage() {
    Mdoc page(toolkit::kHookName, kAdministration,
              "change a container that is being made so that it can use NVIDIA's driver");
    page.section("SYNOPSIS");
    for (const char* name : {toolkit::kHookName, "driverctl hook"}) {
        page.line({macro("Nm"), {name}})
            .line({macro("Ar"), {"hook"}})
            .line({macro("Op"), macro("Ar"), {"options"}});
    }
    page.section("DESCRIPTION")
        .text("An OCI hook: container runtimes start it while they make a container, and give it "
              "the container's state on standard input. It is linked statically and needs nothing "
              "of the host. Of an option the last value counts, but for --link and --folder, which "
              "may be repeated.");
    page.section("HOOKS").beginList();
    for (const toolkit::Hook& hook : toolkit::hooks()) {
        Words words = {macro("Cm"), {text(hook.name)}};
        for (const auto& option : hook.options) {
            words.insert(words.end(), {macro("Oo"),
                                       macro("Fl"),
                                       {text(option.name.substr(1))},
                                       macro("Ar"),
                                       {text(option.value)},
                                       macro("Oc")});
        }
        page.item(words).text(
            fmt::format("{}{}", hook.summary,
                        hook.need == toolkit::Hook::Need::Nice ? "; a failure is a warning" : ""));
    }
    page.endList();
    exitStatus(page, std::vector{ExitCode::Done, ExitCode::Failed, ExitCode::Usage});
    seeAlso(page, {{kAdministration, "driverctl"}, {kAdministration, "driverctl-runtime"}});
    return pageFrom(toolkit::kHookName, kAdministration, page);
}

std::string_view typeOf(const Setting& row) {
    return row.is<bool*>()       ? "true or false"
           : row.is<unsigned*>() ? "number"
           : row.isList()        ? "list of strings"
                                 : "string";
}

ManualPage filePage() {
    Mdoc page("driverctl.toml", kFormats, "configuration of driverctl");
    page.section("DESCRIPTION")
        .text("A file in TOML, one value a setting. A setting is named as its flag, without the "
              "dashes; a command reads those that its page names, and no other. Unknown names and "
              "values of another type are refused.")
        .paragraph()
        .text("'driverctl --print-config' prints all of them, with values and origins, as such a "
              "file.");
    page.section("SETTINGS");
    for (const Group* group : kGroups) {
        page.subsection(group->title).beginList();
        for (const Setting& row : group->settings) {
            page.item(
                {macro("Va"), {text(row.name)}, macro("No"), {fmt::format("({})", typeOf(row))}});
            describe(page, flagOf(row));
        }
        page.endList();
    }
    page.section("FILES").beginList().item({macro("Pa"), {text(kDefaultFile)}});
    page.text("What is read where no other file is named.").endList();
    page.section("EXAMPLES")
        .example("store = \"/var/lib/driverctl/packages\"\n"
                 "persistence = \"optional\"\n"
                 "package-source = [\"https://packages.example/driver\"]\n"
                 "no-build = true");
    seeAlso(page, {{kAdministration, "driverctl"}});
    return pageFrom("driverctl.toml", kFormats, page);
}

} // namespace

std::vector<ManualPage> manual() {
    std::vector<ManualPage> pages = {mainPage(), filePage(), hookPage()};
    for (const Command* command : kCommands) {
        if (command != &kHook) {
            pages.push_back(commandPage(*command));
        }
    }
    return pages;
}

} // namespace driverctl
