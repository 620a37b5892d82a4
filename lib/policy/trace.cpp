#include "policy/trace.hpp"

#include <algorithm>

#include "base/limits.hpp"
#include "base/text.hpp"
#include "policy/policy.hpp"

namespace gatelet {

void RequestTrace::add(std::string_view source, const Origin* origin, Instant now, std::string data) {
  if (bytes_ > trace_bytes_max) return;
  TraceEntry entry;
  entry.source = source;
  if (origin) {
    entry.scope = text_of(origin->scope);
    entry.section = text_of(origin->section);
    entry.path = origin->path;
  }
  entry.elapsed_us = now.steady_us - start_us_;
  entry.data = std::move(data);
  bytes_ += sizeof entry + entry.source.size() + entry.path.size() + entry.data.size();
  if (bytes_ > trace_bytes_max) entry.data = trace_text("The trace is full: this entry and all that follow are left out.");
  entries_.push_back(std::move(entry));
}

std::string trace_text(std::string_view text) { return "\"" + json_escape(text) + "\""; }

static bool is_hidden(const HeaderField& field, const BackendCredentials* hidden) {
  return hidden && std::ranges::any_of(hidden->headers, [&](const BackendCredentials::Header& header) {
           return equal_ignoring_case(header.name.text, field.name);
         });
}

static std::string headers_text(const Headers& headers, const BackendCredentials* hidden = nullptr) {
  std::string text = "[";
  for (const HeaderField& field : headers.fields()) {
    const std::string_view value = is_hidden(field, hidden) ? "***" : field.value;
    text += (text.size() > 1 ? ",{\"name\":" : "{\"name\":") + trace_text(field.name) + ",\"value\":" + trace_text(value) + "}";
  }
  return text + "]";
}

std::string trace_request(std::string_view method, std::string_view url, const Headers& headers, const BackendCredentials* hidden) {
  return "{\"method\":" + trace_text(method) + ",\"url\":" + trace_text(url) + ",\"headers\":" + headers_text(headers, hidden) + "}";
}

std::string trace_response(const Response& response) {
  return "{\"response\":{\"status\":{\"code\":" + std::to_string(response.status) + ",\"reason\":" + trace_text(response.phrase()) +
         "},\"headers\":" + headers_text(response.headers) + "}}";
}

std::string trace_failure(const Failure& failure) {
  return "{\"reason\":" + trace_text(failure.reason) + ",\"message\":" + trace_text(failure.message) + "}";
}

}  // namespace gatelet
