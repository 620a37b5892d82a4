// The head of a request as the gateway takes it: what llhttp accepts and HTTP does not (reliability.md) is refused here, the
// rest becomes an http::Request.
#pragma once

#include <string_view>

#include "http/message.hpp"
#include "net/message_parser.hpp"
#include "net/refusal.hpp"

namespace gatelet {

struct RequestHead {
  bool keep_alive = true;
  bool expects_continue = false;
  bool is_server_options = false;  // OPTIONS *: about the gateway itself, never routed
  bool has_body = false;
};

// Fills `request` with views into `head`, which are the parser's head bytes at a place that lives as long as the exchange. `default_host`
// is the host of an HTTP/1.0 request without one.
Refusal read_request_head(const MessageParser& parser, std::string_view head, std::string_view default_host, Arena& arena, Request& request,
                          RequestHead& out);

}  // namespace gatelet
