#include "loader/transaction.h"

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
    onChange_();
    try {
        done_.back().run();
    } catch (const std::exception& error) {
        finish(error.what());
        unwind();
        throw;
    }
    finish("done");
    onChange_();
}

void Transaction::unwind() {
    while (!done_.empty()) {
        const Step step = std::move(done_.back());
        done_.pop_back();
        try {
            step.undo();
        } catch (const std::exception& error) {
            onUndoFailed_(step.name, error);
        }
    }
}

} // namespace loader
