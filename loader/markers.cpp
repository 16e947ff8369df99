#include "loader/markers.h"

#include <exception>
#include <fmt/format.h>
#include <utility>

namespace loader {

Markers::Markers(const std::filesystem::path& runDirectory, host::NodeActions& actions)
    : actions_(actions), daemons_(runDirectory / "validations/.driver-daemons-status"),
      container_(runDirectory / "validations/.driver-ctr-ready"),
      digest_(runDirectory / "nvidia-driver.state") {}

void Markers::writeNotReady() const {
    actions_.writeFile(daemons_, "NotReady\n");
    actions_.remove(container_);
}

void Markers::writeReady() const {
    actions_.writeFile(daemons_, "Ready\n");
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

void Markers::removeConfigDigest() const {
    actions_.remove(digest_);
}

bool Markers::containerIsReady() const {
    return std::filesystem::exists(container_);
}

void Markers::remove() const {
    removeAll(actions_, {daemons_, container_});
}

NotReady::NotReady(const std::filesystem::path& runDirectory, host::NodeActions& actions,
                   host::Observer observer)
    : markers_(runDirectory, actions), observer_(std::move(observer)) {
    markers_.writeNotReady();
}

NotReady::~NotReady() {
    try {
        markers_.remove();
    } catch (const std::exception& error) {
        observer_.warn(error.what());
    }
}

} // namespace loader
