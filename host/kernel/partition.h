/// Partition tables of disk images, through libblkid.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace host {

struct Partition {
    int number = 0;
    std::uint64_t offset = 0; ///< bytes
    std::uint64_t size = 0;   ///< bytes
    std::string name;         ///< GPT partition name
    std::string label;        ///< label of the file system in it; empty when it has none
    std::string filesystem;   ///< "ext4", "btrfs", …; empty when unknown
};

/// All partitions of a regular file that holds a partition table. A file without one is an Error
/// that names the file. A partition that ends after the file's end is an Error too: the image is
/// truncated.
std::vector<Partition> readPartitions(const std::filesystem::path& image);

} // namespace host
