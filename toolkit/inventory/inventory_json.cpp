#include "toolkit/inventory/inventory_json.h"

#include "host/base/file.h"
#include "host/base/json.h"
#include "host/process/process_identity.h"

#include <concepts>
#include <fmt/format.h>

namespace toolkit {

namespace {

namespace fs = std::filesystem;
using host::JsonValue;
using Json = nlohmann::ordered_json;

constexpr std::size_t kLargest = 4 << 20; ///< of a document; 80 libraries take 40 KiB

template <typename Value, typename Type>
concept Is = std::same_as<std::remove_const_t<Value>, Type>;

// fields(value, each) calls each(name, member) for every member of a struct, in the document's
// order: the one place that says what a document holds, for the writer and the reader.

void fields(Is<Link> auto& link, auto&& each) {
    each("link", link.link);
    each.relative("target", link.target);
    each("capability", link.capability);
}

void fields(Is<DriverFile> auto& file, auto&& each) {
    each("path", file.path);
    each("capability", file.capability);
}

void fields(Is<Binary> auto& binary, auto&& each) {
    each("path", binary.path);
    each("capability", binary.capability);
    each("container", binary.container);
}

void fields(Is<Library> auto& library, auto&& each) {
    each("path", library.path);
    each("capability", library.capability);
    each("is_32_bit", library.is32Bit);
    each("links", library.links);
}

void fields(Is<ConfigFile> auto& file, auto&& each) {
    each("path", file.path);
    each("container", file.container);
}

void fields(Is<CapabilityNode> auto& node, auto&& each) {
    each("access", node.access);
    each("node", node.node);
}

void fields(Is<MigAccess> auto& access, auto&& each) {
    each("gpu", access.gpu);
    each("mig", access.mig);
    each("gpu_instance", access.gpuInstance);
    each("compute_instance", access.computeInstance);
}

void fields(Is<gpu::MigDevice> auto& mig, auto&& each) {
    each("index", mig.index);
    each("uuid", mig.uuid);
    each("gpu_instance", mig.gpuInstance);
    each("compute_instance", mig.computeInstance);
}

void fields(Is<gpu::Gpu> auto& gpu, auto&& each) {
    each("index", gpu.index);
    each("address", gpu.address);
    each("minor", gpu.minor);
    each("uuid", gpu.uuid);
    each("model", gpu.model);
    each("architecture", gpu.architecture);
    each("brand", gpu.brand);
    each("mig_mode", gpu.inMigMode);
    each("migs", gpu.migs);
    each("drm_nodes", gpu.drmNodes);
    each("drm_links", gpu.drmLinks);
}

void fields(Is<Inventory> auto& inventory, auto&& each) {
    each("boot_id", inventory.bootId);
    each("driver_root", inventory.driverRoot);
    each("dev_root", inventory.devRoot);
    each("driver_version", inventory.driverVersion);
    each("module_version", inventory.moduleVersion);
    each("cuda_version", inventory.cudaVersion);
    each("source", inventory.source);
    each("nvml_failure", inventory.nvmlFailure);
    each("gpus", inventory.gpus);
    each("control_nodes", inventory.controlNodes);
    each("gpu_nodes", inventory.gpuNodes);
    each("mig_access", inventory.migAccess);
    each("imex_channels", inventory.imexChannels);
    each("mig_config", inventory.migConfig);
    each("mig_monitor", inventory.migMonitor);
    each("binaries", inventory.binaries);
    each("libraries", inventory.libraries);
    each("sockets", inventory.sockets);
    each("firmware", inventory.firmware);
    each("config_files", inventory.configFiles);
}

class Writer {
  public:
    void operator()(const char* name, const auto& value) { object_[name] = written(value); }
    void relative(const char* name, const fs::path& path) { object_[name] = path.string(); }

    template <typename Struct>
    static Json object(const Struct& value) {
        Writer writer;
        fields(value, writer);
        return std::move(writer.object_);
    }

