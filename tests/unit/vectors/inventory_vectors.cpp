/// The driver's files as `list` prints them.
#include "tests/unit/vectors/vectors.h"

namespace vectors {
namespace {

bool describes(const Json& file) {
    return file.contains("list_order") || casesHave(file, {"files", "nodes", "args"});
}

const Registration kRegistration({.name = "inventory",
                                  .describes = describes,
                                  .lists = {},
                                  .unread = "nothing lists the driver's files yet"});

} // namespace
} // namespace vectors
