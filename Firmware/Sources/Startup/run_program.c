/* From start-up to the program, and what becomes of it when it returns. */
#include "startup.h"

#if defined(__wasm__)
/* The name of a main() with arguments. */
extern int main(int, char **) __asm__("__main_argc_argv");
#else
extern int main(int, char **);
#endif

_Noreturn void run_program(void) {
  machine_start();
  main(0, 0);
  machine_exit(0);
}
