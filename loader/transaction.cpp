#include "loader/transaction.h"

#include <fmt/format.h>

namespace loader {

void Transaction::run(Step step) {
    using std::chrono::steady_clock;
    const auto start = steady_clock::now();
    const auto finish = [&](const std::string& result) {
        results_.back().duration =
            std::chrono::duration_cast<std::chrono::milliseconds>(steady_clock::now() - start);
        results_.back().result = result;
    };
    results_.push_back({step.name, std::chrono::system_clock::now(), {}, "running"});
    done_.push_back(std::move(step));
    try {
        if (!done_.back().announce.empty()) {
            observer_.stage(done_.back().announce);
        }
        onChange_();
        done_.back().run();
        finish("done");
        onChange_();
    } catch (const std::exception& error) {
        finish(error.what());
        unwind();
        throw;
    }
}

void Transaction::unwind() {
    while (!done_.empty()) {
        const Step step = std::move(done_.back());
        done_.pop_back();
        try {
            step.undo();
        } catch (const std::exception& error) {
            observer_.warn(fmt::format("cannot undo '{}': {}", step.name, error.what()));
        }
    }
}

} // namespace loader
