# Lets upstream's static libraries need static libraries only. Debian's MLIR was
# configured to link libLLVM.so, which its CMake package says of each of them: the
# two names stand for everything there is, of which a link takes what it uses.
set(MLIR_LINK_MLIR_DYLIB OFF)
set(LLVM_LINK_LLVM_DYLIB OFF)

get_property(targets DIRECTORY PROPERTY IMPORTED_TARGETS)
foreach(target IN LISTS targets)
  get_target_property(libraries ${target} INTERFACE_LINK_LIBRARIES)
  if(target MATCHES "^MLIR" AND libraries)
    list(TRANSFORM libraries REPLACE "^LLVM$" ConvOptStaticLLVM)
    list(FILTER libraries EXCLUDE REGEX "^MLIR$")
    set_target_properties(${target} PROPERTIES
                          INTERFACE_LINK_LIBRARIES "${libraries}")
  endif()
endforeach()

add_library(ConvOptStaticLLVM INTERFACE)
# As libLLVM.so is made of, but for what needs libraries of other projects: nothing
# here calls it.
set(others LLVMDTLTO LLVMDebuginfod LLVMExtensions LLVMInterpreter LLVMLTO
           LLVMLineEditor LLVMPolly LLVMWindowsManifest)
foreach(library IN LISTS LLVM_AVAILABLE_LIBS)
  if(library MATCHES "^LLVM" AND TARGET ${library} AND NOT library IN_LIST others
     AND NOT library MATCHES "^LLVM(BOLT|Exegesis|Testing)")
    get_target_property(type ${library} TYPE)
    if(type STREQUAL "STATIC_LIBRARY")
      target_link_libraries(ConvOptStaticLLVM INTERFACE ${library})
    endif()
  endif()
endforeach()
