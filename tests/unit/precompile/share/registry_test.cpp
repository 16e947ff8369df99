/// What is said to and by registries. Talking to a real one: tests/system/test_registry.py.
#include "precompile/share/registry.h"

#include "host/base/error.h"
#include "host/net/url.h"
#include "precompile/share/registry_answers.h"
#include "precompile/share/registry_auth.h"
#include "tests/unit/precompile/sample.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace precompile {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

const std::string kDigest = "sha256:" + std::string(64, 'a');

template <typename Body>
std::string refusal(Body&& body) {
    try {
        std::forward<Body>(body)();
    } catch (const host::Error& error) {
        return error.what();
    }
    return "";
}

TEST(RegistryReference, IsTakenApart) {
    const auto full = parseReference("oci://registry.example:5000/gpu/mod_a.b--c:v1@" + kDigest);
    EXPECT_EQ(full.host, "registry.example:5000");
    EXPECT_EQ(full.repository, "gpu/mod_a.b--c");
    EXPECT_EQ(full.tag, "v1");
    EXPECT_EQ(full.digest, kDigest);
    EXPECT_EQ(full.text(), "oci://registry.example:5000/gpu/mod_a.b--c:v1@" + kDigest);
    EXPECT_FALSE(parseReference("oci://[::1]:5000/a").exact());
}

TEST(RegistryReference, RefusesWhatIsNone) {
    for (const std::string text :
         {"", "registry.example/a", "oci://registry.example", "oci://registry.example/",
          "oci://registry.example/A", "oci://registry.example/a/../b",
          "oci://registry.example/a//b", "oci://user:password@registry.example/a",
          "oci://registry.example/a:", "oci://registry.example/a@sha256:12",
          "oci://registry.example/a:tag\n"}) {
        EXPECT_THAT(refusal([&] { parseReference(text); }), HasSubstr("no registry reference"))
            << text;
    }
    // std::regex would run out of stack.
    EXPECT_THAT(refusal([] { parseReference("oci://h/" + std::string(1 << 20, 'a')); }),
                HasSubstr("no registry reference"));
}

TEST(RegistryReference, RefusalHidesThePassword) {
    const std::string said =
        refusal([] { parseReference("oci://me:secret@registry.example/gpu/modules"); });
    EXPECT_THAT(said, HasSubstr("oci://***@registry.example/gpu/modules"));
    EXPECT_THAT(said, testing::Not(HasSubstr("secret")));
}

TEST(RegistryTag, NamesEverythingThatDecides) {
    auto identity = tests::sampleIdentity();
    EXPECT_EQ(registryTag(identity),
              "535.261.03-proprietary-6.12.102-flatcar-flatcar-4593.2.5-x86_64");
    identity.target.kernel = "6.12.95+deb12";
    identity.tag = "t";
    EXPECT_EQ(registryTag(identity),
              "535.261.03-proprietary-6.12.95_deb12-flatcar-4593.2.5-x86_64-t");
    identity.tag = std::string(100, 't');
    EXPECT_THAT(refusal([&] { registryTag(identity); }), HasSubstr("cannot be a registry's tag"));
}

TEST(RegistryTag, OfAnyKernelIsThatOfTheRelease) {
    const std::string ours = "535.261.03-proprietary-6.12.102-flatcar-flatcar-4593.2.5-x86_64";
    const struct {
        const char* what;
        std::vector<std::string> tags;
        std::string tag;
        std::optional<std::string> found;
    } cases[] = {
        {"none", {}, "", std::nullopt},
        {"among others", {"latest", "535.261.03-open-" + ours.substr(23), ours}, "", ours},
        {"another release", {ours.substr(0, 42) + "-4593.2.6-x86_64"}, "", std::nullopt},
        {"with a tag that is not wanted", {ours + "-t"}, "", std::nullopt},
        {"without the tag that is wanted", {ours}, "t", std::nullopt},
        {"with it", {ours, ours + "-t"}, "t", ours + "-t"},
        {"no kernel", {"535.261.03-proprietary--flatcar-4593.2.5-x86_64"}, "", std::nullopt},
    };
    for (const auto& test : cases) {
        auto identity = tests::sampleIdentity();
        identity.target.kernel = "";
        identity.tag = test.tag;
        EXPECT_EQ(tagOfAnyKernel(identity, test.tags), test.found) << test.what;
    }
}

TEST(ArtifactManifest, IsReadAsItWasWritten) {
    const auto layer =
        artifactLayer(artifactManifest(tests::sampleIdentity(), kDigest, 4711), "oci://h/r:t");
    EXPECT_EQ(layer.digest, kDigest);
    EXPECT_EQ(layer.size, 4711U);
}

