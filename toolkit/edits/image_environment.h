/// The environment of a container as NVIDIA's images use it. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace toolkit {

class ImageEnvironment {
  public:
    /// Of "NAME=value" the last of a name counts; what has no "=" is no variable.
    explicit ImageEnvironment(const std::vector<std::string>& env);

    [[nodiscard]] std::optional<std::string> find(std::string_view name) const;
    /// Empty where it is not set.
    [[nodiscard]] std::string value(std::string_view name) const;

    /// An image older than NVIDIA_REQUIRE_CUDA: it wants every GPU and all capabilities unless it
    /// says otherwise, and the CUDA of its CUDA_VERSION.
    [[nodiscard]] bool isLegacy() const;

    /// Of all NVIDIA_REQUIRE_* but those for Jetson; none where NVIDIA_DISABLE_REQUIRE says so.
    /// Throws RequestError for a legacy image whose version is none.
    [[nodiscard]] std::vector<std::string> requirements() const;

  private:
    std::map<std::string, std::string, std::less<>> variables_;
};

} // namespace toolkit
