#include "driverctl/cli/nearest.h"

#include <algorithm>
#include <fmt/format.h>
#include <vector>

namespace driverctl {

namespace {

constexpr std::size_t kLongestWord = 64;

/// Letters to change, add, leave out or swap with their neighbour (optimal string alignment).
std::size_t distance(std::string_view left, std::string_view right) {
    std::vector<std::size_t> beforeLast(right.size() + 1);
    std::vector<std::size_t> last(right.size() + 1);
    std::vector<std::size_t> row(right.size() + 1);
    for (std::size_t j = 0; j <= right.size(); ++j) {
        last[j] = j;
    }
    for (std::size_t i = 1; i <= left.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= right.size(); ++j) {
            const std::size_t change = left[i - 1] == right[j - 1] ? 0 : 1;
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + change});
            if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1]) {
                row[j] = std::min(row[j], beforeLast[j - 2] + 1);
            }
        }
        beforeLast.swap(last);
        last.swap(row);
    }
    return last[right.size()];
}

} // namespace

std::string_view nearest(std::string_view typed, std::span<const std::string_view> words) {
    std::string_view best;
    std::size_t least = kLongestWord;
    for (const std::string_view word : words) {
        const std::size_t letters =
            typed.size() > kLongestWord ? kLongestWord : distance(typed, word);
        if (letters < least && letters * 3 <= std::max(typed.size(), word.size())) {
            best = word;
            least = letters;
        }
    }
    return best;
}

std::string suggestion(std::string_view typed, std::span<const std::string_view> words) {
    const std::string_view word = nearest(typed, words);
    return word.empty() ? "" : fmt::format(" (did you mean '{}'?)", word);
}

} // namespace driverctl
