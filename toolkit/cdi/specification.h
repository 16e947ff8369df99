/// A CDI specification: devices of one kind, and what has to be changed in a container for each of
/// them, as a value; its document; and documents of others.
///
/// What is written has the lowest version that its content allows, names only fields that say
/// something, and no device numbers: those change between boots.
#pragma once

#include "toolkit/edits/container_edits.h"

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace toolkit::cdi {

struct Device {
    std::string name;
    ContainerEdits edits;
    bool operator==(const Device&) const = default;
};

struct Specification {
    std::string kind;
    std::vector<Device> devices;
    ContainerEdits edits; ///< for a container with any of the devices
    bool operator==(const Specification&) const = default;
};

enum class Format { Json, Yaml };

nlohmann::ordered_json toJson(const Specification& specification);

/// The whole document, its last newline included.
std::string toText(const Specification& specification, Format format);

/// By the name's ending, .json or .yaml; nothing for others, which are no CDI files.
std::optional<Format> formatOf(const std::filesystem::path& file);

/// A document of anybody's, as readers take it: any JSON, which validate() is for. Throws Error
/// that begins with "it".
nlohmann::json parseSpecification(const std::string& text, Format format);

} // namespace toolkit::cdi
