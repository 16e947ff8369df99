/// Lists of SHA-256 digests of files, as other people keep them: what sha256sum(1) prints, and the
/// lines of Flathub's package of NVIDIA's drivers (`:<digest>:<size>::<URL>`).
#pragma once

#include <string>
#include <string_view>

namespace precompile {

/// The digest of the file with this name (or URL: its last component counts) in the list. Lines of
/// another form say nothing. An Error with Fault::Verification where none has it, or several do
/// and differ; `origin` names the list.
std::string digestFromList(std::string_view list, const std::string& name,
                           const std::string& origin);

} // namespace precompile
