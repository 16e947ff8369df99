#include "toolkit/cdi/yaml.h"

#include "host/base/error.h"
#include "host/base/printable.h"
#include "host/base/text.h"

#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sstream>
#include <vector>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

namespace toolkit::cdi {

using Json = nlohmann::json;

namespace {

constexpr std::size_t kDeepest = 16; ///< as host::parseStrict

constexpr std::string_view kNulls[] = {"", "~", "null", "Null", "NULL"};
constexpr std::string_view kTruths[] = {"true", "True", "TRUE", "yes", "Yes", "YES",
                                        "on",   "On",   "ON",   "y",   "Y"};
constexpr std::string_view kUntruths[] = {"false", "False", "FALSE", "no", "No", "NO",
                                          "off",   "Off",   "OFF",   "n",  "N"};

bool isOneOf(std::span<const std::string_view> words, const std::string& text) {
    return std::ranges::find(words, text) != words.end();
}

/// With a sign, in base ten or with a prefix; a leading zero means octal in YAML 1.1.
std::optional<Json> integerOf(const std::string& text) {
    constexpr int kOctal = 8;
    const bool isNegative = text.starts_with('-');
    const auto digits = std::string_view(text).substr(isNegative || text.starts_with('+') ? 1 : 0);
    const bool isOctal = digits.size() > 1 && digits.front() == '0' && digits[1] != 'x';
    const auto number = isOctal ? host::toNumber<std::uint64_t>(digits, kOctal)
                                : host::toNumberOfEitherBase<std::uint64_t>(digits);
    if (!number) {
        return std::nullopt;
    }
    if (!isNegative) {
        return Json(*number);
    }
    const auto negative = host::toNumber<std::int64_t>(fmt::format("-{}", *number));
    return negative ? std::optional(Json(*negative)) : std::nullopt;
}

/// What a scalar without quotes means.
Json valueOf(const std::string& text) {
    if (isOneOf(kNulls, text)) {
        return nullptr;
    }
    if (isOneOf(kTruths, text) || isOneOf(kUntruths, text)) {
        return isOneOf(kTruths, text);
    }
    if (auto integer = integerOf(text)) {
        return std::move(*integer);
    }
    double fraction = 0;
    const char* const end = text.data() + text.size();
    const auto [last, error] = std::from_chars(text.data(), end, fraction);
    return error == std::errc{} && last == end ? Json(fraction) : Json(text);
}

/// Builds the value of one document while yaml-cpp goes through it.
class Builder : public YAML::EventHandler {
  public:
    explicit Builder(Json& root) : root_(root) {}

    void OnDocumentStart(const YAML::Mark& /*mark*/) override {}
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override { add(nullptr, mark); }
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override {
        refuse(mark, "an alias");
    }
    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t /*anchor*/,
                  const std::string& value) override {
        const bool isQuoted = tag == "!";
        if (!isQuoted) {
            requireNoTag(mark, tag);
        }
        if (expectsKey()) {
            setKey(value, mark);
        } else {
            add(isQuoted ? Json(value) : valueOf(value), mark);
        }
    }
    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t /*anchor*/,
                         YAML::EmitterStyle::value /*style*/) override {
        open(Json::array(), tag, mark);
    }
    void OnSequenceEnd() override { open_.pop_back(); }
    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t /*anchor*/,
                    YAML::EmitterStyle::value /*style*/) override {
        open(Json::object(), tag, mark);
    }
    void OnMapEnd() override { open_.pop_back(); }

  private:
    /// A mapping or a list that is not at its end.
    struct Open {
        Json* value;
        std::optional<std::string> key = {}; ///< of a mapping: whose value comes next
    };

    [[noreturn]] static void refuse(const YAML::Mark& mark, std::string_view what) {
        throw host::Error(fmt::format("it has {} in line {}", what, mark.line + 1));
    }
    static void requireNoTag(const YAML::Mark& mark, const std::string& tag) {
        if (!tag.empty() && tag != "?") {
            refuse(mark, "a tag");
        }
    }
    [[nodiscard]] bool expectsKey() const {
        return !open_.empty() && open_.back().value->is_object() && !open_.back().key;
    }
    void setKey(const std::string& key, const YAML::Mark& mark) {
        if (open_.back().value->contains(key)) {
            refuse(mark, "a field for the second time");
        }
        open_.back().key = key;
    }
    Json& add(Json value, const YAML::Mark& mark) {
        if (expectsKey()) {
            refuse(mark, "a field whose name is no text");
        }
        if (open_.empty()) {
            return root_ = std::move(value);
        }
        auto& [container, key] = open_.back();
        if (container->is_array()) {
            return container->emplace_back(std::move(value));
        }
        auto& place = (*container)[*key] = std::move(value);
        key.reset();
        return place;
    }
    void open(Json value, const std::string& tag, const YAML::Mark& mark) {
        requireNoTag(mark, tag);
        if (open_.size() == kDeepest) {
            throw host::Error(fmt::format("it is nested deeper than {} levels", kDeepest));
        }
        open_.push_back({.value = &add(std::move(value), mark)});
    }

    Json& root_;
    std::vector<Open> open_;
};

/// As YAML asks for; yaml-cpp does not look.
void requireText(const std::string& text) {
    constexpr char kFirstPrintable = 0x20;
    constexpr char kDelete = 0x7f;
    const bool isText = host::isUtf8(text) && std::ranges::none_of(text, [](char byte) {
                            const bool isControl =
                                (byte >= 0 && byte < kFirstPrintable) || byte == kDelete;
                            return isControl && byte != '\n' && byte != '\r' && byte != '\t';
                        });
    if (!isText) {
        throw host::Error("it is no UTF-8 text");
    }
}

void emit(YAML::Emitter& out, const nlohmann::ordered_json& value) {
    if (value.is_object()) {
        out << YAML::BeginMap;
        for (const auto& [key, member] : value.items()) {
            out << YAML::Key << key << YAML::Value;
            emit(out, member);
        }
        out << YAML::EndMap;
    } else if (value.is_array()) {
        out << YAML::BeginSeq;
        for (const auto& entry : value) {
            emit(out, entry);
        }
        out << YAML::EndSeq;
    } else if (value.is_string()) {
        out << YAML::DoubleQuoted << value.get_ref<const std::string&>();
    } else if (value.is_null()) {
        out << YAML::Null;
    } else {
        out << value.dump();
    }
}

} // namespace

Json fromYaml(const std::string& text) {
    requireText(text);
    std::istringstream stream(text);
    try {
        YAML::Parser parser(stream);
        Json document;
        Builder builder(document);
        parser.HandleNextDocument(builder);
        if (Builder more(document); parser.HandleNextDocument(more)) {
            throw host::Error("it has a second document");
        }
        return document;
    } catch (const YAML::Exception& error) {
        throw host::Error(fmt::format("it is no YAML, from line {} on", error.mark.line + 1));
    }
}

std::string toYaml(const nlohmann::ordered_json& document) {
    YAML::Emitter out;
    emit(out, document);
    return std::string(out.c_str()) + "\n";
}

} // namespace toolkit::cdi
