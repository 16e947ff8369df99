/// Documents and files of servers.
///
/// 404 and 410 are answers: there is none. Any other status than 200 is an Error.
#pragma once

#include "host/net/http_session.h"

#include <filesystem>
#include <optional>
#include <string>

namespace host {

/// The body of a small document, at most `limit` bytes.
std::optional<std::string> fetchDocument(HttpSession& session, const Address& url,
                                         std::uint64_t limit = 16 << 20);

/// Downloads into `file`, going on where an earlier attempt or an earlier process left
/// `<file>.part` (with `<file>.part.etag` beside it as the validator, so that a file that changed
/// meanwhile starts again). When complete and fsynced, renames it to `file`. False: the server has
/// none, and nothing is left. The `.part` survives failures: the next call goes on from it. More
/// than `limit` bytes are an Error as soon as the server announces them, else when they come; then
/// nothing is left.
bool downloadFile(HttpSession& session, const Address& url, const std::filesystem::path& file,
                  std::uint64_t limit);

} // namespace host
