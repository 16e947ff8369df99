#include "toolkit/installation/runtime_arguments.h"

#include "host/base/error.h"

#include <algorithm>
#include <fmt/format.h>
#include <variant>
#include <vector>

namespace toolkit {

namespace {

using Slot = std::variant<std::optional<std::string>*, std::optional<bool>*>;

struct Option {
    std::vector<std::string_view> flags;
    Slot (*in)(RuntimeArguments&);
};

const Option kOptions[] = {
    {{"--socket", "-s"}, [](RuntimeArguments& to) -> Slot { return &to.socket; }},
    {{"--config", "-c"}, [](RuntimeArguments& to) -> Slot { return &to.config; }},
    {{"--drop-in-config"}, [](RuntimeArguments& to) -> Slot { return &to.dropIn; }},
    {{"--runtime-name", "--nvidia-runtime-name", "--runtime-class", "-r"},
     [](RuntimeArguments& to) -> Slot { return &to.runtimeName; }},
    {{"--restart-mode"}, [](RuntimeArguments& to) -> Slot { return &to.restartMode; }},
    {{"--config-mode"}, [](RuntimeArguments& to) -> Slot { return &to.configMode; }},
    {{"--hooks-dir"}, [](RuntimeArguments& to) -> Slot { return &to.hooks; }},
    {{"--set-as-default"}, [](RuntimeArguments& to) -> Slot { return &to.setAsDefault; }},
    {{"--enable-cdi", "--enable-cdi-in-runtime"},
     [](RuntimeArguments& to) -> Slot { return &to.enableCdi; }},
};

[[noreturn]] void refuse(const std::string& cause) {
    throw host::Error(host::Fault::Usage, "RUNTIME_ARGS: " + cause,
                      "Of NVIDIA's options it knows socket, config, drop-in-config, runtime-name, "
                      "restart-mode, config-mode, hooks-dir, set-as-default and enable-cdi.");
}

std::vector<std::string> wordsOf(std::string_view text) {
    std::vector<std::string> words;
    char quote = 0;
    bool inWord = false;
    for (const char c : text) {
        const bool isBlank = c == ' ' || c == '\t' || c == '\n';
        if (quote == 0 && isBlank) {
            inWord = false;
            continue;
        }
        if (!inWord) {
            words.emplace_back();
            inWord = true;
        }
        if (quote == 0 && (c == '"' || c == '\'')) {
            quote = c;
        } else if (c == quote) {
            quote = 0;
        } else {
            words.back() += c;
        }
    }
    if (quote != 0) {
        refuse("a quote is not closed");
    }
    return words;
}

bool flagOf(const std::string& flag, const std::string& value) {
    if (value != "true" && value != "false") {
        refuse(fmt::format("{} is true or false, not '{}'", flag, value));
    }
    return value == "true";
}

} // namespace

RuntimeArguments parseRuntimeArguments(std::string_view text) {
    RuntimeArguments arguments;
    const auto words = wordsOf(text);
    for (auto word = words.begin(); word != words.end(); ++word) {
        const auto equals = word->find('=');
        const std::string flag = word->substr(0, equals);
        const auto* const option = std::ranges::find_if(kOptions, [&](const Option& row) {
            return std::ranges::find(row.flags, flag) != row.flags.end();
        });
        if (option == std::end(kOptions)) {
            refuse(fmt::format("'{}' is not known here", flag));
        }
        const auto slot = option->in(arguments);
        const bool hasValue = equals != std::string::npos;
        if (auto* const* truth = std::get_if<std::optional<bool>*>(&slot)) {
            **truth = !hasValue || flagOf(flag, word->substr(equals + 1));
        } else if (hasValue) {
            *std::get<std::optional<std::string>*>(slot) = word->substr(equals + 1);
        } else if (std::next(word) != words.end()) {
            *std::get<std::optional<std::string>*>(slot) = *++word;
        } else {
            refuse(fmt::format("{} has no value", flag));
        }
    }
    return arguments;
}

} // namespace toolkit
