/// An address of any kind, which may hold passwords and tokens, and how it is printed: messages go
/// to logs that others read, so what prints an address prints an Address, or withoutPassword().
/// Nothing here fails. How addresses are taken apart to be fetched: host/url.h.
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

} // namespace host

template <>
struct fmt::formatter<host::Address> : fmt::formatter<std::string> {
    template <typename Context>
    auto format(const host::Address& address, Context& context) const {
        return fmt::formatter<std::string>::format(address.printable(), context);
    }
};
