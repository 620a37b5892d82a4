// System.Net.IPAddress, as far as expressions may use it.
#include "expr/ip_addresses.hpp"
#include "expr/member.hpp"

namespace gatelet::cs {
namespace address_rows {

static constexpr EnumConstant address_families[] = {{"Unknown", -1}, {"Unspecified", 0}, {"InterNetwork", 2}, {"InterNetworkV6", 23}};
static constinit const Type address_family_type{
    .name = "System.Net.Sockets.AddressFamily", .kind = TypeKind::enumeration, .constants = address_families};
static constinit const Type address_type{.name = "System.Net.IPAddress"};

static const AddressBytes& bytes_of(Value value) { return *value.object<const AddressBytes>(); }

static std::string_view view_of_bytes(const AddressBytes& address) {
  return {reinterpret_cast<const char*>(address.bytes), address.is_v6 ? 16u : 4u};
}

static Value parse(Call& call) {
  if (!call.text(0)) return call.run.fail_null("ipString");
  if (!call.run.charge_text(call.text(0)->length)) return {};
  const auto address = parse_address(utf8(*call.text(0)));
  if (!address) return call.run.fail(types::format_exception, "An invalid IP address was specified.");
  return value_of_object(address_type, call.run.make<AddressBytes>(*address));
}

static Value try_parse(Call& call) {
  const auto address = call.text(0) && call.run.charge_text(call.text(0)->length) ? parse_address(utf8(*call.text(0))) : std::nullopt;
  call.out(1) = address ? value_of_object(address_type, call.run.make<AddressBytes>(*address)) : Value{};
  return boolean(address.has_value());
}

static Value is_loopback(Call& call) {
  const auto* address = call.object<const AddressBytes>(0);
  if (!address) return call.run.fail_null("address");
  const std::string text = address_text(*address);
  return boolean(address->is_v6 ? text == "::1" || text.starts_with("::ffff:127.") : address->bytes[0] == 127);
}

static constexpr TypeOps address_ops{
    .to_string = [](Evaluation& run, Value self) { return copy_of(run, address_text(bytes_of(self))); },
    .equals = [](Evaluation&, Value a, Value b) { return a.type == b.type && view_of_bytes(bytes_of(a)) == view_of_bytes(bytes_of(b)); },
    .hash = [](Evaluation& run, Value self) { return hash_of(*copy_of(run, address_text(bytes_of(self)))); },
};

static constexpr Member address_members[] = {
    {"static IPAddress Parse(string ipString)", parse},
    {"static bool TryParse(string ipString, out IPAddress address)", try_parse},
    {"static bool IsLoopback(IPAddress address)", is_loopback},
    {"AddressFamily AddressFamily", [](Call& call) { return value_of_bits(address_family_type, bytes_of(call.self).is_v6 ? 23 : 2); }},
    {"byte[] GetAddressBytes()", [](Call& call) { return bytes_value(call.run, view_of_bytes(bytes_of(call.self))); }},
};

static const TypeRows address_types[] = {{address_type, address_members, &address_ops}, {address_family_type}};

}  // namespace address_rows

extern const Family address_family;
const Family address_family{address_rows::address_types};

}  // namespace gatelet::cs
