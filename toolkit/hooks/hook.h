/// The hooks that a container runtime may call, as a table, and one call of one.
///
/// What a container cannot do without is a must: it fails, and so does the container's start. All
/// else is nice to have: its failure is a warning. What a root that cannot be changed (read-only, a
/// volume, no permission) does not let a hook do to it is a warning in either case.
#pragma once

#include "host/base/observer.h"
#include "toolkit/hooks/container_root.h"

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unistd.h>
#include <variant>
#include <vector>

namespace toolkit {

/// What was given for each option, in order.
class HookArguments {
  public:
    void add(std::string_view option, std::string value) {
        values_[option].push_back(std::move(value));
    }
    /// Empty when it was not given.
    [[nodiscard]] std::vector<std::string> all(std::string_view option) const;
    /// What was said last.
    [[nodiscard]] std::optional<std::string> last(std::string_view option) const;

  private:
    std::map<std::string_view, std::vector<std::string>> values_; ///< keys are the table's
};

struct HookOption {
    std::string_view name;  ///< "--link"
    std::string_view value; ///< "TARGET::LINK", for the help
};

/// Where a hook reads and writes, and what it was started with. Make it in the process that was
/// started.
struct HookIo {
    int in = 0;
    int out = 1;
    pid_t starter = ::getppid();
    std::map<std::string, std::string> environment;
    /// Is told the log that config.toml names, before anything is done.
    std::function<void(const std::filesystem::path& file)> openLog =
        [](const std::filesystem::path&) {};
};

/// What is done to the root of the container whose state is read.
using RootHook = void (*)(const ContainerRoot& root, const HookArguments& arguments,
                          const host::Observer& observer);
/// What reads by itself.
using StageHook = void (*)(const HookIo& io, const HookArguments& arguments,
                           const host::Observer& observer);

struct Hook {
    enum class Need { Must, Nice };

    std::string_view name;
    std::string_view summary;
    Need need;
    std::vector<HookOption> options;
    std::variant<RootHook, StageHook> run;
};

std::span<const Hook> hooks();

struct HookCall {
    const Hook* hook;
    HookArguments arguments;
};

/// The call that the words after the program's name ask for: a hook's name, behind NVIDIA's `hook`
/// or not, and `--option value` or `--option=value`. Throws host::Error with Fault::Usage.
HookCall parseHookCall(std::span<const std::string> words);

/// Whether `program` is the name of NVIDIA's hook, with a version or not.
bool isNvidiasHook(std::string_view program);

/// As NVIDIA's hook takes words: `-config=FILE`, with one dash or two, and `prestart`. Nothing for
/// any other word: it is a stage at which nothing is to be done. Throws host::Error with
/// Fault::Usage where there is no word.
std::optional<HookCall> parseNvidiasCall(std::span<const std::string> words);

/// A cold cache of a large image on a slow disk takes a few seconds of it.
inline constexpr std::chrono::seconds kHookLimit{60};

/// Throws what makes the container's start fail; all else is forgiven. Ends within `limit` and a
/// second, whatever the container's file systems do (bounded_hook.h).
void runHook(const HookCall& call, const HookIo& io, const host::Observer& observer,
             std::chrono::milliseconds limit = kHookLimit);

/// The same of a RootHook on a root that is open. Throws host::Error with Fault::Usage for another.
void changeRoot(const ContainerRoot& root, const HookCall& call, const host::Observer& observer);

} // namespace toolkit