TEST(ArtifactManifest, RefusesWhatIsNone) {
    const auto changed = [](const std::string& pointer, const nlohmann::json& value) {
        auto document =
            nlohmann::json::parse(artifactManifest(tests::sampleIdentity(), kDigest, 4711));
        document[nlohmann::json::json_pointer(pointer)] = value;
        return refusal([&] { artifactLayer(document.dump(), "oci://h/r:t"); });
    };
    EXPECT_THAT(changed("/artifactType", "application/x"), HasSubstr("no driverctl package"));
    EXPECT_THAT(changed("/layers", nlohmann::json::array()), HasSubstr("the one layer"));
    EXPECT_THAT(changed("/layers/0/size", -1), HasSubstr("layers[0].size is no whole number"));
    EXPECT_THAT(changed("/layers/0/size", 0), HasSubstr("layers[0].size is 0 bytes"));
    EXPECT_THAT(changed("/layers/0/size", std::uint64_t{1} << 40), HasSubstr("bytes, a package"));
    EXPECT_THAT(changed("/layers/0/digest", "sha256:../../x"), HasSubstr("digest"));
    for (const char* text : {"", "[]", "{", "null", "{\"layers\": 1}", "[[[[[[[[[[[[[[[[["}) {
        EXPECT_THAT(refusal([&] { artifactLayer(text, "oci://h/r:t"); }),
                    HasSubstr("oci://h/r:t cannot be used"));
    }
}

TEST(RegistryTags, AreNamesOrAreRefused) {
    EXPECT_THAT(tagsIn(R"({"name":"a","tags":["x","y-1"]})", "r"), ElementsAre("x", "y-1"));
    EXPECT_THAT(tagsIn(R"({"name":"a","tags":null})", "r"), SizeIs(0));
    EXPECT_NE(refusal([] { tagsIn(R"({"tags":["\u001b[2J"]})", "r"); }), "");
    EXPECT_NE(refusal([] { tagsIn(R"({"tags":[1]})", "r"); }), "");
    EXPECT_NE(refusal([] { tagsIn("<html>", "r"); }), "");
}

TEST(RegistryHeaders, NextPage) {
    EXPECT_EQ(nextPage(R"(</v2/a/tags/list?last=x&n=1000>; rel="next")"),
              "/v2/a/tags/list?last=x&n=1000");
    EXPECT_EQ(nextPage("</x>; rel=\"prev\""), std::nullopt);
    EXPECT_EQ(nextPage("</x"), std::nullopt);
    EXPECT_EQ(nextPage("<>; rel=\"next\""), std::nullopt);
    EXPECT_EQ(nextPage(""), std::nullopt);
}

TEST(RegistryHeaders, UploadedBytes) {
    EXPECT_EQ(uploadedBytes("0-1023"), 1024U);
    EXPECT_EQ(uploadedBytes("bytes=0-1023"), 1024U);
    for (const char* text : {"", "0-0", "5-9", "0-", "0-x", "0-99999999999999999999", "0--1"}) {
        EXPECT_EQ(uploadedBytes(text), 0U) << text;
    }
}

TEST(RegistryWords, AreOneHarmlessLine) {
    EXPECT_EQ(registryWords(R"({"errors":[{"code":"DENIED","message":"no\nway"}]})"),
              ": DENIED no?way");
    EXPECT_EQ(registryWords(R"({"errors":[{"code":1}]})"), "");
    EXPECT_EQ(registryWords("<html>"), "");
    EXPECT_LE(registryWords(R"({"errors":[{"code":")" + std::string(9999, 'x') + "\"}]}").size(),
              300U);
}

TEST(AuthChallenge, EveryChallengeIsRead) {
    const auto challenges = parseChallenges(
        R"(Basic realm="a \"b\"", Bearer realm="https://t.example/token",service=r,)"
        R"(scope="repository:a:pull,push repository:b:pull")");
    ASSERT_THAT(challenges, SizeIs(2));
    EXPECT_EQ(challenges[0].scheme, "basic");
    EXPECT_EQ(challenges[0].parameters.at("realm"), "a \"b\"");
    EXPECT_EQ(challenges[1].scheme, "bearer");
    EXPECT_EQ(challenges[1].parameters.at("realm"), "https://t.example/token");
    EXPECT_EQ(challenges[1].parameters.at("service"), "r");
    EXPECT_EQ(challenges[1].parameters.at("scope"), "repository:a:pull,push repository:b:pull");
}

