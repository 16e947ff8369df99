/// The node's state as Prometheus reads it (text exposition format 0.0.4).
///
/// metricsText() is a pure function of the plain values in Metrics; who collects them decides what
/// is true. Label values may hold anything: they are escaped, and bytes that are no UTF-8 are
/// replaced, so that one odd file name does not cost the whole scrape. Names within a list have to
/// differ. Does not fail.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace loader {

struct Metrics {
    struct Gpu {
        std::string address; ///< 0000:3b:00.0
        std::string device;  ///< PCI device number
        std::string driver;  ///< the kernel driver that is bound to it; empty: none
    };
    struct Step {
        std::string name;
        double seconds = 0;
    };
    struct Daemon {
        std::string name;
        bool running = false;
        unsigned restarts = 0;
    };
    struct Module {
        std::string name;
        std::int64_t references = 0;
    };
    std::string version; ///< driverctl's
    std::string driver;  ///< what is loaded; empty: nothing
    std::string flavour;
    std::string kernel;
    std::string package; ///< its path
    std::string packageSha256;
    std::string phase;      ///< starting, ready, stopping, kept
    std::int64_t since = 0; ///< when the driver became ready, seconds since the epoch; 0: not yet
    std::vector<Gpu> gpus;
    std::vector<Step> steps;
    std::vector<Daemon> daemons;
    std::vector<Module> modules;
};

/// One family of lines a metric; a family without any value is left out.
std::string metricsText(const Metrics& metrics);

} // namespace loader
