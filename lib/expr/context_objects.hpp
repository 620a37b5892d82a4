// The run-time objects behind `context`: what the files of its members share, and what the policy room makes values of.
#pragma once

#include "expr/member.hpp"
#include "http/message.hpp"

namespace gatelet::cs {

// IMessageBody.
struct MessageBody {
  Body* body = nullptr;
  const Headers* headers = nullptr;
};

// IUrl: all parts are texts of the exchange.
struct UrlParts {
  std::string_view scheme, host, path, query;
  uint16_t port = 0;
};

extern const Type response_type;           // IResponse; the object is a Response
extern const Type request_type;            // IRequest; the object is a Request
extern const Type url_type;                // IUrl; UrlParts
extern const Type message_body_type;       // IMessageBody; MessageBody
extern const Type header_dictionary_type;  // Headers
extern const Type query_dictionary_type;   // UrlParts
extern const Type variables_type;
extern const Type matched_parameters_type;
extern const Type group_type;     // IGroup; KeyValue of the two texts
extern const Type identity_type;  // IUserIdentity; likewise

extern const Type deployment_certificates_type;
extern const Type client_certificates_type;  // what templates know beside context.Request.Certificate: by thumbprint

// Iterates the pairs of a type with DictionaryOps.
Iterator* iterate_pairs(Evaluation& run, Value self);
// Null without a body.
Value body_value(Evaluation& run, Body& body, const Headers& headers);
// All values of the name joined with ','; null: absent.
const String* joined_values(Evaluation& run, Value dictionary, const String& name);
}  // namespace gatelet::cs
