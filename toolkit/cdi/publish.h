/// The specification of this node's GPUs in a CDI directory: published while the driver is ready.
/// Whoever publishes removes the file before the driver goes.
///
/// One file of a fixed name, so that a later init replaces what a killed one left. Readers see the
/// old file or the new one, never part of it, and the file is not touched when it says the same
/// already: readers watch the directory. It is JSON, which has no second reading.
#pragma once

#include "host/kernel/node_actions.h"
#include "toolkit/cdi/specification.h"

#include <filesystem>

namespace toolkit::cdi {

/// <directory>/nvidia.com-gpu.json: the CDI library's name for a kind's file.
std::filesystem::path publishedFile(const std::filesystem::path& directory);

/// Whether the file was written. Throws SystemError.
bool publish(host::NodeActions& actions, const std::filesystem::path& directory,
             const Specification& specification);

/// The same for a file of any name: `text` takes its place unless it is there already.
bool replaceIfChanged(host::NodeActions& actions, const std::filesystem::path& file,
                      const std::string& text);

} // namespace toolkit::cdi
