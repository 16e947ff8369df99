/// Steps that are done one after the other and undone in reverse.
///
/// Owns the undos. When a step fails, its own undo and those of all steps before it run, and the
/// step's error goes on; an undo that fails is reported and never replaces that error. unwind()
/// does the same on purpose. Nothing is undone by the destructor: what the steps made is meant to
/// outlive a process that dies.
#pragma once

#include "host/base/observer.h"

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace loader {

struct Step {
    std::string name;          ///< "load the kernel modules"
    std::string announce = {}; ///< told as a stage when it starts; empty: nothing is told
    std::function<void()> run;
    /// Has to cope with a run() that got only half-way, and with being called again.
    std::function<void()> undo = [] {};
};

struct StepResult {
    std::string name;
    std::chrono::system_clock::time_point start;
    std::chrono::milliseconds duration{0};
    std::string result; ///< "running", "done", or the error's message
};

class Transaction {
  public:
    /// `observer` is told of each step that has an announcement, and warned of each undo that
    /// fails. `onChange` is called when a step starts and when it is done; the step fails with it.
    explicit Transaction(
        host::Observer observer, std::function<void()> onChange = [] {})
        : observer_(std::move(observer)), onChange_(std::move(onChange)) {}

    void run(Step step);
    /// Undoes everything that was done, last first. Afterwards the transaction is empty.
    void unwind();
    /// Of all steps that were started, in order.
    [[nodiscard]] const std::vector<StepResult>& results() const noexcept { return results_; }

  private:
    host::Observer observer_;
    std::function<void()> onChange_;
    std::vector<Step> done_;
    std::vector<StepResult> results_;
};

} // namespace loader
