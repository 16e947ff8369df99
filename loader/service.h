/// Something that a life serves meanwhile, beside its daemons: the metrics' listener. Whose it is
/// decides what serve() does; this folder knows no network.
#pragma once

namespace loader {

class Service {
  public:
    virtual ~Service() = default;
    /// Polls readable when serve() has something to do; -1: there is nothing to serve.
    [[nodiscard]] virtual int fd() const = 0;
    /// Does not throw: a service never costs a node its driver.
    virtual void serve() = 0;
};

} // namespace loader
