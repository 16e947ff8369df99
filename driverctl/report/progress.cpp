#include "driverctl/report/progress.h"

#include "driverctl/report/log.h"
#include "host/base/printable.h"
#include "host/base/secret.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace driverctl {

namespace {

constexpr std::chrono::milliseconds kTerminalInterval{100};
constexpr std::chrono::seconds kLogInterval{5};
constexpr int kBarWidth = 24;
constexpr double kMegabyte = 1e6;

std::string bar(double fraction) {
    const int filled = static_cast<int>(std::lround(fraction * kBarWidth));
    return std::string(static_cast<std::size_t>(filled), '#') +
           std::string(static_cast<std::size_t>(kBarWidth - filled), '.');
}

double fractionOf(std::uint64_t done, std::uint64_t total) {
    return total == 0 ? 0 : std::min(1.0, static_cast<double>(done) / static_cast<double>(total));
}

} // namespace

std::string describeProgress(host::WorkDone::Unit unit, std::uint64_t first, std::uint64_t done,
                             std::uint64_t total, std::chrono::duration<double> elapsed) {
    const auto number = [unit](std::uint64_t value) {
        return unit == host::WorkDone::Unit::Bytes
                   ? fmt::format("{:.1f}", static_cast<double>(value) / kMegabyte)
                   : std::to_string(value);
    };
    const std::string suffix = unit == host::WorkDone::Unit::Bytes ? " MB" : "";
    const double rate = elapsed.count() > 0 && done > first
                            ? static_cast<double>(done - first) / elapsed.count()
                            : 0;
    std::string text = total == 0
                           ? number(done) + suffix
                           : fmt::format("{:.0f}% ({} of {}{}", fractionOf(done, total) * 100,
                                         number(done), number(total), suffix);
    if (unit == host::WorkDone::Unit::Bytes && rate > 0) {
        text += fmt::format(", {:.1f} MB/s", rate / kMegabyte);
    }
    if (total > done && rate > 0) {
        text += fmt::format(", {:.0f} s left", std::ceil(static_cast<double>(total - done) / rate));
    }
    return total == 0 ? text : text + ")";
}

Progress::Progress(std::string_view label, host::WorkDone::Unit unit)
    : label_(host::printable(host::withoutSecrets(label))), unit_(unit),
      terminal_(logsToTerminal()) {}

Progress::~Progress() {
    if (terminal_ && shown_) {
        std::fputs("\n", stderr);
    }
}

void Progress::update(std::uint64_t done, std::uint64_t total) {
    const auto now = Clock::now();
    if (start_ == Clock::time_point{}) {
        start_ = last_ = now;
        first_ = done;
    }
    const bool complete = total != 0 && done >= total && !complete_;
    complete_ = complete_ || complete;
    const bool due = terminal_ ? now - last_ >= kTerminalInterval : now - last_ >= kLogInterval;
    if (due || (complete && shown_)) {
        last_ = now;
        show(done, total, now);
    }
}

void Progress::show(std::uint64_t done, std::uint64_t total, Clock::time_point now) {
    const std::string text = describeProgress(unit_, first_, done, total, now - start_);
    shown_ = true;
    if (terminal_) {
        fmt::print(stderr, "\r{}: [{}] {}\033[K", label_, bar(fractionOf(done, total)), text);
        std::fflush(stderr);
        return;
    }
    log(LogLevel::Info, label_ + ": " + text,
        {{"progress", label_}, {"done", done}, {"total", total}});
}

} // namespace driverctl
