// rewrite-uri: a new path and query below the backend's base URL, from a template and the matched parameters (policies-b.md 3.7).
#include <algorithm>

#include "base/text.hpp"
#include "policies/elements.hpp"

namespace gatelet {

namespace {

// A stretch of a template: literal text, or the name of a parameter.
struct TemplatePiece {
  std::string_view text;
  bool is_parameter = false;
};

// Takes the next piece off `rest`: "{name}" or "{*name}", or all before the next one.
TemplatePiece next_piece(std::string_view& rest) {
  for (size_t open = rest.find('{'); open != std::string_view::npos; open = rest.find('{', open + 1)) {
    const size_t close = rest.find_first_of("{}/?&=", open + 1);
    if (close == std::string_view::npos || rest[close] != '}' || close == open + 1) continue;
    const TemplatePiece piece = open > 0 ? TemplatePiece{rest.substr(0, open), false}
                                         : TemplatePiece{rest.substr(rest[1] == '*' ? 2 : 1, close - (rest[1] == '*' ? 2 : 1)), true};
    rest.remove_prefix(open > 0 ? open : close + 1);
    return piece;
  }
  return {std::exchange(rest, {}), false};
}

const MatchedParameter* find_matched(const Context& context, std::string_view name) {
  for (const MatchedParameter& parameter : context.matched)
    if (equal_ignoring_case(parameter.name, name)) return &parameter;
  return nullptr;
}

// What a raw value must look like where it is put: a value of the path must not become further parameters of the query, nor a value of the
// query further segments of the path.
std::string_view moved_value(const MatchedParameter& parameter, bool into_query, Arena& arena) {
  if (parameter.in_query == into_query) return parameter.value;
  const std::string_view changed = into_query ? std::string_view("&=+;") : std::string_view("/?+");
  if (parameter.value.find_first_of(changed) == std::string_view::npos) return parameter.value;
  static constexpr char digits[] = "0123456789ABCDEF";
  char* const bytes = static_cast<char*>(arena.allocate(parameter.value.size() * 3, 1));
  char* out = bytes;
  for (char c : parameter.value) {
    if (changed.find(c) == std::string_view::npos) {
      *out++ = c;
      continue;
    }
    const char written = c == '+' && !into_query ? ' ' : c;
    *out++ = '%';
    *out++ = digits[static_cast<unsigned char>(written) >> 4];
    *out++ = digits[static_cast<unsigned char>(written) & 15];
  }
  return {bytes, static_cast<size_t>(out - bytes)};
}

// "." or "..", in any coding, as a segment of the path.
bool has_dot_segment(std::string_view path, Arena& arena) {
  for (size_t at = 0; at <= path.size();) {
    const size_t end = std::min(path.find('/', at), path.size());
    const std::string_view segment = path.substr(at, end - at);
    if (segment.size() <= 6) {
      const std::string_view decoded = percent_decoded(segment, arena);
      if (decoded == "." || decoded == "..") return true;
    }
    at = end + 1;
  }
  return false;
}

class RewriteUri final : public Policy {
 public:
  explicit RewriteUri(PolicyReader& in)
      : template_(in.required_text("template")), copies_unmatched_(in.optional_bool("copy-unmatched-params", true)) {
    const std::string* literal = template_.literal();
    if (!literal) return;
    Arena arena;
    literal_ = escaped_outside_braces(*literal, arena);
    check_parameters(in);
    if (has_dot_segment(path_of(literal_), arena))
      in.error(DiagnosticCode::invalid_value, "the path of a template cannot hold the segments . or ..; write the path that is meant",
               in.at("template"));
    if (literal->find_first_of("#\r\n\t") != std::string::npos)
      in.error(DiagnosticCode::invalid_value, "a template cannot hold '#', a tab or a line break; percent-encode it", in.at("template"));
  }
  uint8_t needs() const override { return template_.needs() | copies_unmatched_.needs(); }

  Flow run(Context& context) const override {
    std::string_view text = literal_;
    bool copies_unmatched;
    if (!template_.literal() && !template_.get(context, text)) return Flow::fail;
    if (!copies_unmatched_.get(context, copies_unmatched)) return Flow::fail;
    if (!template_.literal()) text = escaped_outside_braces(text, context.arena);

    std::string_view path, query;
    const bool has_query = path_of(text).size() < text.size();
    if (!expand(context, path_of(text), false, path)) return Flow::fail;
    if (has_query && !expand(context, text.substr(path_of(text).size() + 1), true, query)) return Flow::fail;
    return replace_target(context, path, copies_unmatched ? with_unmatched(context, query) : query);
  }

