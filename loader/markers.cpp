#include "loader/markers.h"

#include <fmt/format.h>

namespace loader {

Markers::Markers(const std::filesystem::path& runDirectory, host::NodeActions& actions)
    : actions_(actions), daemons_(runDirectory / "validations/.driver-daemons-status"),
      container_(runDirectory / "validations/.driver-ctr-ready"),
      digest_(runDirectory / "nvidia-driver.state") {}

void Markers::writeDaemons(bool ready) const {
    actions_.writeFile(daemons_, ready ? "Ready\n" : "NotReady\n");
}

void Markers::writeContainerReady(const DriverFeatures& features) const {
    actions_.writeFile(
        container_,
        fmt::format("GDRCOPY_ENABLED: {}\nGDS_ENABLED: {}\nGPU_DIRECT_RDMA_ENABLED: {}\n",
                    features.gdrCopy, features.gpuDirectStorage, features.gpuDirectRdma));
}

void Markers::writeConfigDigest(const std::string& digest) const {
    if (!digest.empty()) {
        actions_.writeFile(digest_, digest + "\n");
    }
}

bool Markers::containerIsReady() const {
    return std::filesystem::exists(container_);
}

void Markers::remove() const {
    removeAll(actions_, {daemons_, container_, digest_});
}

} // namespace loader
