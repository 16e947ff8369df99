/// Who vouches for a package: signatures of its manifest, in the member signature.json.
///
/// A package may carry several, so that keys can be replaced one after the other. The manifest
/// holds the digest of every module, and a module with another digest is not loaded: signing it is
/// signing all. docs/package-format.md describes the bytes.
#pragma once

#include "host/crypto/signature.h"
#include "precompile/package/package.h"

#include <filesystem>
#include <string>
#include <vector>

namespace precompile {

/// The content of signature.json with this key's signature alone: for writePackage().
std::string signManifest(const std::string& manifest, const host::PrivateKey& key);

/// Adds the key's signature; one that it made before is replaced. The file is replaced atomically
/// and keeps its mode and, as far as this process may, its owner; a link to it stays one.
void signPackage(const std::filesystem::path& file, const host::PrivateKey& key);

/// Ids of the keys that the package says it is signed with. Says nothing about whether that is
/// true.
std::vector<std::string> signersOf(const Package& package);

/// Throws host::Error(Fault::Verification) unless one of the keys signed the package.
void requireTrusted(const Package& package, const std::vector<host::PublicKey>& trusted);

} // namespace precompile
