#include "driverctl/reference/completion.h"

#include "driverctl/commands/all.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sstream>

namespace driverctl {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::Matcher;
using testing::Not;
using Words = std::vector<std::string>;

/// Of a line in which blanks part the words; one at its end begins an empty word.
Offer offerForLine(const std::string& line) {
    std::istringstream stream(line + "|");
    Words words;
    for (std::string word; stream >> word;) {
        words.push_back(word);
    }
    words.back().pop_back();
    return offerFor(words);
}

Words textsOf(const Offer& offer) {
    Words texts;
    for (const auto& word : offer.words) {
        texts.push_back(word.text);
    }
    return texts;
}

TEST(Completion, OffersWhatCanStandThere) {
    const struct Case {
        const char* line;
        Matcher<Words> words;
    } cases[] = {
        {"up", ElementsAre("update")},
        {"package ex", ElementsAre("export")},
        {"pac", ElementsAre("package")},
        {"", AllOf(Contains("init"), Contains("package"), Not(Contains("list inspect")))},
        {"--pri", ElementsAre("--print-config")},
        {"package --", ElementsAre("--help", "--config", "--print-config", "--version",
                                   "--log-format", "--quiet", "--verbose")},
        {"init --persis", ElementsAre("--persistence")},
        {"init --persistence ", ElementsAre("required", "optional", "off")},
        {"init --persistence o", ElementsAre("optional", "off")},
        {"init --persistence=o", ElementsAre("--persistence=optional", "--persistence=off")},
        {"--log-format json init --persistence off --dr", ElementsAre("--driver", "--drm")},
        {"init -k 6.1.0 --keep-l", ElementsAre("--keep-loaded")},
        {"init --keep-loaded --persistence r", ElementsAre("required")},
        {"cdi generate --cdi-names uuid,i", ElementsAre("uuid,index")},
        {"cdi generate --cdi-names=uuid,i", ElementsAre("--cdi-names=uuid,index")},
        {"probe l", ElementsAre("liveness")},
        {"completion ", ElementsAre("bash", "zsh", "fish")},
        {"completion bash ", ElementsAre()},
        {"probe liveness ", ElementsAre()},
        {"init --cdi --wat", ElementsAre("--watch")},
        {"init -- --wat", ElementsAre()},
        {"nonsense ", ElementsAre()},
        {"package nonsense ", ElementsAre()},
        {"init --nonsense ", ElementsAre()},
        {"init --nonsense=", ElementsAre()},
        {"init --watch=", ElementsAre()},
    };
    for (const auto& [line, words] : cases) {
        EXPECT_THAT(textsOf(offerForLine(line)), words) << line;
    }
}

TEST(Completion, LeavesPathsToTheShell) {
    using enum Offer::Paths;
    const struct Case {
        const char* line;
        Offer::Paths paths;
    } cases[] = {
        {"init --store ", Directories},      {"init --store=/v", Directories},
        {"init --config ", Files},           {"package inspect ", Files},
        {"package verify a.tar b", Files},   {"package diff a.tar ", Files},
        {"package diff a.tar b.tar ", None}, {"init ", None},
        {"init --persistence ", None},       {"init --imex ", None},
        {"init --store /var ", None},        {"runtime configure --config ", Files},
    };
    for (const auto& [line, paths] : cases) {
        EXPECT_EQ(offerForLine(line).paths, paths) << line;
    }
}

TEST(Completion, OffersEveryCommandAndEachOfItsFlagsWithHelp) {
    for (const Command* command : kCommands) {
        const std::string name(command->name);
        const auto blank = name.find(' ');
        EXPECT_THAT(textsOf(offerForLine(name.substr(0, blank + 1))),
                    Contains(name.substr(blank == std::string::npos ? 0 : blank + 1)));
        const auto offer = offerForLine(name + " --");
        EXPECT_THAT(textsOf(offer), AllOf(Contains("--help"), Contains("--verbose"))) << name;
        for (const auto& [text, help] : offer.words) {
            EXPECT_FALSE(help.empty()) << name << " " << text;
        }
    }
}

TEST(Completion, AnswersEachShellInItsOwnWay) {
    const Offer offer{.words = {{"up:date", "Build: it"}, {"init", ""}},
                      .paths = Offer::Paths::Files};
    EXPECT_EQ(answerTo(Shell::Bash, offer), "up:date\ninit\n:files\n");
    EXPECT_EQ(answerTo(Shell::Zsh, offer), "up\\:date:Build: it\ninit\n:files\n");
    EXPECT_EQ(answerTo(Shell::Fish, offer), "up:date Build: it\ninit\n:files\n");
    EXPECT_EQ(answerTo(Shell::Bash, {}), ":none\n");
    EXPECT_EQ(answerTo(Shell::Fish, {.paths = Offer::Paths::Directories}), ":directories\n");
}

TEST(Completion, SurvivesWhateverIsTyped) {
    EXPECT_EQ(textsOf(offerFor({})), textsOf(offerForLine("")));
    for (const Words& words : {Words{"--"}, Words{"-"}, Words{"--=", "="}, Words{"", ""},
                               Words{"init", "--persistence=\n"}, Words{"--", "--", ""}}) {
        EXPECT_NO_THROW(offerFor(words));
    }
}

} // namespace
} // namespace driverctl
