/// Writes a manual page in mdoc(7), the language of man pages. Pure.
///
/// Any text may be given: what would be an instruction in it is escaped, and text lines are broken
/// where mdoc wants them, at the end of a sentence and before the 80th column.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace driverctl {

/// What a macro is given; see Mdoc::line().
struct MdocWord {
    enum class Kind { Macro, Text };
    std::string text;
    Kind kind = Kind::Text;
};

class Mdoc {
  public:
    using Words = std::vector<MdocWord>;

    /// The name is also the title. `summary` is one line, without a full stop.
    Mdoc(std::string_view name, int section, std::string_view summary);

    Mdoc& section(std::string_view title);
    Mdoc& subsection(std::string_view title);
    /// Sentences; a last one without a full stop gets one.
    Mdoc& text(std::string_view sentences);
    Mdoc& paragraph();
    /// A line of macros, the first of which begins it.
    Mdoc& line(const Words& words);
    Mdoc& beginList();
    Mdoc& item(const Words& words);
    Mdoc& endList();
    /// Shown as it is.
    Mdoc& example(std::string_view lines);

    [[nodiscard]] std::string page() const { return page_; }

  private:
    std::string page_;
};

/// A word that is a macro's name.
inline MdocWord macro(std::string text) {
    return {std::move(text), MdocWord::Kind::Macro};
}

} // namespace driverctl
