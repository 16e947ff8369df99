#include "precompile/compatibility/kernel_facts.h"

#include "host/base/rooted.h"
#include "host/base/text.h"

#include <algorithm>
#include <cctype>
#include <fmt/format.h>

namespace precompile {

namespace {

constexpr std::size_t kLargestFile = 16 << 20; ///< Module.symvers has 1 to 2 MiB
constexpr const char* kVersionHeader = "include/generated/uapi/linux/version.h";
constexpr const char* kRealTime = "CONFIG_PREEMPT_RT";

bool isOfWord(char letter) {
    return std::isalnum(static_cast<unsigned char>(letter)) != 0 || letter == '_';
}

/// Where a whole word stands; npos: nowhere.
std::size_t findWord(std::string_view text, std::string_view word) {
    for (auto at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
        const auto end = at + word.size();
        if ((at == 0 || !isOfWord(text[at - 1])) && (end == text.size() || !isOfWord(text[end]))) {
            return at;
        }
    }
    return std::string_view::npos;
}

std::string withoutComments(std::string text) {
    for (auto at = text.find("/*"); at != std::string::npos; at = text.find("/*", at)) {
        const auto end = text.find("*/", at + 2);
        text.replace(at, end == std::string::npos ? end : end + 2 - at, " ");
    }
    for (auto at = text.find("//"); at != std::string::npos; at = text.find("//", at)) {
        const auto end = text.find('\n', at);
        text.erase(at, end == std::string::npos ? end : end - at);
    }
    return text;
}

/// Of the function whose name ends there; nothing where no list of arguments follows.
std::optional<unsigned> argumentsAt(std::string_view text) {
    text = host::trimmed(text);
    if (!text.starts_with('(')) {
        return std::nullopt;
    }
    unsigned depth = 0;
    unsigned commas = 0;
    for (const char letter : text) {
        depth += letter == '(' ? 1U : 0U;
        depth -= letter == ')' ? 1U : 0U;
        commas += letter == ',' && depth == 1 ? 1U : 0U;
        if (depth == 0) {
            return commas + 1;
        }
    }
    return std::nullopt;
}

/// "…-rt", "…-rt-amd64", "…-rt30": Debian's and the upstream patches' names.
bool isRealTime(std::string_view release) {
    constexpr std::string_view kMark = "-rt";
    const auto at = release.find(kMark);
    const auto end = at + kMark.size();
    return at != std::string_view::npos &&
           (end == release.size() || !std::isalpha(static_cast<unsigned char>(release[end])));
}

std::set<std::string> optionsOf(const std::string& config) {
    std::set<std::string> options;
    for (const std::string& line : host::split(config, '\n')) {
        const auto at = line.find('=');
        const bool isSet = at != std::string::npos && at + 1 < line.size() && line[at + 1] != 'n';
        if (line.starts_with("CONFIG_") && isSet) {
            options.insert(line.substr(0, at));
        }
    }
    return options;
}

std::optional<unsigned> macroOf(const std::string& header, std::string_view name) {
    const auto at = findWord(header, name);
    if (at == std::string_view::npos) {
        return std::nullopt;
    }
    const auto rest = std::string_view(header).substr(at + name.size());
    return host::toNumber<unsigned>(host::trimmed(rest.substr(0, rest.find('\n'))));
}

/// Debian's own number is in no header, its kernel's is.
std::optional<KernelVersion> versionIn(const std::string& header) {
    const auto major = macroOf(header, "LINUX_VERSION_MAJOR");
    const auto minor = macroOf(header, "LINUX_VERSION_PATCHLEVEL");
    const auto patch = macroOf(header, "LINUX_VERSION_SUBLEVEL");
    return major && minor && patch ? std::optional(KernelVersion{*major, *minor, *patch})
                                   : std::nullopt;
}

/// A kernel's build tree, which may lie in two folders: what was built, and the sources.
class KernelTree {
  public:
    explicit KernelTree(const distribution::BuildRoot& buildRoot)
        : root_(buildRoot.root), build_(buildRoot.kernelBuild),
          source_(buildRoot.kernelBuild.parent_path() / "source") {}

    [[nodiscard]] std::optional<std::string> read(const std::filesystem::path& file) const {
        auto text = root_.read(build_ / file, kLargestFile);
        return text ? text : root_.read(source_ / file, kLargestFile);
    }

  private:
    host::Rooted root_;
    std::filesystem::path build_;
    std::filesystem::path source_;
};

} // namespace

std::optional<Compiler> compilerFrom(std::string_view text) {
    const auto name = text.find("gcc");
    if (name == std::string_view::npos) {
        return std::nullopt;
    }
    std::optional<Compiler> compiler;
    std::string line(text.substr(name, text.substr(name).find('\n')));
    std::ranges::replace(line, '-', ' ');
    for (const std::string& word : host::words(line)) {
        const auto number = word.substr(0, word.find('.'));
        if (const auto version = host::toNumber<unsigned>(number); version && number != word) {
            compiler = {.name = "gcc", .version = *version};
        }
    }
    return compiler;
}

std::optional<bool> answerOf(const KernelProbe& probe, const std::string& text) {
    const std::string code = withoutComments(text);
    const auto at = findWord(code, probe.name);
    if (!probe.arguments) {
        return (at != std::string::npos) == probe.present;
    }
    const auto arguments = at == std::string::npos
                               ? std::nullopt
                               : argumentsAt(std::string_view(code).substr(at + probe.name.size()));
    return arguments ? std::optional(*arguments == *probe.arguments) : std::nullopt;
}

KernelFacts kernelFactsOf(const distribution::Target& target,
                          const distribution::ReleaseContents& contents) {
    const std::string& release = target.kernel.empty() ? contents.kernel : target.kernel;
    KernelFacts facts{.release = release,
                      .architecture = target.architecture,
                      .version = versionOfRelease(release),
                      .compiler = compilerFrom(contents.compiler)};
    if (isRealTime(release)) {
        facts.options = {kRealTime};
    }
    return facts;
}

KernelFacts kernelFactsOf(const distribution::BuildRoot& buildRoot, const BreakTable& table) {
    KernelFacts facts = kernelFactsOf(buildRoot.target);
    const KernelTree tree(buildRoot);
    if (const auto header = tree.read(kVersionHeader)) {
        if (const auto version = versionIn(*header)) {
            facts.version = version;
        }
    }
    if (const auto config = tree.read(".config")) {
        facts.options = optionsOf(*config);
    }
    for (const KnownBreak& known : table.breaks) {
        const auto text = known.probe ? tree.read(known.probe->file) : std::nullopt;
        if (const auto answer = text ? answerOf(*known.probe, *text) : std::nullopt) {
            facts.probed[known.id] = *answer;
        }
    }
    return facts;
}

} // namespace precompile
