/// A loaded SELinux policy, played by a directory for selinuxfs and a table for what the kernel
/// answers.
#pragma once

#include "host/base/error.h"
#include "host/kernel/selinux_policy.h"
#include "tests/unit/temporary.h"

#include <cerrno>
#include <fmt/format.h>
#include <initializer_list>
#include <map>
#include <set>
#include <string>
#include <utility>

namespace tests {

class MadeSelinux {
  public:
    /// Of a class, in the order of their bits.
    static constexpr std::initializer_list<const char*> kPermissions = {
        "getattr", "open", "read", "write", "ioctl", "map", "execute", "execute_no_trans"};

    MadeSelinux() {
        enforce("1");
        directory.write("sys/fs/selinux/policyvers", "33");
        directory.write("sys/fs/selinux/mls", "1");
        directory.write("sys/fs/selinux/deny_unknown", "0");
        directory.write("etc/selinux/config", "# comment\nSELINUXTYPE=default\n");
        int index = 0;
        for (const char* name : {"file", "chr_file", "sock_file"}) {
            addClass(name, ++index);
        }
    }

    void enforce(std::string_view value) const { directory.write("sys/fs/selinux/enforce", value); }
    void setBoolean(const std::string& name, bool isOn) const {
        directory.write("sys/fs/selinux/booleans/" + name, isOn ? "1 1" : "0 0");
    }
    /// Everything, for a domain with things of a type.
    void allow(const std::string& domain, const std::string& type, unsigned permissions = ~0U) {
        types.insert({domain, type});
        allowed[{domain, type}] = permissions;
    }
    [[nodiscard]] host::Roots roots() const {
        host::Roots roots;
        roots.sys = directory.path() / "sys";
        roots.etc = directory.path() / "etc";
        return roots;
    }
    [[nodiscard]] host::SelinuxPolicy policy() const {
        return host::SelinuxPolicy(roots(), [this](const std::filesystem::path& file,
                                                   const std::string& question) {
            return file.filename() == "context" ? answerContext(question) : answerAccess(question);
        });
    }

    Directory directory;
    std::set<std::string> types;                                     ///< that the policy knows
    std::map<std::pair<std::string, std::string>, unsigned> allowed; ///< by domain and type
    std::string flags = "0";

  private:
    void addClass(const std::string& name, int index) const {
        const std::string folder = "sys/fs/selinux/class/" + name;
        directory.write(folder + "/index", std::to_string(index));
        int bit = 0;
        for (const char* permission : kPermissions) {
            directory.write(folder + "/perms/" + permission, std::to_string(++bit));
        }
    }
    [[nodiscard]] std::string answerContext(const std::string& context) const {
        if (!types.contains(std::string(typeIn(context)))) {
            host::throwErrno("ask", context, EINVAL);
        }
        return context;
    }
    [[nodiscard]] std::string answerAccess(const std::string& question) const {
        const auto space = question.find(' ');
        const auto rule = allowed.find({std::string(typeIn(question.substr(0, space))),
                                        std::string(typeIn(question.substr(space + 1)))});
        return fmt::format("{:x} ffffffff 0 ffffffff 7 {}",
                           rule == allowed.end() ? 0U : rule->second, flags);
    }
    static std::string typeIn(const std::string& context) {
        const auto role = context.find(':', context.find(':') + 1);
        return context.substr(role + 1, context.find_first_of(": ", role + 1) - role - 1);
    }
};

} // namespace tests
