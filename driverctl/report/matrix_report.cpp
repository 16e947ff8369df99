#include "driverctl/report/matrix_report.h"

#include "driverctl/report/print.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

namespace driverctl {

namespace {

using precompile::Cell;
using precompile::CellResult;
using precompile::CellState;

/// How many results each state has, in words: "3 built, 1 failed".
std::string countsOf(const std::vector<CellResult>& results) {
    std::map<CellState, unsigned> counts;
    for (const CellResult& result : results) {
        ++counts[result.state];
    }
    std::string text;
    for (const auto& [state, count] : counts) {
        text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, toString(state));
    }
    return text.empty() ? "no packages" : text;
}

/// Empty for a channel of which no package is known.
std::string_view flavourOf(const Cell& cell) {
    return cell.driver.empty() ? "" : toString(cell.flavour);
}

std::string_view orDash(std::string_view text) {
    return text.empty() ? "-" : text;
}

std::string detailOf(const CellResult& result) {
    std::string detail = result.seconds > 0 ? fmt::format("{:.0f} s", result.seconds) : "";
    const bool wasThere = result.state == CellState::Cached || result.state == CellState::Fetched;
    const std::string& more = wasThere ? result.package.string() : result.reason;
    if (!more.empty()) {
        const std::string firstLine = more.substr(0, more.find('\n'));
        detail += (detail.empty() ? "" : ": ") + firstLine;
    }
    return detail;
}

} // namespace

bool MatrixReport::good() const {
    return std::ranges::all_of(results, precompile::isGood);
}

nlohmann::ordered_json toJson(const MatrixReport& report) {
    nlohmann::ordered_json cells = nlohmann::ordered_json::array();
    for (const CellResult& result : report.results) {
        cells.push_back({{"release", result.cell.release},
                         {"channel", result.cell.channel},
                         {"kernel", result.kernel},
                         {"driver", result.cell.driver},
                         {"flavour", flavourOf(result.cell)},
                         {"state", toString(result.state)},
                         {"package", result.package.string()},
                         {"seconds", result.seconds},
                         {"reason", result.reason},
                         {"remedy", result.remedy},
                         {"log", result.log.string()}});
    }
    return {{"good", report.good()}, {"cells", cells}};
}

std::string toText(const MatrixReport& report) {
    constexpr const char* kRow = "{:<12} {:<24} {:<12} {:<12} {:<12} {}\n";
    std::string table = line(kRow, "RELEASE", "KERNEL", "DRIVER", "FLAVOUR", "RESULT", "DETAIL");
    for (const CellResult& result : report.results) {
        const Cell& cell = result.cell;
        table += line(kRow, cell.release.empty() ? cell.channel : cell.release,
                      orDash(result.kernel), orDash(cell.driver), orDash(flavourOf(cell)),
                      toString(result.state), detailOf(result));
    }
    return table + countsOf(report.results) + "\n";
}

} // namespace driverctl
