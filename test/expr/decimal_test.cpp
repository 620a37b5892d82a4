// Math and LINQ on decimals and nullable numbers.
#include <doctest/doctest.h>

#include "evaluate.hpp"

using namespace gatelet;

TEST_CASE("Math works on decimals and on every kind of number") {
  check({
      {"@(Math.Round(2.5m) + \" \" + Math.Round(3.5m) + \" \" + Math.Round(2.345m, 2))", "String 2 4 2.34"},
      {"@(Math.Round(2.5) + Math.Round(2.5, MidpointRounding.AwayFromZero))", "Double 5"},
      {"@(Math.Round(2.5m, MidpointRounding.AwayFromZero))", "Decimal 3"},
      {"@(Math.Round(-2.345m, 2, MidpointRounding.AwayFromZero))", "Decimal -2.35"},
      {"@(Math.Round(1.5m, 29))",
       "!ArgumentOutOfRangeException: Decimal can only round to between 0 and 28 digits of precision. Parameter: decimals"},
      {"@(Math.Abs(-1.10m))", "Decimal 1.10"},
      {"@(Math.Floor(-1.5m) + \" \" + Math.Ceiling(-1.5m) + \" \" + Math.Truncate(-1.5m))", "String -2 -1 -1"},
      {"@(Math.Max(1.5m, 2m) + \" \" + Math.Min(1.5m, 2m))", "String 2 1.5"},
      {"@(Math.Sign(-0.1m))", "Int32 -1"},
      {"@(Math.Max((byte)3, (byte)4))", "Byte 4"},
      {"@(Math.Max(3u, 4u))", "UInt32 4"},
      {"@(Math.Max(ulong.MaxValue, 4ul))", "UInt64 18446744073709551615"},
      {"@(Math.Max(1f, 2f))", "Single 2"},
      {"@(Math.Min(1, double.NaN))", "Double NaN"},
      {"@(Math.Sign(double.NaN))", "!ArithmeticException: Function does not accept floating point Not-a-Number values."},
      {"@(Math.Log(8, 2))", "Double 3"},
      {"@{ int rest; return Math.DivRem(7, 2, out rest) + \" \" + rest; }", "String 3 1"},
      {"@{ int rest; return Math.DivRem(7, 0, out rest); }", "!DivideByZeroException: Attempted to divide by zero."},
      {"@(Math.BigMul(int.MaxValue, 2))", "Int64 4294967294"},
  });
}

TEST_CASE("Sum, Average, Min and Max take decimals, and pass over nulls") {
  check({
      {"@(new[] { 1.10m, 2.20m }.Sum())", "Decimal 3.30"},
      {"@(new[] { 1, 2 }.Sum(x => x * 1.5m))", "Decimal 4.5"},
      {"@(new[] { 1m, 2m }.Average())", "Decimal 1.5"},
      {"@(new[] { \"a\", \"bcd\" }.Average(x => (decimal)x.Length))", "Decimal 2"},
      {"@(new[] { 1.5m, 0.5m }.Max() + new[] { 1.5m, 0.5m }.Min())", "Decimal 2.0"},
      {"@(new decimal[0].Sum())", "Decimal 0"},
      {"@(new decimal[0].Average())", "!InvalidOperationException: Sequence contains no elements"},
      {"@(new[] { decimal.MaxValue, 1m }.Sum())", "!OverflowException: Value was either too large or too small for a Decimal."},
      {"@(new int?[] { 1, null, 2 }.Sum())", "Int32 3"},
      {"@(new int?[] { 1, null, 2 }.Average())", "Double 1.5"},
      {"@(new int?[] { null }.Average())", "null"},
      {"@(new decimal?[] { 1.5m, null }.Sum())", "Decimal 1.5"},
      {"@(new double?[] { 1.5, null }.Sum())", "Double 1.5"},
      {"@(new[] { 1.5f, 2f }.Sum())", "Single 3.5"},
      {"@(new[] { \"a\", \"bb\" }.Sum(x => x.Length))", "Int32 3"},
  });
}
