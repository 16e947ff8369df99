/// Where the body of an answer goes, over all attempts of a request.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace host {

class HttpBody {
  public:
    HttpBody() = default;
    HttpBody(const HttpBody&) = delete;
    HttpBody& operator=(const HttpBody&) = delete;
    HttpBody(HttpBody&&) = delete;
    HttpBody& operator=(HttpBody&&) = delete;
    virtual ~HttpBody() = default;

    /// Called once an attempt, before the first byte. `goesOn`: what is there stays, and the bytes
    /// come behind it. `validator`: ETag or Last-Modified of the document, or empty.
    virtual void begin(bool goesOn, const std::string& validator) = 0;
    virtual void write(std::string_view data) = 0;
    /// Of what is there by now.
    [[nodiscard]] virtual std::uint64_t size() const = 0;
    /// How many of them an attempt may go on from; 0: it starts again.
    [[nodiscard]] virtual std::uint64_t resumable() const = 0;
    /// What the document has to have still for that (If-Range); empty: nothing.
    [[nodiscard]] virtual std::string validator() const { return ""; }
    /// There is too much of it: nothing shall be left.
    virtual void discard() = 0;
};

/// A body as a value.
class MemoryBody : public HttpBody {
  public:
    /// `resume`: an attempt goes on where the last one broke. Only for bytes whose digest the
    /// caller checks: nothing else notices that the document changed meanwhile.
    explicit MemoryBody(bool resume = false) : resume_(resume) {}
    void begin(bool goesOn, const std::string& /*validator*/) override {
        if (!goesOn) {
            text.clear();
        }
    }
    void write(std::string_view data) override { text += data; }
    [[nodiscard]] std::uint64_t size() const override { return text.size(); }
    [[nodiscard]] std::uint64_t resumable() const override { return resume_ ? text.size() : 0; }
    void discard() override { text.clear(); }

    std::string text;

  private:
    bool resume_;
};

} // namespace host
