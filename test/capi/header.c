/* The header compiles alone as C99. */
#include <gatelet/@HEADER@>

int main(void) { return 0; }
