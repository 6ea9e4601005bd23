# gru for CMake: the target gru::gru, and gru_add_model(), which quantizes a model at build time.
#
# The same file serves an unpacked archive of Firmware/Library/build, whose library it links, and
# the source tree, where it builds that library with the Swift compiler. These may be set before:
#
#   GRU_CORE  a library's name, such as cortex-m4-hard; default: what CMAKE_C_FLAGS say
#   GRU_TOOL  the command gru, which runs on the host; default: found on the path, or as
#             `swift build -c release` leaves it in the source tree
cmake_minimum_required(VERSION 3.20)

get_filename_component(root "${CMAKE_CURRENT_LIST_DIR}/../.." ABSOLUTE)
if(NOT EXISTS "${root}/SHA256SUMS")
  get_filename_component(root "${root}/.." ABSOLUTE)
endif()
set(GRU_ROOT "${root}" CACHE INTERNAL "an unpacked archive of gru, or its sources")
unset(root)

include("${CMAKE_CURRENT_LIST_DIR}/gru_core.cmake")
include("${CMAKE_CURRENT_LIST_DIR}/gru_add_model.cmake")

if(NOT GRU_CORE)
  gru_detect_core(core)
  set(GRU_CORE "${core}" CACHE STRING "the library of gru to link")
  unset(core)
endif()

# Sets `result` to the static library for GRU_CORE and `include` to the headers' folder. In the
# source tree, adds the command that builds the library, and the target gru_library that stands for
# it.
function(gru_library_file result include)
  set(name "libgru-${GRU_CORE}.a")
  if(EXISTS "${GRU_ROOT}/SHA256SUMS")
    set(file "${GRU_ROOT}/lib/${name}")
    set(headers "${GRU_ROOT}/include")
    if(NOT EXISTS "${file}")
      file(GLOB libraries RELATIVE "${GRU_ROOT}/lib" "${GRU_ROOT}/lib/libgru-*.a")
      message(FATAL_ERROR "gru: no ${name} in ${GRU_ROOT}/lib; there are: ${libraries}")
    endif()
  else()
    set(headers "${GRU_ROOT}/Sources/CGRU/include")
    file(STRINGS "${headers}/gru.h" version REGEX "^#define GRU_VERSION_STRING ")
    string(REGEX REPLACE ".*\"(.*)\".*" "\\1" version "${version}")
    set(scratch "${CMAKE_BINARY_DIR}/gru-library")
    set(file "${scratch}/gru-${version}/lib/${name}")
    file(GLOB sources CONFIGURE_DEPENDS "${GRU_ROOT}/Sources/CGRU/*" "${headers}/*"
         "${GRU_ROOT}/Sources/FixedPoint/*.swift" "${GRU_ROOT}/Sources/GRURuntime/*.swift"
         "${GRU_ROOT}/Sources/DeviceProtocol/*.swift")
    add_custom_command(
      OUTPUT "${file}"
      COMMAND "${GRU_ROOT}/Firmware/Library/build" --scratch "${scratch}" "${GRU_CORE}"
      DEPENDS ${sources} "${GRU_ROOT}/Firmware/Library/build"
              "${GRU_ROOT}/Firmware/Library/cores.txt"
      COMMENT "Building ${name} with the Swift compiler"
      VERBATIM)
    add_custom_target(gru_library DEPENDS "${file}")
  endif()
  set(${result} "${file}" PARENT_SCOPE)
  set(${include} "${headers}" PARENT_SCOPE)
endfunction()

if(NOT TARGET gru::gru)
  gru_library_file(file include)
  add_library(gru::gru STATIC IMPORTED GLOBAL)
  set_target_properties(gru::gru PROPERTIES IMPORTED_LOCATION "${file}"
                                            INTERFACE_INCLUDE_DIRECTORIES "${include}")
  if(TARGET gru_library)
    add_dependencies(gru::gru gru_library)
  endif()
  unset(file)
  unset(include)
endif()
