#include "flatcar/channel.h"

#include "flatcar/mirror.h"
#include "flatcar/signing_key.h"
#include "host/base/error.h"
#include "host/base/file.h"
#include "host/base/key_values.h"

#include <fmt/format.h>

namespace flatcar {

namespace {

constexpr const char* kName = "version.txt";
constexpr const char* kVersionKey = "FLATCAR_VERSION";
constexpr std::size_t kSmallFile = 64 << 10;

} // namespace

std::string currentVersion(const ImageRequest& request) {
    SigningKey key(request);
    Release folder = request.release;
    folder.version = currentFolder(request.release.channel);
    Mirrors mirrors(request.mirrors, request.http);

    const host::TempDir directory(std::filesystem::temp_directory_path(), "driverctl-");
    const auto file = directory.path() / kName;
    const auto signature = directory.path() / fmt::format("{}.sig", kName);
    const std::string text = mirrors.get(folder, kName, kSmallFile);
    host::writeFileAtomic(file, text);
    host::writeFileAtomic(signature, mirrors.get(folder, fmt::format("{}.sig", kName), kSmallFile));
    key.requireSigner(signature);
    static_cast<void>(key.verify(file, signature));

    const auto version = host::valueOf(host::parseKeyValues(text), kVersionKey);
    if (channelOf(version) != serverOf(request.release.channel)) {
        throw host::Error(host::Fault::Verification,
                          fmt::format("the current release of channel {} is '{}' by its {}, which "
                                      "is no release of that channel",
                                      request.release.channel, version, kName),
                          "Name another server with {mirror}, or the release with {release}.");
    }
    return version;
}

} // namespace flatcar
