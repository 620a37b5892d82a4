#include "expr/regex_classes.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace gatelet::cs {
namespace {

struct UnicodeBlock {
  std::string_view name;
  UnitRange range;
};

constexpr std::string_view unicode_categories[] = {"L",  "Lu", "Ll", "Lt", "Lm", "Lo", "M",  "Mn", "Mc", "Me", "N",  "Nd", "Nl",
                                                   "No", "P",  "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "S",  "Sm", "Sc", "Sk",
                                                   "So", "Z",  "Zs", "Zl", "Zp", "C",  "Cc", "Cf", "Cs", "Co", "Cn"};

// \p{IsName}: the blocks of the Basic Multilingual Plane that .NET names.
constexpr UnicodeBlock unicode_blocks[] = {
    {"AlphabeticPresentationForms", {0xFB00, 0xFB4F}},
    {"Arabic", {0x0600, 0x06FF}},
    {"ArabicPresentationForms-A", {0xFB50, 0xFDFF}},
    {"ArabicPresentationForms-B", {0xFE70, 0xFEFF}},
    {"Armenian", {0x0530, 0x058F}},
    {"Arrows", {0x2190, 0x21FF}},
    {"BasicLatin", {0x0000, 0x007F}},
    {"Bengali", {0x0980, 0x09FF}},
    {"BlockElements", {0x2580, 0x259F}},
    {"Bopomofo", {0x3100, 0x312F}},
    {"BopomofoExtended", {0x31A0, 0x31BF}},
    {"BoxDrawing", {0x2500, 0x257F}},
    {"BraillePatterns", {0x2800, 0x28FF}},
    {"Buhid", {0x1740, 0x175F}},
    {"CJKCompatibility", {0x3300, 0x33FF}},
    {"CJKCompatibilityForms", {0xFE30, 0xFE4F}},
    {"CJKCompatibilityIdeographs", {0xF900, 0xFAFF}},
    {"CJKRadicalsSupplement", {0x2E80, 0x2EFF}},
    {"CJKSymbolsandPunctuation", {0x3000, 0x303F}},
    {"CJKUnifiedIdeographs", {0x4E00, 0x9FFF}},
    {"CJKUnifiedIdeographsExtensionA", {0x3400, 0x4DBF}},
    {"Cherokee", {0x13A0, 0x13FF}},
    {"CombiningDiacriticalMarks", {0x0300, 0x036F}},
    {"CombiningDiacriticalMarksforSymbols", {0x20D0, 0x20FF}},
    {"CombiningHalfMarks", {0xFE20, 0xFE2F}},
    {"CombiningMarksforSymbols", {0x20D0, 0x20FF}},
    {"ControlPictures", {0x2400, 0x243F}},
    {"CurrencySymbols", {0x20A0, 0x20CF}},
    {"Cyrillic", {0x0400, 0x04FF}},
    {"CyrillicSupplement", {0x0500, 0x052F}},
    {"Devanagari", {0x0900, 0x097F}},
    {"Dingbats", {0x2700, 0x27BF}},
    {"EnclosedAlphanumerics", {0x2460, 0x24FF}},
    {"EnclosedCJKLettersandMonths", {0x3200, 0x32FF}},
    {"Ethiopic", {0x1200, 0x137F}},
    {"GeneralPunctuation", {0x2000, 0x206F}},
    {"GeometricShapes", {0x25A0, 0x25FF}},
    {"Georgian", {0x10A0, 0x10FF}},
    {"Greek", {0x0370, 0x03FF}},
    {"GreekExtended", {0x1F00, 0x1FFF}},
    {"GreekandCoptic", {0x0370, 0x03FF}},
    {"Gujarati", {0x0A80, 0x0AFF}},
    {"Gurmukhi", {0x0A00, 0x0A7F}},
    {"HalfwidthandFullwidthForms", {0xFF00, 0xFFEF}},
    {"HangulCompatibilityJamo", {0x3130, 0x318F}},
    {"HangulJamo", {0x1100, 0x11FF}},
    {"HangulSyllables", {0xAC00, 0xD7AF}},
    {"Hanunoo", {0x1720, 0x173F}},
    {"Hebrew", {0x0590, 0x05FF}},
    {"HighPrivateUseSurrogates", {0xDB80, 0xDBFF}},
    {"HighSurrogates", {0xD800, 0xDB7F}},
    {"Hiragana", {0x3040, 0x309F}},
    {"IPAExtensions", {0x0250, 0x02AF}},
    {"IdeographicDescriptionCharacters", {0x2FF0, 0x2FFF}},
    {"Kanbun", {0x3190, 0x319F}},
    {"KangxiRadicals", {0x2F00, 0x2FDF}},
    {"Kannada", {0x0C80, 0x0CFF}},
    {"Katakana", {0x30A0, 0x30FF}},
    {"KatakanaPhoneticExtensions", {0x31F0, 0x31FF}},
    {"Khmer", {0x1780, 0x17FF}},
    {"KhmerSymbols", {0x19E0, 0x19FF}},
    {"Lao", {0x0E80, 0x0EFF}},
    {"Latin-1Supplement", {0x0080, 0x00FF}},
    {"LatinExtended-A", {0x0100, 0x017F}},
    {"LatinExtended-B", {0x0180, 0x024F}},
    {"LatinExtendedAdditional", {0x1E00, 0x1EFF}},
    {"LetterlikeSymbols", {0x2100, 0x214F}},
    {"Limbu", {0x1900, 0x194F}},
    {"LowSurrogates", {0xDC00, 0xDFFF}},
    {"Malayalam", {0x0D00, 0x0D7F}},
    {"MathematicalOperators", {0x2200, 0x22FF}},
    {"MiscellaneousMathematicalSymbols-A", {0x27C0, 0x27EF}},
    {"MiscellaneousMathematicalSymbols-B", {0x2980, 0x29FF}},
    {"MiscellaneousSymbols", {0x2600, 0x26FF}},
    {"MiscellaneousSymbolsandArrows", {0x2B00, 0x2BFF}},
    {"MiscellaneousTechnical", {0x2300, 0x23FF}},
    {"Mongolian", {0x1800, 0x18AF}},
    {"Myanmar", {0x1000, 0x109F}},
    {"NumberForms", {0x2150, 0x218F}},
    {"Ogham", {0x1680, 0x169F}},
    {"OpticalCharacterRecognition", {0x2440, 0x245F}},
    {"Oriya", {0x0B00, 0x0B7F}},
    {"PhoneticExtensions", {0x1D00, 0x1D7F}},
    {"PrivateUse", {0xE000, 0xF8FF}},
    {"PrivateUseArea", {0xE000, 0xF8FF}},
    {"Runic", {0x16A0, 0x16FF}},
    {"Sinhala", {0x0D80, 0x0DFF}},
    {"SmallFormVariants", {0xFE50, 0xFE6F}},
    {"SpacingModifierLetters", {0x02B0, 0x02FF}},
    {"Specials", {0xFFF0, 0xFFFF}},
    {"SuperscriptsandSubscripts", {0x2070, 0x209F}},
    {"SupplementalArrows-A", {0x27F0, 0x27FF}},
    {"SupplementalArrows-B", {0x2900, 0x297F}},
    {"SupplementalMathematicalOperators", {0x2A00, 0x2AFF}},
    {"Syriac", {0x0700, 0x074F}},
    {"Tagalog", {0x1700, 0x171F}},
    {"Tagbanwa", {0x1760, 0x177F}},
    {"TaiLe", {0x1950, 0x197F}},
    {"Tamil", {0x0B80, 0x0BFF}},
    {"Telugu", {0x0C00, 0x0C7F}},
    {"Thaana", {0x0780, 0x07BF}},
    {"Thai", {0x0E00, 0x0E7F}},
    {"Tibetan", {0x0F00, 0x0FFF}},
    {"UnifiedCanadianAboriginalSyllabics", {0x1400, 0x167F}},
    {"VariationSelectors", {0xFE00, 0xFE0F}},
    {"YiRadicals", {0xA490, 0xA4CF}},
    {"YiSyllables", {0xA000, 0xA48F}},
    {"YijingHexagramSymbols", {0x4DC0, 0x4DFF}},
};

// A class cannot hold the complement of a union: where .NET's \W and \S stand in a class, the complement is spelt out. The ASCII part of \w
// comes first, because PCRE2 finds it in a bitmap.
constexpr std::pair<char16_t, std::u16string_view> unicode_items[] = {
    {u'w', u"A-Za-z0-9_\\p{L}\\p{Mn}\\p{Nd}\\p{Pc}"},
    {u'W', u"\\p{Mc}\\p{Me}\\p{Nl}\\p{No}\\p{Pd}\\p{Ps}\\p{Pe}\\p{Pi}\\p{Pf}\\p{Po}\\p{S}\\p{Z}\\p{C}"},
    {u's', u"\\x{9}-\\x{d}\\x{20}\\x{85}\\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}"},
    {u'S',
     u"\\x{0}-\\x{8}\\x{e}-\\x{1f}\\x{21}-\\x{84}\\x{86}-\\x{9f}\\x{a1}-\\x{167f}\\x{1681}-\\x{1fff}\\x{200b}-\\x{2027}"
     u"\\x{202a}-\\x{202e}\\x{2030}-\\x{205e}\\x{2060}-\\x{2fff}\\x{3001}-\\x{ffff}"},
    {u'd', u"0-9\\p{Nd}"},
    {u'D', u"\\P{Nd}"},
};
constexpr std::pair<char16_t, std::u16string_view> ecma_items[] = {
    {u'w', u"A-Za-z0-9_"},
    {u'W', u"\\x{0}-\\x{2f}\\x{3a}-\\x{40}\\x{5b}-\\x{5e}\\x{60}\\x{7b}-\\x{ffff}"},
    {u's', u"\\x{9}-\\x{d}\\x{20}"},
    {u'S', u"\\x{0}-\\x{8}\\x{e}-\\x{1f}\\x{21}-\\x{ffff}"},
    {u'd', u"0-9"},
    {u'D', u"\\x{0}-\\x{2f}\\x{3a}-\\x{ffff}"},
};

bool needs_no_escape(char16_t unit) {
  return (unit >= '0' && unit <= '9') || (unit >= 'a' && unit <= 'z') || (unit >= 'A' && unit <= 'Z') || unit == '_' || unit == ' ' ||
         unit >= 0x80;
}

void append_hex_code(std::u16string& out, char16_t unit) {
  static constexpr char16_t digits[] = u"0123456789abcdef";
  out += u"\\x{";
  for (int shift = 12; shift >= 0; shift -= 4) out += digits[unit >> shift & 15];
  out += u'}';
}

}  // namespace