  private:
    static Json written(const std::string& text) { return text; }
    static Json written(bool flag) { return flag; }
    static Json written(unsigned number) { return number; }
    static Json written(const fs::path& path) { return path.string(); }
    static Json written(Capability capability) { return toString(capability); }
    static Json written(gpu::Source source) { return toString(source); }
    template <typename Value>
    static Json written(const std::optional<Value>& value) {
        return value ? written(*value) : Json(nullptr);
    }
    template <typename Value>
    static Json written(const std::vector<Value>& values) {
        Json list = Json::array();
        for (const Value& value : values) {
            list.push_back(written(value));
        }
        return list;
    }
    template <typename Struct>
    static Json written(const Struct& value) {
        return object(value);
    }

    Json object_ = Json::object();
};

class Reader {
  public:
    explicit Reader(const JsonValue& object) : object_(object) {}

    void operator()(const char* name, auto& value) { read(object_.at(name), value); }
    void relative(const char* name, fs::path& path) {
        path = object_.at(name).text([](const std::string& text) { return isPath(text); });
    }

  private:
    static bool isPath(const std::string& text) {
        return !text.empty() && text.find('\0') == std::string::npos;
    }

    static void read(const JsonValue& value, std::string& text) { text = value.text(); }
    static void read(const JsonValue& value, bool& flag) { flag = value.flag(); }
    static void read(const JsonValue& value, unsigned& number) {
        number = value.integer<unsigned>();
    }
    /// Absolute, or empty for a node that is not there.
    static void read(const JsonValue& value, fs::path& path) {
        path = value.text([](const std::string& text) {
            return text.empty() || (isPath(text) && fs::path(text).is_absolute());
        });
    }
    static void read(const JsonValue& value, Capability& capability) {
        capability = *toCapability(
            value.text([](const std::string& word) { return toCapability(word).has_value(); }));
    }
    static void read(const JsonValue& value, gpu::Source& source) {
        const auto isKnown = [](const std::string& word) {
            return word == toString(gpu::Source::Nvml) || word == toString(gpu::Source::Proc);
        };
        source = value.text(isKnown) == toString(gpu::Source::Nvml) ? gpu::Source::Nvml
                                                                    : gpu::Source::Proc;
    }
    template <typename Value>
    static void read(const JsonValue& value, std::optional<Value>& optional) {
        if (!value.isNull()) {
            read(value, optional.emplace());
        }
    }
    template <typename Value>
    static void read(const JsonValue& value, std::vector<Value>& values) {
        for (const JsonValue& entry : value.list()) {
            read(entry, values.emplace_back());
        }
    }
    template <typename Struct>
    static void read(const JsonValue& value, Struct& object) {
        fields(object, Reader(value));
    }

    const JsonValue& object_;
};

} // namespace

nlohmann::ordered_json toJson(const Inventory& inventory) {
    return Writer::object(inventory);
}

std::string inventoryToText(const Inventory& inventory) {
    constexpr int kIndent = 2;
    return toJson(inventory).dump(kIndent, ' ', false, Json::error_handler_t::replace) + '\n';
}

Inventory inventoryFromText(const std::string& text, const std::string& origin) {
    const JsonValue document(text, {.refusal = fmt::format("{} is no inventory", origin),
                                    .remedy = "It is written anew by {command:init}."});
    Inventory inventory;
    fields(inventory, Reader(document));
    return inventory;
}

fs::path inventoryFile(const fs::path& runDir) {
    return runDir / "driverctl/inventory.json";
}

std::optional<Inventory> readInventory(const fs::path& file) {
    const auto text = host::readRegularFileIfExists(file, kLargest);
    return text ? std::optional(inventoryFromText(*text, file.string())) : std::nullopt;
}

bool isOfThisBoot(const Inventory& inventory, const host::Roots& roots) {
    return inventory.bootId == host::bootId(roots.proc);
}

} // namespace toolkit
