// All families of members. A new one: its file in this directory, its declaration and its row here.
#include "expr/registry.hpp"

namespace gatelet::cs {

extern const Family object_family;
extern const Family context_family;
extern const Family context_messages_family;
extern const Family context_extensions_family;
extern const Family math_family;
extern const Family array_family;
extern const Family comparer_family;
extern const Family dictionary_family;
extern const Family linq_family;
extern const Family linq_group_family;
extern const Family linq_lazy_family;
extern const Family list_family;
extern const Family set_family;
extern const Family guid_family;
extern const Family convert_family;
extern const Family encoding_family;
extern const Family random_family;
extern const Family web_utility_family;
extern const Family date_family;
extern const Family time_span_family;
extern const Family number_family;
extern const Family decimal_family;
extern const Family text_family;
extern const Family text_part_family;
extern const Family character_family;
extern const Family json_token_family;
extern const Family json_container_family;
extern const Family json_value_family;
extern const Family regex_family;
extern const Family regex_match_family;
extern const Family text_io_family;
extern const Family x_axis_family;
extern const Family x_conversion_family;
extern const Family x_element_family;
extern const Family x_name_family;
extern const Family x_node_family;
extern const Family xml_document_family;
extern const Family xml_reader_family;
extern const Family hash_family;
extern const Family cipher_family;
extern const Family rsa_family;
extern const Family certificate_family;
extern const Family token_family;
extern const Family tuple_family;
extern const Family uri_family;
extern const Family address_family;
extern const Family time_zone_family;

static const Family* const families[] = {
    &object_family,
    &context_family,
    &context_messages_family,
    &context_extensions_family,
    &math_family,
    &array_family,
    &comparer_family,
    &dictionary_family,
    &linq_family,
    &linq_group_family,
    &linq_lazy_family,
    &list_family,
    &set_family,
    &date_family,
    &time_span_family,
    &number_family,
    &decimal_family,
    &text_family,
    &text_part_family,
    &character_family,
    &guid_family,
    &convert_family,
    &encoding_family,
    &random_family,
    &web_utility_family,
    &json_token_family,
    &json_container_family,
    &json_value_family,
    &regex_family,
    &regex_match_family,
    &text_io_family,
    &x_axis_family,
    &x_conversion_family,
    &x_element_family,
    &x_name_family,
    &x_node_family,
    &xml_document_family,
    &xml_reader_family,
    &hash_family,
    &cipher_family,
    &rsa_family,
    &certificate_family,
    &token_family,
    &tuple_family,
    &uri_family,
    &address_family,
    &time_zone_family,
};

std::span<const Family* const> all_families() { return families; }

}  // namespace gatelet::cs
