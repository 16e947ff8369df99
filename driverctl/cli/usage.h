/// What CLI11 says, in the program's words: the layout of a help, and what is wrong with a command
/// line.
#pragma once

#include "host/base/error.h"

#include <memory>

namespace CLI {
class App;
class FormatterBase;
class ParseError;
} // namespace CLI

namespace driverctl {

/// CLI11's help with one blank line between groups.
std::shared_ptr<CLI::FormatterBase> helpFormatter();

/// The exception that `app` threw, as Fault::Usage; the remedy names the help of the command that
/// it is about. Values of unknown options stay out: they may be secrets.
host::Error usageError(const CLI::App& app, const CLI::ParseError& error);

} // namespace driverctl
