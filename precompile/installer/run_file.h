/// NVIDIA's .run: a shell script with a tar behind it, as makeself writes it.
///
/// Read, never executed. Two forms of the script say where the payload begins: NVIDIA's makeself
/// names its first line among the first lines (`skip=N`), makeself 2, of CUDA's files, the last
/// line before it (``offset=`head -n N …` ``). An Error with Fault::Verification for a file that is
/// no such script, that is cut off, or where no tar begins where it says. Its checksums are not
/// looked at: whoever changed the file changed them too.
#pragma once

#include "host/base/fd.h"

#include <cstdint>
#include <string>

namespace precompile {

struct RunFile {
    std::uint64_t payload = 0; ///< where the tar begins, bytes
    std::string machine;       ///< as `uname -m` prints it; empty: the script does not say
    std::string label;         ///< what the script says of itself; may be empty
};

/// `name` names the file in errors.
RunFile readRunFile(const host::Fd& file, const std::string& name);

} // namespace precompile
