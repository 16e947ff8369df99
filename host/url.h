/// Addresses taken apart and put together by libcurl's parser (RFC 3986), so that what is checked
/// here is what is fetched later. Pure functions; a text that is no http or https address is an
/// Error that quotes it.
///
/// Addresses may hold passwords and tokens, and messages go to logs that others read: what prints
/// an address prints an Address, or withoutPassword().
#pragma once

#include <fmt/format.h>
#include <string>
#include <string_view>
#include <utility>

namespace host {

/// An address of any scheme, complete or mistyped, as it may be printed: "***" stands for user and
/// password, and for a query, which may be a token. Where it is open what belongs to the password,
/// too much is hidden. Never fails.
std::string withoutPassword(std::string_view address);

/// An address that is printed without its secrets, whoever prints it.
class Address {
  public:
    Address() = default;
    Address(std::string text) : text_(std::move(text)) {}
    Address(const char* text) : text_(text) {}
    /// As it was given, for what connects to it.
    [[nodiscard]] const std::string& secret() const { return text_; }
    [[nodiscard]] std::string printable() const { return withoutPassword(text_); }
    bool operator==(const Address&) const = default;

  private:
    std::string text_;
};

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

template <>
struct fmt::formatter<host::Address> : fmt::formatter<std::string> {
    template <typename Context>
    auto format(const host::Address& address, Context& context) const {
        return fmt::formatter<std::string>::format(address.printable(), context);
    }
};
