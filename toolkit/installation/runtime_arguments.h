/// The words of RUNTIME_ARGS, which NVIDIA's container hands to the command that configures a
/// runtime: "--socket /run/docker.sock". Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace toolkit {

/// What each word gives; nothing: it is not there.
struct RuntimeArguments {
    std::optional<std::string> socket = {};
    std::optional<std::string> config = {};
    std::optional<std::string> dropIn = {};
    std::optional<std::string> runtimeName = {};
    std::optional<std::string> restartMode = {};
    std::optional<std::string> configMode = {};
    std::optional<std::string> hooks = {};
    std::optional<bool> setAsDefault = {};
    std::optional<bool> enableCdi = {};
};

/// Words are parted by blanks; in quotes, a blank is one of the word. Throws
/// host::Error(Fault::Usage) for what is not known here, and for an option without its value.
RuntimeArguments parseRuntimeArguments(std::string_view text);

} // namespace toolkit
