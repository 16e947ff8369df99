/// Every setting of the program as one typed value, and the table that says how each is named.
///
/// A setting is declared twice and nowhere else: its type and default as a member of Options, its
/// names and help as a row of settings() (settings_*.cpp). Command line, environment, file and
/// --print-config all work from the table.
#pragma once

#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace driverctl {

struct Options {
    // every command
    std::string logFormat = "text";
    bool quiet = false;
    bool verbose = false;

    // what the driver is built for and loaded on; empty: what the node says (see node.h)
    std::string release;
    std::string channel;
    std::string board;
    std::string kernel;
    std::string driver;
    std::string flavour = "auto";
    std::string tag;
    std::filesystem::path store = "/var/lib/driverctl/packages";
    std::filesystem::path sourceDir = "/usr/src";

    // building
    std::vector<std::string> mirrors = {"https://{channel}.release.flatcar-linux.net"};
    std::filesystem::path keyring = "/usr/share/driverctl/flatcar-image-signing-key.asc";
    std::string signingKey = "F88CFEDEFF29A5B4D9523864E25D9AED0593B34A";
    std::string signingKeyUrl = "https://www.flatcar.org/security/image-signing-key/"
                                "Flatcar_Image_Signing_Key.asc";
    std::filesystem::path workDir = "/var/cache/driverctl";
    std::filesystem::path buildRoot;
    unsigned maxThreads = 0;
    unsigned sourceDateEpoch = 0;
    std::string sign;
    std::filesystem::path signCertificate;
    std::string signHash = "sha256";
    bool force = false;
    std::filesystem::path mkprecompiled;
    std::string linker = "ld";

    // loading
    bool acceptLicense = false;
    bool noBuild = false;
    std::vector<std::string> packageSources;
    std::string persistence = "required";
    bool imex = false;
    bool keepLoaded = false;
    bool unbindNouveau = false;
    std::string configDigest;
    bool gpuDirectRdma = false;
    bool gpuDirectStorage = false;
    bool gdrCopy = false;
    bool hostMofed = false;
    std::filesystem::path metricsFile;
    std::string metricsListen;
    std::filesystem::path runDir = "/run/nvidia";
    std::filesystem::path parameterDir = "/drivers";
    std::filesystem::path devRoot = "/dev";

    // reports and single actions
    bool json = false;
    bool dryRun = false;
    bool planOnly = false;
    bool keepGoing = false;
    std::string probe;
    std::vector<std::string> packages;
    std::string reference;
    std::string mountFrom;
    std::filesystem::path directory;
    bool html = false;
    std::vector<std::string> authFiles;
    bool plainHttp = false;
    std::filesystem::path caFile;
    std::vector<std::string> trust;
    std::string packageKey;
    std::string show;
    std::filesystem::path output;
    std::filesystem::path image;
    std::filesystem::path storePath = "/var/lib/driverctl/packages";
    unsigned keep = 3;

    // many packages at once
    unsigned jobs = 1;
    std::vector<std::string> releases;
    std::vector<std::string> channels;
    std::vector<std::string> drivers;
    std::vector<std::string> flavours;
    std::string shard;
};

/// A member of Options, by type.
using Member =
    std::variant<std::string Options::*, std::filesystem::path Options::*, bool Options::*,
                 unsigned Options::*, std::vector<std::string> Options::*>;

/// What in a setting's value nobody but its user may read.
enum class Secret {
    None,
    Password, ///< of an address
    Pin,      ///< of a PKCS#11 URI
};

struct Setting {
    std::string_view name;       ///< long flag without dashes, and key in the file
    std::string_view flags = {}; ///< further flags ("-k"), comma separated
    /// Variables in order of precedence; the second is the name that NVIDIA's driver container
    /// uses. Without one the row is an argument of an action ("--dry-run"), which no configuration
    /// file may give.
    std::vector<std::string_view> environment = {};
    Member member = {};
    std::string_view placeholder = {}; ///< what the help calls the value: FILE, DIR, URL; N
    std::string_view help = {};
    std::vector<std::string_view> choices = {}; ///< empty: any value
    /// Other words for a choice, as NVIDIA's driver container knows them: {"true", "open"}.
    std::vector<std::pair<std::string_view, std::string_view>> synonyms = {};
    Secret secret = Secret::None;
    /// It makes the program check or sign something: an empty value, which would switch that off,
    /// is refused wherever it is given.
    bool guards = false;
    bool isInput = false; ///< names files or directories that have to be there

    [[nodiscard]] bool inFile() const { return !environment.empty(); }
    [[nodiscard]] bool isList() const {
        return std::holds_alternative<std::vector<std::string> Options::*>(member);
    }
};

std::span<const Setting> settings();

/// Throws std::logic_error for a name that no row has: commands list settings by name.
const Setting& setting(std::string_view name);

/// Parses `values` (one for all but lists; flags take true/false) into the member. Throws
/// host::Error(Fault::Usage) naming setting, value (its secret hidden) and `origin`. Refused are
/// also empty values where the default is none or that guard something, and values whose secret
/// --print-config has hidden.
void assign(Options& options, const Setting& setting, const std::vector<std::string>& values,
            std::string_view origin);

/// Throws host::Error(Fault::Usage) for an input of the setting that is not there or may not be
/// read, so that this has one exit code whatever command comes upon it.
void requireInput(const Options& options, const Setting& setting);

/// The value in the words that assign() takes.
std::vector<std::string> valuesOf(const Options& options, const Setting& setting);

/// The value as it may be seen by everybody: its secret is hidden.
std::string shown(const Setting& setting, const std::string& value);

/// The value as a TOML right-hand side, its secrets hidden.
std::string format(const Options& options, const Setting& setting);

} // namespace driverctl
