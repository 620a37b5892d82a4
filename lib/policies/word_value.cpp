#include "policies/word_value.hpp"

#include "base/text.hpp"
#include "policies/elements.hpp"

namespace gatelet {

// "ignore, prevent or detect"
static std::string list_of(Words words) {
  std::string list;
  for (size_t i = 0; i < words.size(); ++i) list += (i == 0 ? "" : i + 1 == words.size() ? " or " : ", ") + std::string(words[i]);
  return list;
}

static std::optional<size_t> index_of(Words words, std::string_view text) {
  for (size_t i = 0; i < words.size(); ++i)
    if (trim(text) == words[i]) return i;
  return std::nullopt;
}

WordValue::WordValue(PolicyReader& in, std::string_view name, Words words, std::optional<TextValue> text) : name_(name), words_(words) {
  is_given_ = in.has(name);
  if (!is_given_) return;
  if (!text->literal()) {
    text_ = std::move(text);
    return;
  }
  const auto index = index_of(words, *text->literal());
  if (!index)
    in.error(DiagnosticCode::invalid_value, "'" + std::string(name) + "' must be " + list_of(words) + ", not '" + *text->literal() + "'",
             in.at(name));
  index_ = index.value_or(0);
}

bool WordValue::evaluate_word(Context& context, size_t& index) const {
  std::string_view text;
  if (!text_->get(context, text)) return false;
  const auto found = index_of(words_, text);
  if (!found) return refuse(context, context.arena.concat(name_, " must be ", list_of(words_), ", not '", text, "'."));
  index = *found;
  return true;
}

}  // namespace gatelet
