/// The program that container runtimes start as an OCI hook: how it is called wherever it is
/// installed, looked for and started.
#pragma once

namespace toolkit {

inline constexpr const char* kHookName = "driverctl-hook";

} // namespace toolkit
