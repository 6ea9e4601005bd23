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
#define GRU_FORMAT_VERSION 1

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

/* Order of the weights in memory: gru_matrix_t.layout */
enum {
  GRU_LAYOUT_ROWS = 0,  /* weights[row][column] */
  GRU_LAYOUT_TOKENS = 1 /* int16 weights[token][row]: a token's row of pre-activations, no products */
};

/* One weight matrix. Each row has a scale of its own, inside its multiplier. */
typedef struct gru_matrix {
  const void *weights;        /* int8_t or int16_t, by format */
  const int32_t *multipliers; /* one a row, at least 0; tokens: NULL */
  uint8_t format;             /* GRU_WEIGHTS_... */
  uint8_t layout;             /* GRU_LAYOUT_... */
  uint8_t shift;              /* m: an int16 row's 64-bit sum is rounded right by m; int8: 0;
                                 tokens: the gathered weight is shifted left by m */
} gru_matrix_t;

/* One matrix for each gate, `output_size` rows each. */
typedef struct gru_gates {
  gru_matrix_t reset;
  gru_matrix_t update;
  gru_matrix_t candidate;
} gru_gates_t;

/* A gated recurrent unit; z keeps: h <- (1 - z) * n + z * h. */
typedef struct gru_cell {
  gru_gates_t input;             /* W */
  gru_gates_t recurrent;         /* U */
  const int32_t *bias;           /* [3][H]: reset, update, candidate */
  const int32_t *recurrent_bias; /* [H]: cn, inside the reset product; NULL: zero */
  const int16_t *initial_state;  /* [H]; NULL: zero */
  uint8_t reset;                 /* GRU_RESET_... */
  uint8_t candidate;             /* GRU_ACTIVATION_TANH or GRU_ACTIVATION_RELU */
  uint8_t preactivation_shift;   /* s */
  uint8_t carry_bits;            /* 0 or 8 */
  int8_t state_exponent;         /* 0 for a tanh candidate */
} gru_cell_t;

/* An affine map; its output is Q18, or an int16 vector where another layer follows. */
typedef struct gru_dense {
  gru_matrix_t weights;
  const int32_t *bias;
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

/* Bytes that a cell keeps between steps: hidden state, then carry. */
#define GRU_CELL_STATE_SIZE(hidden, carry_bits) \
  (GRU_PADDED_SIZE(hidden, 2u) + ((carry_bits) ? GRU_PADDED_SIZE(hidden, 1u) : 0u))

/* Bytes that a cell needs during a step: the next hidden state; under reset before r * h too.
 * All cells of a model share the largest; after it comes the int16 result of each dense layer that
 * another layer follows, GRU_PADDED_SIZE(output_size, 2u) each. */
#define GRU_CELL_SCRATCH_SIZE(hidden, reset) \
  (GRU_PADDED_SIZE(hidden, 2u) * ((reset) == GRU_RESET_BEFORE ? 2u : 1u))

#ifdef __cplusplus
}
#endif

#endif
