#include "host/net/download.h"

#include "host/base/error.h"
#include "host/base/file.h"
#include "host/net/http_status.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace host {

namespace {

using namespace http_status;

/// `<file>.part`, continued where it ends, and the validator that says of which version of the
/// document it is a part.
class FileBody : public HttpBody {
  public:
    explicit FileBody(const std::filesystem::path& file)
        : part_(file.string() + ".part"), etag_(file.string() + ".part.etag"),
          fd_(openFile(part_, O_WRONLY | O_CREAT, 0644)) {
        validator_ = readLineIfExists(etag_).value_or("");
        struct stat status {};
        if (::fstat(fd_.get(), &status) != 0) {
            throwErrno("stat", part_.string());
        }
        // Without a validator nobody knows what the bytes are part of.
        size_ = validator_.empty() ? 0 : static_cast<std::uint64_t>(status.st_size);
    }

    void begin(bool goesOn, const std::string& validator) override {
        size_ = goesOn ? size_ : 0;
        if (::ftruncate(fd_.get(), static_cast<off_t>(size_)) != 0) {
            throwErrno("truncate", part_.string());
        }
        if (validator != validator_) {
            writeFileAtomic(etag_, validator);
            validator_ = validator;
        }
    }

    void write(std::string_view data) override {
        while (!data.empty()) {
            const ssize_t count =
                ::pwrite(fd_.get(), data.data(), data.size(), static_cast<off_t>(size_));
            if (count < 0) {
                const int error = errno;
                throw SystemError(fmt::format("write byte {} of", size_), part_.string(), error,
                                  error == ENOSPC ? "Free space there, or name another directory "
                                                    "with {work-dir}."
                                                  : "");
            }
            size_ += static_cast<std::uint64_t>(count);
            data.remove_prefix(static_cast<std::size_t>(count));
        }
    }

    [[nodiscard]] std::uint64_t size() const override { return size_; }
    [[nodiscard]] std::uint64_t resumable() const override { return size_; }
    [[nodiscard]] std::string validator() const override { return validator_; }

    void discard() override {
        ::unlink(part_.c_str());
        ::unlink(etag_.c_str());
    }

    void finish(const std::filesystem::path& file) {
        if (::fsync(fd_.get()) != 0) {
            throwErrno("sync", part_.string());
        }
        if (::rename(part_.c_str(), file.c_str()) != 0) {
            throwErrno("rename a finished download to", file.string());
        }
        ::unlink(etag_.c_str());
        syncDirectory(file.parent_path());
    }

  private:
    std::filesystem::path part_;
    std::filesystem::path etag_;
    Fd fd_;
    std::uint64_t size_ = 0;
    std::string validator_;
};

/// False: there is no such document.
bool isThere(const HttpAnswer& answer, const Address& url) {
    if (answer.status == kOk) {
        return true;
    }
    if (answer.status == kNotFound || answer.status == kGone) {
        return false;
    }
    throw Error(fmt::format("{} answered HTTP status {}", url, answer.status),
                "Check the address, or name another server.");
}

} // namespace

std::optional<std::string> fetchDocument(HttpSession& session, const Address& url,
                                         std::uint64_t limit) {
    auto answer = session.send({.url = url, .limit = limit});
    return isThere(answer, url) ? std::optional(std::move(answer.body)) : std::nullopt;
}

bool downloadFile(HttpSession& session, const Address& url, const std::filesystem::path& file,
                  std::uint64_t limit) {
    FileBody body(file);
    const bool there = isThere(session.send({.url = url, .limit = limit}, body), url);
    if (there) {
        body.finish(file);
    } else {
        body.discard();
    }
    return there;
}

} // namespace host
