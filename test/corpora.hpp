// Corpora: test data of others, read in place from the folder that GATELET_CORPORA names. Where it is absent, each reader says on standard
// output what was skipped and returns nothing, so that the loop over it passes; GATELET_REQUIRE_CORPORA=1 makes that a failure.
#pragma once

#include <doctest/doctest.h>
#include <yyjson.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gatelet::test {

// `path` below the folder; `cases` is how many are skipped when it is absent.
inline std::optional<std::filesystem::path> find_corpus(const std::string& path, int cases) {
  const char* root = std::getenv("GATELET_CORPORA");
  if (root && std::filesystem::exists(std::filesystem::path(root) / path)) return std::filesystem::path(root) / path;
  std::printf("SKIPPED %s: %d cases, corpora absent\n", path.c_str(), cases);
  const char* required = std::getenv("GATELET_REQUIRE_CORPORA");
  CHECK_MESSAGE((!required || std::string_view(required) != "1"), "corpora are required here");
  return std::nullopt;
}

inline std::string read_bytes(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The files of a folder, in order of their names.
inline std::vector<std::string> read_corpus_files(const std::string& path, int cases) {
  std::vector<std::string> texts;
  const auto folder = find_corpus(path, cases);
  if (!folder) return texts;
  std::vector<std::filesystem::path> names(std::filesystem::directory_iterator(*folder), {});
  std::sort(names.begin(), names.end());
  for (const auto& name : names) texts.push_back(read_bytes(name));
  return texts;
}

// Test data holds NUL, lone surrogates and other things our own reader of configuration refuses: yyjson takes them.
struct CorpusJson {
  std::unique_ptr<yyjson_doc, decltype(&yyjson_doc_free)> document{nullptr, yyjson_doc_free};
  yyjson_val* root() const { return yyjson_doc_get_root(document.get()); }
};

inline CorpusJson read_corpus_json(const std::string& path, int cases) {
  CorpusJson json;
  const auto file = find_corpus(path, cases);
  if (!file) return json;
  const std::string text = read_bytes(*file);
  json.document.reset(yyjson_read(text.data(), text.size(), YYJSON_READ_ALLOW_INVALID_UNICODE));
  return json;
}

inline std::vector<yyjson_val*> items(yyjson_val* array) {
  std::vector<yyjson_val*> values;
  size_t index, count;
  yyjson_val* value;
  yyjson_arr_foreach(array, index, count, value) values.push_back(value);
  return values;
}

inline std::string text_of(yyjson_val* object, const char* name) {
  yyjson_val* value = yyjson_obj_get(object, name);
  return value && yyjson_is_str(value) ? std::string(yyjson_get_str(value), yyjson_get_len(value)) : std::string();
}

// One character, one byte.
inline std::string bytes_from_latin1(std::string_view utf8) {
  std::string bytes;
  for (size_t i = 0; i < utf8.size(); ++i) {
    const auto first = static_cast<unsigned char>(utf8[i]);
    bytes += first < 0x80 ? utf8[i] : static_cast<char>((first & 3) << 6 | (static_cast<unsigned char>(utf8[++i]) & 0x3F));
  }
  return bytes;
}

// A raw request and what becomes of it (h1-own/README.md).
struct H1Case {
  std::string id;
  std::string raw;
  std::vector<std::string> parts;  // sent one after the other, "<headers>" being the head of `raw`; empty: `raw` at once
  std::string expect;
  // The request target, as it stands in the first line.
  std::string target() const {
    const size_t from = raw.find(' ') + 1;
    return raw.substr(from, raw.find(" HTTP/", from) - from);
  }
  // The value of the first line of this name.
  std::string header(const std::string& name) const {
    const size_t from = raw.find("\r\n" + name + ": ");
    if (from == std::string::npos) return {};
    return raw.substr(from + name.size() + 4, raw.find("\r\n", from + 2) - from - name.size() - 4);
  }
};

inline std::vector<H1Case> read_h1_cases() {
  std::vector<H1Case> cases;
  const CorpusJson json = read_corpus_json("h1-own/cases.json", 159);
  if (!json.document) return cases;
  for (yyjson_val* value : items(yyjson_obj_get(json.root(), "cases"))) {
    H1Case found{text_of(value, "id"), bytes_from_latin1(text_of(value, "raw_latin1")), {}, text_of(value, "expect")};
    for (yyjson_val* part : items(yyjson_obj_get(value, "parts")))
      found.parts.push_back(bytes_from_latin1({yyjson_get_str(part), yyjson_get_len(part)}));
    cases.push_back(std::move(found));
  }
  return cases;
}

}  // namespace gatelet::test
