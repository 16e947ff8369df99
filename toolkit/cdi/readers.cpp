#include "toolkit/cdi/readers.h"

#include "host/base/error.h"
#include "host/base/text.h"
#include "host/process/process.h"
#include "host/process/program_version.h"
#include "host/process/search_path.h"
#include "toolkit/cdi/fields.h"

#include <algorithm>
#include <chrono>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <map>
#include <memory>
#include <optional>
#include <unistd.h>
#include <utility>

namespace toolkit::cdi {

using Json = nlohmann::json;

namespace {

// The CDI library (container-device-interface) that a build has decides. "Built with" is what
// Debian's packages say of themselves (Static-Built-Using).
constexpr Reader kReaders[] = {
    // 1.6 has no CDI. Debian 13's 1.7.24 is built with 0.8.0; upstream's 1.7.0 has 0.5.4.
    {.program = "containerd", .major = 1, .minor = 7, .newest = Version::V0_5_0},
    // Upstream went from 0.8.1 to 1.0.x between 2.0 and 2.1 (containerd#11522, #11582).
    {.program = "containerd", .major = 2, .minor = 0, .newest = Version::V0_8_0},
    // Debian sid's 2.1.9 is built with 1.0.1.
    {.program = "containerd", .major = 2, .minor = 1, .newest = Version::V1_0_0},
    // Not tried; as podman of the same year.
    {.program = "crio", .major = 1, .minor = 26, .newest = Version::V0_5_0},
    // The first docker with CDI; 25 and 26 have 0.6.2.
    {.program = "docker", .major = 25, .minor = 0, .newest = Version::V0_6_0},
    // Debian sid's 28.5.2 is built with 1.0.1.
    {.program = "docker", .major = 28, .minor = 5, .newest = Version::V1_0_0},
    // Tried: Debian 12's 4.3.1, library 0.5.2.
    {.program = "podman", .major = 4, .minor = 3, .newest = Version::V0_5_0},
    // Ubuntu 24.04's 4.9.3 (nvidia-container-toolkit#1860).
    {.program = "podman", .major = 4, .minor = 9, .newest = Version::V0_6_0},
    // Debian 13's 5.4.2 is built with 0.8.0.
    {.program = "podman", .major = 5, .minor = 4, .newest = Version::V0_8_0},
    // Debian sid's 5.8.6 is built with 1.0.1.
    {.program = "podman", .major = 5, .minor = 8, .newest = Version::V1_0_0},
};

constexpr auto kPatience = std::chrono::seconds(5);

/// The newest row that is not newer.
std::optional<Reader> seriesOf(std::string_view program, const host::ProgramVersion& release) {
    std::optional<Reader> found;
    for (const Reader& row : kReaders) {
        if (row.program == program && host::ProgramVersion{row.major, row.minor} <= release) {
            found = row;
        }
    }
    return found;
}

/// A program that was asked for its version.
class Question {
  public:
    /// Throws Error when it cannot be started.
    explicit Question(const std::filesystem::path& file)
        : process_({.argv = {file.string(), "--version"},
                    .onLine = [text = text_](std::string_view line) {
                        *text += line;
                        *text += '\n';
                    }}) {}

    /// Empty when it fails, or does not answer until then.
    std::string answer(std::chrono::steady_clock::time_point end) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
            end - std::chrono::steady_clock::now());
        const auto status = process_.waitFor(std::max(left, std::chrono::milliseconds(0)));
        return status && status->success() ? *text_ : "";
    }

  private:
    std::shared_ptr<std::string> text_ = std::make_shared<std::string>();
    host::Process process_;
};

/// The first of the files that can be started, by now running.
std::optional<Question> ask(std::string_view program,
                            const std::vector<std::filesystem::path>& directories) {
    for (const auto& directory : directories) {
        const auto file = directory / program;
        if (::access(file.c_str(), X_OK) != 0) { // cheaper than a child that finds that out
            continue;
        }
        try {
            return std::optional<Question>(std::in_place, file);
        } catch (const host::Error&) { // no program for this machine
            continue;
        }
    }
    return std::nullopt;
}

std::string_view fileNameOf(std::string_view program) {
    return program == "docker" ? "dockerd" : program;
}

std::vector<std::string_view> programs() {
    std::vector<std::string_view> names;
    for (const Reader& row : kReaders) {
        if (names.empty() || names.back() != row.program) {
            names.push_back(row.program);
        }
    }
    return names;
}

} // namespace

std::string toString(const Reader& reader) {
    return fmt::format("{}-{}.{}", reader.program, reader.major, reader.minor);
}

std::span<const Reader> allReaders() {
    return kReaders;
}

Reader readerOf(std::string_view text) {
    const auto dash = text.rfind('-');
    const auto program = text.substr(0, dash);
    const auto release =
        dash == std::string_view::npos ? std::nullopt : host::parseVersion(text.substr(dash + 1));
    const auto reader = release ? seriesOf(program, *release) : std::nullopt;
    if (!reader) {
        std::vector<std::string> known;
        for (const Reader& row : kReaders) {
            known.push_back(toString(row));
        }
        throw host::Error(host::Fault::Usage,
                          fmt::format("'{}' is not known to read CDI specifications", text),
                          fmt::format("Name one of these series, or a later release of it: {}.",
                                      fmt::join(known, ", ")));
    }
    return *reader;
}

std::vector<std::filesystem::path> programDirectories() {
    const auto directories = host::split(host::kSearchPath, ':');
    return {directories.begin(), directories.end()};
}

std::vector<Reader> findReaders(const std::vector<std::filesystem::path>& directories) {
    std::map<std::string_view, Question> questions;
    for (const auto program : programs()) {
        if (auto question = ask(fileNameOf(program), directories)) {
            questions.emplace(program, std::move(*question));
        }
    }
    std::vector<Reader> readers;
    const auto end = std::chrono::steady_clock::now() + kPatience;
    for (auto& [program, question] : questions) {
        const auto release = host::versionInAnswer(question.answer(end));
        if (const auto reader = release ? seriesOf(program, *release) : std::nullopt) {
            readers.push_back(*reader);
        }
    }
    return readers;
}

std::vector<Reader> readersFor(const std::vector<std::string>& names) {
    if (names.empty()) {
        return findReaders();
    }
    std::vector<Reader> readers;
    for (const auto& name : names) {
        readers.push_back(readerOf(name));
    }
    return readers;
}

Version newestKnownToAll(std::span<const Reader> readers) {
    const auto all = readers.empty() ? std::span<const Reader>(kReaders) : readers;
    return std::ranges::min(all, {}, &Reader::newest).newest;
}

std::vector<std::string> objectionsOf(const Reader& reader, const Json& specification) {
    std::vector<std::string> objections;
    const auto newest = toString(reader.newest);
    forEachField(specification, [&](const Place& place) {
        if (place.field == nullptr) {
            return;
        }
        const auto* const text = place.value.get_ptr<const std::string*>();
        if (place.path == "cdiVersion" && text != nullptr) {
            const auto version = toVersion(*text);
            if (version && *version > reader.newest) {
                objections.push_back(fmt::format("cdiVersion: {} is newer than {}, the newest "
                                                 "that it knows",
                                                 *text, newest));
            } else if (text->starts_with('v') && reader.newest < Version::V0_6_0) {
                objections.push_back("cdiVersion: it knows none with a 'v'");
            }
        } else if (place.field->since > reader.newest) {
            objections.push_back(fmt::format("{}: a field since {}; it knows those of {}",
                                             place.path, toString(place.field->since), newest));
        }
    });
    return objections;
}

} // namespace toolkit::cdi
