/// A node that is a directory: modules come and go below sys/module, mounts in proc/self/mountinfo,
/// device nodes are plain files. Writes down what it is asked for, with paths from that directory
/// on, and fails on request, before anything is done.
#pragma once

#include "host/base/error.h"
#include "host/base/roots.h"
#include "host/kernel/node_actions.h"
#include "tests/unit/temporary.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace tests {

class RecordingNodeActions : public host::NodeActions {
  public:
    explicit RecordingNodeActions(const Directory& node) : node_(node) { writeMounts(); }

    /// Of the node: the root is the directory itself.
    [[nodiscard]] host::Roots roots() const {
        const auto& path = node_.path();
        return {.proc = path / "proc",
                .sys = path / "sys",
                .dev = path / "dev",
                .run = path / "run",
                .etc = path / "etc",
                .root = path};
    }

    host::ModuleAccess moduleAccess() override { return access; }
    void insertModule(int /*fd*/, const std::string& parameters, const std::string& name) override {
        call("insert " + name + (parameters.empty() ? "" : " " + parameters));
        const auto directory = "sys/module/" + underscored(name);
        node_.write(directory + "/initstate", "live\n");
        node_.write(directory + "/version", version + "\n");
    }
    void insertFromTree(host::ModuleTree& /*tree*/, const std::string& name) override {
        call("insert from the tree " + name);
    }
    void removeModule(const std::string& name) override {
        call("remove " + name);
        std::filesystem::remove_all(node_.path() / "sys/module" / name);
    }
    void writeParameter(const std::filesystem::path& file, std::string_view value) override {
        const bool empties = value == std::string_view("\0", 1);
        call("set " + file.string() + " " + (empties ? "" : std::string(value)));
        std::ofstream(file) << (empties ? "" : value);
    }
    void makeDeviceNode(const host::DeviceNode& node) override {
        call("make node " + node.path.string());
        makeFile(node.path, "");
    }
    void makeLink(const std::filesystem::path& target, const std::filesystem::path& link) override {
        call("make link " + link.string());
        std::filesystem::create_directories(link.parent_path());
        std::filesystem::remove(link);
        std::filesystem::create_symlink(target, link);
    }
    void makeDirectories(const std::filesystem::path& directory) override {
        call("make directory " + directory.string());
        std::filesystem::create_directories(directory);
    }
    void writeFile(const std::filesystem::path& file, std::string_view content) override {
        call("write " + file.string());
        makeFile(file, content);
    }
    void copy(const std::filesystem::path& from, const std::filesystem::path& to) override {
        call("copy " + from.string() + " " + to.string());
        std::filesystem::create_directories(to.parent_path());
        std::filesystem::copy(from, to, std::filesystem::copy_options::overwrite_existing);
    }
    void remove(const std::filesystem::path& file) override {
        call("unlink " + file.string());
        std::filesystem::remove(file);
    }
    void setContext(const std::filesystem::path& file, const std::string& context) override {
        call("label " + file.string() + " " + context);
    }
    void bindRecursive(const std::filesystem::path& source,
                       const std::filesystem::path& target) override {
        call("bind " + source.string() + " " + target.string());
        mount(target);
    }
    void detach(const std::filesystem::path& target) override {
        call("detach " + target.string());
        const auto last = std::find(mounts.rbegin(), mounts.rend(), target);
        if (last == mounts.rend()) {
            host::throwErrno("unmount", target.string(), EINVAL);
        }
        mounts.erase(std::prev(last.base()));
        writeMounts();
    }
    host::Fd cloneMounts(const std::filesystem::path& path) override {
        call("clone " + path.string());
        return host::Fd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    }
    void attachMounts(const host::Fd& /*mounts*/, const std::filesystem::path& target) override {
        call("attach " + target.string());
        mount(target);
    }

    void mount(const std::filesystem::path& target) {
        mounts.push_back(target);
        writeMounts();
    }

    std::vector<std::string> calls;
    std::map<std::string, int> failures;       ///< errno by call
    std::function<void(std::size_t)> onCall;   ///< asked with the call's number; may throw
    std::vector<std::filesystem::path> mounts; ///< beside the root
    std::string version;                       ///< of the modules that are inserted
    host::ModuleAccess access;                 ///< what the kernel says

  private:
    void call(std::string text) {
        const std::string prefix = node_.path().string() + "/";
        for (auto at = text.find(prefix); at != std::string::npos; at = text.find(prefix)) {
            text.erase(at, prefix.size());
        }
        calls.push_back(text);
        if (const auto failure = failures.find(text); failure != failures.end()) {
            host::throwErrno("do", text, failure->second);
        }
        if (onCall) {
            onCall(calls.size() - 1);
        }
    }
    void makeFile(const std::filesystem::path& file, std::string_view content) const {
        node_.write(file.lexically_relative(node_.path()), content);
    }
    void writeMounts() const {
        std::string table = "1 0 0:1 / / rw shared:1 - tmpfs tmpfs rw\n";
        for (const auto& target : mounts) {
            table += "2 1 0:1 / " + target.string() + " rw shared:1 - tmpfs tmpfs rw\n";
        }
        node_.write("proc/self/mountinfo", table);
    }
    static std::string underscored(std::string name) {
        std::ranges::replace(name, '-', '_');
        return name;
    }
    const Directory& node_;
};

} // namespace tests
