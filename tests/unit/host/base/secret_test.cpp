#include "host/base/secret.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace host {
namespace {

TEST(Secret, PinsAreHiddenHoweverTheyAreSpelled) {
    const std::pair<const char*, const char*> cases[] = {
        {"pkcs11:token=t;object=k?pin-value=1234", "pkcs11:token=t;object=k?pin-value=***"},
        {"PKCS11:token=t?PIN-VALUE=1234&module-name=m",
         "PKCS11:token=t?PIN-VALUE=***&module-name=m"},
        {"pkcs11:token=t?Pin-Value=1 2'3;4", "pkcs11:token=t?Pin-Value=***"},
        {"pkcs11:token=t;pin-value=12?pin-value=34", "pkcs11:token=t;pin-value=***"},
        {"pkcs11:token=t?pin-value=", "pkcs11:token=t?pin-value=***"},
        {"pkcs11:token=t?pin-source=/run/pin", "pkcs11:token=t?pin-source=/run/pin"},
    };
    for (const auto& [uri, shown] : cases) {
        EXPECT_EQ(withoutPin(uri), shown);
        EXPECT_TRUE(isPkcs11Uri(uri));
    }
    EXPECT_FALSE(isPkcs11Uri("pkcs11"));
    EXPECT_FALSE(isPkcs11Uri("/keys/pkcs11:key"));
}

TEST(Secret, OfAMessageAreAllThatItQuotes) {
    const std::pair<const char*, const char*> cases[] = {
        {"cannot fetch https://me:word@host/a?token=x 404",
         "cannot fetch https://***@host/a?*** 404"},
        {"'oci://u:p@h/r' or 'http://h/'", "'oci://***@h/r' or 'http://h/'"},
        {"https://h/a,https://u:p@h/b", "https://h/a,https://***@h/b"},
        {"a key 'PKCS11:object=k?PIN-VALUE=12' is none",
         "a key 'PKCS11:object=k?PIN-VALUE=*** is none"},
        {"oci://h/r@sha256:12 pushed", "oci://h/r@sha256:12 pushed"},
        {"no secret: a://b", "no secret: a://b"},
        {"://", "://"},
    };
    for (const auto& [text, shown] : cases) {
        const std::string hidden = withoutSecrets(text);
        EXPECT_EQ(hidden, shown);
        EXPECT_EQ(withoutSecrets(hidden), hidden) << "hidden twice is hidden once";
    }
}

TEST(Secret, LongTextsAreNoTrouble) {
    const std::string pin(1 << 20, '7');
    EXPECT_EQ(withoutPin("pkcs11:a?pin-value=" + pin), "pkcs11:a?pin-value=***");
    std::string many;
    for (int i = 0; i < 20000; ++i) {
        many += "a://b@c ";
    }
    EXPECT_EQ(withoutSecrets(many).size(), many.size() + 20000 * 2);
}

TEST(Secret, AListingIsToldFromAValue) {
    for (const char* shown :
         {"https://***@host/", "https://host/a?***", "pkcs11:a?pin-value=***"}) {
        EXPECT_TRUE(hasHiddenSecret(shown)) << shown;
        EXPECT_EQ(withoutSecrets(shown), shown);
    }
    for (const char* value : {"", "***", "https://host/***", "https://u:p@host", "/a?***"}) {
        EXPECT_FALSE(hasHiddenSecret(value)) << value;
    }
}

} // namespace
} // namespace host
