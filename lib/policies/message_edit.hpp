// Edits of one message: what set-header, set-status and set-body do, apart from which message they do it to. Standing alone they change the
// current message (policies-b.md 2.1); inside return-response they change the response under construction.
#pragma once

#include "policies/exists_action.hpp"
#include "policies/liquid_body.hpp"
#include "policy/reader.hpp"

namespace gatelet {

class HeaderEdit {
 public:
  void read(PolicyReader& in);
  uint8_t needs() const;
  // False: context.fail() was called. `changed` is the id of the header if it was changed.
  bool apply(Context& context, Headers& headers, HeaderId& changed) const;

 private:
  bool edit(Context& context, Headers& headers, std::string_view name, HeaderId& changed) const;
  bool write(Context& context, Headers& headers, std::string_view name, HeaderId id, ExistsAction action) const;
  bool join_values(Context& context, std::string_view& out) const;

  HeaderName name_;  // empty text: not known at load
  TextValue name_value_;
  ExistsActionValue action_;
  std::vector<TextValue> values_;
  std::optional<std::string> joined_;  // all values by ", " when they are literals
};

class StatusEdit {
 public:
  void read(PolicyReader& in);
  uint8_t needs() const { return static_cast<uint8_t>(code_.needs() | (reason_ ? reason_->needs() : 0)); }
  bool apply(Context& context, Response& response) const;

 private:
  IntegerValue code_;
  std::optional<TextValue> reason_;  // absent: the standard phrase
};

class BodyEdit {
 public:
  // `sees_body`: whether a Liquid template sees the body of the current message. In return-response it sees none.
  void read(PolicyReader& in, bool sees_body = true);
  uint8_t needs() const { return liquid_ ? liquid_->needs() : text_.needs(); }
  bool apply(Context& context, Body& body, Headers& headers) const;

 private:
  std::optional<LiquidBody> liquid_;
  TextValue text_;
  Buffer bytes_;  // of a literal: shared by all exchanges
};

}  // namespace gatelet
