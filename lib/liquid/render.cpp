#include "liquid/render.hpp"

#include "base/limits.hpp"

namespace gatelet::liquid {

namespace render_rows {

static void append_point(std::string& out, char32_t point) {
  const auto put = [&](char32_t byte) { out += static_cast<char>(byte); };
  if (point < 0x80) return put(point);
  if (point < 0x800) return put(0xC0 | point >> 6), put(0x80 | (point & 0x3F));
  if (point < 0x10000) return put(0xE0 | point >> 12), put(0x80 | (point >> 6 & 0x3F)), put(0x80 | (point & 0x3F));
  put(0xF0 | point >> 18), put(0x80 | (point >> 12 & 0x3F)), put(0x80 | (point >> 6 & 0x3F)), put(0x80 | (point & 0x3F));
}

// Lone surrogates become U+FFFD.
static void append_wide(std::string& out, std::u16string_view units) {
  for (size_t i = 0; i < units.size(); ++i) {
    char32_t point = units[i];
    if (point >= 0xD800 && point < 0xDC00 && i + 1 < units.size() && units[i + 1] >= 0xDC00 && units[i + 1] < 0xE000)
      point = 0x10000 + ((point - 0xD800) << 10) + (units[++i] - 0xDC00u);
    else if (point >= 0xD800 && point < 0xE000)
      point = 0xFFFD;
    append_point(out, point);
  }
}

}  // namespace render_rows

Render::Render(const Scene& with, std::span<const cs::String* const> names, std::string& out, size_t bytes_max)
    : scene(with),
      run(with.run),
      names_(names),
      slots_(names.size()),
      out_(&out),
      bytes_left_(bytes_max),
      iterations_left_(liquid_iterations_max) {}

// All that is ever put counts, also what is captured: nested captures cannot hold more than one answer.
bool Render::put(std::string_view text) {
  if (text.size() > bytes_left_) return run.abort("The text that the template makes is beyond the limit.");
  bytes_left_ -= text.size();
  if (!run.charge_text(text.size())) return false;
  out_->append(text);
  return true;
}

bool Render::put(const cs::String& text) {
  if (!text.is_wide) return put(text.ascii());
  if (text.length * 3ull > bytes_left_) return run.abort("The text that the template makes is beyond the limit.");
  const size_t before = out_->size();
  if (!run.charge_text(text.length * 2ull)) return false;
  render_rows::append_wide(*out_, text.wide());
  bytes_left_ -= out_->size() - before;
  return true;
}

Value Render::variable(Slot slot) const {
  for (size_t i = loops_.size(); i-- > 0;)
    if (loops_[i].slot == slot) return loops_[i].value;
  const Variable& found = slots_[slot];
  return found.assigned.is_set ? found.assigned.value : found.global.is_set ? found.global.value : found.counter.value;
}

Value Render::variable(const cs::String& name) const {
  for (Slot slot = 0; slot < names_.size() && run.charge(1); ++slot)
    if (cs::equal(*names_[slot], name)) return variable(slot);
  for (const auto& [known, value] : globals_)
    if (cs::equal_ignoring_case(*known, name)) return value;
  return {};
}

void Render::set_global(const cs::String& name, Value value) {
  globals_.emplace_back(&name, value);
  for (Slot slot = 0; slot < names_.size(); ++slot) {
    const bool is_same = cs::equal(*names_[slot], name);
    if (is_same || (!slots_[slot].global.is_set && cs::equal_ignoring_case(*names_[slot], name))) slots_[slot].global = {true, value};
  }
}

int64_t* Render::kept(char kind, const cs::String& name) {
  for (Kept* at = kept_; at; at = at->next) {
    if (!run.charge(1)) return nullptr;
    if (at->kind == kind && cs::equal(*at->name, name)) return &at->number;
  }
  kept_ = run.make<Kept>(kind, &name, 0, kept_);
  return &kept_->number;
}

bool Render::has_changed(std::string_view text) {
  if (changed_ == text) return false;
  changed_ = text;
  return true;
}

bool Render::begin_iteration() {
  if (iterations_left_ == 0) return run.abort("The loops of the template have more turns than the limit allows.");
  --iterations_left_;
  return run.charge(1);
}

}  // namespace gatelet::liquid
