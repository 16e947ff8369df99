#include "loader/markers.h"

#include "host/base/file.h"

#include <fmt/format.h>

namespace loader {

Markers::Markers(std::filesystem::path runDirectory)
    : runDirectory_(std::move(runDirectory)),
      daemons_(runDirectory_ / "validations/.driver-daemons-status"),
      container_(runDirectory_ / "validations/.driver-ctr-ready"),
      digest_(runDirectory_ / "nvidia-driver.state") {}

void Markers::writeDaemons(bool ready) const {
    std::filesystem::create_directories(daemons_.parent_path());
    host::writeFileAtomic(daemons_, ready ? "Ready\n" : "NotReady\n");
}

void Markers::writeContainerReady(const DriverFeatures& features) const {
    std::filesystem::create_directories(container_.parent_path());
    host::writeFileAtomic(
        container_,
        fmt::format("GDRCOPY_ENABLED: {}\nGDS_ENABLED: {}\nGPU_DIRECT_RDMA_ENABLED: {}\n",
                    features.gdrCopy, features.gpuDirectStorage, features.gpuDirectRdma));
}

void Markers::writeConfigDigest(const std::string& digest) const {
    if (!digest.empty()) {
        host::writeFileAtomic(digest_, digest + "\n");
    }
}

bool Markers::containerIsReady() const {
    return std::filesystem::exists(container_);
}

void Markers::remove() const {
    for (const auto& file : {daemons_, container_, digest_}) {
        std::error_code error;
        std::filesystem::remove(file, error); // ENOTDIR when there is no such directory
    }
}

} // namespace loader
