/// What a container asks for, and what it gets.
#include "tests/unit/vectors/vectors.h"

namespace vectors {
namespace {

bool describes(const Json& file) {
    return file.contains("node") || casesHave(file, {"kind"});
}

const Registration kRegistration({.name = "environment",
                                  .describes = describes,
                                  .lists = {},
                                  .unread = "nothing reads a container's environment yet"});

} // namespace
} // namespace vectors
