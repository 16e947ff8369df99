/// An installation for a node's container runtimes: files of ours in a directory, a configuration
/// that leads to them, and a daemon that has read it. In that order; taken back in reverse.
///
/// The directory's record says what was configured, before it is: whoever comes after a SIGKILL
/// takes that back too, and a runtime that is not wanted any more. What fails on the way up is
/// taken back, unless an older version was there. Throws host::Error.
#pragma once

#include "host/base/observer.h"
#include "toolkit/installation/activation.h"
#include "toolkit/installation/installation_plan.h"
#include "toolkit/installation/installed_files.h"
#include "toolkit/runtimes/configure.h"
#include "toolkit/runtimes/daemon_check.h"

namespace toolkit {

class Installation {
  public:
    /// `files` are the node's: those of the container runtimes, whose daemons are asked.
    Installation(InstallationPlan plan, const host::Observer& observer,
                 runtimes::DaemonQuestions daemon,
                 runtimes::ConfigFiles files = runtimes::ConfigFiles());

    void putUp();
    /// Files that a daemon may still start stay, until it has read its configuration.
    void takeBack();

  private:
    void configure();
    void removeOthers();
    [[nodiscard]] bool unconfigure(const ConfiguredRuntime& configured);
    /// Does what the record says, or takes it back.
    [[nodiscard]] runtimes::Outcome change(const ConfiguredRuntime& configured,
                                           const runtimes::RuntimeSettings& settings,
                                           bool removes) const;
    [[nodiscard]] Activation activationOf(runtimes::Runtime runtime,
                                          const runtimes::Outcome& outcome) const;
    void tell(const runtimes::Outcome& outcome) const;
    void giveUp();

    InstallationPlan plan_;
    const host::Observer& observer_;
    runtimes::DaemonQuestions daemon_;
    runtimes::ConfigFiles files_;
    InstalledFiles installed_;
};

} // namespace toolkit
