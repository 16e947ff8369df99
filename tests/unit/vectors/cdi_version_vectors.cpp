/// Which cdiVersion a specification needs, and which specifications are refused.
#include "tests/unit/vectors/vectors.h"

namespace vectors {
namespace {

bool describes(const Json& file) {
    return file.contains("minimum_version") || file.contains("validate");
}

const Registration kRegistration({.name = "cdi_version",
                                  .describes = describes,
                                  .lists = {},
                                  .unread = "nothing writes CDI specifications yet"});

} // namespace
} // namespace vectors
