#include "gpu/proc_files.h"

#include "host/base/text.h"

#include <algorithm>

namespace gpu {

ProcFields parseProcFields(std::string_view text) {
    ProcFields fields;
    for (const std::string& line : host::split(text, '\n')) {
        if (const auto colon = line.find(':'); colon != std::string::npos) {
            const std::string_view name = std::string_view(line).substr(0, colon);
            const std::string_view value = std::string_view(line).substr(colon + 1);
            fields.emplace(host::trimmed(name), host::trimmed(value));
        }
    }
    return fields;
}

std::string fieldOf(const ProcFields& fields, std::string_view name) {
    const auto field = fields.find(name);
    return field == fields.end() ? std::string{} : field->second;
}

std::optional<unsigned> numberOf(const ProcFields& fields, std::string_view name) {
    return host::toNumber<unsigned>(fieldOf(fields, name));
}

MigMinors parseMigMinors(std::string_view text) {
    MigMinors minors;
    for (const std::string& line : host::split(text, '\n')) {
        const auto parts = host::words(line);
        const auto minor = parts.size() == 2 ? host::toNumber<unsigned>(parts[1]) : std::nullopt;
        if (minor) {
            minors.emplace(parts[0], *minor);
        }
    }
    return minors;
}

std::string parseModuleVersion(std::string_view text) {
    // "NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.161.07  Sat Feb 17 …"; the open modules
    // put "Open Kernel Module for x86_64" there.
    const auto parts = host::words(text.substr(0, text.find('\n')));
    const auto version = std::ranges::find_if(parts, isDriverVersion);
    return version == parts.end() ? std::string{} : *version;
}

bool isDriverVersion(std::string_view text) {
    constexpr std::size_t kMost = 3;
    const auto numbers = host::split(text, '.');
    return numbers.size() > 1 && numbers.size() <= kMost &&
           std::ranges::all_of(numbers, [](const std::string& number) {
               return !number.empty() && std::ranges::all_of(number, [](char digit) {
                   return digit >= '0' && digit <= '9';
               });
           });
}

} // namespace gpu
