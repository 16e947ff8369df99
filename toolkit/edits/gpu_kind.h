/// The CDI kind of NVIDIA's GPUs: "nvidia.com/gpu=0" is the first one.
#pragma once

namespace toolkit {

inline constexpr const char* kGpuKind = "nvidia.com/gpu";

} // namespace toolkit
