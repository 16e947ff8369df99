#include "toolkit/edits/toolkit_config.h"

#include "host/base/documents/toml.h"
#include "host/base/error.h"
#include "toolkit/edits/comma_list.h"

#include <algorithm>
#include <fmt/format.h>
#include <optional>
#include <variant>

namespace fs = std::filesystem;

namespace toolkit {

namespace {

/// What a value is read into: its type says what it has to look like.
using Slot = std::variant<bool*, std::string*, std::vector<std::string>*, fs::path*, Capabilities*>;

struct Key {
    std::string_view name; ///< with its tables
    Slot (*in)(ToolkitConfig&);
};

constexpr std::string_view kSwarmResource = "swarm-resource";
constexpr std::string_view kLdconfig = "nvidia-container-cli.ldconfig";

const Key kKeys[] = {
    {"disable-require", [](ToolkitConfig& to) -> Slot { return &to.disableRequire; }},
    {kSwarmResource, [](ToolkitConfig& to) -> Slot { return &to.swarmResources; }},
    {"accept-nvidia-visible-devices-envvar-when-unprivileged",
     [](ToolkitConfig& to) -> Slot { return &to.acceptEnvironmentUnprivileged; }},
    {"accept-nvidia-visible-devices-as-volume-mounts",
     [](ToolkitConfig& to) -> Slot { return &to.acceptVolumeMounts; }},
    {"supported-driver-capabilities",
     [](ToolkitConfig& to) -> Slot { return &to.supportedCapabilities; }},
    {"nvidia-container-cli.root", [](ToolkitConfig& to) -> Slot { return &to.containerCli.root; }},
    {"nvidia-container-cli.path", [](ToolkitConfig& to) -> Slot { return &to.containerCli.path; }},
    {"nvidia-container-cli.environment",
     [](ToolkitConfig& to) -> Slot { return &to.containerCli.environment; }},
    {"nvidia-container-cli.debug",
     [](ToolkitConfig& to) -> Slot { return &to.containerCli.debug; }},
    {"nvidia-container-cli.ldcache",
     [](ToolkitConfig& to) -> Slot { return &to.containerCli.ldcache; }},
    {"nvidia-container-cli.load-kmods",
     [](ToolkitConfig& to) -> Slot { return &to.containerCli.loadKernelModules; }},
    {"nvidia-container-cli.no-cgroups",
     [](ToolkitConfig& to) -> Slot { return &to.containerCli.noCgroups; }},
    {"nvidia-container-cli.user", [](ToolkitConfig& to) -> Slot { return &to.containerCli.user; }},
    {kLdconfig, [](ToolkitConfig& to) -> Slot { return &to.containerCli.ldconfig; }},
    {"nvidia-container-runtime.debug", [](ToolkitConfig& to) -> Slot { return &to.runtime.debug; }},
    {"nvidia-container-runtime.log-level",
     [](ToolkitConfig& to) -> Slot { return &to.runtime.logLevel; }},
    {"nvidia-container-runtime.runtimes",
     [](ToolkitConfig& to) -> Slot { return &to.runtime.runtimes; }},
    {"nvidia-container-runtime.mode", [](ToolkitConfig& to) -> Slot { return &to.runtime.mode; }},
    {"nvidia-container-runtime.modes.cdi.annotation-prefixes",
     [](ToolkitConfig& to) -> Slot { return &to.runtime.annotationPrefixes; }},
    {"nvidia-container-runtime.modes.cdi.spec-dirs",
     [](ToolkitConfig& to) -> Slot { return &to.runtime.specDirectories; }},
    {"nvidia-container-runtime.modes.cdi.default-kind",
     [](ToolkitConfig& to) -> Slot { return &to.runtime.defaultKind; }},
    {"features.ignore-imex-channel-requests",
     [](ToolkitConfig& to) -> Slot { return &to.ignoreImexChannelRequests; }},
};

class Reader {
  public:
    Reader(const std::string& name, const fs::path& home) : name_(name), home_(home) {}

