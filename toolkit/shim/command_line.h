/// The command line of an OCI runtime (runc, crun, youki), as engines write it: what of it decides
/// whether a container is made, and where.
///
/// Pure. Nothing is refused: that is for the runtime which gets the same words.
#pragma once

#include <filesystem>
#include <span>
#include <string>

namespace toolkit {

struct RuntimeCall {
    bool makesContainer = false;                  ///< "create" or "run"
    std::filesystem::path config = "config.json"; ///< of the container
    std::filesystem::path log;                    ///< the runtime's; empty: none that is a file
    bool logsJson = false;                        ///< else text, as runc writes it
};

/// Words behind the program's name.
RuntimeCall parseRuntimeCall(std::span<const std::string> words);

} // namespace toolkit
