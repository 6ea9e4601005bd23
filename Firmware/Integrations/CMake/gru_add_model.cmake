# Quantizes a model at build time, and anew whenever one of its files or the quantizer changes:
#
#   gru_add_model(TARGET MODEL kws.safetensors CALIBRATION calibration.npy
#                 [LENGTHS lengths.npy] [NETWORK network.json] [NAME kws] [OPTIONS --min-sqnr 60])
#
# Sources of TARGET, which must be defined in the same folder, can then include NAME_model.h. NAME
# is the model file's without its ending, unless given. OPTIONS are further ones of `gru quantize`.
function(gru_add_model target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "MODEL;CALIBRATION;LENGTHS;NETWORK;NAME" "OPTIONS")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "gru_add_model: unknown arguments: ${arg_UNPARSED_ARGUMENTS}")
  endif()
  if(NOT arg_MODEL OR NOT arg_CALIBRATION)
    message(FATAL_ERROR "gru_add_model: MODEL and CALIBRATION are missing")
  endif()
  find_program(GRU_TOOL gru HINTS "${GRU_ROOT}/.build/release" DOC "the quantizer, on the host"
               NO_CMAKE_FIND_ROOT_PATH)
  if(NOT GRU_TOOL)
    message(FATAL_ERROR "gru_add_model: the command gru is missing. Build it from the sources "
                        "by `swift build -c release`, and set GRU_TOOL to .build/release/gru.")
  endif()

  get_filename_component(model "${arg_MODEL}" ABSOLUTE)
  get_filename_component(calibration "${arg_CALIBRATION}" ABSOLUTE)
  set(files "${model}" "${calibration}")
  set(options ${arg_OPTIONS})
  if(arg_LENGTHS)
    get_filename_component(lengths "${arg_LENGTHS}" ABSOLUTE)
    list(APPEND files "${lengths}")
    list(APPEND options --lengths "${lengths}")
  endif()
  gru_network_file(network "${model}" "${arg_NETWORK}")
  if(network)
    list(APPEND files "${network}")
    list(APPEND options --network "${network}")
  endif()
  if(NOT arg_NAME)
    get_filename_component(arg_NAME "${model}" NAME_WE)
    string(MAKE_C_IDENTIFIER "${arg_NAME}" arg_NAME)
  endif()
  gru_layout_target(layout)
  if(layout)
    list(APPEND options --target ${layout})
  endif()

  # The tool leaves a header alone that would not change: `touch` says that it is current.
  set(folder "${CMAKE_CURRENT_BINARY_DIR}/gru_models")
  set(header "${folder}/${arg_NAME}_model.h")
  file(MAKE_DIRECTORY "${folder}")
  add_custom_command(
    OUTPUT "${header}"
    COMMAND "${GRU_TOOL}" quantize "${model}" --calibration "${calibration}" --name "${arg_NAME}"
            ${options} -o "${header}"
    COMMAND "${CMAKE_COMMAND}" -E touch "${header}"
    DEPENDS ${files} "${GRU_TOOL}"
    COMMENT "Quantizing ${arg_MODEL}"
    VERBATIM)
  target_sources(${target} PRIVATE "${header}")
  target_include_directories(${target} PRIVATE "${folder}")
endfunction()

# Sets `result` to the description that `gru quantize` reads: the one given, or network.json beside
# the model.
function(gru_network_file result model given)
  get_filename_component(folder "${model}" DIRECTORY)
  if(given)
    get_filename_component(file "${given}" ABSOLUTE)
  elseif(EXISTS "${folder}/network.json")
    set(file "${folder}/network.json")
  endif()
  set(${result} "${file}" PARENT_SCOPE)
endfunction()

# Sets `result` to what `gru quantize --target` calls the core; to nothing for the host.
function(gru_layout_target result)
  if(GRU_CORE MATCHES "^(cortex-m[0-9]+)-")
    set(${result} ${CMAKE_MATCH_1} PARENT_SCOPE)
  elseif(GRU_CORE MATCHES "^rv(32|64)")
    set(${result} riscv${CMAKE_MATCH_1} PARENT_SCOPE)
  endif()
endfunction()
