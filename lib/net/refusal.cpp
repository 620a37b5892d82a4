#include "net/refusal.hpp"

namespace gatelet {

Refusal refusal_from(ParseFault fault, std::string_view reason) {
  switch (fault) {
    case ParseFault::none: return {};
    case ParseFault::syntax: return {400, reason.empty() ? "The request is not valid HTTP/1.1." : reason, {}};
    case ParseFault::bad_method: return {501, "The request method is not known.", {}};
    case ParseFault::bad_version: return {505, "The request must be HTTP/1.1 or HTTP/1.0.", {}};
    case ParseFault::target_too_long: return {414, "The request target is longer than 8 KiB.", {}};
    case ParseFault::head_too_large: return {431, "The request head is larger than 32 KiB.", {}};
    case ParseFault::too_many_lines: return {431, "The request has more than 100 header lines.", {}};
    case ParseFault::chunk_extension_too_large: return {400, "A chunk extension is larger than 4 KiB.", {}};
    case ParseFault::trailers_too_large: return {431, "The trailers are larger than 32 KiB.", {}};
    case ParseFault::truncated: return {400, "The request ends before its body is complete.", {}};
  }
  return {};
}

std::string_view response_fault_text(ParseFault fault, std::string_view reason) {
  switch (fault) {
    case ParseFault::none: return {};
    case ParseFault::syntax: return reason.empty() ? "the answer is not valid HTTP/1.1" : reason;
    case ParseFault::bad_method: return "the answer is not valid HTTP/1.1";
    case ParseFault::bad_version: return "the answer is not HTTP/1.1 or HTTP/1.0";
    case ParseFault::target_too_long: return "the reason phrase of the answer is longer than 8 KiB";
    case ParseFault::head_too_large: return "the head of the answer is larger than 32 KiB";
    case ParseFault::too_many_lines: return "the answer has more than 100 header lines";
    case ParseFault::chunk_extension_too_large: return "a chunk extension of the answer is larger than 4 KiB";
    case ParseFault::trailers_too_large: return "the trailers of the answer are larger than 32 KiB";
    case ParseFault::truncated: return "the connection was closed before the answer was complete";
  }
  return {};
}

}  // namespace gatelet
