#include "http/content_coding.hpp"

#include "base/text.hpp"
#include "http/gzip.hpp"

namespace gatelet {

std::vector<std::string_view> content_codings(const Headers& headers) {
  std::vector<std::string_view> codings;
  for (const HeaderField& field : headers.fields()) {
    if (field.id != HeaderId::content_encoding) continue;
    for (std::string_view coding : split(field.value, ','))
      if (coding = trim(coding); !coding.empty() && !equal_ignoring_case(coding, "identity")) codings.push_back(coding);
  }
  return codings;
}

bool is_gzip(std::string_view coding) { return equal_ignoring_case(coding, "gzip") || equal_ignoring_case(coding, "x-gzip"); }
bool is_deflate(std::string_view coding) { return equal_ignoring_case(coding, "deflate"); }

Result<std::string> without_coding(std::string_view coding, std::string_view bytes, size_t bytes_max) {
  if (is_gzip(coding)) return gunzip(bytes, bytes_max);
  if (is_deflate(coding)) return undeflate(bytes, bytes_max);
  return Error{Code::argument, "the content coding '" + std::string(coding) + "' is not known", {}, {}};
}

}  // namespace gatelet
