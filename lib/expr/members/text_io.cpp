// System.IO: StringReader and StringWriter with their base classes.
#include <algorithm>

#include "expr/collections.hpp"
#include "expr/format.hpp"
#include "expr/xml_objects.hpp"

namespace gatelet::cs {
namespace text_io_rows {

static constinit const Type reader_type{.name = "System.IO.TextReader", .bases = "IDisposable", .is_abstract = true};
static constinit const Type string_reader_type{.name = "System.IO.StringReader", .bases = "System.IO.TextReader"};
static constinit const Type writer_type{.name = "System.IO.TextWriter", .bases = "IDisposable", .is_abstract = true};
static constinit const Type string_writer_type{.name = "System.IO.StringWriter", .bases = "System.IO.TextWriter"};

namespace {

struct TextReader {
  const String* text;
  uint32_t at = 0;

  const String* take(Evaluation& run, size_t count) {
    const size_t from = at;
    at += static_cast<uint32_t>(count);
    return substring(run, *text, from, count);
  }
};

// What was written, piece by piece.
struct TextWriter {
  List parts;
};

}  // namespace

static constexpr int32_t no_unit = -1;

static TextReader& self_reader(const Call& call) { return *call.self.object<TextReader>(); }

static Value create_reader(Call& call) {
  if (!call.text(0)) return call.run.fail_null("s");
  return value_of_object(string_reader_type, call.run.make<TextReader>(call.text(0), 0u));
}

static Value peek(Call& call) {
  const TextReader& self = self_reader(call);
  return int32(self.at < self.text->length ? (*self.text)[self.at] : no_unit);
}

static Value read(Call& call) {
  const Value unit = peek(call);
  if (unit.int32() != no_unit) ++self_reader(call).at;
  return unit;
}

static Value read_line(Call& call) {
  TextReader& self = self_reader(call);
  if (self.at == self.text->length) return {};
  uint32_t end = self.at;
  while (end < self.text->length && (*self.text)[end] != '\n' && (*self.text)[end] != '\r') ++end;
  if (!call.run.charge_text(end - self.at)) return {};
  const String* line = self.take(call.run, end - self.at);
  if (self.at < self.text->length) {
    const bool is_pair = (*self.text)[end] == '\r' && end + 1 < self.text->length && (*self.text)[end + 1] == '\n';
    self.at += is_pair ? 2 : 1;
  }
  return text(line);
}

static Value read_rest(Call& call) {
  TextReader& self = self_reader(call);
  return text(self.take(call.run, self.text->length - self.at));
}

// index and count of an array of units; false after a failure.
static bool has_part(Call& call, const Array* units) {
  if (!units) return call.run.fail_null("buffer"), false;
  return is_part(call.run, call.int32(1), call.int32(2), units->length);
}

static Value read_units(Call& call) {
  TextReader& self = self_reader(call);
  auto* units = call.object<Array>(0);
  if (!has_part(call, units)) return {};
  const uint32_t count = std::min(static_cast<uint32_t>(call.int32(2)), self.text->length - self.at);
  if (!call.run.charge(count)) return {};
  for (uint32_t i = 0; i < count; ++i) units->items[static_cast<uint32_t>(call.int32(1)) + i] = character((*self.text)[self.at++]);
  return int32(static_cast<int32_t>(count));
}

static Value nothing(Call&) { return {}; }

static constexpr Member reader_members[] = {
    {"int Peek()", peek},
    {"int Read()", read},
    {"int Read(char[] buffer, int index, int count)", read_units},
    {"int ReadBlock(char[] buffer, int index, int count)", read_units},
    {"string ReadLine()", read_line},
    {"string ReadToEnd()", read_rest},
    {"void Close()", nothing},
};
static constexpr Member string_reader_members[] = {{"new(string s)", create_reader}};

// Writers

static const String* written(Evaluation& run, Value self) {
  List& parts = self.object<TextWriter>()->parts;
  TextBuilder out(run);
  for (uint32_t i = 0; i < parts.count; ++i) out.append(parts.items[i].text());
  const String* whole = out.finish();
  parts.count = 0;
  parts.add(run, text(whole));
  return whole;
}

static constexpr TypeOps writer_ops{.to_string = written};

static void append(Call& call, const String* part) {
  if (part) call.self.object<TextWriter>()->parts.add(call.run, text(part));
}

template <bool ends_line>
static Value write_units(Call& call) {
  TextBuilder units(call.run);
  if (const auto* given = call.object<const Array>(0))
    for (const Value unit : given->span()) units.append(unit.character());
  append(call, units.finish());
  if (ends_line) append(call, unit_string(call.run, u'\n'));
  return {};
}

template <bool ends_line>
static Value write_part(Call& call) {
  const auto* given = call.object<const Array>(0);
  if (!has_part(call, given)) return {};
  TextBuilder units(call.run);
  for (int32_t i = 0; i < call.int32(2); ++i) units.append(given->items[call.int32(1) + i].character());
  append(call, units.finish());
  if (ends_line) append(call, unit_string(call.run, u'\n'));
  return {};
}

template <bool ends_line>
static Value write(Call& call) {
  append(call, to_string(call.run, call.arguments[0]));
  if (ends_line) append(call, unit_string(call.run, u'\n'));
  return {};
}

template <bool ends_line>
static Value write_format(Call& call) {
  const auto* arguments = call.object<const Array>(1);
  if (!call.text(0) || !arguments) return call.run.fail_null(call.text(0) ? "arg" : "format");
  append(call, composite_format(call.run, *call.text(0), arguments->span()));
  if (ends_line) append(call, unit_string(call.run, u'\n'));
  return {};
}

static constexpr Member writer_members[] = {
    {"void Write(object value)", write<false>},
    {"void Write(char value)", write<false>},
    {"void Write(string value)", write<false>},
    {"void Write(char[] buffer)", write_units<false>},
    {"void Write(char[] buffer, int index, int count)", write_part<false>},
    {"void WriteLine(char[] buffer, int index, int count)", write_part<true>},
    {"void Write(string format, params object[] arg)", write_format<false>},
    {"void WriteLine()", [](Call& call) { return append(call, unit_string(call.run, u'\n')), Value{}; }},
    {"void WriteLine(object value)", write<true>},
    {"void WriteLine(char value)", write<true>},
    {"void WriteLine(string value)", write<true>},
    {"void WriteLine(char[] buffer)", write_units<true>},
    {"string NewLine", [](Call& call) { return text(unit_string(call.run, u'\n')); }},
    {"void WriteLine(string format, params object[] arg)", write_format<true>},
    {"void Flush()", nothing},
    {"void Close()", nothing},
};
static constexpr Member string_writer_members[] = {
    {"new()", [](Call& call) { return value_of_object(string_writer_type, call.run.make<TextWriter>()); }},
};

static const TypeRows text_io_types[] = {
    {reader_type, reader_members},
    {string_reader_type, string_reader_members},
    {writer_type, writer_members, &writer_ops},
    {string_writer_type, string_writer_members},
};

}  // namespace text_io_rows

const String* rest_of_reader(Evaluation& run, Value reader) {
  if (reader.is_null()) return run.fail_null("textReader"), nullptr;
  auto& from = *reader.object<text_io_rows::TextReader>();
  return from.take(run, from.text->length - from.at);
}

void append_to_writer(Evaluation& run, Value writer, const String& text) {
  writer.object<text_io_rows::TextWriter>()->parts.add(run, cs::text(&text));
}

extern const Family text_io_family;
const Family text_io_family{text_io_rows::text_io_types};

}  // namespace gatelet::cs
