/// Where releases are fetched from, and which key they have to be signed with. Plain values.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace flatcar {

struct MirrorSettings {
    std::vector<std::string> bases = {"https://{channel}.release.flatcar-linux.net"};
    std::filesystem::path keyring = "/usr/share/driverctl/flatcar-image-signing-key.asc";
    std::string signingKey = "F88CFEDEFF29A5B4D9523864E25D9AED0593B34A"; ///< its fingerprint
    std::string signingKeyUrl = "https://www.flatcar.org/security/image-signing-key/"
                                "Flatcar_Image_Signing_Key.asc"; ///< when there is no keyring
};

} // namespace flatcar
