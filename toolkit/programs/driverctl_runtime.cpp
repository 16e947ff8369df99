/// driverctl-runtime: the OCI runtime that stands before runc or crun, and gives containers what
/// they ask of NVIDIA's driver. Statically linked, so that it runs on any host.
///
/// 'create' and 'run' edit config.json in the bundle; then, and with all else, it becomes the next
/// runtime, with the words that it was given. It prints nothing on standard output.
#include "host/base/error.h"
#include "host/base/fd.h"
#include "host/base/printable.h"
#include "host/base/text.h"
#include "host/process/environment.h"
#include "host/process/search_path.h"
#include "toolkit/bundle/bundle.h"
#include "toolkit/bundle/sentence.h"
#include "toolkit/shim/command_line.h"
#include "toolkit/shim/next_runtime.h"
#include "toolkit/shim/runtime_log.h"

#include <csignal>
#include <cstdlib>
#include <exception>
#include <map>
#include <string>
#include <unistd.h>
#include <vector>

namespace {

namespace fs = std::filesystem;
using toolkit::LogLevel;

constexpr int kFailed = 1;

/// A runtime that leads back to this program would start it for ever: two copies of it, or a
/// script. The variable counts how often it was started on the way to here.
void countStart(const fs::path& runtime) {
    constexpr const char* kVariable = "DRIVERCTL_RUNTIME_STARTS";
    constexpr unsigned kMost = 8; // a hook may start a container, which inherits it
    const char* const counted = ::getenv(kVariable);
    const auto starts = host::toNumber<unsigned>(counted != nullptr ? counted : "").value_or(0) + 1;
    if (starts > kMost) {
        throw host::Error("the container runtime " + runtime.string() +
                              " leads back to this program",
                          "Name runc or crun by its path in 'runtimes' of"
                          " [nvidia-container-runtime] in config.toml.");
    }
    ::setenv(kVariable, std::to_string(starts).c_str(), 1);
}

class Shim {
  public:
    Shim(std::vector<std::string> words, std::map<std::string, std::string> environment)
        : words_(std::move(words)), environment_(std::move(environment)),
          call_(toolkit::parseRuntimeCall(words_)), log_(call_) {}

    /// Returns only where it fails.
    void run(char** argv, void (*pipeSignal)(int)) {
        readConfig();
        const auto runtime = toolkit::findNextRuntime(config_.runtime.runtimes, searchPath());
        if (call_.makesContainer) {
            edit(runtime);
        }
        log_.say(LogLevel::Debug, "going on with " + runtime.string());
        countStart(runtime);
        ::signal(SIGPIPE, pipeSignal);
        std::string name = runtime.string();
        argv[0] = name.data();
        ::execv(name.c_str(), argv);
        host::throwErrno("start", name);
    }

    void tell(const std::string& message) { log_.say(LogLevel::Error, message); }

  private:
    /// One that cannot be read keeps no container from being stopped and removed.
    void readConfig() {
        toolkit::ParsedToolkitConfig read;
        try {
            read = toolkit::readToolkitConfig(environment_);
        } catch (const host::Error& error) {
            if (call_.makesContainer) {
                throw;
            }
            log_.say(LogLevel::Warning, toolkit::sentenceOf(error));
        }
        config_ = std::move(read.config);
        if (!config_.runtime.debug.empty()) {
            log_.open(config_.runtime.debug, toolkit::logLevelOf(config_.runtime.logLevel));
        }
        if (call_.makesContainer) { // once a container
            for (const auto& warning : read.warnings) {
                log_.say(LogLevel::Warning, host::printable(warning));
            }
        }
    }

    std::string searchPath() {
        const auto path = environment_.find("PATH");
        return path != environment_.end() ? path->second : host::kSearchPath;
    }

    void edit(const fs::path& runtime) {
        const auto kind =
            toolkit::isCrun(runtime) ? toolkit::Runtime::Crun : toolkit::Runtime::Other;
        const auto warnings = toolkit::editBundle(call_.config, toolkit::supplyOf(config_),
                                                  toolkit::surroundings(kind));
        for (const auto& warning : warnings) {
            log_.say(LogLevel::Warning, host::printable(warning));
        }
    }

    std::vector<std::string> words_;
    std::map<std::string, std::string> environment_;
    toolkit::RuntimeCall call_;
    toolkit::RuntimeLog log_;
    toolkit::ToolkitConfig config_;
};

} // namespace

int main(int argc, char** argv) {
    host::openStandardDescriptors();
    const auto pipeSignal = ::signal(SIGPIPE, SIG_IGN); // a warning that nobody reads
    Shim shim(std::vector<std::string>(argv + (argc > 0 ? 1 : 0), argv + argc),
              host::environmentOf(environ));
    try {
        shim.run(argv, pipeSignal);
    } catch (const host::Error& error) {
        shim.tell(toolkit::sentenceOf(error));
    } catch (const std::exception& error) {
        shim.tell(host::printable(error.what()));
    }
    return kFailed;
}
