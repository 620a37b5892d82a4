#include "base/diagnostics.hpp"

#include <algorithm>

namespace gatelet {

std::string_view text_of(DiagnosticCode code) {
  static constexpr std::string_view texts[] = {
#define GATELET_DIAGNOSTIC(id, text, meaning) text,
#include "base/diagnostic_codes.inc"
#undef GATELET_DIAGNOSTIC
  };
  return texts[static_cast<size_t>(code)];
}

std::string format(const Diagnostic& diagnostic) {
  std::string line = diagnostic.file.empty() ? "-" : diagnostic.file;
  line += ":" + std::to_string(diagnostic.at.line) + ":" + std::to_string(diagnostic.at.column);
  static constexpr std::string_view severities[] = {": error: ", ": warning: ", ": note: "};
  line += severities[static_cast<size_t>(diagnostic.severity)];
  line += diagnostic.message;
  line += " [";
  line += text_of(diagnostic.code);
  line += "]";
  return line;
}

void Diagnostics::add(Diagnostic diagnostic) {
  if (diagnostic.severity == Severity::error) ++error_count_;
  items_.push_back(std::move(diagnostic));
}

void Diagnostics::error(DiagnosticCode code, std::string message, std::string file, SourcePos at, std::string scope) {
  add({Severity::error, code, std::move(message), std::move(file), at, std::move(scope)});
}

void Diagnostics::warning(DiagnosticCode code, std::string message, std::string file, SourcePos at, std::string scope) {
  add({Severity::warning, code, std::move(message), std::move(file), at, std::move(scope)});
}

void Diagnostics::append(const Diagnostics& other) {
  for (const Diagnostic& item : other.items_) add(item);
}

void Diagnostics::give_sources(const std::map<std::string_view, std::string_view>& texts) {
  std::map<std::string_view, std::shared_ptr<const std::string>> made;
  for (Diagnostic& item : items_) {
    const auto text = texts.find(item.file);
    if (text == texts.end()) continue;
    std::shared_ptr<const std::string>& source = made[text->first];
    if (!source) source = std::make_shared<const std::string>(text->second);
    item.source = source;
  }
}

static size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t above = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1])});
      diagonal = above;
    }
  }
  return row[b.size()];
}

std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates) {
  std::string_view best;
  size_t best_distance = std::max<size_t>(word.size() / 3, 1) + 1;
  for (std::string_view candidate : candidates) {
    if (candidate.size() > word.size() + best_distance || word.size() > candidate.size() + best_distance) continue;
    const size_t distance = edit_distance(word, candidate);
    if (distance < best_distance) best_distance = distance, best = candidate;
  }
  return best;
}

}  // namespace gatelet
