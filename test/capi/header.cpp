// The header compiles alone as C++.
#include <gatelet/@HEADER@>

int main() { return 0; }
