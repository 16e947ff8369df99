/// What NVIDIA's kernel modules write below /proc/driver, as text.
///
/// Pure functions, which take any bytes: a line of another form is skipped.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace gpu {

/// "Name: value" lines: gpus/<address>/information, params, and the files that stand for
/// capabilities. Blanks and tabs around both do not count.
using ProcFields = std::map<std::string, std::string, std::less<>>;
ProcFields parseProcFields(std::string_view text);
/// Empty when it is not there.
std::string fieldOf(const ProcFields& fields, std::string_view name);
std::optional<unsigned> numberOf(const ProcFields& fields, std::string_view name);

/// /proc/driver/nvidia-caps/mig-minors: the minor of each capability's node by what it is for:
/// "gpu0/gi1/ci0/access", where 0 is the GPU's minor, or "config". Lists all that may ever be.
using MigMinors = std::map<std::string, unsigned, std::less<>>;
MigMinors parseMigMinors(std::string_view text);

/// "580.159.04" of /proc/driver/nvidia/version, which names the loaded kernel module's version
/// first; empty when it names none.
std::string parseModuleVersion(std::string_view text);

/// "535.161", "580.159.04": two or three numbers with dots between.
bool isDriverVersion(std::string_view text);

} // namespace gpu
