/// An OCI runtime's config.json: what a container asks for is read out of it, and edits are put
/// into it.
///
/// What is not edited stays as it is: each field, known or not, and the order of all. Entries for
/// the same place (a variable, a mount's destination, a device's path) are replaced, so that edits
/// put in twice are there once. Pure: how a device node of the host looks is asked by a function.
/// Throws Error for a document whose edited parts have another shape.
#pragma once

#include "toolkit/edits/container_edits.h"
#include "toolkit/edits/host_node.h"
#include "toolkit/edits/request.h"

#include <nlohmann/json.hpp>
#include <string>

namespace toolkit {

/// config.json in the order of its text (host::parseStrictInOrder).
using OciSpec = nlohmann::ordered_json;

/// The parts that a request is read from.
ContainerParts containerPartsOf(const std::string& text);

/// Whether the container has a user namespace of its own.
bool hasUserNamespace(const OciSpec& spec);

/// Sets an annotation.
void annotate(OciSpec& spec, const std::string& name, const std::string& value);

/// Whose numbers the groups of nodes are. In a user namespace they are nobody's.
enum class NodeGroups { OfHost, OfNobody };

/// Returns what takes the edits away again: a JSON patch (RFC 6902) of the edited document. The
/// process gets the groups of nodes that are not everybody's, but not in a user namespace, which
/// does not know them.
OciSpec applyEdits(OciSpec& spec, const ContainerEdits& edits, const NodeLookup& lookup,
                   NodeGroups groups = NodeGroups::OfHost);

/// Gives the document as it was before; `undo` is what applyEdits() returned for it.
void removeEdits(OciSpec& spec, const OciSpec& undo);

} // namespace toolkit
