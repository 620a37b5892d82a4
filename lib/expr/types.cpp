// The types that several families share.
#include "expr/type.hpp"

namespace gatelet::cs {

static constexpr EnumConstant date_time_kinds[] = {{"Unspecified", 0}, {"Utc", 1}, {"Local", 2}};
static constexpr EnumConstant days[] = {{"Sunday", 0},   {"Monday", 1}, {"Tuesday", 2}, {"Wednesday", 3},
                                        {"Thursday", 4}, {"Friday", 5}, {"Saturday", 6}};
static constexpr EnumConstant comparisons[] = {{"CurrentCulture", 0},   {"CurrentCultureIgnoreCase", 1},
                                               {"InvariantCulture", 2}, {"InvariantCultureIgnoreCase", 3},
                                               {"Ordinal", 4},          {"OrdinalIgnoreCase", 5}};
static constexpr EnumConstant split_options[] = {{"None", 0}, {"RemoveEmptyEntries", 1}, {"TrimEntries", 2}};
static constexpr EnumConstant roundings[] = {{"ToEven", 0}, {"AwayFromZero", 1}};

namespace types {

#define GATELET_BASIC(id, text_name, basic_id, base_text) \
  constinit const Type id{.name = text_name, .kind = TypeKind::structure, .bases = base_text, .basic = Basic::basic_id};
GATELET_BASIC(boolean, "System.Boolean", boolean, "IComparable, IComparable<bool>, IEquatable<bool>")
GATELET_BASIC(character, "System.Char", character, "IComparable, IComparable<char>, IEquatable<char>")
GATELET_BASIC(int8, "System.SByte", int8, "IComparable, IFormattable, IComparable<sbyte>, IEquatable<sbyte>")
GATELET_BASIC(uint8, "System.Byte", uint8, "IComparable, IFormattable, IComparable<byte>, IEquatable<byte>")
GATELET_BASIC(int16, "System.Int16", int16, "IComparable, IFormattable, IComparable<short>, IEquatable<short>")
GATELET_BASIC(uint16, "System.UInt16", uint16, "IComparable, IFormattable, IComparable<ushort>, IEquatable<ushort>")
GATELET_BASIC(int32, "System.Int32", int32, "IComparable, IFormattable, IComparable<int>, IEquatable<int>")
GATELET_BASIC(uint32, "System.UInt32", uint32, "IComparable, IFormattable, IComparable<uint>, IEquatable<uint>")
GATELET_BASIC(int64, "System.Int64", int64, "IComparable, IFormattable, IComparable<long>, IEquatable<long>")
GATELET_BASIC(uint64, "System.UInt64", uint64, "IComparable, IFormattable, IComparable<ulong>, IEquatable<ulong>")
GATELET_BASIC(single, "System.Single", single, "IComparable, IFormattable, IComparable<float>, IEquatable<float>")
GATELET_BASIC(real, "System.Double", real, "IComparable, IFormattable, IComparable<double>, IEquatable<double>")
GATELET_BASIC(decimal, "System.Decimal", decimal, "IComparable, IFormattable, IComparable<decimal>, IEquatable<decimal>")
#undef GATELET_BASIC

constinit const Type object{.name = "System.Object", .basic = Basic::object};
constinit const Type text{
    .name = "System.String", .bases = "IEnumerable<char>, IComparable, IComparable<string>, IEquatable<string>", .basic = Basic::text};
constinit const Type void_{.name = "System.Void", .kind = TypeKind::void_, .is_hidden = true};
constinit const Type null{.name = "<null>", .kind = TypeKind::null, .is_hidden = true};
constinit const Type value_type{.name = "System.ValueType", .is_abstract = true};
constinit const Type enumeration{.name = "System.Enum", .bases = "ValueType", .is_abstract = true};
constinit const Type array{.name = "System.Array", .bases = "IEnumerable", .is_abstract = true};
constinit const Type nullable{.name = "System.Nullable<T>", .kind = TypeKind::structure};
constinit const Type delegate{.name = "System.Delegate", .is_abstract = true};
constinit const Type type{.name = "System.Type"};
constinit const Type exception{.name = "System.Exception"};

#define GATELET_STRUCTURE(id, text_name, base_text) \
  constinit const Type id{.name = text_name, .kind = TypeKind::structure, .bases = base_text};
GATELET_STRUCTURE(date_time, "System.DateTime", "IComparable, IFormattable, IComparable<DateTime>, IEquatable<DateTime>")
GATELET_STRUCTURE(date_time_offset, "System.DateTimeOffset",
                  "IComparable, IFormattable, IComparable<DateTimeOffset>, IEquatable<DateTimeOffset>")
GATELET_STRUCTURE(time_span, "System.TimeSpan", "IComparable, IFormattable, IComparable<TimeSpan>, IEquatable<TimeSpan>")
GATELET_STRUCTURE(guid, "System.Guid", "IComparable, IFormattable, IComparable<Guid>, IEquatable<Guid>")
GATELET_STRUCTURE(key_value_pair, "System.Collections.Generic.KeyValuePair<TKey, TValue>", "")
#undef GATELET_STRUCTURE

#define GATELET_ENUMERATION(id, text_name, values) \
  constinit const Type id{.name = text_name, .kind = TypeKind::enumeration, .constants = values};
GATELET_ENUMERATION(date_time_kind, "System.DateTimeKind", date_time_kinds)
GATELET_ENUMERATION(day_of_week, "System.DayOfWeek", days)
GATELET_ENUMERATION(string_comparison, "System.StringComparison", comparisons)
GATELET_ENUMERATION(midpoint_rounding, "System.MidpointRounding", roundings)
#undef GATELET_ENUMERATION
constinit const Type string_split_options{
    .name = "System.StringSplitOptions", .kind = TypeKind::enumeration, .constants = split_options, .is_flags = true};

#define GATELET_INTERFACE(id, text_name, base_text) \
  constinit const Type id{.name = text_name, .kind = TypeKind::interface, .bases = base_text};
GATELET_INTERFACE(enumerable, "System.Collections.IEnumerable", "")
GATELET_INTERFACE(generic_enumerable, "System.Collections.Generic.IEnumerable<out T>", "IEnumerable")
GATELET_INTERFACE(enumerator, "System.Collections.IEnumerator", "")
GATELET_INTERFACE(generic_enumerator, "System.Collections.Generic.IEnumerator<out T>", "IEnumerator, IDisposable")
GATELET_INTERFACE(collection, "System.Collections.ICollection", "IEnumerable")
GATELET_INTERFACE(generic_collection, "System.Collections.Generic.ICollection<T>", "IEnumerable<T>")
GATELET_INTERFACE(generic_list, "System.Collections.Generic.IList<T>", "ICollection<T>")
GATELET_INTERFACE(read_only_collection, "System.Collections.Generic.IReadOnlyCollection<out T>", "IEnumerable<T>")
GATELET_INTERFACE(read_only_list, "System.Collections.Generic.IReadOnlyList<out T>", "IReadOnlyCollection<T>")
GATELET_INTERFACE(generic_dictionary, "System.Collections.Generic.IDictionary<TKey, TValue>", "ICollection<KeyValuePair<TKey, TValue>>")
GATELET_INTERFACE(read_only_dictionary, "System.Collections.Generic.IReadOnlyDictionary<TKey, TValue>",
                  "IReadOnlyCollection<KeyValuePair<TKey, TValue>>")
GATELET_INTERFACE(generic_set, "System.Collections.Generic.ISet<T>", "ICollection<T>")
GATELET_INTERFACE(disposable, "System.IDisposable", "")
GATELET_INTERFACE(comparable, "System.IComparable", "")
GATELET_INTERFACE(generic_comparable, "System.IComparable<in T>", "")
GATELET_INTERFACE(equatable, "System.IEquatable<T>", "")
GATELET_INTERFACE(formattable, "System.IFormattable", "")
GATELET_INTERFACE(equality_comparer, "System.Collections.Generic.IEqualityComparer<in T>", "")
GATELET_INTERFACE(comparer, "System.Collections.Generic.IComparer<in T>", "")
GATELET_INTERFACE(grouping, "System.Linq.IGrouping<out TKey, out TElement>", "IEnumerable<TElement>")
GATELET_INTERFACE(ordered_enumerable, "System.Linq.IOrderedEnumerable<TElement>", "IEnumerable<TElement>")
#undef GATELET_INTERFACE

constinit const Type list{.name = "System.Collections.Generic.List<T>", .bases = "IList<T>, IReadOnlyList<T>, ICollection"};
constinit const Type dictionary{.name = "System.Collections.Generic.Dictionary<TKey, TValue>",
                                .bases = "IDictionary<TKey, TValue>, IReadOnlyDictionary<TKey, TValue>, ICollection"};
constinit const Type hash_set{.name = "System.Collections.Generic.HashSet<T>", .bases = "ISet<T>, IReadOnlyCollection<T>"};

#define GATELET_DELEGATE(id, text_name, signature) \
  constinit const Type id{.name = text_name, .kind = TypeKind::delegate, .bases = signature};
GATELET_DELEGATE(func1, "System.Func<out TResult>", "TResult ()")
GATELET_DELEGATE(func2, "System.Func<in T, out TResult>", "TResult (T)")
GATELET_DELEGATE(func3, "System.Func<in T1, in T2, out TResult>", "TResult (T1, T2)")
GATELET_DELEGATE(func4, "System.Func<in T1, in T2, in T3, out TResult>", "TResult (T1, T2, T3)")
GATELET_DELEGATE(func5, "System.Func<in T1, in T2, in T3, in T4, out TResult>", "TResult (T1, T2, T3, T4)")
GATELET_DELEGATE(action0, "System.Action", "void ()")
GATELET_DELEGATE(action1, "System.Action<in T>", "void (T)")
GATELET_DELEGATE(action2, "System.Action<in T1, in T2>", "void (T1, T2)")
GATELET_DELEGATE(predicate, "System.Predicate<in T>", "bool (T)")
GATELET_DELEGATE(comparison, "System.Comparison<in T>", "int (T, T)")
GATELET_DELEGATE(converter, "System.Converter<in TInput, out TOutput>", "TOutput (TInput)")
#undef GATELET_DELEGATE

#define GATELET_EXCEPTION(id, text_name, base_text) constinit const Type id{.name = text_name, .bases = base_text};
GATELET_EXCEPTION(system_exception, "System.SystemException", "Exception")
GATELET_EXCEPTION(argument_exception, "System.ArgumentException", "SystemException")
GATELET_EXCEPTION(argument_null_exception, "System.ArgumentNullException", "ArgumentException")
GATELET_EXCEPTION(argument_out_of_range_exception, "System.ArgumentOutOfRangeException", "ArgumentException")
GATELET_EXCEPTION(arithmetic_exception, "System.ArithmeticException", "SystemException")
GATELET_EXCEPTION(divide_by_zero_exception, "System.DivideByZeroException", "ArithmeticException")
GATELET_EXCEPTION(overflow_exception, "System.OverflowException", "ArithmeticException")
GATELET_EXCEPTION(format_exception, "System.FormatException", "SystemException")
GATELET_EXCEPTION(index_out_of_range_exception, "System.IndexOutOfRangeException", "SystemException")
GATELET_EXCEPTION(invalid_cast_exception, "System.InvalidCastException", "SystemException")
GATELET_EXCEPTION(invalid_operation_exception, "System.InvalidOperationException", "SystemException")
GATELET_EXCEPTION(key_not_found_exception, "System.Collections.Generic.KeyNotFoundException", "SystemException")
GATELET_EXCEPTION(not_supported_exception, "System.NotSupportedException", "SystemException")
GATELET_EXCEPTION(not_implemented_exception, "System.NotImplementedException", "SystemException")
GATELET_EXCEPTION(null_reference_exception, "System.NullReferenceException", "SystemException")
GATELET_EXCEPTION(uri_format_exception, "System.UriFormatException", "FormatException")
GATELET_EXCEPTION(cryptographic_exception, "System.Security.Cryptography.CryptographicException", "SystemException")
GATELET_EXCEPTION(xml_exception, "System.Xml.XmlException", "SystemException")
GATELET_EXCEPTION(json_exception, "Newtonsoft.Json.JsonException", "Exception")
GATELET_EXCEPTION(json_reader_exception, "Newtonsoft.Json.JsonReaderException", "JsonException")
GATELET_EXCEPTION(json_serialization_exception, "Newtonsoft.Json.JsonSerializationException", "JsonException")
GATELET_EXCEPTION(regex_match_timeout_exception, "System.Text.RegularExpressions.RegexMatchTimeoutException", "SystemException")
GATELET_EXCEPTION(rank_exception, "System.RankException", "SystemException")
GATELET_EXCEPTION(array_type_mismatch_exception, "System.ArrayTypeMismatchException", "SystemException")
GATELET_EXCEPTION(time_zone_not_found_exception, "System.TimeZoneNotFoundException", "Exception")
GATELET_EXCEPTION(io_exception, "System.IO.IOException", "SystemException")
GATELET_EXCEPTION(decoder_fallback_exception, "System.Text.DecoderFallbackException", "ArgumentException")
#undef GATELET_EXCEPTION

}  // namespace types
}  // namespace gatelet::cs
