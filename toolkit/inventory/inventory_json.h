/// The inventory as a document: docs/schemas/inventory.schema.json.
///
/// What is written is read back as the same inventory, but for bytes that are no UTF-8, which are
/// replaced. The reader believes nothing: every field is there, paths are absolute, words known,
/// numbers whole; anything else is an Error that says whose document it is and where in it. Fields
/// of a newer version are not looked at.
#pragma once

#include "host/base/roots.h"
#include "toolkit/inventory/inventory.h"

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

namespace toolkit {

nlohmann::ordered_json toJson(const Inventory& inventory);

std::string inventoryToText(const Inventory& inventory);
/// `origin` names the document in errors.
Inventory inventoryFromText(const std::string& text, const std::string& origin);

/// <run-dir>/driverctl/inventory.json
std::filesystem::path inventoryFile(const std::filesystem::path& runDir);
/// Nothing where there is no such file.
std::optional<Inventory> readInventory(const std::filesystem::path& file);

/// Whether it was taken since the machine started: else the driver may be another one, and nodes
/// may have other numbers.
bool isOfThisBoot(const Inventory& inventory, const host::Roots& roots = {});

} // namespace toolkit
