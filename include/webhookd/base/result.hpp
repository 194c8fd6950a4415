#pragma once

#include <boost/system/result.hpp>

#include <initializer_list>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace webhookd {

/// What went wrong, as one sentence for the person who has to mend it: where, what, and what would do.
/// Areas whose callers must tell errors apart use an enumeration of their own instead (verify::Refusal,
/// journal::AppendError).
struct Error {
    std::string message;

    Error() = default;
    /// The parts joined: Error{"opening ", path, ": no such file"}. (Braces only: a text in parentheses is never taken
    /// for an Error, which keeps Result<std::string> unambiguous.)
    Error(std::initializer_list<std::string_view> parts) {
        for (const auto part : parts) message.append(part);
    }
};

/// A value or the reason why there is none. Used wherever failing is part of normal life; start-up code may throw
/// instead.
template <class T = void, class E = Error>
using Result = boost::system::result<T, E>;

/// Called by Result::value() on an error: the caller decided that an error here is exceptional.
[[noreturn]] inline void throw_exception_from_error(const Error& error, const boost::source_location&) {
    throw std::runtime_error(error.message);
}

} // namespace webhookd
