#include "host/base/error.h"

#include <fmt/format.h>
#include <system_error>

namespace host {

namespace {

const char* remedyOfWriting(int error) {
    switch (error) {
    case ENOSPC:
    case EDQUOT:
        return "Make room on that file system, and run this again.";
    case EROFS:
        return "Mount that file system writable, or name a place elsewhere.";
    default:
        return "";
    }
}

} // namespace

SystemError::SystemError(std::string_view operation, std::string_view object, int error,
                         std::string remedy)
    : Error(fmt::format("cannot {} {}: {}", operation, object,
                        std::generic_category().message(error)),
            std::move(remedy)),
      code_(error) {}

void throwErrno(std::string_view operation, std::string_view object, int error) {
    throw SystemError(operation, object, error);
}

void throwWriteError(std::string_view operation, std::string_view object, int error,
                     std::string remedy) {
    throw SystemError(operation, object, error,
                      remedy.empty() ? remedyOfWriting(error) : std::move(remedy));
}

} // namespace host
