/// Reading what came from outside: what is wrong with its content has one fault, wherever it is
/// found.
#pragma once

#include "host/base/error.h"

#include <string>
#include <string_view>
#include <utility>

namespace precompile {

/// Runs `body`. An Error that leaves it has Fault::Verification, "<noun>: " before its message
/// where there is a noun, and `remedy` where it has none of its own. What the system says
/// (host::SystemError) is nothing about the content, and stays as it is.
template <typename Body>
auto readingContent(std::string_view noun, std::string_view remedy, Body&& body) {
    try {
        return std::forward<Body>(body)();
    } catch (const host::SystemError&) {
        throw;
    } catch (const host::Error& error) {
        throw host::Error(host::Fault::Verification,
                          noun.empty() ? error.what() : std::string(noun) + ": " + error.what(),
                          error.remedy().empty() ? std::string(remedy) : error.remedy());
    }
}

} // namespace precompile