TEST(AuthChallenge, NonsenseEnds) {
    for (const char* text : {"", "=", ",,,", "\"", "Bearer realm=\"", "Bearer realm=\"\\", "a=b",
                             "Bearer =x", "Bearer ===", "= = =", "\"\"\"\""}) {
        for (const auto& challenge : parseChallenges(text)) {
            EXPECT_EQ(challenge.parameters.count("service"), 0U) << text;
        }
    }
}

std::string basicFor(const std::string& key, const std::string& repository) {
    const nlohmann::json document = {{"auths", {{key, {{"auth", "c2VjcmV0"}}}}}};
    return credentialsIn(document.dump(), repository, "config.json").basic;
}

TEST(Credentials, EverySpellingOfAHostIsFound) {
    for (const char* key :
         {"registry.example", "https://registry.example", "https://registry.example/v1/",
          "http://registry.example/v2/", "registry.example/", "registry.example/v1",
          "Registry.Example", "registry.example/gpu", "registry.example/gpu/modules"}) {
        EXPECT_EQ(basicFor(key, "registry.example/gpu/modules"), "c2VjcmV0") << key;
    }
    EXPECT_EQ(basicFor("https://index.docker.io/v1/", "docker.io/me/modules"), "c2VjcmV0");
    for (const char* key : {"registry.example:5000", "other.example", "registry.example/gp",
                            "registry.example.evil", "", "https://"}) {
        EXPECT_EQ(basicFor(key, "registry.example/gpu/modules"), "") << key;
    }
}

TEST(Credentials, TheLongestNameWins) {
    const auto found =
        credentialsIn(R"({"auths":{"h":{"auth":"aG9zdA=="},"h/a/b":{"auth":"bG9uZw=="},
                          "h/a":{"auth":"c2hvcnQ="}}})",
                      "h/a/b", "config.json");
    EXPECT_EQ(found.basic, "bG9uZw==");
}

TEST(Credentials, IdentityTokensAndWhatIsNone) {
    EXPECT_EQ(credentialsIn(R"({"auths":{"h":{"auth":"dTo=","identitytoken":"t"}}})", "h/a", "f")
                  .identityToken,
              "t");
    // With a credential helper docker leaves an empty entry.
    EXPECT_TRUE(credentialsIn(R"({"auths":{"h":{}},"credsStore":"x"})", "h/a", "f").empty());
    EXPECT_TRUE(credentialsIn(R"({"auths":{"h":{"auth":"a\r\nX: y"}}})", "h/a", "f").empty());
    EXPECT_TRUE(credentialsIn(R"({"auths":[]})", "h/a", "f").empty());
    EXPECT_THAT(refusal([] { credentialsIn("nonsense", "h/a", "config.json"); }),
                HasSubstr("config.json is no log-in file: it is no JSON"));
}

/// Who reads the last of two entries logs in as somebody else than who reads the first.
TEST(Credentials, EntryThatIsThereTwiceIsRefusedAndNoSecretIsShown) {
    const auto refused = [](const std::string& text) {
        return refusal([&] { credentialsIn(text, "h/a", "config.json"); });
    };
    EXPECT_THAT(refused(R"({"auths":{"h":{"auth":"b25l"},"h":{"auth":"dHdv"}}})"),
                HasSubstr("config.json is no log-in file: it has the field 'h' twice"));
    EXPECT_THAT(refused(R"({"auths":{"h":{"auth":"c2VjcmV0)"), testing::Not(HasSubstr("c2VjcmV0")));
}

TEST(Url, IsResolvedAndCompared) {
    EXPECT_EQ(host::resolveUrl("https://h:5000/v2/a", "/v2/b?x=1"), "https://h:5000/v2/b?x=1");
    EXPECT_EQ(host::resolveUrl("https://h/v2/a", "http://other/x"), "http://other/x");
    EXPECT_NE(refusal([] { host::resolveUrl("https://h", "file:///etc/passwd"); }), "");
    EXPECT_EQ(host::originOf("https://H/x"), host::originOf("https://h:443/y"));
    EXPECT_NE(host::originOf("https://h"), host::originOf("http://h"));
    EXPECT_NE(host::originOf("https://h"), host::originOf("https://h:5000"));
    EXPECT_EQ(host::withQuery("https://h/u?_state=a", "digest", "sha256:b"),
              "https://h/u?_state=a&digest=sha256%3ab");
    EXPECT_TRUE(host::hasCredentials("https://me:secret@h/"));
    EXPECT_FALSE(host::hasCredentials("https://h/"));
}

} // namespace
} // namespace precompile
