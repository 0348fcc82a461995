# Writes "#define CONVOPT_REVISION" with the revision of the sources, unless the
# file says so already.
#
#   cmake -DSOURCE_DIR=... -DOUTPUT=... -P WriteRevision.cmake

cmake_minimum_required(VERSION 3.25)

set(revision unknown)
find_package(Git QUIET)
# Sources from an archive may lie inside somebody else's checkout, whose revision
# git would find.
if(GIT_FOUND AND EXISTS ${SOURCE_DIR}/.git)
  # Without the lock that refreshing the index would take: a build must not
  # disturb the user's own git commands.
  execute_process(
    COMMAND ${GIT_EXECUTABLE} --no-optional-locks describe --always --dirty
    WORKING_DIRECTORY ${SOURCE_DIR}
    OUTPUT_VARIABLE described OUTPUT_STRIP_TRAILING_WHITESPACE
    RESULT_VARIABLE status ERROR_QUIET)
  if(status EQUAL 0 AND described)
    set(revision ${described})
  endif()
endif()
file(CONFIGURE OUTPUT ${OUTPUT} @ONLY
     CONTENT "#define CONVOPT_REVISION \"@revision@\"\n")
