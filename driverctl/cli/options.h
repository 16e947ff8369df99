/// All that is configured, as one aggregate of groups. Only driverctl/cli/ and main() see it: a
/// command is given what its row names (driverctl/cli/settings.h), a function the group that it
/// needs.
#pragma once

#include "distribution/target_settings.h"
#include "driverctl/cli/command_settings.h"
#include "driverctl/cli/log_settings.h"
#include "flatcar/mirror_settings.h"
#include "loader/life_settings.h"
#include "loader/metrics/metrics_settings.h"
#include "precompile/build/build_settings.h"
#include "precompile/matrix/matrix_settings.h"
#include "precompile/package/driver_settings.h"
#include "precompile/package/signing_settings.h"
#include "precompile/package/store_settings.h"
#include "precompile/share/registry_settings.h"
#include "precompile/share/search_settings.h"
#include "toolkit/cdi/cdi_settings.h"
#include "toolkit/installation/install_settings.h"
#include "toolkit/inventory/inventory_settings.h"
#include "toolkit/runtimes/runtime_settings.h"

#include <tuple>

namespace driverctl {

struct Options {
    LogSettings log;
    distribution::TargetSettings target;
    precompile::DriverSettings driver;
    precompile::StoreSettings store;
    flatcar::MirrorSettings mirror;
    precompile::BuildSettings build;
    precompile::SigningSettings signing;
    precompile::SearchSettings search;
    precompile::RegistrySettings registry;
    precompile::MatrixSettings matrix;
    loader::LifeSettings life;
    toolkit::InventorySettings inventory;
    toolkit::cdi::CdiSettings cdi;
    toolkit::runtimes::RuntimeSettings runtime;
    toolkit::InstallSettings install;
    loader::MetricsSettings metrics;
    CommandSettings command;

    /// The group of that type.
    template <typename Group>
    [[nodiscard]] const Group& group() const {
        return std::get<const Group&>(std::tie(log, target, driver, store, mirror, build, signing,
                                               search, registry, matrix, life, inventory, cdi,
                                               runtime, install, metrics, command));
    }
};

} // namespace driverctl
