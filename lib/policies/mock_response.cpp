// mock-response: ends processing and answers with what the definition of the operation promises (policies-b.md 5.6).
#include "base/text.hpp"
#include "policies/elements.hpp"

namespace gatelet {

namespace {

// Without parameters such as charset.
std::string_view media_type_of(std::string_view content_type) { return trim(content_type.substr(0, content_type.find(';'))); }

class MockResponse final : public Policy {
 public:
  explicit MockResponse(PolicyReader& in) : content_type_(trim(in.optional_literal("content-type").value_or(""))) {
    status_ = static_cast<int>(read_integer(in, "status-code", answer_statuses).value_or(200));
    index_ = read_integer(in, "index", {});
    if (!is_field_value(content_type_))
      in.error(DiagnosticCode::invalid_value, "'content-type' cannot hold line breaks or control characters", in.at("content-type"));
  }

  bool uses_examples() const override { return true; }

  Flow run(Context& context) const override {
    context.response = Response(context.arena);
    context.response.status = status_;
    context.has_response = true;
    std::string_view type = content_type_;
    if (const ResponseExample* example = context.operation ? find(context.operation->examples) : nullptr) {
      context.response.status = example->status;
      type = example->content_type;
      if (!example->body.empty()) context.response.body = Body::from(example->body);
    }
    if (!type.empty()) context.response.headers.append(text_of(HeaderId::content_type), type);
    return Flow::stop;
  }

 private:
  static std::optional<int64_t> read_integer(PolicyReader& in, std::string_view name, IntegerRange range) {
    const auto value = in.optional_integer(name, range);
    if (!value) return std::nullopt;
    if (value->is_expression())
      in.error(DiagnosticCode::invalid_value, "'" + std::string(name) + "' cannot be an expression; write a number", in.at(name));
    return value->literal() ? std::optional(*value->literal()) : std::nullopt;
  }

  // The best of the representation that is meant: its first example, else what was made from its schema. An index counts the examples, and
  // brings its own status.
  const ResponseExample* find(const std::vector<ResponseExample>& examples) const {
    int64_t given = 0;
    for (const ResponseExample& example : examples)
      if (index_ && example.is_given && given++ == *index_) return &example;
    for (const ResponseExample& example : examples) {
      const bool fits_type =
          content_type_.empty() || equal_ignoring_case(media_type_of(content_type_), media_type_of(example.content_type));
      if (example.status == status_ && fits_type) return &example;
    }
    return nullptr;
  }

  int status_ = 200;
  std::string content_type_;  // empty: the first one found
  std::optional<int64_t> index_;
};

}  // namespace

std::unique_ptr<Policy> read_mock_response(PolicyReader& in) { return std::make_unique<MockResponse>(in); }

}  // namespace gatelet
