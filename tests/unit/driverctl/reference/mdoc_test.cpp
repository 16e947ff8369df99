#include "driverctl/reference/mdoc.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sstream>

namespace driverctl {
namespace {

/// What a call adds to a page.
template <typename Call>
std::string added(const Call& call) {
    Mdoc page("driverctl-x", 8, "do x");
    const auto before = page.page().size();
    call(page);
    return page.page().substr(before);
}

TEST(Mdoc, BeginsWithWhatManWants) {
    EXPECT_THAT(Mdoc("driverctl-list_all", 8, "list 'all' -- of it").page(),
                testing::MatchesRegex(".\\\\\" Made of .*\n"
                                      ".Dd [A-Z][a-z]+ [0-9]+, [0-9]+\n"
                                      ".Dt DRIVERCTL-LIST_ALL 8\n.Os\n"
                                      ".Sh NAME\n.Nm driverctl-list_all\n"
                                      ".Nd list \\\\\\(aqall\\\\\\(aq \\\\-\\\\- of it\n"));
}

TEST(Mdoc, TextIsNeverAnInstruction) {
    const struct Case {
        const char* text;
        const char* written;
    } cases[] = {
        {"", ""},
        {"Plain", "Plain.\n"},
        {"It ends.", "It ends.\n"},
        {"One. Two! Three", "One.\nTwo!\nThree.\n"},
        {"version 1.2 of it", "version 1.2 of it.\n"},
        {".run files", "\\&.run files.\n"},
        {"'quoted' first", "\\(aqquoted\\(aq first.\n"},
        {"back\\slash", "back\\eslash.\n"},
        {"--flag-name", "\\-\\-flag\\-name.\n"},
        {"a \"b\" `c` ^ ~", "a \\(dqb\\(dq \\(gac\\(ga \\(ha \\(ti.\n"},
        {"line\n.Sh EVIL", "line .Sh EVIL.\n"},
    };
    for (const Case& row : cases) {
        EXPECT_EQ(added([&](Mdoc& page) { page.text(row.text); }), row.written) << row.text;
    }
}

TEST(Mdoc, LinesOfTextEndBeforeThe80thColumn) {
    std::string sentence;
    for (int i = 0; i < 40; ++i) {
        sentence += "word-with-dashes .dot ";
    }
    std::istringstream lines(added([&](Mdoc& page) { page.text(sentence); }));
    unsigned count = 0;
    for (std::string line; std::getline(lines, line); ++count) {
        EXPECT_LT(line.size(), 80U);
        EXPECT_FALSE(line.starts_with('.')) << line;
    }
    EXPECT_GT(count, 5U);
}

TEST(Mdoc, WordsOfAMacroAreNoMacrosThemselves) {
    EXPECT_EQ(added([](Mdoc& page) {
                  page.line({macro("Fl"), {"-x"}, macro(","), {"Fl"}});
              }),
              ".Fl \\&\\-x , \\&Fl\n");
    EXPECT_EQ(added([](Mdoc& page) {
                  page.item({macro("Ar"), {"two words \"q\""}});
              }),
              ".It Ar \"\\&two words \\(dqq\\(dq\"\n");
}

TEST(Mdoc, AnExampleIsShownLineByLine) {
    EXPECT_EQ(added([](Mdoc& page) { page.example("a = 1\n.b\n\n'c'"); }),
              ".Bd -literal -offset indent\na = 1\n\\&.b\n\n\\(aqc\\(aq\n.Ed\n");
}

} // namespace
} // namespace driverctl
