/// A patch that is carried for NVIDIA's sources: a unified diff with its reason in front of it.
///
/// Exact, or nothing: a hunk's old lines have to be in their file once, wherever; its line numbers
/// are not looked at. Pure but for the file that is read and written.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace precompile {

class SourcePatch {
  public:
    /// Throws Error that names the patch where it is no unified diff, or a hunk takes nothing away.
    SourcePatch(std::string name, std::string_view text);

    /// Whether each hunk's old lines are in the sources below the directory, once.
    [[nodiscard]] bool fits(const std::filesystem::path& sources) const;
    /// Throws Error that names patch and file, with nothing changed, where it does not fit.
    void apply(const std::filesystem::path& sources) const;

    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    [[nodiscard]] const std::string& sha256() const noexcept { return sha256_; }

  private:
    struct Hunk {
        std::filesystem::path file; ///< below the sources
        std::string before;
        std::string after;
    };
    void addLine(std::string_view line);

    std::string name_;
    std::string sha256_;
    std::vector<Hunk> hunks_;
};

/// Those that the program carries.
std::span<const SourcePatch> carriedPatches();

/// Throws Error when there is none of that name.
const SourcePatch& carriedPatch(std::string_view name);

} // namespace precompile
