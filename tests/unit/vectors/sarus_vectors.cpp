/// The environment that a container of Sarus gets.
#include "tests/unit/vectors/vectors.h"

namespace vectors {
namespace {

bool describes(const Json& file) {
    return casesHave(file, {"host", "image"});
}

const Registration kRegistration({.name = "sarus",
                                  .describes = describes,
                                  .lists = {},
                                  .unread = "nothing changes an environment for Sarus yet"});

} // namespace
} // namespace vectors
