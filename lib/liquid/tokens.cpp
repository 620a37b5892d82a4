#include "liquid/tokens.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "xml/entities.hpp"

namespace gatelet::liquid {

namespace token_rows {

static bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
static bool is_word(char c) { return is_alpha(c) || is_digit(c) || c == '_'; }

static std::string_view without_blanks_at_end(std::string_view text) {
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace token_rows

SourcePos Tokens::place(size_t at) {
  for (; placed_ < at; ++placed_) {
    const bool is_line_end = source_[placed_] == '\n';
    place_ = is_line_end ? SourcePos{place_.line + 1, 1} : SourcePos{place_.line, place_.column + 1};
  }
  return place_;
}

void Tokens::skip_blanks() {
  while (at_ < source_.size() && token_rows::is_blank(source_[at_])) ++at_;
}

Token Tokens::problem(std::string text, SourcePos at) {
  problem_ = std::move(text);
  at_ = source_.size();
  return {Token::Kind::problem, {}, problem_, at};
}

Token Tokens::next() {
  if (at_ == source_.size()) return {Token::Kind::end, {}, {}, place(at_)};
  const std::string_view rest = source_.substr(at_);
  return rest.starts_with("{{") || rest.starts_with("{%") ? marked() : text();
}

Token Tokens::text() {
  const SourcePos where = place(at_);
  const auto is_mark = [&](size_t at) { return source_.substr(at).starts_with("{{") || source_.substr(at).starts_with("{%"); };
  size_t end = source_.find('{', at_);
  while (end != std::string_view::npos && !is_mark(end)) end = source_.find('{', end + 1);
  end = std::min(end, source_.size());
  std::string_view text = source_.substr(at_, end - at_);
  at_ = end;
  if (source_.substr(end, 3).ends_with('-')) text = token_rows::without_blanks_at_end(text);
  return {Token::Kind::text, {}, text, where};
}

// Where the closing mark begins; marks in quotes do not count.
size_t Tokens::find_end(char first) const {
  for (size_t at = at_; at + 1 < source_.size(); ++at) {
    const char c = source_[at];
    if (c == first && source_[at + 1] == '}') return at;
    if (c != '\'' && c != '"') continue;
    at = source_.find(c, at + 1);
    if (at == std::string_view::npos) break;
  }
  return std::string_view::npos;
}

Token Tokens::marked() {
  const SourcePos where = place(at_);
  const bool is_tag = source_[at_ + 1] == '%';
  at_ += 2;
  if (at_ < source_.size() && source_[at_] == '-') ++at_;
  const size_t end = find_end(is_tag ? '%' : '}');
  if (end == std::string_view::npos)
    return problem(is_tag ? "the tag has no end; close it with %}" : "the output has no end; close it with }}", where);
  std::string_view inside = source_.substr(at_, end - at_);
  at_ = end + 2;
  if (inside.ends_with('-')) {
    inside.remove_suffix(1);
    skip_blanks();
  }
  if (is_markup_ && inside.find('&') != std::string_view::npos) inside = decoded_ = decode_entities(inside);
  if (!is_tag) return {Token::Kind::output, {}, inside, where};
  while (!inside.empty() && token_rows::is_blank(inside.front())) inside.remove_prefix(1);
  size_t length = 0;
  while (length < inside.size() && token_rows::is_word(inside[length])) ++length;
  return {Token::Kind::tag, inside.substr(0, length), inside.substr(length), where};
}

// {%- end… -%} at this place.
bool Tokens::is_end_tag(size_t at, std::string_view name, size_t& end, bool& trims_before, bool& trims_after) const {
  const auto peek = [&] { return at < source_.size() ? source_[at] : '\0'; };
  const auto pass = [&](char wanted) { return peek() == wanted && ++at; };
  const auto pass_blanks = [&] {
    while (token_rows::is_blank(peek())) ++at;
  };
  at += 2;
  trims_before = pass('-');
  pass_blanks();
  if (!source_.substr(at).starts_with("end") || !source_.substr(at + 3).starts_with(name)) return false;
  at += 3 + name.size();
  pass_blanks();
  trims_after = pass('-');
  if (!source_.substr(at).starts_with("%}")) return false;
  return end = at + 2, true;
}

bool Tokens::raw(std::string_view name, std::string_view& out) {
  const size_t from = at_;
  bool trims_before = false, trims_after = false;
  for (size_t at = source_.find("{%", at_); at != std::string_view::npos; at = source_.find("{%", at + 1)) {
    if (!is_end_tag(at, name, at_, trims_before, trims_after)) continue;
    out = source_.substr(from, at - from);
    if (trims_before) out = token_rows::without_blanks_at_end(out);
    if (trims_after) skip_blanks();
    return true;
  }
  return false;
}

}  // namespace gatelet::liquid
