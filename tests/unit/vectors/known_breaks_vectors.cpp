/// Which drivers are known to break on which kernels: an example inside and just outside of each
/// range.
#include "host/base/text.h"
#include "precompile/compatibility/known_breaks.h"
#include "tests/unit/vectors/vectors.h"

#include <algorithm>
#include <fmt/format.h>
#include <gtest/gtest.h>

namespace vectors {
namespace {

using precompile::DriverFacts;
using precompile::Flavour;
using precompile::KernelFacts;

constexpr const char* kLaterSeries = "99.1.0";

bool describes(const Json& file) {
    return file.contains("breaks") && file.contains("newest_known_good");
}

/// "535.261.02" of "535.261.03", "6.1.177" of "6.1.178", "6.2.0" of "6.3": what comes before.
/// Nothing before a zero.
std::string before(const std::string& version, bool isKernel) {
    const auto dot = version.rfind('.');
    const auto number = host::toNumber<int>(version.substr(dot + 1)).value_or(0);
    if (number == 0) {
        return "";
    }
    const bool series = isKernel && std::ranges::count(version, '.') == 1;
    return fmt::format("{}.{}{}", version.substr(0, dot), number - 1, series ? ".0" : "");
}

/// "6.1.81" of "6.1.80", "7.2" of "7.1".
std::string after(const std::string& version) {
    const auto dot = version.rfind('.');
    const auto number = host::toNumber<int>(version.substr(dot + 1)).value_or(0);
    return fmt::format("{}.{}", version.substr(0, dot), number + 1);
}

struct Examples {
    std::vector<std::string> inside;
    std::vector<std::string> outside;
};

Examples driversOf(const Json& range) {
    const std::string branch = range.at("branch");
    if (branch == "all") {
        return {{"470.256.02", "610.43.03"}, {}};
    }
    const std::string first = range.at("first_bad");
    Examples drivers{{first == "all" ? branch + ".1" : first}, {"999.1"}};
    if (first != "all") {
        drivers.outside.push_back(before(first, false));
    }
    if (range.at("fixed_in").is_string() && range.at("fixed_in") != "unread") {
        std::string fixed = range.at("fixed_in");
        fixed = fixed.ends_with(".x") ? fixed.substr(0, fixed.size() - 2) : fixed;
        drivers.inside.push_back(before(fixed, false));
        drivers.outside.push_back(fixed);
    }
    return drivers;
}

Examples kernelsOf(const Json& range) {
    std::string first = range.at("first");
    first = first.substr(0, first.find("-rc"));
    if (first == "all") {
        return {{"6.1.1"}, {}};
    }
    Examples kernels{{first}, {}};
    const std::string note = range.value("note", "");
    const bool vendors = first.find('-') != std::string::npos; // a number of its own
    if (!vendors && note.find("every kernel below") == std::string::npos) {
        kernels.outside.push_back(before(first, true));
    }
    if (note.find("later") != std::string::npos) {
        kernels.inside.emplace_back(kLaterSeries);
    }
    if (range.at("last").is_string()) {
        const std::string last = range.at("last");
        kernels.inside.push_back(last);
        kernels.outside.emplace_back(after(last));
    }
    return kernels;
}

/// "PREEMPT_RCU (also …)" → CONFIG_PREEMPT_RCU; what has to be unset is none.
std::set<std::string> optionsOf(const Json& test) {
    std::set<std::string> options;
    for (const std::string text : test.value("requires_config", Json::array())) {
        if (!text.ends_with("unset") && !text.ends_with("=n")) {
            options.insert("CONFIG_" + text.substr(0, text.find_first_of(" =")));
        }
    }
    return options;
}

KernelFacts kernelOf(const Json& test, const std::string& version) {
    KernelFacts kernel{.release = version,
                       .architecture = test.value("arch", "") == "arm64" ? "aarch64" : "x86_64",
                       .version = precompile::versionOfRelease(version),
                       .options = optionsOf(test)};
    if (test.contains("compilers")) {
        kernel.compiler = precompile::compilerFrom("gcc (any) 15.1.0");
    }
    return kernel;
}

bool isForeseen(const Json& test, const DriverFacts& driver, const KernelFacts& kernel) {
    const auto breaks = knownBreaks(precompile::breakTable(), driver, kernel);
    return std::ranges::any_of(
        breaks, [&](const auto& foreseen) { return foreseen.known->id == test.at("id"); });
}

void expect(const Json& test, const DriverFacts& driver, const KernelFacts& kernel, bool foreseen) {
    EXPECT_EQ(isForeseen(test, driver, kernel), foreseen)
        << driver.version << " (" << toString(driver.flavour) << ") on " << kernel.release;
}

bool isIn(const Json& list, std::string_view word) {
    return std::ranges::any_of(list,
                               [&](const Json& entry) { return entry.get<std::string>() == word; });
}

/// Everything fits but one thing.
void checkOtherConditions(const Json& test, const DriverFacts& driver, KernelFacts kernel) {
    for (const auto flavour : {Flavour::Open, Flavour::Proprietary}) {
        const DriverFacts other{.version = driver.version, .flavour = flavour};
        expect(test, other, kernel, isIn(test.at("flavours"), toString(flavour)));
    }
    const KernelFacts good = kernel;
    if (!optionsOf(test).empty()) {
        kernel.options->clear();
        expect(test, driver, kernel, false);
        kernel = good;
    }
    if (test.contains("compilers")) {
        kernel.compiler = precompile::compilerFrom("gcc (any) 13.9.9");
        expect(test, driver, kernel, false);
        kernel = good;
    }
    if (test.contains("arch")) {
        kernel.architecture = "riscv64";
        expect(test, driver, kernel, false);
    }
}

void checkBreak(const Json& /*file*/, const Json& test) {
    const auto flavour =
        precompile::flavourFromString(test.at("flavours").at(0).get<std::string>());
    for (const Json& drivers : test.at("drivers")) {
        const auto driver = driversOf(drivers);
        for (const Json& range : test.at("kernels")) {
            if (range.at("first") == "unread") {
                continue;
            }
            const auto kernels = kernelsOf(range);
            for (const auto& version : driver.inside) {
                const DriverFacts facts{.version = version, .flavour = flavour};
                for (const auto& kernel : kernels.inside) {
                    expect(test, facts, kernelOf(test, kernel), true);
                    checkOtherConditions(test, facts, kernelOf(test, kernel));
                }
                for (const auto& kernel : kernels.outside) {
                    expect(test, facts, kernelOf(test, kernel), false);
                }
            }
            for (const auto& version : driver.outside) {
                expect(test, {.version = version, .flavour = flavour},
                       kernelOf(test, kernels.inside.front()), false);
            }
        }
    }
}

/// "535".
std::string branchNameOf(const std::string& driver) {
    return driver.substr(0, driver.find('.'));
}

/// Nothing that is known keeps it from compiling, and it is named; of a branch without one, none
/// is.
void checkGood(const Json& /*file*/, const Json& test) {
    const std::string series = test.at("series");
    const auto words = host::words(series);
    std::string version = words.front() + ".1";
    if (words.size() == 3) {
        const std::string bound = words[2].substr(0, words[2].size() - 1);
        version = words[1] == "(>=" ? bound : before(bound, true);
    }
    for (const auto flavour : {Flavour::Open, Flavour::Proprietary}) {
        if (test.at("flavour") != "both" && test.at("flavour") != toString(flavour)) {
            continue;
        }
        const KernelFacts kernel{.release = version,
                                 .architecture = "x86_64",
                                 .version = precompile::kernelVersionFrom(version)};
        const auto good = newestKnownGood(precompile::breakTable(), kernel, flavour);
        EXPECT_EQ(good.empty() ? "" : good.back(), test.at("newest")) << version;
        for (const auto& [branch, newest] : test.at("newest_per_branch").items()) {
            if (newest.is_null()) {
                EXPECT_EQ(std::ranges::count(good, branch, branchNameOf), 0)
                    << branch << " on " << version;
                continue;
            }
            EXPECT_NE(std::ranges::find(good, newest.get<std::string>()), good.end())
                << newest << " on " << version;
            for (const auto& foreseen : knownBreaks(
                     precompile::breakTable(), {.version = newest, .flavour = flavour}, kernel)) {
                EXPECT_NE(foreseen.consequence, precompile::Consequence::Refused)
                    << foreseen.text();
            }
        }
    }
}

const Registration
    kRegistration({.name = "known_breaks",
                   .describes = describes,
                   .lists = {{"breaks", checkBreak}, {"newest_known_good", checkGood}}});

} // namespace
} // namespace vectors
