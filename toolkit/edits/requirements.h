/// What an image requires of the driver and of the GPUs that it sees: the values of
/// NVIDIA_REQUIRE_*.
///
/// "cuda>=12.4 brand=tesla,driver>=535,driver<536": terms with commas between them have to hold
/// together, and one of the groups with blanks between them has to hold, for each visible GPU; what
/// has no term requires nothing. All is read before anything is compared: a term that says nothing
/// is refused on every node. Versions are compared number by number. Pure.
#pragma once

#include "gpu/gpus.h"
#include "host/base/error.h"

#include <optional>
#include <string>
#include <vector>

namespace toolkit {

/// Empty: nobody knows it.
struct DriverVersions {
    std::string driver; ///< "535.261.03"
    std::string cuda;   ///< "12.2"
};

/// A requirement that is not met.
struct Unmet {
    std::string requirement;          ///< as the image has it
    std::vector<std::string> reasons; ///< one a group: "cuda>=12.3, but cuda is 12.2"
    std::string remedy;
};

/// A term that says nothing: an unknown property or comparison, or a value that is no version.
class InvalidRequirement : public host::Error {
    using Error::Error;
};

/// The first that is not met. Without a GPU what is required of one holds. Throws
/// InvalidRequirement.
std::optional<Unmet> firstUnmet(const std::vector<std::string>& requirements,
                                const DriverVersions& driver,
                                const std::vector<const gpu::Gpu*>& gpus);

} // namespace toolkit
