# Installs libraries, headers, tools, peers, the plugin and the CMake package, and
# writes a package for the build tree, which find_package comes upon where
# build/bin is on the path.
include(CMakePackageConfigHelpers)

set(CONVOPT_STATIC_LIBRARIES Algorithms Decide Execution IR Kernels Layers Machine
                             Measure Memory Pipelines Recognition Rest Schedule
                             Support Tune)
set(CONVOPT_EXPORTED_NAMES ${CONVOPT_STATIC_LIBRARIES} ConvOpt)
set(CONVOPT_PLUGIN_DIR ${CMAKE_INSTALL_LIBDIR})
set(CONVOPT_TOOL_DIR ${CMAKE_INSTALL_BINDIR})
set(CONVOPT_PACKAGE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/ConvOpt)
set(CONVOPT_MODULE_DIR ${CONVOPT_PACKAGE_DIR})
set(CONVOPT_INSTALLED_TARGETS ConvOpt)
foreach(name ${CONVOPT_STATIC_LIBRARIES})
  list(APPEND CONVOPT_INSTALLED_TARGETS ConvOpt${name})
  set_target_properties(ConvOpt${name} PROPERTIES EXPORT_NAME ${name})
endforeach()
foreach(target ${CONVOPT_INSTALLED_TARGETS})
  target_include_directories(${target} INTERFACE
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
    $<BUILD_INTERFACE:${PROJECT_BINARY_DIR}/include>
    $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
endforeach()

install(TARGETS ${CONVOPT_INSTALLED_TARGETS} EXPORT ConvOptTargets
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
        LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(TARGETS ${CONVOPT_TOOLS} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
# The tools look for them in the folder lib beside their own.
get_target_property(CONVOPT_PEERS conv-bench-peers MANUALLY_ADDED_DEPENDENCIES)
install(TARGETS ${CONVOPT_PEERS} LIBRARY DESTINATION lib)
install(TARGETS ConvOptPlugin LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY include/conv include/conv-c
        DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
        FILES_MATCHING PATTERN *.h PATTERN *.td PATTERN *.def)
install(DIRECTORY ${PROJECT_BINARY_DIR}/include/conv
        DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
        FILES_MATCHING PATTERN *.inc PATTERN CMakeFiles EXCLUDE)
# For builds without CMake: pkg-config --cflags --libs convopt.
set(CONVOPT_PKGCONFIG_DIR ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
file(RELATIVE_PATH CONVOPT_PREFIX_FROM_PKGCONFIG /${CONVOPT_PKGCONFIG_DIR} /)
configure_file(cmake/convopt.pc.in ${PROJECT_BINARY_DIR}/convopt.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/convopt.pc DESTINATION ${CONVOPT_PKGCONFIG_DIR})
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})

install(EXPORT ConvOptTargets NAMESPACE ConvOpt::
        DESTINATION ${CONVOPT_PACKAGE_DIR})
export(EXPORT ConvOptTargets NAMESPACE ConvOpt::
       FILE ${PROJECT_BINARY_DIR}/ConvOptTargets.cmake)
configure_package_config_file(
  cmake/ConvOptConfig.cmake.in ${PROJECT_BINARY_DIR}/installed/ConvOptConfig.cmake
  INSTALL_DESTINATION ${CONVOPT_PACKAGE_DIR}
  PATH_VARS CONVOPT_PLUGIN_DIR CONVOPT_TOOL_DIR CONVOPT_MODULE_DIR)
set(CONVOPT_PLUGIN_DIR lib)
set(CONVOPT_TOOL_DIR bin)
set(CONVOPT_MODULE_DIR ${PROJECT_SOURCE_DIR}/cmake)
configure_package_config_file(
  cmake/ConvOptConfig.cmake.in ${PROJECT_BINARY_DIR}/ConvOptConfig.cmake
  INSTALL_DESTINATION ${PROJECT_BINARY_DIR} INSTALL_PREFIX ${PROJECT_BINARY_DIR}
  PATH_VARS CONVOPT_PLUGIN_DIR CONVOPT_TOOL_DIR CONVOPT_MODULE_DIR)
write_basic_package_version_file(
  ${PROJECT_BINARY_DIR}/ConvOptConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/installed/ConvOptConfig.cmake
              ${PROJECT_BINARY_DIR}/ConvOptConfigVersion.cmake
              cmake/ConvOptAddModel.cmake
        DESTINATION ${CONVOPT_PACKAGE_DIR})
