#include "precompile/package/driver_version.h"

#include "host/base/text.h"

#include <algorithm>
#include <cctype>
#include <vector>

namespace precompile {

namespace {

std::vector<unsigned> numbersOf(std::string_view version) {
    std::vector<unsigned> numbers;
    for (const std::string& part : host::split(version, '.')) {
        numbers.push_back(host::toNumber<unsigned>(part).value_or(0));
    }
    return numbers;
}

} // namespace

bool isDriverVersion(std::string_view text) {
    return std::ranges::all_of(host::split(text, '.'), [](const std::string& part) {
        return !part.empty() && std::ranges::all_of(part, [](unsigned char character) {
            return std::isdigit(character) != 0;
        });
    });
}

int branchOf(std::string_view driver) {
    return host::toNumber<int>(driver.substr(0, driver.find('.'))).value_or(0);
}

bool isOlderDriver(std::string_view left, std::string_view right) {
    return numbersOf(left) < numbersOf(right);
}

} // namespace precompile
