#include "host/net/http.h"

#include "host/base/error.h"
#include "host/base/file.h"
#include "host/net/http_curl.h"
#include "host/net/http_retry.h"
#include "host/net/http_status.h"
#include "host/process/signals.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <memory>
#include <sys/stat.h>
#include <unistd.h>

namespace host {

namespace {

using namespace http_status;

using Handle = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;

constexpr std::size_t kMostIgnored = 64 << 10; ///< of a body that nobody wants

/// Where a body goes. begin() is called once, when the status is known and before the first byte,
/// with how many bytes the server announces: 0 when it does not say.
class Body {
  public:
    Body() = default;
    Body(const Body&) = delete;
    Body& operator=(const Body&) = delete;
    Body(Body&&) = delete;
    Body& operator=(Body&&) = delete;
    virtual ~Body() = default;
    virtual void begin(long status, const std::string& validator, std::uint64_t announced) = 0;
    virtual void write(std::string_view data) = 0;
    /// Of what there is by now.
    [[nodiscard]] virtual std::uint64_t size() const = 0;
};

class MemoryBody : public Body {
  public:
    explicit MemoryBody(std::size_t limit) : limit_(limit) {}
    void begin(long /*status*/, const std::string& /*validator*/,
               std::uint64_t /*announced*/) override {
        text.clear();
    }
    void write(std::string_view data) override {
        if (text.size() + data.size() > limit_) {
            throw Error(fmt::format("the answer is larger than {} bytes", limit_));
        }
        text += data;
    }
    [[nodiscard]] std::uint64_t size() const override { return text.size(); }
    std::string text;

  private:
    std::size_t limit_;
};

/// `<file>.part`, continued where it ends, and the validator that says of which version of the
/// document it is a part.
class FileBody : public Body {
  public:
    FileBody(const std::filesystem::path& file, std::uint64_t limit)
        : part_(file.string() + ".part"), etag_(file.string() + ".part.etag"),
          fd_(openFile(part_, O_WRONLY | O_CREAT, 0644)), limit_(limit) {
        validator_ = readLineIfExists(etag_).value_or("");
        struct stat status {};
        if (::fstat(fd_.get(), &status) != 0) {
            throwErrno("stat", part_.string());
        }
        // Without a validator nobody knows what the bytes are part of.
        size_ = validator_.empty() ? 0 : static_cast<std::uint64_t>(status.st_size);
    }

    void begin(long status, const std::string& validator, std::uint64_t announced) override {
        if (status != kPartialContent) {
            size_ = 0;
        }
        requireRoom(announced);
        if (::ftruncate(fd_.get(), static_cast<off_t>(size_)) != 0) {
            throwErrno("truncate", part_.string());
        }
        if (validator != validator_) {
            writeFileAtomic(etag_, validator);
            validator_ = validator;
        }
    }

    void write(std::string_view data) override {
        requireRoom(data.size());
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

    void startAgain() { begin(kOk, "", 0); }

    [[nodiscard]] const std::string& validator() const { return validator_; }
    [[nodiscard]] std::uint64_t size() const override { return size_; }

  private:
    void requireRoom(std::uint64_t more) {
        if (size_ > limit_ || more > limit_ - size_) {
            ::unlink(part_.c_str());
            ::unlink(etag_.c_str());
            throw Error(
                fmt::format("the answer has more than the {} bytes that are allowed", limit_),
                "Do not trust the server, or what lies between.");
        }
    }

    std::filesystem::path part_;
    std::filesystem::path etag_;
    Fd fd_;
    std::uint64_t limit_;
    std::uint64_t size_ = 0;
    std::string validator_;
};

/// One request and its answer; what the callbacks of libcurl need.
struct Transfer {
    CURL* curl;
    Body& body;
    const HttpOptions& options;
    Patience& patience;
    const Address& url;
    std::uint64_t resumedFrom = 0;
    bool begun = false;
    std::size_t ignored = 0;
    std::exception_ptr failure = {};

    [[nodiscard]] long status() const { return statusOf(curl); }

    [[nodiscard]] std::string header(const char* name) const {
        curl_header* found = nullptr;
        return curl_easy_header(curl, name, 0, CURLH_HEADER, -1, &found) == CURLHE_OK ? found->value
                                                                                      : "";
    }

    /// Only a strong validator identifies bytes (RFC 9110, 8.8).
    [[nodiscard]] std::string validator() const {
        const std::string etag = header("ETag");
        return !etag.empty() && !etag.starts_with("W/") ? etag : header("Last-Modified");
    }

