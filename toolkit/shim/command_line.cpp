#include "toolkit/shim/command_line.h"

#include <algorithm>
#include <map>
#include <string_view>

namespace toolkit {

namespace {

using Names = std::span<const std::string_view>;

// Options that take a value; all others are flags. Of runc 1.0 to 1.3, crun 1.x and youki 0.5.
constexpr std::string_view kOfRuntime[] = {
    "cgroup-manager", "criu", "l", "log", "log-format", "r", "log-level", "root", "rootless"};
constexpr std::string_view kOfVerb[] = {
    "apparmor-profile", "b", "bundle",       "config", "console-socket", "f", "pid-file",
    "preserve-fds",     "p", "process-label"};

/// Options up to the first word that is none, or, where words between options are none, up to "--".
class Options {
  public:
    Options(std::span<const std::string> words, Names withValue, bool goesOn)
        : withValue_(withValue) {
        for (; !words.empty() && words.front() != "--"; words = words.subspan(1)) {
            const std::string_view word = words.front();
            if (word.size() > 1 && word.starts_with('-')) {
                words = words.subspan(add(word, words.subspan(1)));
            } else if (!goesOn) {
                break;
            }
        }
        rest_ = words;
    }

    /// The last one counts; empty where there is none.
    [[nodiscard]] std::string value(std::string_view name, std::string_view letter = {}) const {
        for (const auto& each : {name, letter}) {
            if (const auto found = values_.find(each); found != values_.end()) {
                return std::string(found->second);
            }
        }
        return {};
    }
    [[nodiscard]] std::span<const std::string> rest() const { return rest_; }

  private:
    /// Returns how many of the next words are its value. Go's flags have one dash or two.
    std::size_t add(std::string_view word, std::span<const std::string> next) {
        word.remove_prefix(word.starts_with("--") ? 2 : 1);
        const auto equals = word.find('=');
        const auto name = word.substr(0, equals);
        if (equals != std::string_view::npos) {
            values_[name] = word.substr(equals + 1);
            return 0;
        }
        if (next.empty() || std::ranges::find(withValue_, name) == withValue_.end()) {
            return 0;
        }
        values_[name] = next.front();
        return 1;
    }

    Names withValue_;
    std::map<std::string_view, std::string_view> values_;
    std::span<const std::string> rest_;
};

/// crun knows other places for its log: "file:PATH", "syslog:NAME", "journald:NAME".
std::string fileOfLog(const std::string& log) {
    constexpr std::string_view kFile = "file:";
    if (log.starts_with(kFile)) {
        return log.substr(kFile.size());
    }
    return log.starts_with("syslog:") || log.starts_with("journald:") ? std::string() : log;
}

} // namespace

RuntimeCall parseRuntimeCall(std::span<const std::string> words) {
    const Options ofRuntime(words, kOfRuntime, false);
    RuntimeCall call;
    call.log = fileOfLog(ofRuntime.value("log", "l"));
    call.logsJson = ofRuntime.value("log-format") == "json";
    const auto verb = ofRuntime.rest();
    if (verb.empty() || (verb.front() != "create" && verb.front() != "run")) {
        return call;
    }
    call.makesContainer = true;
    const Options ofVerb(verb.subspan(1), kOfVerb, true);
    if (const auto config = ofVerb.value("config", "f"); !config.empty()) {
        call.config = config; // crun takes it from where it is started, not from the bundle
    } else {
        call.config = std::filesystem::path(ofVerb.value("bundle", "b")) / call.config;
    }
    return call;
}

} // namespace toolkit
