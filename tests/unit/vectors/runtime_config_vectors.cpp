/// What `runtime configure` makes of files. A case's files are written below a directory, and its
/// arguments go through the command line of the command. Then it is run a second time, which
/// changes nothing, and takes everything back.
#include "driverctl/cli/command_line.h"
#include "driverctl/commands/runtime_configuration.h"
#include "host/base/documents/edited_document.h"
#include "host/base/error.h"
#include "host/base/file.h"
#include "tests/unit/temporary.h"
#include "tests/unit/vectors/vectors.h"

#include <filesystem>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>

namespace vectors {
namespace {

namespace fs = std::filesystem;
namespace runtimes = toolkit::runtimes;

constexpr const char* kHome = "/home/user";

using Tree = std::map<std::string, std::string>;

std::string pathOf(const std::string& name) {
    return name.starts_with('~') ? kHome + name.substr(1) : name;
}

/// All files, and the directories with a slash behind them.
Tree treeOf(const fs::path& root) {
    Tree tree;
    for (const auto& entry : fs::recursive_directory_iterator(root)) {
        const std::string name = "/" + entry.path().lexically_relative(root).string();
        if (entry.is_directory()) {
            tree[name + "/"] = "";
        } else {
            tree[name] = host::readFile(entry.path());
        }
    }
    return tree;
}

/// Whether a file is one of those that are kept beside the runtime's.
bool isOurNote(const std::string& name) {
    return name.find(".driverctl-") != std::string::npos ||
           name.find(".before-driverctl-") != std::string::npos;
}

class Case {
  public:
    explicit Case(const Json& test) : test_(test) {
        for (const auto& [name, text] : test.at("files").items()) {
            tree_.write(fs::path(pathOf(name)).relative_path(), text.get<std::string>());
        }
        fs::create_directories(tree_.path() / fs::path(kHome).relative_path());
        before_ = tree();
    }

    runtimes::Outcome run(const std::vector<std::string>& more = {}) const {
        std::vector<std::string> words = {"driverctl",
                                          "runtime",
                                          "configure",
                                          "--runtime",
                                          test_.at("runtime").get<std::string>(),
                                          "--config-home",
                                          std::string(kHome) + "/.config"};
        if (test_.contains("version")) {
            words.insert(words.end(), {"--runtime-version", test_.at("version")});
        }
        for (const Json& word : test_.at("args")) {
            words.push_back(word);
        }
        words.insert(words.end(), more.begin(), more.end());
        std::vector<const char*> argv;
        for (const std::string& word : words) {
            argv.push_back(word.c_str());
        }
        const auto invocation =
            driverctl::parseCommandLine(static_cast<int>(argv.size()), argv.data());
        const driverctl::Settings settings(invocation->config.options, *invocation->command);
        return driverctl::configureRuntime(settings, invocation->arguments,
                                           runtimes::ConfigFiles(tree_.path()),
                                           {.version = [](auto) { return std::nullopt; },
                                            .check = [](auto) { return runtimes::DaemonCheck(); }});
    }

    [[nodiscard]] Tree tree() const { return treeOf(tree_.path()); }
    [[nodiscard]] const Tree& before() const { return before_; }

  private:
    const Json& test_;
    tests::Directory tree_;
    Tree before_;
};

nlohmann::json meaningOf(const std::string& name, const std::string& text) {
    const bool isJson = name.ends_with(".json");
    return host::EditedDocument(isJson ? host::DocumentFormat::Json : host::DocumentFormat::Toml,
                                text, name, "")
        .value();
}

/// An empty runtimeArgs of docker's says nothing.
nlohmann::json withoutEmptyArguments(nlohmann::json daemon) {
    if (daemon.contains("runtimes") && daemon["runtimes"].is_object()) {
        for (auto& runtime : daemon["runtimes"]) {
            if (runtime.is_object() && runtime.value("runtimeArgs", Json{1}).empty()) {
                runtime.erase("runtimeArgs");
            }
        }
    }
    return daemon;
}

void checkFiles(const Json& expected, const Tree& before, const Tree& after) {
    const Json files = expected.value("files", Json::object());
    std::vector<std::string> changed;
    for (const auto& [name, content] : files.items()) {
        const auto path = pathOf(name);
        changed.push_back(path);
        ASSERT_TRUE(after.contains(path)) << path;
        EXPECT_EQ(withoutEmptyArguments(meaningOf(path, after.at(path))), nlohmann::json(content))
            << after.at(path);
    }
    for (const auto& [name, text] : after) {
        if (std::ranges::find(changed, name) == changed.end() && !isOurNote(name) &&
            !name.ends_with('/')) {
            ASSERT_TRUE(before.contains(name)) << name;
            EXPECT_EQ(text, before.at(name)) << name;
        }
    }
    const Json kept = expected.value("kept", Json::object());
    for (const auto& [name, texts] : kept.items()) {
        for (const Json& text : texts) {
            EXPECT_THAT(after.at(pathOf(name)), testing::HasSubstr(text.get<std::string>()));
        }
    }
}

void checkRefusal(const Json& test, const Case& run) {
    try {
        run.run();
        FAIL() << "it was not refused";
    } catch (const host::Error& error) {
        EXPECT_EQ(error.fault(), host::Fault::Usage) << error.what();
        EXPECT_FALSE(error.remedy().empty());
        for (const Json& word : test.at("expect").value("message", Json::array())) {
            EXPECT_THAT(error.what(), testing::HasSubstr(word.get<std::string>()));
        }
    }
    EXPECT_EQ(run.tree(), run.before());
}

void checkWarnings(const Json& test, const runtimes::Outcome& outcome) {
    std::string all;
    for (const std::string& warning : outcome.warnings) {
        all += warning + "\n";
    }
    for (const Json& word : test.value("warning", Json::array())) {
        EXPECT_THAT(all, testing::HasSubstr(word.get<std::string>()));
    }
}

void check(const Json& /*file*/, const Json& test) {
    const Case run(test);
    const Json& expected = test.at("expect");
    if (expected.at("exit") != 0) {
        checkRefusal(test, run);
        return;
    }
    const auto planned = run.run({"--dry-run"});
    EXPECT_EQ(run.tree(), run.before()) << "a dry run";
    const auto outcome = run.run();
    EXPECT_EQ(planned.changes.size(), outcome.changes.size());
    const Tree after = run.tree();
    checkFiles(expected, run.before(), after);
    checkWarnings(test, outcome);
    EXPECT_TRUE(run.run().changes.empty());
    EXPECT_EQ(run.tree(), after) << "a second run";
    run.run({"--remove"});
    EXPECT_EQ(run.tree(), run.before()) << "taken back";
}

bool describes(const Json& file) {
    return casesHave(file, {"runtime", "files", "expect"});
}

const Registration
    kRegistration({.name = "runtime_config", .describes = describes, .lists = {{"cases", check}}});

} // namespace
} // namespace vectors
