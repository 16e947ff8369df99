#include "host/base/error.h"

#include <fmt/format.h>
#include <system_error>

namespace host {

SystemError::SystemError(std::string_view operation, std::string_view object, int error,
                         std::string remedy)
    : Error(fmt::format("cannot {} {}: {}", operation, object,
                        std::generic_category().message(error)),
            std::move(remedy)),
      code_(error) {}

void throwErrno(std::string_view operation, std::string_view object, int error) {
    throw SystemError(operation, object, error);
}

} // namespace host
