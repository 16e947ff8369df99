/// What OpenSSL says went wrong: private to this folder.
#pragma once

#include <array>
#include <openssl/err.h>
#include <string>

namespace host {

/// The oldest error is the cause; what follows it only says who was told. Empty where OpenSSL has
/// none. Forgets all of them. Where ERR_clear_error() comes first, nobody is blamed for what
/// others, libcurl say, have left.
inline std::string opensslError() {
    std::array<char, 256> text{};
    const auto error = ERR_get_error();
    ERR_clear_error();
    ERR_error_string_n(error, text.data(), text.size());
    return error == 0 ? "" : text.data();
}

} // namespace host
