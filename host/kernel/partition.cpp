#include "host/kernel/partition.h"

#include "host/base/error.h"
#include "host/base/fd.h"
#include "host/base/file.h"

#include <blkid/blkid.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <memory>

namespace host {

namespace {

constexpr std::uint64_t kSector = 512; ///< libblkid's unit, whatever the device's own is

using Probe = std::unique_ptr<struct blkid_struct_probe, decltype(&blkid_free_probe)>;

Probe openProbe(const std::filesystem::path& image) {
    Probe probe(blkid_new_probe_from_filename(image.c_str()), &blkid_free_probe);
    if (!probe) {
        throwErrno("open", image.string());
    }
    return probe;
}

std::string lookUp(blkid_probe probe, const char* name) {
    const char* value = nullptr;
    return blkid_probe_lookup_value(probe, name, &value, nullptr) == 0 ? value : "";
}

void readFilesystem(const std::filesystem::path& image, Partition& partition) {
    const Fd fd = openFile(image, O_RDONLY);
    const Probe probe(blkid_new_probe(), &blkid_free_probe);
    if (!probe ||
        blkid_probe_set_device(probe.get(), fd.get(), static_cast<blkid_loff_t>(partition.offset),
                               static_cast<blkid_loff_t>(partition.size)) != 0) {
        throw Error(
            fmt::format("cannot probe partition {} of {}", partition.number, image.string()));
    }
    blkid_probe_enable_superblocks(probe.get(), 1);
    blkid_probe_set_superblocks_flags(probe.get(), BLKID_SUBLKS_LABEL | BLKID_SUBLKS_TYPE);
    if (blkid_do_safeprobe(probe.get()) == 0) {
        partition.label = lookUp(probe.get(), "LABEL");
        partition.filesystem = lookUp(probe.get(), "TYPE");
    }
}

} // namespace

std::vector<Partition> readPartitions(const std::filesystem::path& image) {
    const Probe probe = openProbe(image);
    blkid_probe_enable_superblocks(probe.get(), 0);
    blkid_probe_enable_partitions(probe.get(), 1);
    const blkid_partlist list = blkid_probe_get_partitions(probe.get());
    if (list == nullptr || blkid_partlist_numof_partitions(list) <= 0) {
        // libblkid ignores a GPT whose checksum is wrong or that describes a larger disk.
        throw Error(
            fmt::format("{} holds no valid partition table, or is truncated", image.string()));
    }
    const std::uint64_t fileSize = host::fileSize(image);
    std::vector<Partition> partitions;
    for (int i = 0; i < blkid_partlist_numof_partitions(list); ++i) {
        const blkid_partition entry = blkid_partlist_get_partition(list, i);
        Partition partition;
        partition.number = blkid_partition_get_partno(entry);
        partition.offset = static_cast<std::uint64_t>(blkid_partition_get_start(entry)) * kSector;
        partition.size = static_cast<std::uint64_t>(blkid_partition_get_size(entry)) * kSector;
        const char* name = blkid_partition_get_name(entry);
        partition.name = name == nullptr ? "" : name;
        if (partition.offset + partition.size > fileSize) {
            throw Error(fmt::format("{} is truncated: partition {} ends at byte {}, the file at {}",
                                    image.string(), partition.number,
                                    partition.offset + partition.size, fileSize));
        }
        readFilesystem(image, partition);
        partitions.push_back(std::move(partition));
    }
    return partitions;
}

} // namespace host
