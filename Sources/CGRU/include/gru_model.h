/* The header contract: what a quantized network looks like in flash.
 *
 * The quantizer emits one header per network; it ends in a `static const gru_model_t` whose
 * pointers lead to every constant. Firmware in C, C++ and Embedded Swift reads the same bytes.
 *
 * Formats (an integer `raw` in Qn stands for raw / 2^n):
 *
 *   input               int16   real = input_scale * raw + input_offset
 *   hidden state        int16   real = raw * 2^(state_exponent - 15)     Q15 where |h| <= 1
 *   state carry         int8    8 further bits below the hidden state
 *   weights             int8 or int16 in rows; real = raw * (scale of the row)
 *   multiplier          int32   (scale of the row * scale of the column input) * 2^(50 - s + m)
 *                               s = preactivation_shift, m = matrix shift
 *   bias                int32   Q(18 - s)
 *   pre-activation      int32   Q(18 - s), shifted left by s to Q18 before a table sees it
 *   gates               Q16     0 and 1 both exact
 *   output of a dense   int32   Q18
 */
#ifndef GRU_MODEL_H
#define GRU_MODEL_H

#include <stddef.h>
#include <stdint.h>

/* A header carries the version it was written for and compares it with this one. */
#define GRU_FORMAT_VERSION 2

#if defined(__cplusplus) && __cplusplus >= 201103L
#define GRU_STATIC_ASSERT(condition, name) static_assert(condition, #name)
#elif defined(__STDC_VERSION__) && __STDC_VERSION__ >= 201112L
#define GRU_STATIC_ASSERT(condition, name) _Static_assert(condition, #name)
#else
#define GRU_STATIC_ASSERT(condition, name) typedef char name[(condition) ? 1 : -1]
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* What a layer is: gru_layer_t.kind */
enum {
  GRU_LAYER_EMBEDDING = 1, /* a token gathers a row */
  GRU_LAYER_CELL = 2,      /* a gated recurrent unit */
  GRU_LAYER_DENSE = 3      /* an affine map and an activation */
};

/* What the network is fed with: gru_model_t.input_kind */
enum {
  GRU_INPUT_VECTOR = 0, /* input_size values a step */
  GRU_INPUT_TOKEN = 1   /* one index below input_size a step */
};

/* Activation of a dense layer, or of a cell's candidate */
enum {
  GRU_ACTIVATION_NONE = 0,
  GRU_ACTIVATION_RELU = 1,
  GRU_ACTIVATION_TANH = 2,
  GRU_ACTIVATION_SIGMOID = 3,
  GRU_ACTIVATION_SOFTMAX = 4 /* the device returns the logits */
};

/* Where the reset gate acts: gru_cell_t.reset */
enum {
  GRU_RESET_AFTER = 0, /* n = phi(Wn x + bn + r * (Un h + cn)) */
  GRU_RESET_BEFORE = 1 /* n = phi(Wn x + bn + Un (r * h)) */
};

/* Width of a weight: gru_matrix_t.format */
enum { GRU_WEIGHTS_INT8 = 8, GRU_WEIGHTS_INT16 = 16 };

/* How the weights of a matrix lie in memory: gru_matrix_t.layout. Rows come in quads: four rows that
 * share what they read, the last quad filled up with rows of zeros. Words are 32 bits, low bits
 * first; c and c + 1 are neighbouring columns, and where the number of columns is odd, the last one
 * stands alone. Any core runs any layout, to the same bits. */
enum {
  /* int8:  for each column, a word of rows 0, 1, 2, 3, with 128 added to each weight
   * int16: for two columns, four words, one a row, of (c, c + 1); alone: rows (0, 1), (2, 3) */
  GRU_LAYOUT_QUADS = 0,
  /* int8, for cores that multiply pairs of halfwords (Armv7E-M): a halfword holds two rows, as
   * 256 * odd + even; for two columns, two words, rows (0, 1) and (2, 3), of (c, c + 1); alone: one
   * word of both */
  GRU_LAYOUT_PAIRS = 1,
  /* int8, for cores with vectors of 128 bits: for eight columns, sixteen words, four a row, of
   * (c, c + 1)...(c + 6, c + 7); where the number of columns is no multiple of eight, zeros follow
   * the last one */
  GRU_LAYOUT_WIDE = 2,
  /* no weights: a token's row of pre-activations is read from a table */
  GRU_LAYOUT_TOKENS = 3
};

/* The layout of int8 weights that the core which is compiled for runs fastest. */
#if defined(__ARM_FEATURE_DSP)
#define GRU_NATIVE_LAYOUT GRU_LAYOUT_PAIRS
#else
#define GRU_NATIVE_LAYOUT GRU_LAYOUT_QUADS
#endif

/* What the weights of one matrix are. Each row has a scale of its own, inside its multiplier. */
typedef struct gru_matrix {
  uint8_t format; /* GRU_WEIGHTS_... */
  uint8_t layout; /* GRU_LAYOUT_... */
  uint8_t shift;  /* m: an int16 row's 64-bit sum is rounded right by m; int8: 0; tokens: the
                     table's entries are shifted left by m */
} gru_matrix_t;

struct gru_cell_step;
struct gru_layer;

/* What runs a cell or a dense layer. A header names the ones that it needs, so that a linker can
 * leave out the others. */
typedef struct gru_cell_kernel {
  void (*step)(struct gru_cell_step *step);
  uint8_t reset;  /* GRU_RESET_... */
  uint8_t format; /* of all matrices but tables of tokens; 0: any mixture */
  uint8_t layout;
} gru_cell_kernel_t;

