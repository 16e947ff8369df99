/// The names of NVIDIA's programs that the binary answers to: started under one of them, it
/// understands that program's own options and runs a command of ours.
///
/// A name is a row of a table, which says what each option becomes of our command line. Pure, but
/// for --help and --version, which are answered on stdout. Options that are accepted and mean
/// nothing here become nothing; all others are host::Error(Fault::Usage).
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace driverctl {

/// The names, without directories.
std::vector<std::string_view> programNames();

/// What was typed, with "driverctl" as its first word, in our own words. Under any name that is
/// not in the table these are the words themselves. Nothing when --help or --version was answered.
std::optional<std::vector<std::string>> inOwnWords(int argc, const char* const* argv);

} // namespace driverctl
