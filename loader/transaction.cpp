#include "loader/transaction.h"

namespace loader {

void Transaction::run(Step step) {
    using std::chrono::steady_clock;
    const auto start = steady_clock::now();
    done_.push_back(std::move(step));
    try {
        done_.back().run();
    } catch (...) {
        unwind();
        throw;
    }
    results_.push_back({done_.back().name, std::chrono::duration_cast<std::chrono::milliseconds>(
                                               steady_clock::now() - start)});
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
