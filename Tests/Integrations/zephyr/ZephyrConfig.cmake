# Stands in for Zephyr: settings from prj.conf and the board, the library `app`, modules by their
# zephyr/module.yml, and the image that links all.
project(Zephyr-Kernel LANGUAGES C)
file(STRINGS ${CMAKE_CURRENT_SOURCE_DIR}/prj.conf settings REGEX "^CONFIG_")
foreach(setting ${settings} ${BOARD_SETTINGS})
  string(REGEX MATCH "^(CONFIG_[A-Z0-9_]+)=(.*)$" match ${setting})
  set(${CMAKE_MATCH_1} ${CMAKE_MATCH_2})
endforeach()

add_library(app STATIC)
add_library(zephyr_interface INTERFACE)
target_link_libraries(app PUBLIC zephyr_interface)
function(zephyr_link_libraries)
  target_link_libraries(zephyr_interface INTERFACE ${ARGV})
endfunction()

foreach(module ${ZEPHYR_EXTRA_MODULES})
  file(STRINGS ${module}/zephyr/module.yml line REGEX "^  cmake: ")
  string(REGEX REPLACE "^  cmake: " "" folder ${line})
  add_subdirectory(${module}/${folder} ${CMAKE_BINARY_DIR}/module)
endforeach()

file(WRITE ${CMAKE_BINARY_DIR}/empty.c "typedef int empty;\n")
add_executable(zephyr ${CMAKE_BINARY_DIR}/empty.c)
set_target_properties(zephyr PROPERTIES OUTPUT_NAME firmware)
target_link_libraries(zephyr app)
