# Models as parts of C and C++ programs.
#
#   convopt_add_model(model model.mlir --cpu=cortex-a57 --triple=aarch64-linux-gnu)
#   target_link_libraries(program PRIVATE model)
#
# compiles model.mlir by conv-compile, with the options behind it, when the program is
# built. Whoever links `model` gets the object and finds its header, model.h.
function(convopt_add_model name file)
  get_filename_component(source ${file} ABSOLUTE BASE_DIR ${CMAKE_CURRENT_SOURCE_DIR})
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/${name}-model)
  file(MAKE_DIRECTORY ${folder})
  set(object ${folder}/${name}.o)
  add_custom_command(OUTPUT ${object} ${folder}/${name}.h
    COMMAND ${CONVOPT_COMPILE} ${source} -o ${object}
            --header ${folder}/${name}.h ${ARGN}
    DEPENDS ${source} ${CONVOPT_COMPILE} COMMENT "Compiling ${file}" VERBATIM)
  add_custom_target(${name}-object DEPENDS ${object} ${folder}/${name}.h)
  add_library(${name} INTERFACE)
  add_dependencies(${name} ${name}-object)
  target_include_directories(${name} INTERFACE ${folder})
  # Functions of mathematics.
  target_link_libraries(${name} INTERFACE ${object} m)
endfunction()
