# Read before any component, so that every one of them can call gru_add_model(${COMPONENT_LIB} ...).
if(IDF_TARGET MATCHES "^esp32c[23]$")
  set(core rv32imc-soft)
elseif(IDF_TARGET MATCHES "^esp32(c5|c6|c61|h2)$")
  set(core rv32imac-soft)
else()
  message(FATAL_ERROR "gru: no library for ${IDF_TARGET}; there are libraries for the chips with "
                      "RISC-V cores and no FPU: ESP32-C2, C3, C5, C6, C61 and H2")
endif()
set(GRU_CORE ${core} CACHE STRING "the library of gru to link")
unset(core)
include("${CMAKE_CURRENT_LIST_DIR}/../../CMake/gru.cmake")
