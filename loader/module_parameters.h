/// Module parameters from files, as NVIDIA's driver container takes them:
/// `<directory>/nvidia.conf`, nvidia-uvm.conf, nvidia-modeset.conf, …
///
/// A line holds name=value words; empty lines and lines that start with '#' are skipped; modprobe's
/// form `options <module> name=value …` is understood too. Everything else is an Error that names
/// file and line.
#pragma once

#include "loader/checks/finding.h"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace loader {

/// The name=value words of a line: split at blanks outside double quotes, which stay, for the
/// kernel understands them.
std::vector<std::string> parameterWords(std::string_view line);

/// The words of `text` joined by blanks: what init_module(2) takes. `origin` names the file.
std::string parseModuleParameters(std::string_view text, const std::string& module,
                                  const std::string& origin);

/// What the directory's file says, if there is one. nvidia, from driver 580 on, gets
/// NVreg_CoherentGPUMemoryMode=driver where the file does not name it, as in NVIDIA's driver
/// container: else the kernel would hand GPU memory of GH200 and GB200 out as its own.
std::string moduleParameters(const std::filesystem::path& directory, const std::string& module,
                             const std::string& driver);

/// A warning that names what lies there and nobody reads, such as a `nvidia_uvm.conf`; none where
/// all is read. Hidden files and directories are others': a ConfigMap is mounted with some.
Findings checkParameterFiles(const std::filesystem::path& directory);

} // namespace loader
