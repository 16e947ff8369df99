/// Steps that are done one after the other and undone in reverse.
///
/// Owns the undos. When a step fails, its own undo and those of all steps before it run, and the
/// step's error goes on; an undo that fails is reported and never replaces that error. unwind()
/// does the same on purpose. Nothing is undone by the destructor: what the steps made is meant to
/// outlive a process that dies.
#pragma once

#include <chrono>
#include <exception>
#include <functional>
#include <string>
#include <vector>

namespace loader {

struct Step {
    std::string name; ///< "load the kernel modules"
    std::function<void()> run;
    /// Has to cope with a run() that got only half-way, and with being called again.
    std::function<void()> undo = [] {};
};

struct StepResult {
    std::string name;
    std::chrono::milliseconds duration{0};
};

class Transaction {
  public:
    /// Called for each undo that fails.
    explicit Transaction(
        std::function<void(const std::string& step, const std::exception& error)> onUndoFailed)
        : onUndoFailed_(std::move(onUndoFailed)) {}

    void run(Step step);
    /// Undoes everything that was done, last first. Afterwards the transaction is empty.
    void unwind();
    [[nodiscard]] const std::vector<StepResult>& results() const noexcept { return results_; }

  private:
    std::function<void(const std::string&, const std::exception&)> onUndoFailed_;
    std::vector<Step> done_;
    std::vector<StepResult> results_;
};

} // namespace loader
