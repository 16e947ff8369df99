#include "host/process/environment.h"

#include <string_view>

namespace host {

std::map<std::string, std::string> environmentOf(const char* const* variables) {
    std::map<std::string, std::string> environment;
    for (; *variables != nullptr; ++variables) {
        const std::string_view variable = *variables;
        if (const auto equals = variable.find('='); equals != std::string_view::npos) {
            environment.emplace(variable.substr(0, equals), variable.substr(equals + 1));
        }
    }
    return environment;
}

} // namespace host