typedef struct gru_dense_kernel {
  void (*apply)(const struct gru_layer *layer, const int16_t *input, int32_t *output,
                int16_t *next);
  uint8_t format;
  uint8_t layout;
} gru_dense_kernel_t;

/* Every kernel: name, format and layout of the matrices. */
#define GRU_KERNELS(KERNEL)                                \
  KERNEL(int8_pairs, GRU_WEIGHTS_INT8, GRU_LAYOUT_PAIRS)   \
  KERNEL(int8_quads, GRU_WEIGHTS_INT8, GRU_LAYOUT_QUADS)   \
  KERNEL(int8_wide, GRU_WEIGHTS_INT8, GRU_LAYOUT_WIDE)     \
  KERNEL(int16_quads, GRU_WEIGHTS_INT16, GRU_LAYOUT_QUADS) \
  KERNEL(any, 0, 0)

#define GRU_DECLARE_KERNELS(name, format, layout)         \
  extern const gru_cell_kernel_t gru_reset_after_##name;  \
  extern const gru_cell_kernel_t gru_reset_before_##name; \
  extern const gru_dense_kernel_t gru_dense_##name;
GRU_KERNELS(GRU_DECLARE_KERNELS)
#undef GRU_DECLARE_KERNELS

/* A gated recurrent unit; z keeps: h <- (1 - z) * n + z * h.
 *
 * All constants lie in the order in which a step reads them. Under reset after, quad by quad: W and
 * U of the reset gate, of the update gate, of the candidate. Under reset before, quad by quad those
 * of the reset gate; then, quad by quad again, those of the update gate and the candidate. */
typedef struct gru_cell {
  const gru_cell_kernel_t *kernel;
  const uint32_t *weights; /* quads of the matrices, by their layouts */
  const int32_t *rows;     /* for each quad of W: biases, multipliers, four of each (a table of tokens
                              has no multipliers); of U: multipliers, and before those of the
                              candidate, under reset after, the biases cn inside the reset product */
  const int16_t *tokens;   /* [token][3 * padded H]: what it adds to each bias; NULL: no table */
  const int16_t *initial_state; /* [H]; NULL: zero */
  uint8_t preactivation_shift;  /* s */
  int8_t state_exponent;        /* 0 for a tanh candidate */
  uint8_t reset;                /* GRU_RESET_... */
  uint8_t candidate;            /* GRU_ACTIVATION_TANH or GRU_ACTIVATION_RELU */
  gru_matrix_t matrices[6];     /* W and U of the reset gate, the update gate, the candidate */
  uint8_t carry_bits;           /* 0 or 8 */
} gru_cell_t;

/* An affine map; its output is Q18, or an int16 vector where another layer follows. */
typedef struct gru_dense {
  const gru_dense_kernel_t *kernel;
  const uint32_t *weights; /* quads */
  const int32_t *rows;     /* for each quad: biases, multipliers, four of each */
  gru_matrix_t matrix;
  uint8_t activation;          /* GRU_ACTIVATION_... */
  uint8_t preactivation_shift; /* s */
  int8_t output_exponent;      /* before another layer: real = raw * 2^(exponent - 15) */
} gru_dense_t;

/* A table of vectors: the next layer reads rows[token] where it lies. */
typedef struct gru_embedding {
  const int16_t *rows; /* [input_size][output_size] */
} gru_embedding_t;

/* Exactly one of the three pointers is set: the one that `kind` names. */
typedef struct gru_layer {
  uint8_t kind; /* GRU_LAYER_... */
  uint16_t input_size;
  uint16_t output_size;
  const gru_cell_t *cell;
  const gru_dense_t *dense;
  const gru_embedding_t *embedding;
} gru_layer_t;

typedef struct gru_model {
  uint16_t format_version;
  uint16_t layer_count;
  uint16_t input_size;
  uint16_t output_size;
  uint8_t input_kind;          /* GRU_INPUT_... */
  uint32_t state_size;         /* bytes */
  uint32_t scratch_size;       /* bytes */
  uint32_t crc32;              /* of every constant that a step reads, see gru_check() */
  float input_scale;           /* real = input_scale * raw + input_offset */
  const float *input_scales;   /* [input_size], instead of input_scale; NULL: one for all */
  const float *input_offsets;  /* [input_size]; NULL: zero */
  const gru_layer_t *layers;
} gru_model_t;

/* Bytes of `count` elements of `size` bytes, filled up to whole words. */
#define GRU_PADDED_SIZE(count, size) (((count) * (size) + 3u) / 4u * 4u)

/* Bytes of a saved state: what gru_save() puts in front, and the state. */
#define GRU_SAVED_HEADER_SIZE 16
#define GRU_SAVED_STATE_SIZE(state_size) (GRU_SAVED_HEADER_SIZE + (state_size))

/* Bytes that a cell keeps between steps: hidden state, then carry. */
#define GRU_CELL_STATE_SIZE(hidden, carry_bits) \
  (GRU_PADDED_SIZE(hidden, 2u) + ((carry_bits) ? GRU_PADDED_SIZE(hidden, 1u) : 0u))

/* Bytes that a cell needs during a step: the next hidden state; under reset before r * h too.
 * All cells of a model share the end of the scratch; before it comes the int16 result of each dense
 * layer that another layer follows, GRU_PADDED_SIZE(output_size, 2u) each. */
#define GRU_CELL_SCRATCH_SIZE(hidden, reset) \
  (GRU_PADDED_SIZE(hidden, 2u) * ((reset) == GRU_RESET_BEFORE ? 2u : 1u))

#ifdef __cplusplus
}
#endif

#endif
