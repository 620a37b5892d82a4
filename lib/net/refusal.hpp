// Refusal: the answer to a request that is not let in: a small JSON body in the gateway's shape (gateway.md 3.8), after which the
// connection is closed (reliability.md R-8).
#pragma once

#include <string_view>

#include "net/message_parser.hpp"

namespace gatelet {

struct Refusal {
  int status = 0;               // 0: not refused
  std::string_view message;     // static
  std::string_view extra_line;  // a header line with its CRLF; may be empty
  explicit operator bool() const { return status != 0; }
};

// What it is told when there is too much to do.
inline constexpr Refusal refusal_no_room{503, "Too many connections are open.", "Retry-After: 1\r\n"};
inline constexpr Refusal refusal_no_memory{503, "The gateway has no memory left for the request.", "Retry-After: 1\r\n"};

// A client that came for a host without its demands is no client of one with them.
inline constexpr Refusal refusal_other_host{421, "The connection was made for another host; make one for the host of the request.", {}};

// What a client is told about bytes that are no request.
Refusal refusal_from(ParseFault fault, std::string_view reason);
// What an operator is told about bytes that are no answer; for LastError.Message.
std::string_view response_fault_text(ParseFault fault, std::string_view reason);

}  // namespace gatelet
