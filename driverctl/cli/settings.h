/// What one command may read of the configuration: the settings that its row names, nothing else.
///
/// To read another one is a mistake in the program, std::logic_error, whatever its value is: so a
/// command cannot follow a setting that its help does not tell of, and every test that runs it
/// proves that its row is complete.
#pragma once

#include "driverctl/cli/options.h"
#include "driverctl/cli/setting.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace driverctl {

struct Command;

class Settings {
  public:
    /// `options` have to outlive it.
    Settings(const Options& options, const Command& command);

    /// A whole group: the command has to name every setting of it.
    template <typename Group>
    [[nodiscard]] const Group& get() const {
        const Group& group = options_.group<Group>();
        requireNamed(&group, sizeof(group));
        return group;
    }
    /// One setting of a group: get(&RegistrySettings::caFile).
    template <typename Group, typename Value>
    [[nodiscard]] const Value& get(Value Group::*member) const {
        const Value& value = options_.group<Group>().*member;
        requireNamed(&value, sizeof(value));
        return value;
    }

    [[nodiscard]] bool names(std::string_view setting) const;
    /// The value in words, as a child's command line takes it.
    [[nodiscard]] std::vector<std::string> valuesOf(const Setting& setting) const;

  private:
    void requireNamed(const void* begin, std::size_t size) const;

    const Options& options_;
    std::string_view command_;
    std::vector<std::string_view> names_;
};

} // namespace driverctl
