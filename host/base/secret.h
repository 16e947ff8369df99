/// Texts with their secrets hidden: "***" stands for what must not be read in messages, logs and
/// listings. Pure functions that take time in proportion to their input and never fail.
#pragma once

#include <string>
#include <string_view>

namespace host {

/// True for a PKCS#11 URI (RFC 7512); its scheme may be in capitals, as that of any URI.
bool isPkcs11Uri(std::string_view text);

/// A PKCS#11 URI with its PIN hidden, up to the next attribute or the end.
std::string withoutPin(std::string_view uri);

/// Any text, such as a message that quotes addresses and key URIs: what host::withoutPassword()
/// hides of an address, and PINs. The net below all messages; who quotes an address knows better
/// where it ends, and quotes an Address.
std::string withoutSecrets(std::string_view text);

/// True when something in the text is hidden: it is a listing's, and means nothing to a server.
bool hasHiddenSecret(std::string_view text);

} // namespace host
