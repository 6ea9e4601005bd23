# Which of the static libraries serves a compiler with its flags: asked of the compiler's own
# macros, as a core has many spellings on a command line.

# Sets `result` to a library's name without "libgru-", such as cortex-m4-hard.
function(gru_detect_core result)
  gru_compiler_macros(macros)
  if(macros MATCHES "#define __ARM_ARCH_PROFILE (77|'M')|#define __ARM_ARCH_6M__")
    gru_detect_cortex_m(core "${macros}")
  elseif(macros MATCHES "#define __riscv_xlen ([0-9]+)")
    gru_detect_riscv(core "${macros}" ${CMAKE_MATCH_1})
  elseif(macros MATCHES "#define __x86_64__ " AND macros MATCHES "#define __linux__ ")
    set(core x86_64-linux)
  endif()
  if(NOT core)
    message(FATAL_ERROR
      "gru: no library for ${CMAKE_C_COMPILER} with the flags '${CMAKE_C_FLAGS}'. Where the flags "
      "for the core are set elsewhere, set GRU_CORE, for example to cortex-m4-hard.")
  endif()
  set(${result} "${core}" PARENT_SCOPE)
endfunction()

function(gru_compiler_macros result)
  set(empty "${CMAKE_CURRENT_BINARY_DIR}/gru_core.c")
  file(WRITE "${empty}" "")
  separate_arguments(flags NATIVE_COMMAND "${CMAKE_C_FLAGS}")
  if(CMAKE_C_COMPILER_TARGET)
    list(APPEND flags "--target=${CMAKE_C_COMPILER_TARGET}")
  endif()
  execute_process(COMMAND "${CMAKE_C_COMPILER}" ${flags} -dM -E "${empty}" OUTPUT_VARIABLE macros
                  ERROR_QUIET)
  set(${result} "${macros}" PARENT_SCOPE)
endfunction()

# A core without the DSP extension runs what a Cortex-M3 runs.
function(gru_detect_cortex_m result macros)
  if(macros MATCHES "#define __ARM_ARCH_(6M|8M_BASE)__")
    set(core cortex-m0)
  elseif(NOT macros MATCHES "#define __ARM_FEATURE_DSP ")
    set(core cortex-m3)
  elseif(macros MATCHES "#define __ARM_(ARCH_8_1M_MAIN__|FEATURE_MVE) ")
    set(core cortex-m55)
  elseif(macros MATCHES "#define __ARM_ARCH_8M_MAIN__ ")
    set(core cortex-m33)
  elseif(CMAKE_C_FLAGS MATCHES "cortex-m7")
    set(core cortex-m7)
  else()
    set(core cortex-m4)
  endif()
  if(NOT macros MATCHES "#define __ARM_PCS_VFP ")
    set(${result} "${core}-soft" PARENT_SCOPE)
  elseif(NOT core STREQUAL "cortex-m3") # of which there is none with hard float
    set(${result} "${core}-hard" PARENT_SCOPE)
  endif()
endfunction()

# The libraries multiply, and hold compressed instructions.
function(gru_detect_riscv result macros bits)
  if(NOT macros MATCHES "#define __riscv_mul "
     OR NOT macros MATCHES "#define __riscv_(compressed|zca) ")
    return()
  endif()
  if(macros MATCHES "#define __riscv_float_abi_double " AND bits EQUAL 64)
    set(${result} rv64gc-hard PARENT_SCOPE)
  elseif(macros MATCHES "#define __riscv_float_abi_soft ")
    set(extensions imc)
    if(macros MATCHES "#define __riscv_atomic " OR bits EQUAL 64)
      set(extensions imac)
    endif()
    set(${result} rv${bits}${extensions}-soft PARENT_SCOPE)
  endif()
endfunction()
