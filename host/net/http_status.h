/// HTTP status codes by name (RFC 9110), as far as they are told apart here.
#pragma once

namespace host::http_status {

constexpr long kOk = 200;
constexpr long kCreated = 201;
constexpr long kAccepted = 202;
constexpr long kNoContent = 204;
constexpr long kPartialContent = 206;
constexpr long kUnauthorized = 401;
constexpr long kForbidden = 403;
constexpr long kNotFound = 404;
constexpr long kRequestTimeout = 408;
constexpr long kGone = 410;
constexpr long kRangeNotSatisfiable = 416;
constexpr long kTooManyRequests = 429;
constexpr long kServerError = 500;

} // namespace host::http_status