 private:
  static std::string_view path_of(std::string_view text) { return text.substr(0, text.find('?')); }

  // Braces of placeholders stay until they are resolved; whatever else cannot stand in a URL is percent-encoded.
  static std::string_view escaped_outside_braces(std::string_view text, Arena& arena) {
    std::string_view out;
    while (!text.empty()) {
      const TemplatePiece piece = next_piece(text);
      out = piece.is_parameter ? arena.concat(out, "{", piece.text, "}") : arena.concat(out, escape_unsafe(piece.text, arena));
    }
    return out;
  }

  void check_parameters(PolicyReader& in) const {
    const std::vector<std::string>* known = in.template_parameters();
    for (std::string_view rest = literal_; known && !rest.empty();) {
      const TemplatePiece piece = next_piece(rest);
      const auto is_same = [&](const std::string& name) { return equal_ignoring_case(name, piece.text); };
      if (!piece.is_parameter || std::any_of(known->begin(), known->end(), is_same)) continue;
      in.error(DiagnosticCode::unknown_reference,
               "the operation has no template parameter '" + std::string(piece.text) + "'; use one that its URL template names",
               in.at("template"));
    }
  }

  // The placeholders replaced. An unknown one is a failure in a literal; an expression may yield braces of its own.
  bool expand(Context& context, std::string_view text, bool into_query, std::string_view& out) const {
    Arena& arena = context.arena;
    while (!text.empty()) {
      const TemplatePiece piece = next_piece(text);
      if (!piece.is_parameter) {
        out = out.empty() ? piece.text : arena.concat(out, piece.text);
        continue;
      }
      const MatchedParameter* parameter = find_matched(context, piece.text);
      if (!parameter && !template_.is_expression())
        return refuse(context, arena.concat("Template placeholder '", piece.text, "' not found in MatchedParameters"));
      out = parameter ? arena.concat(out, moved_value(*parameter, into_query, arena)) : arena.concat(out, "%7B", piece.text, "%7D");
    }
    return true;
  }

  // Adds the request's parameters that neither the operation's URL template names nor the rewritten query sets.
  static std::string_view with_unmatched(Context& context, std::string_view rewritten) {
    Arena& arena = context.arena;
    if (context.request.target.query.empty()) return rewritten;
    const std::string_view url_template = context.operation ? std::string_view(context.operation->url_template) : std::string_view();
    const size_t mark = url_template.find('?');
    const Query matched(mark == std::string_view::npos ? std::string_view() : url_template.substr(mark + 1), arena);
    const Query set(rewritten, arena);
    const Query incoming(context.request.target.query, arena);
    char* const bytes = static_cast<char*>(arena.allocate(rewritten.size() + context.request.target.query.size() + 1, 1));
    char* out = std::copy(rewritten.begin(), rewritten.end(), bytes);
    for (const QueryParameter& parameter : incoming.parameters()) {
      const std::string_view name = query_decoded(parameter.name, arena);
      if (matched.contains(name) || set.contains(name)) continue;
      if (out != bytes) *out++ = '&';
      out = std::copy(parameter.name.begin(), parameter.name.end(), out);
      if (parameter.has_value) *out++ = '=';
      out = std::copy(parameter.value.begin(), parameter.value.end(), out);
    }
    return {bytes, static_cast<size_t>(out - bytes)};
  }

  static Flow replace_target(Context& context, std::string_view path, std::string_view query) {
    Arena& arena = context.arena;
    const std::string_view slash = path.empty() || path.front() != '/' ? "/" : "";
    const std::string_view whole = query.empty() && slash.empty() ? path : arena.concat(slash, path, query.empty() ? "" : "?", query);
    Target target;
    const TargetFault fault = has_dot_segment(path, arena) ? TargetFault::above_root : canonicalize(whole, arena, target);
    if (fault != TargetFault::none) {
      refuse(context, arena.concat("'", whole, "' cannot be sent. ", message_of(fault)));
      return Flow::fail;
    }
    context.request.target = target;
    context.tell("The request goes to '", target.path, target.has_query ? "?" : "", target.query, "' below the backend's URL.");
    return Flow::next;
  }

  TextValue template_;
  BoolValue copies_unmatched_;
  std::string literal_;  // escaped, when it is known at load
};

}  // namespace

std::unique_ptr<Policy> read_rewrite_uri(PolicyReader& in) { return std::make_unique<RewriteUri>(in); }

}  // namespace gatelet
