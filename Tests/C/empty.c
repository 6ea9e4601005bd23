/* All in what is linked beside it. */
typedef int empty;
