/// Kernel module signatures as scripts/sign-file of the kernel makes them: a detached CMS signature
/// (PKCS#7) without attributes, appended to the module with struct module_signature and a marker.
/// Source: Documentation/admin-guide/module-signing.rst, scripts/sign-file.c.
#pragma once

#include "host/signature.h"

#include <filesystem>
#include <string>

namespace host {

/// Appends a signature to the module. `certificate` is the X.509 certificate (PEM or DER) that
/// belongs to the key and that the kernel trusts; `hash` one of sha256, sha384, sha512. A module
/// that is signed already, a certificate of another key or an unknown hash is an Error; the file is
/// replaced atomically.
void signModule(const std::filesystem::path& module, const PrivateKey& key,
                const std::filesystem::path& certificate, const std::string& hash = "sha256");

/// True when the bytes end in the marker of an appended signature.
bool hasModuleSignature(std::string_view module);

} // namespace host
