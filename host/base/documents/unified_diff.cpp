#include "host/base/documents/unified_diff.h"

#include <algorithm>
#include <cstddef>
#include <fmt/format.h>
#include <vector>

namespace host {

namespace {

using Lines = std::vector<std::string_view>;

constexpr std::size_t kContext = 3;
/// Cells of the table that finds the least change; above it, all lines between the first and the
/// last that differ are replaced.
constexpr std::size_t kMostCells = 4 << 20;

/// A line of the result: ' ', '-' or '+', and where it lies in either text.
struct Row {
    char sign;
    std::string_view line;
};

Lines linesOf(std::string_view text) {
    Lines lines;
    while (!text.empty()) {
        const auto newline = text.find('\n');
        const auto length = newline == std::string_view::npos ? text.size() : newline + 1;
        lines.push_back(text.substr(0, length));
        text.remove_prefix(length);
    }
    return lines;
}

/// Of what differs at both ends: by the longest common subsequence.
void addMiddle(std::vector<Row>& rows, const Lines& before, const Lines& after) {
    const std::size_t width = after.size() + 1;
    std::vector<std::size_t> common;
    if ((before.size() + 1) * width <= kMostCells) {
        common.assign((before.size() + 1) * width, 0);
        for (std::size_t i = before.size(); i-- > 0;) {
            for (std::size_t j = after.size(); j-- > 0;) {
                common[i * width + j] =
                    before[i] == after[j]
                        ? common[(i + 1) * width + j + 1] + 1
                        : std::max(common[(i + 1) * width + j], common[i * width + j + 1]);
            }
        }
    }
    std::size_t i = 0;
    std::size_t j = 0;
    while (i < before.size() || j < after.size()) {
        const bool bothLeft = i < before.size() && j < after.size();
        if (bothLeft && !common.empty() && before[i] == after[j]) {
            rows.push_back({' ', before[i]});
            ++i, ++j;
        } else if (i < before.size() &&
                   (!bothLeft || common.empty() ||
                    common[(i + 1) * width + j] >= common[i * width + j + 1])) {
            rows.push_back({'-', before[i++]});
        } else {
            rows.push_back({'+', after[j++]});
        }
    }
}

std::vector<Row> rowsOf(const Lines& before, const Lines& after) {
    const auto same = std::ranges::mismatch(before, after);
    const auto first = static_cast<std::size_t>(same.in1 - before.begin());
    std::size_t last = 0; // counted from the end
    while (last < std::min(before.size(), after.size()) - first &&
           before[before.size() - 1 - last] == after[after.size() - 1 - last]) {
        ++last;
    }
    const auto middle = [&](const Lines& lines) {
        return Lines(lines.begin() + static_cast<std::ptrdiff_t>(first),
                     lines.end() - static_cast<std::ptrdiff_t>(last));
    };
    std::vector<Row> rows;
    for (std::size_t i = 0; i < first; ++i) {
        rows.push_back({' ', before[i]});
    }
    addMiddle(rows, middle(before), middle(after));
    for (std::size_t i = before.size() - last; i < before.size(); ++i) {
        rows.push_back({' ', before[i]});
    }
    return rows;
}

std::string rangeOf(std::size_t first, std::size_t count) {
    return fmt::format("{},{}", count == 0 ? first : first + 1, count);
}

/// Rows [begin, end) as a hunk; `i` and `j` are the lines of either text before it.
std::string hunk(const std::vector<Row>& rows, std::size_t begin, std::size_t end, std::size_t i,
                 std::size_t j) {
    std::string text;
    std::size_t ours = 0;
    std::size_t theirs = 0;
    for (std::size_t row = begin; row < end; ++row) {
        const auto& [sign, line] = rows[row];
        ours += sign == '+' ? 0 : 1;
        theirs += sign == '-' ? 0 : 1;
        text += sign;
        text += line;
        text += line.ends_with('\n') ? "" : "\n\\ No newline at end of file\n";
    }
    return fmt::format("@@ -{} +{} @@\n{}", rangeOf(i, ours), rangeOf(j, theirs), text);
}

} // namespace

std::string unifiedDiff(std::string_view path, const std::optional<std::string>& before,
                        const std::optional<std::string>& after) {
    if (before == after) {
        return "";
    }
    const auto rows = rowsOf(linesOf(before ? std::string_view(*before) : ""),
                             linesOf(after ? std::string_view(*after) : ""));
    const auto name = [&](const auto& text) { return text ? path : std::string_view("/dev/null"); };
    std::string text = fmt::format("--- {}\n+++ {}\n", name(before), name(after));
    std::size_t i = 0;
    std::size_t j = 0;
    const auto pass = [&](const Row& row) {
        i += row.sign == '+' ? 0 : 1;
        j += row.sign == '-' ? 0 : 1;
    };
    std::size_t passed = 0;
    for (std::size_t next = 0; next < rows.size();) {
        if (rows[next].sign == ' ') {
            ++next;
            continue;
        }
        std::size_t end = next; // behind the last change with at most 2 * kContext equal lines
        for (std::size_t row = next; row < rows.size() && row <= end + 2 * kContext; ++row) {
            end = rows[row].sign == ' ' ? end : row + 1;
        }
        const std::size_t begin = std::max(passed, next - std::min(next, kContext));
        for (; passed < begin; ++passed) {
            pass(rows[passed]);
        }
        const std::size_t stop = std::min(rows.size(), end + kContext);
        text += hunk(rows, begin, stop, i, j);
        next = stop;
    }
    return text;
}

} // namespace host
