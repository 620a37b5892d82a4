#include "expr/signature.hpp"

#include <charconv>
#include <deque>

#include "base/text.hpp"

namespace gatelet::cs {

static bool is_word(char c) { return is_alpha(c) || is_digit(c) || c == '_'; }

void SignatureReader::skip_blanks() {
  while (at_ < text_.size() && text_[at_] == ' ') ++at_;
}

bool SignatureReader::at_end() {
  skip_blanks();
  return at_ == text_.size();
}

bool SignatureReader::accept(std::string_view token) {
  skip_blanks();
  if (!text_.substr(at_).starts_with(token)) return false;
  at_ += token.size();
  return true;
}

bool SignatureReader::accept_word(std::string_view wanted) {
  skip_blanks();
  if (!text_.substr(at_).starts_with(wanted)) return false;
  const size_t end = at_ + wanted.size();
  if (end < text_.size() && is_word(text_[end])) return false;
  at_ = end;
  return true;
}

std::string_view SignatureReader::word() {
  skip_blanks();
  const size_t start = at_;
  while (at_ < text_.size() && is_word(text_[at_])) ++at_;
  return text_.substr(start, at_ - start);
}

const Type* SignatureReader::refuse(std::string problem) {
  if (problem_.empty()) problem_ = std::move(problem) + " in '" + std::string(text_) + "'";
  return nullptr;
}

const Type* SignatureReader::read_named_type() {
  std::string_view name = word();
  while (accept(".")) name = word();
  for (size_t i = 0; i < names_.of_method.size(); ++i)
    if (names_.of_method[i] == name) return &type_parameter(true, i);
  for (size_t i = 0; i < names_.of_type.size(); ++i)
    if (names_.of_type[i] == name) return &type_parameter(false, i);
  if (name == "void") return &types::void_;
  std::vector<const Type*> arguments;
  if (accept("<")) {
    do {
      const Type* argument = read_type();
      if (!argument) return nullptr;
      arguments.push_back(argument);
    } while (accept(","));
    if (!accept(">")) return refuse("'>' expected");
  }
  const Type* type = registry_.find_type(name, arguments.size());
  if (!type) return refuse("unknown type '" + std::string(name) + "'");
  return arguments.empty() ? type : &close(*type, arguments);
}

const Type* SignatureReader::read_type() {
  const Type* type = read_named_type();
  while (type) {
    if (accept("[]"))
      type = &array_of(*type);
    else if (accept("?"))
      type = &nullable_of(*type);
    else
      break;
  }
  return type;
}

// The type parameters of a generic method stand between its name and its parameters.
static std::vector<std::string_view> method_parameters(std::string_view signature) {
  const size_t open = signature.find('(');
  if (open == std::string_view::npos || open == 0 || signature[open - 1] != '>' || signature.find(" operator ") < open) return {};
  const size_t less = signature.rfind('<', open);
  std::vector<std::string_view> names;
  for (std::string_view part : split(signature.substr(less + 1, open - less - 2), ',')) names.push_back(trim(part));
  return names;
}

bool SignatureReader::read_member(MemberInfo& out) {
  names_.of_method = method_parameters(text_);
  out.type_parameter_count = static_cast<uint32_t>(names_.of_method.size());
  out.is_constant = accept_word("const");
  out.is_static = accept_word("static") || out.is_constant;
  if (accept("new(")) {
    out.kind = MemberKind::constructor;
    out.name = ".ctor";
    out.is_static = true;
    const bool is_generic = out.owner->is_generic_definition();
    out.type = is_generic ? &close(*out.owner, out.owner->arguments()) : out.owner;
    return read_parameters(")", out);
  }
  for (std::string_view conversion : {"implicit", "explicit"})
    if (accept_word(conversion)) {
      out.kind = MemberKind::conversion;
      out.name = conversion;
      if (!accept_word("operator") || !(out.type = read_type()) || !accept("(")) return refuse("conversion expected") != nullptr;
      return read_parameters(")", out);
    }
  out.type = read_type();
  return out.type && read_rest(out);
}

bool SignatureReader::read_operator(MemberInfo& out) {
  out.kind = MemberKind::operator_;
  skip_blanks();
  const size_t start = at_;
  while (at_ < text_.size() && text_[at_] != '(') ++at_;
  out.name = trim(text_.substr(start, at_ - start));
  return accept("(") && read_parameters(")", out);
}

bool SignatureReader::read_rest(MemberInfo& out) {
  if (accept_word("operator")) return read_operator(out);
  out.name = word();
  if (out.name == "this" && accept("[")) {
    out.kind = MemberKind::indexer;
    return read_parameters("]", out);
  }
  if (!names_.of_method.empty()) at_ = text_.find('(', at_);
  if (accept("(")) return read_parameters(")", out);
  out.kind = MemberKind::property;
  return at_end() || refuse("unexpected text") != nullptr;
}

bool SignatureReader::read_parameters(std::string_view close, MemberInfo& out) {
  if (accept(close)) return true;
  do
    if (!read_parameter(out)) return false;
  while (accept(","));
  return accept(close) || refuse("'" + std::string(close) + "' expected") != nullptr;
}

bool SignatureReader::read_parameter(MemberInfo& out) {
  Parameter parameter;
  out.is_extension |= accept_word("this");
  if (accept_word("params")) parameter.mode = Parameter::Mode::params;
  if (accept_word("out")) parameter.mode = Parameter::Mode::out;
  parameter.type = read_type();
  if (!parameter.type) return false;
  parameter.name = word();
  if (accept("=") && !read_default(parameter)) return refuse("bad default value") != nullptr;
  out.parameters.push_back(parameter);
  return true;
}

static const String* kept_text(std::string_view ascii) {
  static std::deque<String>& kept = *new std::deque<String>;
  return &kept.emplace_back(String{ascii.data(), static_cast<uint32_t>(ascii.size()), false});
}

bool SignatureReader::read_default(Parameter& parameter) {
  parameter.is_optional = true;
  if (accept_word("null") || accept_word("default")) return true;
  if (accept_word("true")) return parameter.fallback = boolean(true), true;
  if (accept_word("false")) return parameter.fallback = boolean(false), true;
  if (accept("\"")) {
    const size_t end = text_.find('"', at_);
    parameter.fallback = cs::text(kept_text(text_.substr(at_, end - at_)));
    at_ = end + 1;
    return true;
  }
  const std::string_view token = word();
  if (accept(".")) {
    const std::string_view name = word();
    for (const EnumConstant& constant : parameter.type->constants)
      if (constant.name == name) return parameter.fallback = value_of_bits(*parameter.type, constant.value), true;
    return false;
  }
  int64_t number = 0;
  if (std::from_chars(token.data(), token.data() + token.size(), number).ec != std::errc()) return false;
  parameter.fallback = value_of_bits(*parameter.type, number);
  return true;
}

std::vector<std::string_view> parameters_of_name(std::string_view name, std::vector<char>* variance) {
  std::vector<std::string_view> names;
  const size_t open = name.find('<');
  if (open == std::string_view::npos) return names;
  for (std::string_view part : split(name.substr(open + 1, name.rfind('>') - open - 1), ',')) {
    part = trim(part);
    const char mark = part.starts_with("out ") ? 'o' : part.starts_with("in ") ? 'i' : ' ';
    if (variance) variance->push_back(mark);
    names.push_back(mark == ' ' ? part : trim(part.substr(part.find(' '))));
  }
  return names;
}

}  // namespace gatelet::cs
