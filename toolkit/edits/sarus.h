/// The environment of a container that Sarus starts.
///
/// The host's CUDA_VISIBLE_DEVICES says which GPUs a job has (SLURM sets it). They become
/// NVIDIA_VISIBLE_DEVICES; in the container they are counted anew, so that CUDA_VISIBLE_DEVICES
/// becomes each one's rank. Indices are ranked as numbers, and UUIDs stay: both differ from Sarus,
/// which sorts texts. A host without GPUs takes from the container all variables that ask for one.
/// Host indices are meant in PCI order (CUDA_DEVICE_ORDER=PCI_BUS_ID). Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace toolkit {

using Variables = std::map<std::string, std::string>;

/// What is said of an environment that Sarus has made, in which CUDA_VISIBLE_DEVICES are the ranks
/// of texts and those of numbers are others; nothing of any other.
std::optional<std::string> miscountedBySarus(const std::vector<std::string>& environment);

Variables environmentForSarus(const Variables& host, Variables container);

} // namespace toolkit
