/// Remedies, and what the libraries' texts may say.
#include "driverctl/report/remedy.h"

#include "driverctl/commands/all.h"
#include "host/base/file.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <regex>
#include <set>
#include <sstream>

namespace driverctl {
namespace {

namespace fs = std::filesystem;

const Command* commandNamed(std::string_view name) {
    const auto* const found = std::ranges::find(kCommands, name, &Command::name);
    return found == std::end(kCommands) ? nullptr : *found;
}

struct Case {
    std::string_view command; ///< "": not known
    std::string_view remedy;
    std::string_view said;
};

TEST(Remedy, IsSaidInTheWordsOfTheRunningCommand) {
    constexpr Case kCases[] = {
        {.command = "update",
         .remedy = "Name one with {work-dir}.",
         .said = "Name one with --work-dir."},
        {.command = "", .remedy = "Name one with {work-dir}.", .said = "Name one with --work-dir."},
        {.command = "tags", .remedy = "Say {quiet}.", .said = "Say --quiet."},
        {.command = "init", .remedy = "Use {command:update}.", .said = "Use 'driverctl update'."},
        {.command = "init",
         .remedy = "Use {command:update sign force}.",
         .said = "Use 'driverctl update --sign --force'."},
        {.command = "init",
         .remedy = "Use {command:package import trust}.",
         .said = "Use 'driverctl package import --trust'."},
        // For many instead of for one.
        {.command = "matrix",
         .remedy = "Give {release} (such as 4593.2.5), {channel} and {board}.",
         .said = "Give --releases (such as 4593.2.5), --channel and --board."},
        {.command = "push",
         .remedy = "Name it in {reference}.",
         .said = "Name it in the argument reference."},
        {.command = "image add-packages",
         .remedy = "Name it in {reference}.",
         .said = "Name it in --reference."},
        // What the command lacks.
        {.command = "init",
         .remedy = "Name one with {release}, or leave out {kernel}.",
         .said = "Name one with --release."},
        {.command = "init",
         .remedy = "Leave out {kernel}, or name one with {release}.",
         .said = "Name one with --release."},
        {.command = "push",
         .remedy = "Look there. Name a directory with {work-dir}. Try again.",
         .said = "Look there. Try again."},
        {.command = "tags", .remedy = "Name a store with {store}.", .said = ""},
        // Of somebody's file name.
        {.command = "tags", .remedy = "Remove /{x}/{.", .said = "Remove /{x}/{."},
        {.command = "tags", .remedy = "", .said = ""},
    };
    for (const Case& example : kCases) {
        EXPECT_EQ(remedyFor(commandNamed(example.command), example.remedy), example.said)
            << example.command << ": " << example.remedy;
    }
}

TEST(Remedy, FollowsTheCause) {
    EXPECT_EQ(tell("it broke", ""), "it broke.");
    EXPECT_EQ(tell("it broke", "Try {store}."), "it broke. Try --store.");
    adviseFor(commandNamed("tags"));
    EXPECT_EQ(tell(host::Error("it broke", "Try {store}.")), "it broke.");
    EXPECT_EQ(advice("Try {ca-file}."), "Try --ca-file.");
    adviseFor(nullptr);
}

/// The string literals of a source, those that stand side by side joined as the compiler does.
std::vector<std::string> literalsOf(const std::string& source) {
    std::vector<std::string> literals;
    bool joins = false;
    for (std::size_t i = 0; i < source.size(); ++i) {
        if (source.compare(i, 2, "//") == 0 || source.compare(i, 8, "#include") == 0) {
            i = std::min(source.find('\n', i), source.size());
        } else if (source.compare(i, 3, "'\"'") == 0) {
            i += 2;
            joins = false;
        } else if (source[i] == '"') {
            std::string literal;
            for (++i; i < source.size() && source[i] != '"'; ++i) {
                literal += source[i];
                if (source[i] == '\\' && ++i < source.size()) {
                    literal += source[i];
                }
            }
            joins ? literals.back() += literal : literals.emplace_back(literal);
            joins = true;
        } else if (std::isspace(static_cast<unsigned char>(source[i])) == 0) {
            joins = false;
        }
    }
    return literals;
}

/// What is wrong with a text of a library: a name that no table has, or a flag.
std::vector<std::string> faultsOf(const std::string& literal) {
    static const std::regex kName(R"(\{(command:)?([a-z][a-z -]*)\})");
    static const std::regex kFlag(R"((^|[^\w-])--([a-z][a-z-]*))");
    std::vector<std::string> faults;
    const auto known = [](const std::string& name) {
        return std::ranges::find(settings(), name, &Setting::name) != settings().end() ||
               std::ranges::any_of(kCommands, [&name](const Command* command) {
                   return std::ranges::find(command->arguments, name, &Argument::name) !=
                          command->arguments.end();
               });
    };
    for (std::sregex_iterator at(literal.begin(), literal.end(), kName), end; at != end; ++at) {
        const std::string name = (*at)[2];
        if ((*at)[1].matched) {
            const bool found = std::ranges::any_of(kCommands, [&](const Command* command) {
                const std::string start(command->name);
                if (!(name + " ").starts_with(start + " ")) {
                    return false;
                }
                std::istringstream rest(name.substr(start.size()));
                return std::all_of(std::istream_iterator<std::string>(rest), {},
                                   [&](const std::string& setting) {
                                       const auto names = settingsOf(*command);
                                       return std::ranges::find(names, setting) != names.end();
                                   });
            });
            if (!found) {
                faults.push_back(at->str() + " is no command with these settings");
            }
        } else if (!known(name)) {
            faults.push_back(at->str() + " is no setting");
        }
    }
    const bool sentence = literal.find(' ') != std::string::npos; // else an argument of a program
    for (std::sregex_iterator at(literal.begin(), literal.end(), kFlag), end; sentence && at != end;
         ++at) {
        if (known((*at)[2])) {
            faults.push_back(fmt::format("say {{{}}} instead of the flag", (*at)[2].str()));
        }
    }
    if (literal.find("'driverctl ") != std::string::npos) {
        faults.emplace_back("say {command:...} instead of 'driverctl ...'");
    }
    return faults;
}

TEST(RemediesOfLibraries, AreReadFromSources) {
    EXPECT_THAT(literalsOf("f(\"a {x}\"\n  \" b\", '\"', \"c\"); // \"d\""),
                testing::ElementsAre("a {x} b", "c"));
    EXPECT_THAT(faultsOf("Give {work-dir}, or use {command:update sign}."), testing::IsEmpty());
    EXPECT_THAT(faultsOf("--import"), testing::IsEmpty());
    EXPECT_THAT(faultsOf("Give {workdir}."), testing::ElementsAre("{workdir} is no setting"));
    EXPECT_THAT(faultsOf("Give --work-dir."),
                testing::ElementsAre("say {work-dir} instead of the flag"));
    EXPECT_THAT(faultsOf("Use {command:tags sign}."), testing::SizeIs(1));
    EXPECT_THAT(faultsOf("Use 'driverctl tags'."), testing::SizeIs(1));
}

TEST(RemediesOfLibraries, NameSettingsAndCommandsThatAreThere) {
    /// Placeholders of addresses of mirrors, which are no settings, and flags of podman and docker.
    const std::set<std::string> otherNames = {
        "{arch} is no setting",
        "{version} is no setting",
        "say {device} instead of the flag",
        "say {hooks-dir} instead of the flag",
        "say {runtime} instead of the flag",
    };
    const fs::path root = DRIVERCTL_SOURCE_DIR;
    int names = 0;
    for (const char* room :
         {"host", "gpu", "flatcar", "precompile", "loader", "distribution", "toolkit"}) {
        std::error_code none;
        for (const auto& entry : fs::recursive_directory_iterator(root / room, none)) {
            if (entry.path().extension() != ".cpp" && entry.path().extension() != ".h") {
                continue;
            }
            for (const std::string& literal : literalsOf(host::readFile(entry.path()))) {
                names += literal.find("{work-dir}") != std::string::npos ? 1 : 0;
                for (const std::string& fault : faultsOf(literal)) {
                    EXPECT_TRUE(otherNames.contains(fault))
                        << entry.path() << ": " << fault << ": " << literal;
                }
            }
        }
    }
    EXPECT_GT(names, 1) << "the sources were not read";
}

} // namespace
} // namespace driverctl
