/// The environment of a container that Sarus starts.
///
/// The host's CUDA_VISIBLE_DEVICES says which GPUs a job has (SLURM sets it). They become
/// NVIDIA_VISIBLE_DEVICES; in the container they are counted anew, so that CUDA_VISIBLE_DEVICES
/// becomes each one's rank. Indices are ranked as numbers, and UUIDs stay: both differ from Sarus,
/// which sorts texts. A host without GPUs takes from the container all variables that ask for one.
/// Host indices are meant in PCI order (CUDA_DEVICE_ORDER=PCI_BUS_ID). Pure.
#pragma once

#include <map>
#include <string>

namespace toolkit {

using Variables = std::map<std::string, std::string>;

Variables environmentForSarus(const Variables& host, Variables container);

} // namespace toolkit
