// Bodies of 100 orders, for the benchmarks of what reads and converts bodies.
#pragma once

#include <string>

namespace gatelet::test {

inline std::string json_orders() {
  std::string text = R"({"orders":{"order":[)";
  for (int i = 0; i < 100; ++i)
    text += std::string(i ? "," : "") + R"({"id":)" + std::to_string(i) +
            R"(,"customer":{"name":"Customer","street":"Long street 15"},"price":12.25,"tags":["a","b"],"open":true})";
  return text + "]}}";
}

inline std::string xml_orders() {
  std::string text = "<orders>";
  for (int i = 0; i < 100; ++i)
    text += "<order><id>" + std::to_string(i) +
            "</id><customer><name>Customer</name><street>Long street 15</street></customer><price>12.25</price>"
            "<tags>a</tags><tags>b</tags><open>true</open></order>";
  return text + "</orders>";
}

}  // namespace gatelet::test
