/// An attacker: two names of a directory change places all the time, in a thread of its own, until
/// it dies.
#pragma once

#include <atomic>
#include <cstdio>
#include <fcntl.h>
#include <filesystem>
#include <thread>
#include <utility>

namespace tests {

/// How often an attack is tried.
constexpr int kRounds = 10'000;

class Swapper {
  public:
    Swapper(std::filesystem::path one, std::filesystem::path other)
        : thread_([this, one = std::move(one), other = std::move(other)] {
              while (!done_) {
                  ::renameat2(AT_FDCWD, one.c_str(), AT_FDCWD, other.c_str(), RENAME_EXCHANGE);
              }
          }) {}
    Swapper(const Swapper&) = delete;
    Swapper& operator=(const Swapper&) = delete;
    Swapper(Swapper&&) = delete;
    Swapper& operator=(Swapper&&) = delete;
    ~Swapper() {
        done_ = true;
        thread_.join();
    }

  private:
    std::atomic<bool> done_ = false;
    std::thread thread_;
};

} // namespace tests
