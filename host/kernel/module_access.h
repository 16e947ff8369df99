/// Whether the kernel lets this process insert and remove modules at all: asked with the system
/// calls themselves, in a form that can do nothing. That covers privileges, user namespaces,
/// kernel.modules_disabled, seccomp filters and kernels without modules or without their removal
/// alike; it says nothing of one module (signature, lockdown, SELinux).
#pragma once

namespace host {

/// The errno with which each call is refused; 0: it would be looked at.
struct ModuleAccess {
    int insert = 0;
    int remove = 0;
};

/// Runs each call in a child process, which a seccomp filter may kill: EPERM then.
ModuleAccess askModuleAccess();

} // namespace host
