/// What OpenSSL says went wrong: private to this folder.
#pragma once

#include <array>
#include <openssl/err.h>
#include <string>

namespace host {

/// The oldest error is the cause; what follows it only says who was told. Forgets all of them.
inline std::string opensslError() {
    std::array<char, 256> text{};
    ERR_error_string_n(ERR_get_error(), text.data(), text.size());
    ERR_clear_error();
    return text.data();
}

} // namespace host
