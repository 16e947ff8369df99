#include "toolkit/inventory/cuda_version.h"

#include "host/base/text.h"

#include <algorithm>
#include <iterator>

namespace toolkit {

namespace {

struct Branch {
    unsigned driver;
    std::string_view cuda;
};

/// NVIDIA, CUDA Toolkit Release Notes, table "CUDA Toolkit and Corresponding Driver Versions".
constexpr Branch kBranches[] = {
    {450, "11.0"}, {455, "11.1"}, {460, "11.2"}, {465, "11.3"}, {470, "11.4"},
    {495, "11.5"}, {510, "11.6"}, {515, "11.7"}, {520, "11.8"}, {525, "12.0"},
    {530, "12.1"}, {535, "12.2"}, {545, "12.3"}, {550, "12.4"}, {555, "12.5"},
    {560, "12.6"}, {565, "12.7"}, {570, "12.8"}, {575, "12.9"}, {580, "13.0"},
};

} // namespace

std::string cudaVersionOf(std::string_view driver) {
    const auto branch = host::toNumber<unsigned>(driver.substr(0, driver.find('.')));
    const auto* const newer =
        std::ranges::upper_bound(kBranches, branch.value_or(0), {}, &Branch::driver);
    return newer == std::begin(kBranches) ? std::string{} : std::string(std::prev(newer)->cuda);
}

} // namespace toolkit
