#include "precompile/matrix/cells.h"

#include "host/base/error.h"
#include "host/base/text.h"
#include "host/crypto/digest.h"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>
#include <utility>

namespace precompile {

namespace {

/// strverscmp(3) knows that 550.9 comes before 550.10.
bool comesBefore(const Cell& left, const Cell& right) {
    const auto keys = {std::pair{&left.release, &right.release},
                       std::pair{&left.driver, &right.driver}};
    for (const auto& [one, other] : keys) {
        if (const int order = ::strverscmp(one->c_str(), other->c_str()); order != 0) {
            return order < 0;
        }
    }
    return left.flavour < right.flavour;
}

/// What the first digits of a digest stand for.
std::uint64_t numberOf(const Cell& cell) {
    constexpr std::size_t kDigits = 15;
    constexpr int kBase = 16;
    const std::string digest =
        host::digestOf(fmt::format("{} {} {}", cell.release, cell.driver, toString(cell.flavour)));
    return host::toNumber<std::uint64_t>(digest.substr(0, kDigits), kBase).value_or(0);
}

} // namespace

std::string Cell::describe() const {
    return fmt::format("driver {} ({}) for release {}", driver, toString(flavour), release);
}

std::vector<Cell> inOrder(std::vector<Cell> cells) {
    std::ranges::sort(cells, comesBefore);
    const auto same = [](const Cell& left, const Cell& right) {
        return !comesBefore(left, right) && !comesBefore(right, left);
    };
    cells.erase(std::unique(cells.begin(), cells.end(), same), cells.end());
    return cells;
}

bool Shard::holds(const Cell& cell) const {
    return numberOf(cell) % count == index;
}

Shard parseShard(const std::string& text) {
    Shard shard;
    if (text.empty()) {
        return shard;
    }
    const auto parts = host::split(text, '/');
    const bool two = parts.size() == 2;
    const auto index = host::toNumber<unsigned>(parts.front());
    shard.index = index.value_or(0);
    shard.count = two ? host::toNumber<unsigned>(parts.back()).value_or(0) : 0;
    if (!index || shard.index >= shard.count) {
        throw host::Error(host::Fault::Usage, fmt::format("'{}' is no shard", text),
                          "Give I/N with I from 0 to N-1: 0/5 is the first of five, 4/5 the last.");
    }
    return shard;
}

std::size_t chooseNext(const std::vector<Cell>& waiting, const std::vector<Cell>& running) {
    const auto found = std::ranges::find_if(waiting, [&running](const Cell& cell) {
        return std::ranges::find(running, cell.release, &Cell::release) == running.end();
    });
    return found == waiting.end() ? 0 : static_cast<std::size_t>(found - waiting.begin());
}

unsigned threadsFor(unsigned threads, unsigned jobs, std::size_t unfinished) {
    const auto beside = static_cast<unsigned>(std::min<std::size_t>(jobs, unfinished));
    return std::max(1U, (threads + beside - 1) / std::max(1U, beside));
}

std::string_view toString(CellState state) {
    switch (state) {
    case CellState::Build:
        return "build";
    case CellState::Fetch:
        return "fetch";
    case CellState::Unavailable:
        return "unavailable";
    case CellState::Missing:
        return "missing";
    case CellState::Refused:
        return "refused";
    case CellState::Cached:
        return "cached";
    case CellState::Fetched:
        return "fetched";
    case CellState::Built:
        return "built";
    case CellState::Failed:
        return "failed";
    case CellState::Skipped:
        return "skipped";
    }
    return "unknown";
}

bool isGood(const CellResult& result) {
    constexpr CellState kGood[] = {CellState::Build, CellState::Fetch, CellState::Cached,
                                   CellState::Fetched, CellState::Built};
    return std::ranges::find(kGood, result.state) != std::end(kGood);
}

CellResult deadChannel(const std::string& channel, const host::Error& error) {
    return {.cell = {.release = "", .channel = channel, .driver = ""},
            .state = CellState::Failed,
            .reason = error.what(),
            .remedy = error.remedy(),
            .unverified = error.fault() == host::Fault::Verification};
}

} // namespace precompile
