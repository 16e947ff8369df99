/// A kernel that does nothing but keep a directory tree like /sys/module up to date and write down
/// what it is asked for; and that fails on request.
#pragma once

#include "host/base/error.h"
#include "host/kernel/kernel.h"
#include "tests/unit/temporary.h"

#include <map>
#include <string>
#include <vector>

namespace tests {

class RecordingKernel : public host::Kernel {
  public:
    explicit RecordingKernel(const Directory& sys) : sys_(sys) {}

    void insertModule(int /*fd*/, const std::string& parameters, const std::string& name) override {
        call("insert " + name + (parameters.empty() ? "" : " " + parameters));
        sys_.write("module/" + underscored(name) + "/initstate", "live\n");
    }
    void removeModule(const std::string& name) override {
        call("remove " + name);
        std::filesystem::remove_all(sys_.path() / "module" / name);
    }
    void unbindDevice(const std::string& driver, const std::string& address) override {
        call("unbind " + driver + " " + address);
    }
    void makeDeviceNode(const host::DeviceNode& node) override {
        call("mknod " + node.path.string());
    }
    void bindRecursive(const std::filesystem::path& source,
                       const std::filesystem::path& target) override {
        call("bind " + source.string() + " " + target.string());
    }
    void setPropagation(const std::filesystem::path& target, unsigned long /*flags*/) override {
        call("propagation " + target.string());
    }
    void detach(const std::filesystem::path& target) override { call("detach " + target.string()); }

    std::vector<std::string> calls;
    std::map<std::string, int> failures; ///< errno by call

  private:
    void call(const std::string& text) {
        calls.push_back(text);
        if (const auto failure = failures.find(text); failure != failures.end()) {
            host::throwErrno("do", text, failure->second);
        }
    }
    static std::string underscored(std::string name) {
        for (char& character : name) {
            character = character == '-' ? '_' : character;
        }
        return name;
    }
    const Directory& sys_;
};

} // namespace tests
