#include "precompile/share/registry_answers.h"
#include "precompile/share/registry_auth.h"
#include "tests/fuzz/fuzz_target.h"

/// One input for every parser of what registries, their token servers and log-in files say.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text = fuzz::text(data, size);
    fuzz::refuseOrAccept([&] {
        const auto layer = precompile::artifactLayer(text, "fuzz");
        fuzz::require(layer.digest.size() == std::string("sha256:").size() + 64,
                      "a layer has a SHA-256");
    });
    fuzz::refuseOrAccept([&] {
        for (const auto& tag : precompile::tagsIn(text, "fuzz")) {
            fuzz::require(!tag.empty() && tag.find('/') == std::string::npos, "a tag is a tag");
        }
    });
    fuzz::refuseOrAccept([&] { static_cast<void>(precompile::nextPage(text)); });
    fuzz::refuseOrAccept([&] { static_cast<void>(precompile::uploadedBytes(text)); });
    fuzz::refuseOrAccept([&] {
        fuzz::require(precompile::registryWords(text).find('\n') == std::string::npos,
                      "a registry's words are one line");
    });
    fuzz::refuseOrAccept([&] { static_cast<void>(precompile::parseChallenges(text)); });
    fuzz::refuseOrAccept([&] {
        const auto found = precompile::credentialsIn(text, "registry.example/gpu", "fuzz");
        fuzz::require(found.basic.find_first_of("\r\n") == std::string::npos,
                      "credentials cannot end a header");
    });
    fuzz::refuseOrAccept([&] { static_cast<void>(precompile::parseReference(text)); });
    return 0;
}
