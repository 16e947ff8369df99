#include "host/kernel/kernel_config.h"

#include "host/base/error.h"
#include "host/base/file.h"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>
#include <memory>
#include <sstream>
#include <vector>

namespace host {

namespace {

constexpr std::size_t kLargestConfig = 8 << 20; ///< today's have 300 kB

/// Plain or compressed by gzip. Nothing when it is not there, not readable or damaged.
std::optional<std::string> readText(const std::filesystem::path& file) {
    std::optional<std::string> content;
    try {
        content = readFileIfExists(file, kLargestConfig);
    } catch (const Error&) {
        return std::nullopt;
    }
    if (!content || !content->starts_with("\x1f\x8b")) {
        return content;
    }
    const std::unique_ptr<archive, decltype(&archive_read_free)> handle(archive_read_new(),
                                                                        &archive_read_free);
    archive_entry* entry = nullptr;
    if (archive_read_support_filter_gzip(handle.get()) != ARCHIVE_OK ||
        archive_read_support_format_raw(handle.get()) != ARCHIVE_OK ||
        archive_read_open_memory(handle.get(), content->data(), content->size()) != ARCHIVE_OK ||
        archive_read_next_header(handle.get(), &entry) != ARCHIVE_OK) {
        return std::nullopt;
    }
    std::string text;
    char buffer[64 << 10];
    for (;;) {
        const la_ssize_t count = archive_read_data(handle.get(), buffer, sizeof buffer);
        if (count == 0) {
            return text;
        }
        if (count < 0 || text.size() + static_cast<std::size_t>(count) > kLargestConfig) {
            return std::nullopt;
        }
        text.append(buffer, static_cast<std::size_t>(count));
    }
}

} // namespace

bool KernelConfig::has(std::string_view option) const {
    const auto value = values.find(option);
    return value != values.end() && (value->second == "y" || value->second == "m");
}

KernelConfig parseKernelConfig(std::string_view text, std::filesystem::path file) {
    KernelConfig config{.file = std::move(file), .values = {}};
    std::istringstream lines{std::string(text)};
    for (std::string line; std::getline(lines, line);) {
        const auto equals = line.find('=');
        if (line.starts_with("CONFIG_") && equals != std::string::npos) {
            config.values[line.substr(0, equals)] = line.substr(equals + 1);
        }
    }
    return config;
}

std::optional<KernelConfig> readKernelConfig(const std::string& kernel,
                                             const std::filesystem::path& proc,
                                             const std::filesystem::path& root) {
    std::vector<std::filesystem::path> files = {proc / "config.gz"};
    for (const auto& host : {root, proc / "1/root"}) {
        files.push_back(host / "boot" / ("config-" + kernel));
        for (const char* modules : {"usr/lib/modules", "lib/modules", "usr/lib64/modules"}) {
            files.push_back(host / modules / kernel / "config");
            files.push_back(host / modules / kernel / "build/.config");
        }
    }
    for (const auto& file : files) {
        if (const auto text = readText(file)) {
            auto config = parseKernelConfig(*text, file);
            if (!config.values.empty()) {
                return config;
            }
        }
    }
    return std::nullopt;
}

} // namespace host