    void beginOnce() {
        if (begun) {
            return;
        }
        begun = true;
        if (status() == kPartialContent &&
            !header("Content-Range").starts_with(fmt::format("bytes {}-", resumedFrom))) {
            throw Error(fmt::format("the server was asked for bytes from {} and sent '{}'",
                                    resumedFrom, header("Content-Range")));
        }
        curl_off_t announced = 0;
        curl_easy_getinfo(curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &announced);
        body.begin(status(), validator(),
                   static_cast<std::uint64_t>(std::max<curl_off_t>(announced, 0)));
    }
};

std::size_t onData(char* data, std::size_t /*one*/, std::size_t size, void* context) {
    auto& transfer = *static_cast<Transfer*>(context);
    try {
        const long status = transfer.status();
        if (status == kOk || status == kPartialContent) {
            transfer.beginOnce();
            transfer.body.write({data, size});
            return size;
        }
        transfer.ignored += size;
        return transfer.ignored > kMostIgnored ? CURL_WRITEFUNC_ERROR : size;
    } catch (...) {
        transfer.failure = std::current_exception();
        return CURL_WRITEFUNC_ERROR;
    }
}

int onProgress(void* context, curl_off_t total, curl_off_t now, curl_off_t /*up*/,
               curl_off_t /*upNow*/) {
    auto& transfer = *static_cast<Transfer*>(context);
    try {
        if (transfer.options.stop != nullptr) {
            transfer.options.stop->throwIfPending();
        }
        transfer.patience.require(transfer.url, transfer.body.size());
        if (transfer.options.onProgress && transfer.begun) {
            const bool resumed = transfer.status() == kPartialContent;
            const std::uint64_t base = resumed ? transfer.resumedFrom : 0;
            transfer.options.onProgress({base + static_cast<std::uint64_t>(now),
                                         total > 0 ? base + static_cast<std::uint64_t>(total) : 0});
        }
        return 0;
    } catch (...) {
        transfer.failure = std::current_exception();
        return 1;
    }
}

void configure(CURL* curl, const Address& url, const HttpOptions& options, Transfer& transfer) {
    configureConnection(curl, url, options);
    followRedirects(curl);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &onData);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &transfer);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, &onProgress);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &transfer);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
}

[[noreturn]] void throwHttpStatus(CURL* curl, const Address& url, long status) {
    const std::string message = fmt::format("{} answered HTTP status {}", url, status);
    const std::string remedy = "Check the URL, or name another server with {mirror}.";
    throwIfTransient(curl, status, message, remedy);
    throw Error(message, remedy);
}

/// One attempt. Returns the status: 200, 206, 404, 410 or 416.
long attempt(const Address& url, const HttpOptions& options, Patience& patience, Body& body,
             std::uint64_t resumeFrom, const std::string& validator) {
    const Handle curl(curl_easy_init(), &curl_easy_cleanup);
    Transfer transfer{curl.get(), body, options, patience, url, resumeFrom};
    configure(curl.get(), url, options, transfer);
    HeaderList headers(nullptr, &curl_slist_free_all);
    if (resumeFrom > 0) {
        curl_easy_setopt(curl.get(), CURLOPT_RANGE, fmt::format("{}-", resumeFrom).c_str());
        headers.reset(curl_slist_append(nullptr, fmt::format("If-Range: {}", validator).c_str()));
        curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, headers.get());
    }
    const CURLcode result = curl_easy_perform(curl.get());
    if (transfer.failure) {
        std::rethrow_exception(transfer.failure);
    }
    if (result != CURLE_OK && transfer.ignored <= kMostIgnored) {
        throw TransientError(fmt::format("cannot fetch {}: {}", url, curl_easy_strerror(result)),
                             "Check the network and the server.");
    }
    const long status = transfer.status();
    if (status == kOk || status == kPartialContent) {
        transfer.beginOnce();
    } else if (status == kRangeNotSatisfiable &&
               transfer.header("Content-Range") == fmt::format("bytes */{}", resumeFrom)) {
        return kPartialContent; // If-Range held, and nothing was missing
    } else if (status != kNotFound && status != kGone && status != kRangeNotSatisfiable) {
        throwHttpStatus(curl.get(), url, status);
    }
    return status;
}

} // namespace

HttpClient::HttpClient(HttpOptions options) : options_(std::move(options)) {
    initialiseCurl();
}

std::optional<std::string> HttpClient::get(const Address& url, std::size_t limit) {
    HttpOptions options = options_;
    options.onProgress = {}; // for a small document it would only be noise
    MemoryBody body(limit);
    Patience patience(options);
    const long status = withRetries(
        options, patience, [&] { return attempt(url, options, patience, body, 0, ""); },
        [] { return std::uint64_t{0}; });
    return status == kOk ? std::optional(std::move(body.text)) : std::nullopt;
}

bool HttpClient::download(const Address& url, const std::filesystem::path& file,
                          std::uint64_t limit) {
    FileBody body(file, limit);
    Patience patience(options_, body.size());
    const auto once = [&] {
        const long status = attempt(url, options_, patience, body, body.size(), body.validator());
        if (status == kRangeNotSatisfiable) {
            body.startAgain();
            throw TransientError(fmt::format("{} is shorter than what was fetched of it", url), "");
        }
        return status;
    };
    const long status = withRetries(options_, patience, once, [&] { return body.size(); });
    if (status != kOk && status != kPartialContent) {
        return false;
    }
    body.finish(file);
    return true;
}

} // namespace host
