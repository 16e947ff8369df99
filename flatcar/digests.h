/// The .DIGESTS file beside every artifact of a release: sections "# MD5 HASH", "# SHA1 HASH", "#
/// SHA512 HASH", each with lines `<hex>  <file name>`.
#pragma once

#include <string>
#include <string_view>

namespace flatcar {

/// The SHA-512 (128 lower-case hexadecimal digits) of `file`. Throws
/// host::Error(Fault::Verification) naming `origin` when the text has none or two.
std::string sha512Of(std::string_view file, std::string_view digests, std::string_view origin);

} // namespace flatcar
