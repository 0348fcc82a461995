# Parses MLIR's headers once instead of once per source, which is most of what
# building this project costs.
#
# Defines convopt_precompile_headers(TARGET), which has a library's sources begin
# with the headers below when CONVOPT_PRECOMPILE_HEADERS is on, and does nothing
# otherwise. Every source still includes what it uses: tools/check-includes.py
# compiles them without.
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  set(CONVOPT_CAN_PRECOMPILE ON)
else()
  # g++ writes its precompiled headers in the order of the machine's memory, and
  # checks little of what they depend on.
  set(CONVOPT_CAN_PRECOMPILE OFF)
endif()
option(CONVOPT_PRECOMPILE_HEADERS "Parse MLIR's headers once"
       ${CONVOPT_CAN_PRECOMPILE})

function(convopt_precompile_headers target)
  if(NOT CONVOPT_PRECOMPILE_HEADERS)
    return()
  endif()
  if(NOT TARGET ConvOptPrecompiled)
    set(source ${PROJECT_BINARY_DIR}/Precompiled.cpp)
    file(GENERATE OUTPUT ${source}
         CONTENT "// Compiled for the headers that it begins with.\n")
    add_library(ConvOptPrecompiled OBJECT EXCLUDE_FROM_ALL ${source})
    llvm_update_compile_flags(ConvOptPrecompiled)
    target_precompile_headers(ConvOptPrecompiled PRIVATE
      <mlir/Analysis/SliceAnalysis.h>
      <mlir/Dialect/Affine/IR/AffineOps.h>
      <mlir/Dialect/Arith/IR/Arith.h>
      <mlir/Dialect/Bufferization/IR/Bufferization.h>
      <mlir/Dialect/Func/IR/FuncOps.h>
      <mlir/Dialect/LLVMIR/LLVMDialect.h>
      <mlir/Dialect/Linalg/IR/Linalg.h>
      <mlir/Dialect/Math/IR/Math.h>
      <mlir/Dialect/MemRef/IR/MemRef.h>
      <mlir/Dialect/SCF/IR/SCF.h>
      <mlir/Dialect/Tensor/IR/Tensor.h>
      <mlir/Dialect/Vector/IR/VectorOps.h>
      <mlir/IR/Builders.h>
      <mlir/IR/BuiltinOps.h>
      <mlir/IR/PatternMatch.h>
      <mlir/Interfaces/DestinationStyleOpInterface.h>
      <mlir/Interfaces/SideEffectInterfaces.h>
      <mlir/Interfaces/TilingInterface.h>
      <mlir/Pass/Pass.h>
      <mlir/Pass/PassManager.h>
      <mlir/Transforms/DialectConversion.h>
      <llvm/ADT/STLExtras.h>
      <llvm/ADT/TypeSwitch.h>
      <llvm/Support/FormatVariadic.h>
      <llvm/Support/JSON.h>
      <cmath>
      <map>
      <optional>)
    # What the headers hold is known by their content, so that a cache of
    # compilations may share them.
    target_compile_options(ConvOptPrecompiled PRIVATE
      "SHELL:-Xclang -fno-pch-timestamp")
  endif()
  target_compile_options(${target} PRIVATE "SHELL:-Xclang -fno-pch-timestamp")
  target_precompile_headers(${target} REUSE_FROM ConvOptPrecompiled)
endfunction()
