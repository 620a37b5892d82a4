// The head of a backend's answer, read as strictly as a request (reliability.md R-10).
#pragma once

#include <string_view>

#include "http/message.hpp"
#include "net/message_parser.hpp"

namespace gatelet {

struct ResponseHead {
  bool is_interim = false;  // 1xx: another head follows
  bool keep_alive = true;
  bool has_body = false;
};

// Fills `response` with views into `head`. Returns what is wrong, or an empty text.
std::string_view read_response_head(const MessageParser& parser, std::string_view head, bool is_answer_to_head_request, Response& response,
                                    ResponseHead& out);

}  // namespace gatelet