std::u16string_view regex_class_items(char16_t letter, bool is_ecma) {
  for (const auto& [name, items] : is_ecma ? ecma_items : unicode_items)
    if (name == letter) return items;
  return {};
}

std::u16string_view regex_boundary_items(bool is_ecma) {
  return is_ecma ? std::u16string_view(u"A-Za-z0-9_") : std::u16string_view(u"A-Za-z0-9_\\p{L}\\p{Mn}\\p{Nd}\\p{Pc}\\x{200c}\\x{200d}");
}

bool append_property(std::u16string& items, std::string_view name, bool is_negated) {
  if (std::find(std::begin(unicode_categories), std::end(unicode_categories), name) != std::end(unicode_categories)) {
    items += is_negated ? u"\\P{" : u"\\p{";
    items.append(name.begin(), name.end());
    items += u'}';
    return true;
  }
  if (!name.starts_with("Is")) return false;
  const auto* block = std::find_if(std::begin(unicode_blocks), std::end(unicode_blocks),
                                   [&](const UnicodeBlock& one) { return one.name == name.substr(2); });
  if (block == std::end(unicode_blocks)) return false;
  const auto [first, last] = block->range;
  if (!is_negated) {
    append_range(items, {first, last});
    return true;
  }
  if (first > 0) append_range(items, {0, static_cast<char16_t>(first - 1)});
  if (last < 0xFFFF) append_range(items, {static_cast<char16_t>(last + 1), 0xFFFF});
  return true;
}

void append_unit(std::u16string& out, char16_t unit) {
  if (unit < 0x20 || unit == 0x7F) return append_hex_code(out, unit);
  if (!needs_no_escape(unit)) out += u'\\';
  out += unit;
}

void append_range(std::u16string& items, UnitRange range) {
  append_hex_code(items, range.first);
  items += u'-';
  append_hex_code(items, range.last);
}

}  // namespace gatelet::cs