    void read(const toml::table& table, const std::string& prefix) {
        for (const auto& [key, node] : table) {
            const std::string name = prefix + std::string(key.str());
            const auto* const row = std::ranges::find(kKeys, name, &Key::name);
            if (row != std::end(kKeys)) {
                const auto assignTo = [&, &value = node](auto* slot) {
                    assign(*slot, *row, value);
                };
                std::visit(assignTo, row->in(read_.config));
            } else if (isTable(name) && node.is_table()) {
                read(*node.as_table(), name + ".");
            } else {
                read_.warnings.push_back(fmt::format("{}: '{}' is ignored: it is not known here",
                                                     placeOf(key.source()), name));
            }
        }
    }

    ParsedToolkitConfig take() { return std::move(read_); }

  private:
    [[nodiscard]] std::string placeOf(const toml::source_region& source) const {
        return host::placeIn(name_, source);
    }

    static bool isTable(const std::string& name) {
        return std::ranges::any_of(
            kKeys, [&](const Key& key) { return key.name.starts_with(name + "."); });
    }

    [[noreturn]] void refuse(const toml::node& node, const Key& key, std::string_view cause,
                             std::string_view remedy) const {
        throw host::Error(host::Fault::Usage,
                          fmt::format("{}: {} {}", placeOf(node.source()), key.name, cause),
                          std::string(remedy));
    }

    template <typename Value>
    Value valueOf(const toml::node& node, const Key& key, std::string_view type) const {
        const auto value = node.value_exact<Value>();
        if (!value) {
            refuse(node, key, "has a value of the wrong type", fmt::format("Give {}.", type));
        }
        return *value;
    }

    void assign(bool& to, const Key& key, const toml::node& node) const {
        to = valueOf<bool>(node, key, "true or false");
    }

    void assign(std::string& to, const Key& key, const toml::node& node) const {
        to = valueOf<std::string>(node, key, "text in quotes");
        if (key.name == kLdconfig && !to.starts_with('@')) {
            refuse(node, key, fmt::format("is '{}', a program of the container", to),
                   "Put @ before its path: the host's is run, a container's never.");
        }
    }

    void assign(fs::path& to, const Key& key, const toml::node& node) const {
        const auto text = valueOf<std::string>(node, key, "text in quotes");
        to = text.starts_with("~/") ? home_ / text.substr(2) : fs::path(text);
    }

    /// A list; of swarm's variables, text with commas.
    void assign(std::vector<std::string>& to, const Key& key, const toml::node& node) const {
        to.clear();
        if (key.name == kSwarmResource) {
            to = commaList(valueOf<std::string>(node, key, "text in quotes"));
            return;
        }
        if (!node.is_array()) {
            refuse(node, key, "has a value of the wrong type",
                   "Give an array of text: [\"one\", \"two\"].");
        }
        for (const toml::node& item : *node.as_array()) {
            to.push_back(valueOf<std::string>(item, key, "text in quotes"));
        }
    }

    void assign(Capabilities& to, const Key& key, const toml::node& node) const {
        Capabilities named;
        for (const auto& word : commaList(valueOf<std::string>(node, key, "text in quotes"))) {
            const auto capability = toCapability(word);
            if (word == "all") {
                return; // as it is without the key
            }
            if (!capability) {
                refuse(node, key, fmt::format("has the unknown capability '{}'", word),
                       "Give all, or some of utility, compute, video, graphics, display, ngx and"
                       " compat32, with commas between them.");
            }
            named.insert(*capability);
        }
        to = named;
    }

    std::string name_;
    fs::path home_;
    ParsedToolkitConfig read_;
};

} // namespace

ParsedToolkitConfig parseToolkitConfig(std::string_view text, const std::string& name,
                                       const fs::path& home) {
    Reader reader(name, home);
    reader.read(host::parseToml(text, name,
                                "The file is TOML: [table], and one name = value a line, text in"
                                " quotes."),
                "");
    return reader.take();
}

fs::path toolkitConfigFile(const std::map<std::string, std::string>& environment) {
    constexpr const char* kFile = "nvidia-container-runtime/config.toml";
    const auto find = [&](const char* name) {
        const auto found = environment.find(name);
        return found == environment.end() ? std::string() : found->second;
    };
    if (const auto file = find("NVIDIA_CTK_CONFIG_FILE_PATH"); !file.empty()) {
        return file;
    }
    const auto home = find("XDG_CONFIG_HOME");
    return fs::path(home.empty() ? "/etc" : home) / kFile;
}

} // namespace toolkit
