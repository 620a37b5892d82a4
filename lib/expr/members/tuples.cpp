// System.Tuple and Tuple<…> of one to seven items.
#include "expr/member.hpp"

namespace gatelet::cs {
namespace tuple_rows {

static constinit const Type factory_type{.name = "System.Tuple", .is_static = true};
static constinit const Type tuple_types[] = {
    {.name = "System.Tuple<T1>", .bases = "IComparable"},
    {.name = "System.Tuple<T1, T2>", .bases = "IComparable"},
    {.name = "System.Tuple<T1, T2, T3>", .bases = "IComparable"},
    {.name = "System.Tuple<T1, T2, T3, T4>", .bases = "IComparable"},
    {.name = "System.Tuple<T1, T2, T3, T4, T5>", .bases = "IComparable"},
    {.name = "System.Tuple<T1, T2, T3, T4, T5, T6>", .bases = "IComparable"},
    {.name = "System.Tuple<T1, T2, T3, T4, T5, T6, T7>", .bases = "IComparable"},
};

// The object is an array of its items.
static std::span<const Value> items_of(Value self) { return {self.object<const Value>(), self.type->arguments().size()}; }

static Value create(Call& call) {
  const size_t count = call.site.result->arguments().size();
  const std::span<Value> items = call.run.try_array<Value>(count);
  for (size_t i = 0; i < items.size(); ++i) items[i] = call.arguments[i];
  return value_of_object(*call.site.result, items.data());
}

template <size_t index>
static Value item(Call& call) {
  return items_of(call.self)[index];
}

// Tuples in tuples are as deep as calls may be, and every one costs: what holds another twice doubles.
static const String* tuple_text(Evaluation& run, Value self) {
  if (!run.charge(1) || !run.enter_call()) return &empty_string;
  TextBuilder out(run);
  bool is_first = true;
  for (const Value one : items_of(self)) {
    out.append(std::string_view(is_first ? "(" : ", "));
    out.append(to_string(run, one));
    is_first = false;
  }
  out.append(u')');
  run.leave_call();
  return out.finish();
}

static bool same_tuples(Evaluation& run, Value self, Value other) {
  if (self.type != other.type || !run.charge(1) || !run.enter_call()) return false;
  const std::span<const Value> a = items_of(self), b = items_of(other);
  size_t same = 0;
  while (same < a.size() && equals(run, a[same], b[same])) ++same;
  run.leave_call();
  return same == a.size();
}

static int32_t tuple_hash(Evaluation& run, Value self) {
  if (!run.charge(1) || !run.enter_call()) return 0;
  uint32_t hash = 17;
  for (const Value one : items_of(self)) hash = hash * 33 ^ static_cast<uint32_t>(hash_of(run, one));
  run.leave_call();
  return static_cast<int32_t>(hash);
}

static int compare_tuples(Evaluation& run, Value self, Value other) {
  if (!run.charge(1) || !run.enter_call()) return 0;
  const std::span<const Value> a = items_of(self), b = items_of(other);
  int order = 0;
  for (size_t i = 0; i < a.size() && order == 0 && !run.failed(); ++i) order = compare(run, a[i], b[i]);
  run.leave_call();
  return order;
}

static constexpr TypeOps tuple_ops{.to_string = tuple_text, .equals = same_tuples, .hash = tuple_hash, .compare = compare_tuples};

static constexpr Member factory_members[] = {
    {"static Tuple<T1> Create<T1>(T1 item1)", create},
    {"static Tuple<T1, T2> Create<T1, T2>(T1 item1, T2 item2)", create},
    {"static Tuple<T1, T2, T3> Create<T1, T2, T3>(T1 item1, T2 item2, T3 item3)", create},
    {"static Tuple<T1, T2, T3, T4> Create<T1, T2, T3, T4>(T1 item1, T2 item2, T3 item3, T4 item4)", create},
    {"static Tuple<T1, T2, T3, T4, T5> Create<T1, T2, T3, T4, T5>(T1 item1, T2 item2, T3 item3, T4 item4, T5 item5)", create},
    {"static Tuple<T1, T2, T3, T4, T5, T6> Create<T1, T2, T3, T4, T5, T6>(T1 item1, T2 item2, T3 item3, T4 item4, T5 item5, T6 item6)",
     create},
    {"static Tuple<T1, T2, T3, T4, T5, T6, T7> Create<T1, T2, T3, T4, T5, T6, T7>(T1 item1, T2 item2, T3 item3, T4 item4, T5 item5, T6 "
     "item6, T7 item7)",
     create},
};

static constexpr Member item_1{"T1 Item1", item<0>}, item_2{"T2 Item2", item<1>}, item_3{"T3 Item3", item<2>}, item_4{"T4 Item4", item<3>},
    item_5{"T5 Item5", item<4>}, item_6{"T6 Item6", item<5>}, item_7{"T7 Item7", item<6>};
static constexpr Member of_1[] = {{"new(T1 item1)", create}, item_1};
static constexpr Member of_2[] = {{"new(T1 item1, T2 item2)", create}, item_1, item_2};
static constexpr Member of_3[] = {{"new(T1 item1, T2 item2, T3 item3)", create}, item_1, item_2, item_3};
static constexpr Member of_4[] = {{"new(T1 item1, T2 item2, T3 item3, T4 item4)", create}, item_1, item_2, item_3, item_4};
static constexpr Member of_5[] = {
    {"new(T1 item1, T2 item2, T3 item3, T4 item4, T5 item5)", create}, item_1, item_2, item_3, item_4, item_5};
static constexpr Member of_6[] = {
    {"new(T1 item1, T2 item2, T3 item3, T4 item4, T5 item5, T6 item6)", create}, item_1, item_2, item_3, item_4, item_5, item_6};
static constexpr Member of_7[] = {{"new(T1 item1, T2 item2, T3 item3, T4 item4, T5 item5, T6 item6, T7 item7)", create},
                                  item_1,
                                  item_2,
                                  item_3,
                                  item_4,
                                  item_5,
                                  item_6,
                                  item_7};

static const TypeRows rows[] = {
    {factory_type, factory_members},    {tuple_types[0], of_1, &tuple_ops}, {tuple_types[1], of_2, &tuple_ops},
    {tuple_types[2], of_3, &tuple_ops}, {tuple_types[3], of_4, &tuple_ops}, {tuple_types[4], of_5, &tuple_ops},
    {tuple_types[5], of_6, &tuple_ops}, {tuple_types[6], of_7, &tuple_ops},
};

}  // namespace tuple_rows

extern const Family tuple_family;
const Family tuple_family{tuple_rows::rows};

}  // namespace gatelet::cs
