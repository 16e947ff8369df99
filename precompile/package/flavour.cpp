#include "precompile/package/flavour.h"

#include "host/base/error.h"

#include <fmt/format.h>

namespace precompile {

std::string_view toString(Flavour flavour) {
    return flavour == Flavour::Open ? "open" : "proprietary";
}

Flavour flavourFromString(std::string_view text) {
    for (const Flavour flavour : {Flavour::Open, Flavour::Proprietary}) {
        if (text == toString(flavour)) {
            return flavour;
        }
    }
    throw host::Error(host::Fault::Usage, fmt::format("'{}' is no module flavour", text),
                      "Give open or proprietary.");
}

} // namespace precompile
