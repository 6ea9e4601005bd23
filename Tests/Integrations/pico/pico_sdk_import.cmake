# Stands in for the Pico SDK: the functions that a firmware's CMakeLists.txt calls.
function(pico_sdk_init)
  add_library(pico_stdlib INTERFACE)
endfunction()

function(pico_add_extra_outputs target)
endfunction()
