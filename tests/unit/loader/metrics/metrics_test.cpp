#include "loader/metrics/metrics.h"

#include "tests/unit/golden_file.h"

#include <cctype>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string_view>

namespace loader {
namespace {

using testing::HasSubstr;
using testing::Not;

/// One line with a value.
struct Sample {
    std::string name;
    std::map<std::string, std::string> labels;
    std::string value;
};

/// Reads the exposition format the way Prometheus does, strictly: throws std::runtime_error for
/// what Prometheus would refuse, and for a family without or after its HELP and TYPE.
class Parser {
  public:
    explicit Parser(const std::string& text) {
        if (!text.ends_with('\n')) {
            throw std::runtime_error("the last line does not end");
        }
        std::istringstream lines(text);
        for (std::string line; std::getline(lines, line);) {
            rest_ = line;
            if (line.starts_with("# ")) {
                comment(line);
            } else {
                sample();
            }
        }
    }
    std::vector<Sample> samples;

  private:
    void comment(const std::string& line) {
        std::istringstream words(line.substr(2));
        std::string keyword;
        std::string name;
        std::string rest;
        words >> keyword >> name >> rest;
        if (rest.empty() || !seen_.insert(keyword + name).second) {
            throw std::runtime_error("not the only description: " + line);
        }
        if (keyword == "TYPE" && (name != family_ || (rest != "gauge" && rest != "counter"))) {
            throw std::runtime_error("bad type: " + line);
        }
        family_ = name;
    }
    void sample() {
        Sample sample;
        sample.name = word();
        if (sample.name != family_ || !seen_.contains("TYPE" + family_)) {
            throw std::runtime_error(sample.name + " is of no family");
        }
        while (rest_.starts_with('{') || rest_.starts_with(',')) {
            rest_.remove_prefix(1);
            const auto name = word();
            expect("=\"");
            sample.labels[name] = quoted();
            if (rest_.starts_with('}')) {
                rest_.remove_prefix(1);
                break;
            }
        }
        expect(" ");
        sample.value = rest_;
        std::size_t used = 0;
        static_cast<void>(std::stod(sample.value, &used));
        if (used != sample.value.size()) {
            throw std::runtime_error("no number: " + sample.value);
        }
        samples.push_back(sample);
    }
    void expect(std::string_view text) {
        if (!rest_.starts_with(text)) {
            throw std::runtime_error(fmt::format("expected '{}' at: {}", text, rest_));
        }
        rest_.remove_prefix(text.size());
    }
    std::string word() {
        std::string name;
        while (!rest_.empty() &&
               (std::isalnum(static_cast<unsigned char>(rest_[0])) != 0 || rest_[0] == '_')) {
            name += rest_[0];
            rest_.remove_prefix(1);
        }
        return name.empty() ? throw std::runtime_error("no name") : name;
    }
    std::string quoted() {
        std::string value;
        while (!rest_.starts_with('"')) {
            if (rest_.starts_with('\\')) {
                rest_.remove_prefix(1);
                const std::map<char, char> escapes{{'n', '\n'}, {'\\', '\\'}, {'"', '"'}};
                value += escapes.at(rest_.at(0));
            } else {
                value += rest_.at(0);
            }
            rest_.remove_prefix(1);
        }
        rest_.remove_prefix(1);
        return value;
    }
    std::string_view rest_;
    std::string family_;
    std::set<std::string> seen_;
};

Metrics sampleMetrics() {
    Metrics metrics;
    metrics.version = "0.1.0";
    metrics.driver = "535.161.08";
    metrics.flavour = "open";
    metrics.kernel = "6.6.21-flatcar";
    metrics.package = "/var/lib/driverctl/packages/flatcar-4593.2.5-x86_64/a.tar";
    metrics.packageSha256 = std::string(64, '7');
    metrics.phase = "ready";
    metrics.since = 1'718'000'000;
    metrics.gpus = {{"0000:3b:00.0", "2330", "nvidia"}, {"0000:5e:00.0", "2330", ""}};
    metrics.steps = {{"set the firmware path", 0}, {"load the kernel modules", 2.345}};
    metrics.daemons = {{"nvidia-persistenced", true, 2}, {"nvidia-fabricmanager", false, 0}};
    metrics.modules = {{"nvidia", 41}, {"nvidia_uvm", 0}};
    return metrics;
}

/// What docs/metrics.md and deploy/grafana are compared with (tests/system/test_metrics.py): it has
/// every metric.
TEST(MetricsText, WholeText) {
    const auto text = metricsText(sampleMetrics());
    tests::expectGoldenFile("tests/unit/loader/metrics/golden/metrics.prom", text);
    EXPECT_EQ(Parser(text).samples.size(), 18U);
}

TEST(MetricsText, NothingIsSaidOfWhatThereIsNot) {
    Metrics metrics;
    metrics.version = "0.1.0";
    metrics.phase = "starting";
    const auto text = metricsText(metrics);
    std::map<std::string, int> count;
    for (const auto& sample : Parser(text).samples) {
        ++count[sample.name];
    }
    EXPECT_EQ(count,
              (std::map<std::string, int>{
                  {"driverctl_build_info", 1}, {"driverctl_state", 4}, {"driverctl_ready", 1}}));
    EXPECT_THAT(text, HasSubstr("driverctl_state{state=\"starting\"} 1\n"));
    EXPECT_THAT(text, HasSubstr("driverctl_ready 0\n"));
    EXPECT_THAT(text, Not(HasSubstr("driverctl_module_references")));
}

TEST(MetricsText, EachPhaseIsOneOfTheStates) {
    for (const auto* const phase : {"starting", "ready", "stopping", "kept"}) {
        Metrics metrics;
        metrics.phase = phase;
        for (const auto& sample : Parser(metricsText(metrics)).samples) {
            if (sample.name == "driverctl_state") {
                EXPECT_EQ(sample.value, sample.labels.at("state") == phase ? "1" : "0") << phase;
            }
        }
    }
}

TEST(MetricsText, HostileLabelValuesComeBackUnchanged) {
    const std::string hostile = "a\"} 1\nb{c=\"\\\" \\n\\\\,} # \t\r\xc3\xa4";
    auto metrics = sampleMetrics();
    metrics.package = hostile;
    metrics.gpus = {{hostile, hostile, hostile}};
    metrics.steps = {{hostile, 1}};
    metrics.daemons = {{hostile, true, 1}};
    metrics.modules = {{hostile, 1}};
    int found = 0;
    for (const auto& sample : Parser(metricsText(metrics)).samples) {
        for (const auto& [name, value] : sample.labels) {
            found += value == hostile ? 1 : 0;
        }
    }
    EXPECT_EQ(found, 8);
}

TEST(MetricsText, EscapesQuoteBackslashAndNewline) {
    Metrics metrics;
    metrics.version = "a\"b\\c\nd";
    EXPECT_THAT(metricsText(metrics),
                HasSubstr("driverctl_build_info{version=\"a\\\"b\\\\c\\nd\"} 1\n"));
}

TEST(MetricsText, BytesThatAreNoUtf8AreReplaced) {
    Metrics metrics;
    metrics.version = "a\xff"
                      "b\xc3";
    EXPECT_THAT(metricsText(metrics), HasSubstr("driverctl_build_info{version=\"a\xef\xbf\xbd"
                                                "b\xef\xbf\xbd\"} 1\n"));
}

TEST(MetricsText, LargeAndSmallNumbersStayExact) {
    Metrics metrics;
    metrics.modules = {{"nvidia", 4'294'967'296}, {"other", -1}};
    metrics.steps = {{"short", 0.001}};
    const auto text = metricsText(metrics);
    EXPECT_THAT(text, HasSubstr("{module=\"nvidia\"} 4294967296\n"));
    EXPECT_THAT(text, HasSubstr("{module=\"other\"} -1\n"));
    EXPECT_THAT(text, HasSubstr("{step=\"short\"} 0.001\n"));
}

} // namespace
} // namespace loader
