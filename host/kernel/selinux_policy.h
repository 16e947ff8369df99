/// The SELinux policy that the kernel has loaded, asked by selinuxfs (/sys/fs/selinux) without
/// libselinux.
///
/// Changes nothing. The kernel decides, so booleans count as they are now, and constraints too;
/// what a permissive machine would let pass all the same is refused. Throws SystemError for what
/// this process may not ask.
#pragma once

#include "host/base/roots.h"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace host {

enum class SelinuxMode {
    Off,      ///< not in the kernel, or switched off
    Unseen,   ///< in the kernel, and selinuxfs is not mounted here, as in most containers
    NoPolicy, ///< in the kernel, and everything is allowed
    Permissive,
    Enforcing,
};

std::string_view toString(SelinuxMode mode); ///< "enforcing"

class SelinuxPolicy {
  public:
    /// Writes the question into a file of selinuxfs and returns the answer. Throws SystemError.
    using Ask =
        std::function<std::string(const std::filesystem::path& file, const std::string& question)>;
    static std::string ask(const std::filesystem::path& file, const std::string& question);

    /// `roots.sys` and `roots.etc` are used.
    explicit SelinuxPolicy(const Roots& roots = {}, Ask ask = SelinuxPolicy::ask);

    [[nodiscard]] SelinuxMode mode() const;
    /// Whether contexts matter: there is a policy, and it can be asked.
    [[nodiscard]] bool isLoaded() const;
    /// Of the configuration, which is not always what is loaded: "default", "targeted"; empty:
    /// unknown.
    [[nodiscard]] std::string name() const;
    /// The newest version of policies that the kernel reads; empty: unknown.
    [[nodiscard]] std::string version() const;
    /// Whether contexts have levels: "s0:c1,c2".
    [[nodiscard]] bool hasLevels() const;
    /// Whether there is such a context: user, role, type and level are the policy's, and fit.
    [[nodiscard]] bool knows(const std::string& context) const;
    /// A boolean of the policy; nothing: it has none of that name.
    [[nodiscard]] std::optional<bool> boolean(const std::string& name) const;

    /// Which of the permissions ("open", "read") a process of context `source` does not have on an
    /// object of that class ("chr_file") and context; in the order of `permissions`.
    [[nodiscard]] std::vector<std::string>
    denied(const std::string& source, const std::string& target, const std::string& objectClass,
           const std::vector<std::string>& permissions) const;

  private:
    std::filesystem::path selinuxfs_;
    std::filesystem::path configuration_;
    Ask ask_;
};

} // namespace host
