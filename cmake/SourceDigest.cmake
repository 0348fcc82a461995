# Writes a header with a digest of the library's sources, when it changed.
#
#   cmake -D SOURCE=<project> -D OUTPUT=<header> -P SourceDigest.cmake
file(GLOB_RECURSE files RELATIVE ${SOURCE}
     ${SOURCE}/include/conv/*.h ${SOURCE}/include/conv/*.td
     ${SOURCE}/include/conv/*.def ${SOURCE}/lib/conv/*.inc
     ${SOURCE}/lib/conv/*.h ${SOURCE}/lib/conv/*.cpp)
list(SORT files)
set(text "")
foreach(file ${files})
  file(SHA256 ${SOURCE}/${file} digest)
  string(APPEND text "${file} ${digest}\n")
endforeach()
string(SHA256 digest "${text}")
set(header "#define CONVOPT_SOURCE_DIGEST \"${digest}\"\n")
set(old "")
if(EXISTS ${OUTPUT})
  file(READ ${OUTPUT} old)
endif()
if(NOT header STREQUAL old)
  file(WRITE ${OUTPUT} "${header}")
endif()
