# Finds oneDNN without its own package configuration, which on Debian asks for
# OpenCL's headers. -Ddnnl_ROOT=DIR prefers the one in DIR/include and DIR/lib:
# a release installed from source, or
#   pip install --prefix DIR --no-deps onednn-cpu-gomp onednn-devel-cpu-gomp
# PyPI's newer onednn-devel runs on the CPU through SYCL, which is no use here.
#
# Sets dnnl_FOUND, dnnl_VERSION and dnnl_RUNTIME (OMP, SEQ, TBB, SYCL, ...: how
# it runs threads on the CPU) and defines the target DNNL::dnnl.
find_path(dnnl_INCLUDE_DIR oneapi/dnnl/dnnl.hpp)
find_library(dnnl_LIBRARY dnnl)
mark_as_advanced(dnnl_INCLUDE_DIR dnnl_LIBRARY)

function(dnnl_read result header pattern)
  set(${result} "" PARENT_SCOPE)
  if(EXISTS ${dnnl_INCLUDE_DIR}/oneapi/dnnl/${header})
    file(STRINGS ${dnnl_INCLUDE_DIR}/oneapi/dnnl/${header} lines
         REGEX "^#define ${pattern}" LIMIT_COUNT 1)
    string(REGEX REPLACE "^#define ${pattern} *" "" lines "${lines}")
    set(${result} "${lines}" PARENT_SCOPE)
  endif()
endfunction()
if(dnnl_INCLUDE_DIR)
  dnnl_read(dnnl_major dnnl_version.h DNNL_VERSION_MAJOR)
  dnnl_read(dnnl_minor dnnl_version.h DNNL_VERSION_MINOR)
  dnnl_read(dnnl_patch dnnl_version.h DNNL_VERSION_PATCH)
  set(dnnl_VERSION ${dnnl_major}.${dnnl_minor}.${dnnl_patch})
  dnnl_read(dnnl_RUNTIME dnnl_config.h "DNNL_CPU_RUNTIME DNNL_RUNTIME_")
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(
  dnnl REQUIRED_VARS dnnl_LIBRARY dnnl_INCLUDE_DIR VERSION_VAR dnnl_VERSION)
if(dnnl_FOUND AND NOT TARGET DNNL::dnnl)
  add_library(DNNL::dnnl UNKNOWN IMPORTED)
  set_target_properties(DNNL::dnnl PROPERTIES
    IMPORTED_LOCATION ${dnnl_LIBRARY}
    INTERFACE_INCLUDE_DIRECTORIES ${dnnl_INCLUDE_DIR})
endif()
