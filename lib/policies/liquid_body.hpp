// The text of a body that a Liquid template makes (policies-b.md 10).
#pragma once

#include <memory>

#include "liquid/template.hpp"
#include "policy/reader.hpp"

namespace gatelet {

class LiquidBody {
 public:
  LiquidBody(bool sees_body, liquid::Conversion conversion) : sees_body_(sees_body), conversion_(conversion) {}

  void read(PolicyReader& in);
  uint8_t needs() const;
  // False: context.fail() was called.
  bool render(Context& context, Buffer& out) const;

 private:
  bool read_body(Context& context, const liquid::Scene& scene, liquid::Value& out) const;

  std::shared_ptr<const liquid::Template> template_;
  bool sees_body_;
  bool is_response_ = false;  // the current message
  liquid::Conversion conversion_;
  SourcePos at_;  // of the template
};

}  // namespace gatelet
