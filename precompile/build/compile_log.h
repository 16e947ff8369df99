/// What the lines of a kbuild run say: pure functions, so that every message has a test.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace precompile {

enum class CompileStep {
    None,
    InterfaceTest, ///< NVIDIA's conftest.sh found out one thing about the kernel
    Object,        ///< one object was compiled
};

CompileStep stepOf(std::string_view line);

/// Collects what a failed build, or a failed link, has to be explained with, line by line.
class FailureCollector {
  public:
    void add(std::string_view line);
    /// The first lines that state an error, and what they mean where that is known: "out of
    /// memory", "no space left". Empty: none was seen.
    [[nodiscard]] std::string explain() const;
    /// Memory or disk ran out: what failed says nothing of its input.
    [[nodiscard]] bool isOfTheMachine() const { return killed_ || full_; }

  private:
    std::vector<std::string> errors_;
    std::vector<std::string> makeErrors_;
    bool killed_ = false;
    bool full_ = false;
};

} // namespace precompile
