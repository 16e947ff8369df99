/// JSON from outside, read the one way that leaves no room for a second reading.
///
/// A key that is there twice is refused, because readers differ in which value they take; so is
/// nesting that is deeper than any document that is read here, because copying such a value
/// recurses. A number is the type's or none: the library would convert 1e45 and -1 as well, to
/// nobody knows what. Every error says whose document it is and where in it. Of the document's
/// text, which may hold secrets, it quotes names of fields and what text() refuses, as they are:
/// who prints it makes it printable (printable.h).
#pragma once

#include "host/base/error.h"

#include <concepts>
#include <cstdint>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace host {

/// Throws Error that begins with "it". For documents that are changed and written again; what is
/// only read is read as a JsonValue.
nlohmann::json parseStrict(const std::string& text);
/// As parseStrict; the order of fields stays.
nlohmann::ordered_json parseStrictInOrder(const std::string& text);

/// The number, when it is an integer that the type holds.
template <std::integral Type, typename Json>
std::optional<Type> integerIn(const Json& value) {
    const auto narrowed = [](auto number) {
        return std::in_range<Type>(number) ? std::optional(static_cast<Type>(number))
                                           : std::nullopt;
    };
    return value.is_number_unsigned()  ? narrowed(value.template get<std::uint64_t>())
           : value.is_number_integer() ? narrowed(value.template get<std::int64_t>())
                                       : std::nullopt;
}

/// What the errors of one document have in common.
struct JsonOrigin {
    std::string refusal; ///< "FILE is no valid package index": the cause is put behind it
    std::string remedy = {};
    Fault fault = Fault::Failed;
};

/// A value of a document, and where it lies in it ("packages[3].size").
///
/// Shares the ownership of the document. Each function throws Error (JsonOrigin) when the value is
/// not what it is asked for as.
class JsonValue {
  public:
    JsonValue(const std::string& text, JsonOrigin origin);

    /// A field of an object.
    [[nodiscard]] JsonValue at(std::string_view field) const;
    /// Nothing when it is not there.
    [[nodiscard]] std::optional<JsonValue> find(std::string_view field) const;
    /// All fields of an object, sorted by name.
    [[nodiscard]] std::vector<std::pair<std::string, JsonValue>> fields() const;

    /// The entries of a list, which may have `most`.
    [[nodiscard]] std::vector<JsonValue> list(std::size_t most = SIZE_MAX) const;
    [[nodiscard]] std::vector<std::string> texts(std::size_t most = SIZE_MAX) const;

    [[nodiscard]] std::string text() const;
    /// A text that `isValid` says yes to.
    template <typename Check>
    [[nodiscard]] std::string text(const Check& isValid) const {
        auto value = text();
        if (!isValid(value)) {
            fail("has the invalid value '" + value + "'");
        }
        return value;
    }
    [[nodiscard]] bool flag() const;
    template <std::integral Type>
    [[nodiscard]] Type integer() const {
        const auto number = integerIn<Type>(*value_);
        if (!number) {
            fail("is no whole number of its range");
        }
        return *number;
    }

    [[nodiscard]] bool isNull() const { return value_->is_null(); }
    [[nodiscard]] bool isText() const { return value_->is_string(); }
    [[nodiscard]] bool isObject() const { return value_->is_object(); }
    [[nodiscard]] const nlohmann::json& json() const { return *value_; }

    /// Throws the document's Error: "<refusal>: <place, or it> <predicate>".
    [[noreturn]] void fail(const std::string& predicate) const;

  private:
    struct Document {
        nlohmann::json root;
        JsonOrigin origin;
    };
    JsonValue(std::shared_ptr<const Document> document, const nlohmann::json& value,
              std::string place)
        : document_(std::move(document)), value_(&value), place_(std::move(place)) {}
    void requireObject() const;

    std::shared_ptr<const Document> document_;
    const nlohmann::json* value_;
    std::string place_; ///< empty: the whole document
};

} // namespace host
