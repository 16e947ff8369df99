#include "toolkit/cdi/names.h"

#include <gtest/gtest.h>

namespace cdi = toolkit::cdi;

namespace {

struct Case {
    const char* name;
    const char* problem; ///< "": none
};

using Check = std::optional<std::string> (*)(std::string_view);

void expectAll(Check check, std::initializer_list<Case> cases) {
    for (const auto& [name, problem] : cases) {
        EXPECT_EQ(check(name).value_or(""), problem) << name;
    }
}

} // namespace

TEST(CdiNames, KindHasTwoParts) {
    EXPECT_EQ(cdi::kindOf("nvidia.com/gpu").vendor, "nvidia.com");
    EXPECT_EQ(cdi::kindOf("nvidia.com/gpu").className, "gpu");
    expectAll(cdi::problemOfKind, {{"nvidia.com/gpu", ""},
                                   {"a/b", ""},
                                   {"vendor_1-x.com/class_1-x.y", ""},
                                   {"", "kind is vendor/class"},
                                   {"nvidia.com", "kind is vendor/class"},
                                   {"/gpu", "kind is vendor/class"},
                                   {"nvidia.com/", "kind is vendor/class"},
                                   {"nvidia.com/gpu/x", "character / in a class"},
                                   {"1nvidia/gpu", "vendor has to start with a letter"},
                                   {"nvidia-/gpu", "vendor has to end with a letter or digit"},
                                   {"nvidia.com/gpu.", "class has to end with a letter or digit"},
                                   {"nvidia.com/g:u", "character : in a class"}});
}

TEST(CdiNames, DeviceMayStartWithADigit) {
    expectAll(cdi::problemOfDeviceName, {{"0", ""},
                                         {"0:1", ""},
                                         {"GPU-0123.a_b", ""},
                                         {"", "device without a name"},
                                         {"-0", "device name starts with a letter or digit"},
                                         {"0-", "device name ends with a letter or digit"},
                                         {"-", "device name starts with a letter or digit"},
                                         {"a=b", "character = in a device name"},
                                         {"a b", "character   in a device name"}});
}

TEST(CdiNames, AnnotationKeyIsALabel) {
    const std::string longest(63, 'a');
    expectAll(cdi::problemOfAnnotationKey,
              {{"key", ""},
               {"example.com/key_1.x", ""},
               {"Example-1.COM/Key", ""},
               {longest.c_str(), ""},
               {(longest + "a").c_str(), "annotation's key is no label"},
               {"", "annotation's key is no label"},
               {"/key", "annotation's key is no label"},
               {"a/b/c", "annotation's key is no label"},
               {"exa_mple.com/key", "annotation's key is no label"},
               {"a..b/key", "annotation's key is no label"},
               {"a.-b/key", "annotation's key is no label"},
               {"a-.b/key", "annotation's key is no label"},
               {"a./key", "annotation's key is no label"}});
}
