#include "host/base/documents/toml.h"

#include "host/base/error.h"

#include <fmt/format.h>

namespace host {

std::string placeIn(std::string_view name, const toml::source_region& source) {
    return fmt::format("{}:{}:{}", name, source.begin.line, source.begin.column);
}

toml::table parseToml(std::string_view text, std::string_view name, const std::string& remedy) {
    try {
        return toml::parse(text, name);
    } catch (const toml::parse_error& error) {
        throw Error(Fault::Usage,
                    fmt::format("{}: {}", placeIn(name, error.source()), error.description()),
                    remedy);
    }
}

} // namespace host
