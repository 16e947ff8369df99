/// Where the files of a release are fetched from.
///
/// Several base URLs are tried in order. A server that does not have the file, or does not answer
/// after all retries, hands over to the next; the final error lists what each one said. A release
/// whose number does not tell its channel (the old ones) is looked for in each that it can be of.
#pragma once

#include "flatcar/release.h"
#include "host/base/address.h"
#include "host/net/http_session.h"

#include <filesystem>
#include <string>
#include <vector>

namespace flatcar {

class Mirrors {
  public:
    /// `bases` may hold "{channel}". Throws host::Error(Fault::Usage) for one that is no http or
    /// https URL.
    Mirrors(std::vector<host::Address> bases, const host::HttpOptions& options);

    /// The text of a small file, at most `limit` bytes.
    std::string get(const Release& release, const std::string& file, std::size_t limit);
    /// Into `target`, resumed where an earlier attempt stopped; at most `limit` bytes.
    void download(const Release& release, const std::string& file,
                  const std::filesystem::path& target, std::uint64_t limit);

  private:
    template <typename Fetch>
    auto fetchFromFirst(const Release& release, const std::string& file, Fetch&& fetch);

    std::vector<host::Address> bases_;
    host::HttpSession session_;
};

/// <base>/<board>/<version>/<file>, with {channel} replaced by the server's (lts for lts-2024); of
/// a base that says where the version stands, <base>/<file> with {arch} (amd64) and {version}
/// replaced.
host::Address urlOf(const host::Address& base, const Release& release, const std::string& file);

} // namespace flatcar
