/// Addresses taken apart and put together by libcurl's parser (RFC 3986), so that what is checked
/// here is what is fetched later. Pure functions; a text that is no http or https address is an
/// Error that quotes it without its secrets.
#pragma once

#include <string>

namespace host {

/// `reference`, relative or absolute, as a document at `base` means it; dot segments are removed.
std::string resolveUrl(const std::string& base, const std::string& reference);

/// "https://registry.example:443": scheme, host and port, always with the port. Two addresses with
/// one origin are served by one server.
std::string originOf(const std::string& url);

/// The address with `name=value` added to its query; the value is encoded.
std::string withQuery(const std::string& url, const std::string& name, const std::string& value);

/// True when the address has a user or a password in it.
bool hasCredentials(const std::string& url);

} // namespace host
