#include "precompile/source/source_copy.h"

#include "host/base/directories.h"
#include "host/base/error.h"

#include <algorithm>
#include <fmt/format.h>
#include <set>
#include <string>
#include <vector>

namespace precompile {

namespace {

namespace fs = std::filesystem;

/// A directory that is yet to be copied.
struct Work {
    fs::path from; ///< without links
    fs::path to;
    std::set<fs::path> above; ///< the directories that it was reached through, without links
};

bool isBuilt(const fs::path& name) {
    static const std::set<std::string> kEndings = {".o", ".ko", ".mod", ".cmd"};
    static const std::set<std::string> kNames = {"conftest", "nv_compiler.h", "modules.order",
                                                 "Module.symvers", ".tmp_versions"};
    return kEndings.contains(name.extension().string()) || kNames.contains(name.string()) ||
           name.string().ends_with(".mod.c");
}

[[noreturn]] void refuse(const fs::path& entry, const std::string& problem) {
    throw host::Error(fmt::format("{} {}", entry.string(), problem),
                      "Unpack the driver's sources again.");
}

bool isBelow(const fs::path& path, const fs::path& root) {
    return std::ranges::mismatch(root, path).in1 == root.end();
}

/// What the entry is or leads to, without links.
fs::path targetOf(const fs::path& entry, const fs::path& root) {
    std::error_code error;
    const fs::path target = fs::canonical(entry, error);
    if (error) {
        refuse(entry, "is a link that leads nowhere: " + error.message());
    }
    if (!isBelow(target, root)) {
        refuse(entry, fmt::format("leads out of the driver's sources in {}, to {}", root.string(),
                                  target.string()));
    }
    return target;
}

void copyFile(const fs::path& from, const fs::path& to) {
    std::error_code error;
    fs::copy_file(from, to, error);
    if (error) {
        host::throwErrno("copy", from.string() + " to " + to.string(), error.value());
    }
}

} // namespace

void copySources(const DriverSource& source, const fs::path& destination) {
    const fs::path root = fs::canonical(source.root.empty() ? source.directory : source.root);
    std::vector<Work> todo = {{targetOf(source.directory, root), destination, {}}};
    while (!todo.empty()) {
        Work directory = std::move(todo.back());
        todo.pop_back();
        fs::create_directory(directory.to);
        directory.above.insert(directory.from);
        for (const auto& entry : host::entriesOf(directory.from)) {
            if (isBuilt(entry.filename())) {
                continue;
            }
            const fs::path target = targetOf(entry, root);
            const fs::path copy = directory.to / entry.filename();
            if (directory.above.contains(target) || isBelow(directory.from, target)) {
                refuse(entry, "is a link that leads in a circle");
            }
            if (fs::is_directory(target)) {
                todo.push_back({target, copy, directory.above});
            } else if (fs::is_regular_file(target)) {
                copyFile(target, copy);
            } else {
                refuse(entry, "is no file, directory or link");
            }
        }
    }
}

} // namespace precompile
