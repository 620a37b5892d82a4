#include "golden.hpp"

using namespace gatelet;

TEST_CASE("golden vectors: numbers and truth are read") {
  const std::string not_a_number = "!FormatException: Input string was not in a correct format.";
  const std::string not_a_truth = "!FormatException: String was not recognized as a valid Boolean.";
  check_golden({
      {R"(int.Parse(" 12 "))", "Int32 12"},
      {R"(int.Parse("-5"))", "Int32 -5"},
      {R"(int.Parse("+5"))", "Int32 5"},
      {R"(int.Parse("1,000"))", not_a_number},
      {R"(int.Parse("12.0"))", not_a_number},
      {R"(int.Parse(""))", not_a_number},
      {"int.Parse(null)", "!ArgumentNullException: Value cannot be null. Parameter: s"},
      {R"(int.Parse("2147483648"))", "!OverflowException: Value was either too large or too small for an Int32."},
      {R"(double.Parse("x"))", not_a_number},
      {R"(bool.Parse(" TRUE "))", "Boolean True"},
      {R"(bool.Parse("1"))", not_a_truth},
      {R"(Convert.ToBoolean("True"))", "Boolean True"},
      {R"(Convert.ToBoolean("yes"))", not_a_truth},
      {"Convert.ToBoolean((object)null)", "Boolean False"},
      {"Convert.ToBoolean((string)null)", "Boolean False"},
      {R"(Convert.ToInt32("7"))", "Int32 7"},
      {"Convert.ToInt32((string)null)", "Int32 0"},
      {"Convert.ToInt32(2.5)", "Int32 2"},
      {"Convert.ToInt32(3.5)", "Int32 4"},
      {R"(Convert.ToDouble("1.5") + " " + Convert.ToDouble("1,5"))", "String 1.5 15"},
      {R"(Convert.ToString(10, 2) + " " + Convert.ToString(255, 16))", "String 1010 ff"},
  });
}

TEST_CASE("golden vectors: casts and arithmetic") {
  check_golden({
      {"(int)2.9", "Int32 2"},
      {"(int)(object)5L", "!InvalidCastException: Specified cast is not valid."},
      {"(string)(object)5", "!InvalidCastException: Unable to cast object of type 'System.Int32' to type 'System.String'."},
      {"(object)5 as string", "null"},
      {R"((5 / 2) + "," + (-5 / 2) + "," + (-5 % 3))", "String 2,-2,-2"},
      {"int zero = 0; return 1 / zero;", "!DivideByZeroException: Attempted to divide by zero."},
      {"1 / 0", "1:5 Division by constant zero"},
      {"1.0 / 0", "Double Infinity"},
      {"double big = 1e300; return (int)big;", "Int32 -2147483648"},
      {"int x = int.MaxValue; x++; return x;", "Int32 -2147483648"},
      {"0.1 + 0.2", "Double 0.30000000000000004"},
      {"Math.Round(2.5)", "Double 2"},
      {"Math.Round(3.5)", "Double 4"},
      {"Math.Round(2.345, 2)", "Double 2.35"},  // scaled it is 234.50000000000003, above the half
      {"object.Equals(5, 5)", "Boolean True"},
      {"((object)5).Equals(5L)", "Boolean False"},
  });
}

TEST_CASE("golden vectors: numbers are written") {
  check_golden({
      {R"(1e16 + " " + 1e15 + " " + 1e-5 + " " + 0.0001)", "String 1E+16 1E+15 1E-05 0.0001"},
      {"100.0.ToString()", "String 100"},
      {"1.10m", "Decimal 1.10"},
      {R"(5.ToString("000"))", "String 005"},
      {R"(1234.5.ToString("N2"))", "String 1,234.50"},
      {R"(0.256.ToString("P1"))", "String 25.6 %"},
      {R"(255.ToString("x4"))", "String 00ff"},
      {R"(255.ToString("X"))", "String FF"},
      {R"(1234.5.ToString("F0"))", "String 1235"},
      {R"(1234.5678.ToString("0.##"))", "String 1234.57"},
      {"true.ToString()", "String True"},
  });
}

TEST_CASE("golden vectors: Random with a seed gives .NET's numbers") {
  check_golden({
      {R"(var r = new Random(5); return r.Next(100) + " " + r.Next(100) + " " + r.Next(100) + " " + r.NextDouble().ToString("G15");)",
       "String 33 28 26 0.625375844363764"},
      {"new Random(5).Next(5, 1)", "!ArgumentOutOfRangeException: 'minValue' cannot be greater than maxValue. Parameter: minValue"},
  });
}
