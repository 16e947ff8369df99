/// Whether modules can be loaded and removed at all, whichever they are: privileges, user
/// namespaces, kernel.modules_disabled, seccomp filters, kernels without modules or without their
/// removal.
///
/// Pure but for the files below the roots. What depends on the module (its signature, lockdown, its
/// symbols) is another question.
#pragma once

#include "host/base/roots.h"
#include "host/kernel/module_access.h"
#include "loader/checks/finding.h"

#include <optional>
#include <string>

namespace loader {

/// A driver that could not be taken back is not loaded: init needs both.
enum class Need { Removal, Both };

/// The problem in one sentence; nothing when the kernel would do it. `access` is what it answered.
std::optional<Finding> checkModulePermission(Need need, const host::ModuleAccess& access,
                                             const host::Roots& roots = {});

/// The same as host::Error(Fault::NotLoadable).
void requireModulePermission(Need need, const host::ModuleAccess& access,
                             const host::Roots& roots = {});

} // namespace loader
